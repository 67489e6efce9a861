"""People's accounts: the first administrator, creating, changing and disabling them, their roles and passwords."""

from __future__ import annotations

from datetime import timedelta

from darkroom.access import opaque, passwords, require
from darkroom.access.guard import Guard
from darkroom.access.trail import Trail
from darkroom.domain.access import ANONYMOUS, Assignment, Link, Principal, User, email_key
from darkroom.domain.base import new_id, now
from darkroom.errors import Error
from darkroom.services.accounts.rank import Rank
from darkroom.services.accounts.requests import (
    NewAdministrator,
    NewUser,
    OwnChange,
    PasswordChange,
    PasswordReset,
    RoleChange,
    UserChange,
    with_role,
)
from darkroom.services.accounts.views import Me, ResetLink, SessionView, UserPage, UserView
from darkroom.services.places import check_place
from darkroom.settings import Settings
from darkroom.store import Stores

_LINK_LIFE = timedelta(hours=24)


class UserService:
    """Accounts of people.

    Args:
        settings: address of this Darkroom, cost of a password.
        stores: repositories.
        guard: told of every change.
    """

    def __init__(self, settings: Settings, stores: Stores, guard: Guard) -> None:
        self._settings = settings
        self._stores = stores
        self._guard = guard
        self._trail = Trail(stores)
        self._rank = Rank(guard, self._trail)
        self._cost: int | None = None

    @property
    def password_cost(self) -> int:
        """Cost at which passwords are hashed; measured once for each library."""
        if self._cost is None:
            given = self._settings.password_cost
            self._cost = given if given is not None else self._stores.users.password_cost(passwords.calibrate)
        return self._cost

    def is_set_up(self) -> bool:
        """Whether there is an account; until then the person at this machine owns everything."""
        return self._stores.users.any()

    def set_up(self, new: NewAdministrator, *, address: str | None = None) -> UserView:
        """Make the first administrator; only who is at this machine may ask, which the caller must know.

        Raises:
            Error: `conflict` when there is an account already, `invalid_parameter`.
        """
        user = self._user(NewUser(role="administrator", **dict(new)))
        principal = ANONYMOUS.model_copy(update={"address": address})
        if self.is_set_up():
            raise Error(
                "conflict", "There are accounts already.", remedy="Sign in, or ask an administrator for an account."
            )
        self._insert(principal, user, "setup.done")
        return UserView.of(user)

    def create(self, principal: Principal, new: NewUser) -> UserView:
        """Make an account.

        Raises:
            Error: `already_exists`, `invalid_parameter`, `conflict` when the first one is no administrator.
        """
        require(principal, "users:write")
        self._rank.may_give(principal, new.role)
        if new.role != "administrator" and not self.is_set_up():
            raise Error(
                "conflict", "The first account must be an administrator, or nobody could administer.",
                remedy="Create it with the role administrator.",
            )  # fmt: skip
        user = self._user(new)
        self._insert(principal, user, "user.created")
        return UserView.of(user)

    def list(self, principal: Principal, *, limit: int = 100, cursor: str | None = None) -> UserPage:
        """Accounts, newest first."""
        require(principal, "users:read")
        found = self._stores.users.list(limit=limit, cursor=cursor)
        return UserPage(items=tuple(UserView.of(user) for user in found.items), next_cursor=found.next_cursor)

    def get(self, principal: Principal, user_id: str) -> UserView:
        """One account.

        Raises:
            Error: `not_found`.
        """
        require(principal, "users:read")
        return UserView.of(self._stores.users.get(user_id))

    def by_email(self, principal: Principal, email: str) -> UserView:
        """The account with an address.

        Raises:
            Error: `not_found`.
        """
        require(principal, "users:read")
        found = self._stores.users.by_email(email)
        if found is None:
            raise Error("not_found", f"There is no account for {email[:254]!r}.")
        return UserView.of(found)

    def update(
        self, principal: Principal, user_id: str, change: UserChange, *, revision: int | None = None
    ) -> UserView:
        """Change an account; disabling it ends its sessions.

        Raises:
            Error: `not_found`, `already_exists` for an address, `conflict` for the last administrator,
                `precondition_failed` when the account has another revision.
        """
        require(principal, "users:write")
        self._rank.may_manage(principal, self._stores.users.get(user_id))
        values = change.model_dump(exclude_none=True)
        if change.email is not None:
            values["email_key"] = email_key(change.email)
        changed = self._change(
            principal, user_id, values, "user.changed", revision=revision, changed=sorted(change.model_fields_set)
        )
        if changed.disabled:
            self._stores.sessions.revoke_all(user_id, "disabled")
            self._guard.changed()
        return UserView.of(changed)

    def set_role(
        self, principal: Principal, user_id: str, change: RoleChange, *, revision: int | None = None
    ) -> UserView:
        """Give or take a role.

        Raises:
            Error: `not_found`, `conflict` for the last administrator, `invalid_parameter` for a place that is none.
        """
        require(principal, "users:write")
        self._rank.may_manage(principal, self._stores.users.get(user_id))
        if change.role is not None:
            self._rank.may_give(principal, change.role, change.domain)
            check_place(self._stores, change.domain)
        changed = self._stores.users.change(
            user_id, lambda user: user.model_copy(update={"roles": with_role(user.roles, change)}), revision=revision
        )
        self._done(principal, "user.role_changed", user_id, role=change.role or "none", domain=change.domain)
        return UserView.of(changed)

    def me(self, principal: Principal) -> Me:
        """Who asks, and what they may do."""
        require(principal, "account:read")
        from darkroom.access import PERMISSIONS

        user = self._stores.users.find(principal.user) if principal.user else None
        sessions = self._stores.sessions.list(principal.user) if principal.user else []
        decided = self._guard.decide_all(principal, PERMISSIONS)
        return Me(
            id=principal.id, name=principal.name, kind=principal.kind, user=UserView.of(user) if user else None,
            permissions=tuple(name for name, one in decided.items() if one.allowed),
            denied={name: one.because for name, one in decided.items() if not one.allowed},
            sessions=tuple(SessionView.of(one, principal.session) for one in sessions),
        )  # fmt: skip

    def rename(self, principal: Principal, change: OwnChange, *, revision: int | None = None) -> UserView:
        """Set one's own name.

        Raises:
            Error: `forbidden` for tokens and for whoever has no account, `precondition_failed` for another revision.
        """
        require(principal, "account:write")
        user = _person(principal, "changes a name")
        values: dict[str, object] = {"name": change.name}
        return UserView.of(self._change(principal, user, values, "user.changed", revision=revision, changed=["name"]))

    def change_password(self, principal: Principal, change: PasswordChange) -> None:
        """Set one's own password; every other session ends.

        Raises:
            Error: `forbidden` for tokens, `sign_in_failed` when the old one is wrong, `invalid_parameter`.
        """
        require(principal, "account:write")
        user = self._stores.users.get(_person(principal, "changes a password"))
        if not passwords.verify(change.old, user.password, self.password_cost):
            self._trail.note(principal, "user.password_refused", user.id, outcome="failed")
            raise Error("sign_in_failed", "The present password is another one.", remedy="Give the present password.")
        self._set_password(principal, user, change.new, keep=principal.session)

    def set_password(self, principal: Principal, user_id: str, password: str) -> None:
        """Set anybody's password, for the operator of this machine; every session of the account ends.

        Raises:
            Error: `not_found`, `invalid_parameter`.
        """
        require(principal, "users:write")
        user = self._stores.users.get(user_id)
        self._rank.may_manage(principal, user)
        self._set_password(principal, user, password)

    def reset_link(self, principal: Principal, user_id: str, *, life: timedelta = _LINK_LIFE) -> ResetLink:
        """Make a one-time link with which a person sets a password; earlier ones become worthless.

        Raises:
            Error: `not_found`.
        """
        require(principal, "users:write")
        user = self._stores.users.get(user_id)
        self._rank.may_manage(principal, user)
        secret, moment = opaque.make(opaque.LINK), now()
        self._stores.links.drop(user.id)
        link = Link(
            id=opaque.digest(secret), user=user.id, created_by=principal.id, created_at=moment,
            expires_at=moment + life,
        )  # fmt: skip
        self._stores.links.insert(link)
        self._trail.note(principal, "user.link_made", user.id)
        # Behind the #: browsers send it to no server, so it is in no log.
        url = f"{self._settings.public_address}/reset#{secret}"
        return ResetLink(token=secret, url=url, expires_at=link.expires_at)

    def reset(self, reset: PasswordReset, *, address: str | None = None) -> None:
        """Set a password by a one-time link; every session of the account ends.

        Raises:
            Error: `link_expired`, `invalid_parameter`; the link is still good after the latter.
        """
        passwords.check_password(reset.password)
        if not opaque.is_one(opaque.LINK, reset.token):
            raise Error("link_expired", "The link was used already, has run out, or never was one.")
        link = self._stores.links.use(opaque.digest(reset.token))
        principal = ANONYMOUS.model_copy(update={"address": address})
        user = self._stores.users.get(link.user)
        if user.disabled:
            raise Error("link_expired", "The link is for an account that is disabled.")
        self._set_password(principal, user, reset.password)

    def _user(self, new: NewUser) -> User:
        moment = now()
        if new.password is not None:
            passwords.check_password(new.password, email=new.email)
        return User(
            id=new_id("u"), email=new.email, email_key=email_key(new.email), name=new.name or new.email,
            password=passwords.hash_password(new.password, self.password_cost) if new.password else None,
            roles=(Assignment(role=new.role),), created_at=moment, password_at=moment if new.password else None,
        )  # fmt: skip

    def _insert(self, principal: Principal, user: User, action: str) -> None:
        self._stores.users.insert(user)
        self._done(principal, action, user.id, email=user.email, role=user.roles[0].role)

    def _set_password(self, principal: Principal, user: User, password: str, *, keep: str | None = None) -> None:
        passwords.check_password(password, email=user.email)
        values = {"password": passwords.hash_password(password, self.password_cost), "password_at": now()}
        self._change(principal, user.id, values, "user.password_changed")
        self._stores.links.drop(user.id)
        self._stores.sessions.revoke_all(user.id, "password_changed", but=keep)
        self._guard.changed()

    def _change(
        self, principal: Principal, user_id: str, values: dict[str, object], action: str, *,
        revision: int | None = None, **detail: object,
    ) -> User:  # fmt: skip
        changed = self._stores.users.change(user_id, lambda user: user.model_copy(update=values), revision=revision)
        self._done(principal, action, user_id, **detail)
        return changed

    def _done(self, principal: Principal, action: str, user_id: str, **detail: object) -> None:
        self._guard.changed()
        self._trail.note(principal, action, user_id, **detail)  # type: ignore[arg-type]


def _person(principal: Principal, does: str) -> str:
    """Id of the account of somebody who is signed in.

    Raises:
        Error: `forbidden` for anybody else.
    """
    if principal.kind != "user" or principal.user is None:
        raise Error(
            "forbidden", f"Only a person who is signed in {does}, no token.",
            remedy="Sign in with address and password.",
        )  # fmt: skip
    return principal.user
