"""Whose account somebody gets who comes from another provider: the linked one, the invited one, a new one, or none."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from darkroom.access.guard import Guard
from darkroom.access.oidc import Claimed
from darkroom.access.providers import Provider
from darkroom.access.trail import Trail
from darkroom.domain.access import Assignment, Identity, Principal, User, email_key
from darkroom.domain.base import new_id, now
from darkroom.errors import Error
from darkroom.services.accounts.requests import Email
from darkroom.settings import Settings
from darkroom.store import Stores

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


class Joining:
    """Links accounts at other providers to accounts here.

    Who was linked is known by the provider's name for him (issuer and subject) alone; addresses change hands. Who was
    not is matched by an address that the provider has verified, once.

    Args:
        settings: say whether strangers get an account.
        stores: repositories.
        guard: told of every change.
    """

    def __init__(self, settings: Settings, stores: Stores, guard: Guard) -> None:
        self._settings = settings
        self._stores = stores
        self._guard = guard
        self._trail = Trail(stores)

    def account(self, provider: Provider, claimed: Claimed, *, address: str | None) -> User:
        """The account of somebody who comes from a provider.

        Raises:
            Error: `address_unverified`, `no_account`, `identity_taken`.
        """
        user = self._stores.users.by_identity(claimed.issuer, claimed.subject)
        if user is None:
            email = verified_address(provider, claimed)
            user = self._stores.users.by_email(email)
            if user is None:
                return self._sign_up(provider, claimed, email, address=address)
        if user.disabled:
            raise Error("no_account", "The account is disabled.", remedy="Ask an administrator.")
        if not any(_is(one, claimed) for one in user.identities):
            user = self.link(user, provider, claimed, address=address)
        return user

    def link(self, user: User, provider: Provider, claimed: Claimed, *, address: str | None) -> User:
        """Link an account at a provider to one here.

        Raises:
            Error: `address_unverified`, `identity_taken` when either is linked to another one already, `no_account`.
        """
        verified_address(provider, claimed)
        owner = self._stores.users.by_identity(claimed.issuer, claimed.subject)
        if owner is not None and owner.id != user.id:
            raise Error("identity_taken", f"That account at {provider.name} is linked to another account here.")
        identity = Identity(issuer=claimed.issuer, subject=claimed.subject, linked_at=now())

        def change(found: User) -> User:
            if found.disabled:
                raise Error("no_account", "The account is disabled.", remedy="Ask an administrator.")
            if any(one.issuer == claimed.issuer and not _is(one, claimed) for one in found.identities):
                raise Error("identity_taken", f"The account here is linked to another account at {provider.name}.")
            kept = tuple(one for one in found.identities if not _is(one, claimed))
            return found.model_copy(update={"identities": (*kept, identity)})

        changed = self._stores.users.change(user.id, change)
        self._done(changed, "user.identity_linked", address=address, provider=provider.id, subject=claimed.subject)
        return changed

    def unlink(self, principal: Principal, user_id: str, provider: Provider) -> None:
        """Take the link away.

        Raises:
            Error: `not_found`, `conflict` when there would be no way left to sign in.
        """

        def change(found: User) -> User:
            kept = tuple(one for one in found.identities if one.issuer != provider.issuer)
            if len(kept) == len(found.identities):
                raise Error("not_found", f"No account at {provider.name} is linked to yours.")
            if not kept and found.password is None:
                raise Error(
                    "conflict", "It is the only way to sign in to your account.",
                    remedy="Set a password first: an administrator makes you a link for it.",
                )  # fmt: skip
            return found.model_copy(update={"identities": kept})

        self._stores.users.change(user_id, change)
        self._guard.changed()
        self._trail.note(principal, "user.identity_unlinked", user_id, provider=provider.id)

    def _sign_up(self, provider: Provider, claimed: Claimed, email: str, *, address: str | None) -> User:
        """Make an account for a stranger, where the settings want that."""
        role, domains = self._settings.signup_role, (self._settings.signup_domains or "").lower().split()
        if not self._stores.users.any():
            raise Error("setup_needed", "The first account is the administrator's, and is made on the machine itself.")
        if role is None or (domains and email.rpartition("@")[2].lower() not in domains):
            raise Error("no_account", f"There is no account for {email!r}.")
        moment, name = now(), " ".join((claimed.name or "").split())[:100]
        user = User(
            id=new_id("u"), email=email, email_key=email_key(email),
            name=name if name and name.isprintable() else email, roles=(Assignment(role=role),),
            identities=(Identity(issuer=claimed.issuer, subject=claimed.subject, linked_at=moment),),
            created_at=moment,
        )  # fmt: skip
        self._stores.users.insert(user)
        self._done(user, "user.signed_up", address=address, provider=provider.id, email=email, role=role)
        return user

    def _done(self, user: User, action: str, *, address: str | None, **detail: Any) -> None:
        self._guard.changed()
        himself = Principal(id=user.id, name=user.name, kind="user", user=user.id, address=address)
        self._trail.note(himself, action, user.id, **detail)


def verified_address(provider: Provider, claimed: Claimed) -> str:
    """The address that a provider vouches for.

    Raises:
        Error: `address_unverified`.
    """
    try:
        email = _EMAIL.validate_python(claimed.email) if claimed.verified else None
    except ValidationError:
        email = None
    if email is None:
        raise Error("address_unverified", f"{provider.name} does not vouch for an e-mail address of this account.")
    return email


def _is(identity: Identity, claimed: Claimed) -> bool:
    return (identity.issuer, identity.subject) == (claimed.issuer, claimed.subject)
