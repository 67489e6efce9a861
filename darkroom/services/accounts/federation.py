"""Signing in with accounts at other providers, and linking them to one's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from darkroom.access import opaque, require
from darkroom.access.github import GithubClient
from darkroom.access.oidc import Answer, Claimed, OidcClient
from darkroom.access.providers import Provider, providers_of
from darkroom.access.throttle import Throttle
from darkroom.access.trail import Trail
from darkroom.domain.access import ANONYMOUS, Principal, Session, SignInAttempt, User
from darkroom.domain.base import Model, now
from darkroom.errors import Error
from darkroom.services.accounts.joining import Joining
from darkroom.services.accounts.sessions import SessionService
from darkroom.settings import Settings
from darkroom.store import Stores

ATTEMPT_LIFE = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_PER_ADDRESS = 100


class ProviderView(Model):
    """A provider with whose accounts people may sign in."""

    id: str
    """Short name of it."""
    name: str
    """Words for a person."""
    issuer: str
    """Whose accounts these are, as in `providers` of an account."""
    start_url: str
    """Where a browser begins; `?return_to=/path` says where it ends."""


class ProviderList(Model):
    """Providers with whose accounts people may sign in."""

    items: tuple[ProviderView, ...]
    """The providers, none when only passwords are asked for."""
    reset_by_mail: bool = False
    """Whether a link to set a forgotten password can be had by mail."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun."""

    url: str
    """Where the browser goes."""
    browser: str
    """Secret that it keeps in a cookie until it is back."""


@dataclass(frozen=True)
class Returned:
    """What a browser brings back."""

    state: str | None = None
    """What went along."""
    code: str | None = None
    """To be exchanged."""
    error: str | None = None
    """Why there is no code."""
    issuer: str | None = None
    """Who answers (RFC 9207)."""


@dataclass(frozen=True)
class Finished:
    """A sign-in that has come to a good end."""

    return_to: str
    """Path where the browser goes."""
    session: Session | None
    """The new session; none when an account was linked to the one there is."""
    secret: str | None
    """Its cookie."""


class Client(Protocol):
    """Whoever speaks with a provider."""

    def authorization_endpoint(self) -> str:
        """Where browsers are sent."""
        ...

    def redeem(self, answer: Answer) -> Claimed:
        """Exchange a code, and check everything that comes for it."""
        ...


class FederationService:
    """Accounts at other providers.

    Args:
        settings: name the providers and who may join.
        stores: repositories.
        sessions: begins them.
        joining: finds or makes the account.
    """

    def __init__(self, settings: Settings, stores: Stores, sessions: SessionService, joining: Joining) -> None:
        self._settings = settings
        self._stores = stores
        self._sessions = sessions
        self._joining = joining
        self._trail = Trail(stores)
        self._throttle = Throttle(stores.attempts)
        self._clients: dict[str, Client] = {}

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Every provider by id.

        Raises:
            Error: `invalid_setting`.
        """
        return providers_of(self._settings)

    def list(self) -> ProviderList:
        """The providers that a sign-in page offers."""
        return ProviderList(
            items=tuple(
                ProviderView(id=one.id, name=one.name, issuer=one.issuer, start_url=f"/api/v1/auth/oidc/{one.id}/start")
                for one in self.providers.values()
            )
        )

    def start(self, provider_id: str, return_to: str, *, address: str | None) -> Begun:
        """Begin to sign in.

        Raises:
            Error: `not_found`, `invalid_parameter` for a path that is none of ours, `too_many_attempts`,
                `provider_unavailable`, `provider_untrusted`.
        """
        self._throttle.count_plain("provider", address, most=_PER_ADDRESS)
        return self._begin(provider_id, return_to, session=None)

    def link(self, principal: Principal, provider_id: str, return_to: str = "/") -> Begun:
        """Begin to link an account there to one's own.

        Raises:
            Error: `forbidden` for tokens, `not_found`, `invalid_parameter`, `provider_unavailable`,
                `provider_untrusted`.
        """
        require(principal, "account:write")
        if principal.kind != "user" or principal.session is None:
            raise Error(
                "forbidden", "Only a person who is signed in links an account, no token.",
                remedy="Sign in with a browser.",
            )  # fmt: skip
        return self._begin(provider_id, return_to, session=principal.session)

    def unlink(self, principal: Principal, provider_id: str) -> None:
        """Take the link to the account there away.

        Raises:
            Error: `forbidden` for tokens, `not_found`, `conflict` when there would be no way left to sign in.
        """
        require(principal, "account:write")
        if principal.kind != "user" or principal.user is None:
            raise Error("forbidden", "Only a person who is signed in unlinks an account, no token.")
        self._joining.unlink(principal, principal.user, self._provider(provider_id))

    def finish(
        self, provider_id: str, returned: Returned, browser: str | None, *, address: str | None, agent: str | None
    ) -> Finished:
        """Sign in, or link, with what a browser brings back from the provider; what went along is used up by it.

        Raises:
            Error: `sign_in_expired`, `provider_denied`, `provider_untrusted`, `provider_unavailable`,
                `address_unverified`, `no_account`, `identity_taken`, `unauthenticated`. Where an account was to be
                linked, `return_to` is among the facts.
        """
        anybody = ANONYMOUS.model_copy(update={"address": address})
        attempt: SignInAttempt | None = None
        try:
            provider = self._provider(provider_id)
            attempt = self._attempt(provider, returned.state, browser)
            claimed = self._claimed(provider, attempt, returned)
            if attempt.session is not None:
                user = self._who_links(attempt.session)
                self._joining.link(user, provider, claimed, address=address)
                return Finished(attempt.return_to, None, None)
            user = self._joining.account(provider, claimed, address=address)
        except Error as error:
            self._trail.note(anybody, "sign_in.failed", outcome="failed", provider=provider_id[:40], because=error.code)
            if attempt is not None and attempt.session is not None:
                error.context["return_to"] = attempt.return_to
            raise
        self._stores.users.note_sign_in(user.id, now())
        session, secret = self._sessions.begin(user, "browser", address=address, agent=agent, how=provider.id)
        return Finished(attempt.return_to, session, str(secret))

    def _begin(self, provider_id: str, return_to: str, *, session: str | None) -> Begun:
        provider = self._provider(provider_id)
        check_path(return_to)
        endpoint = self._client(provider).authorization_endpoint()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        browser, moment = opaque.make(opaque.BROWSER), now()
        attempt = SignInAttempt(
            id=opaque.digest(state), provider=provider.id, browser=opaque.digest(browser), nonce=nonce,
            verifier=verifier, return_to=return_to, session=session, created_at=moment,
            expires_at=moment + ATTEMPT_LIFE,
        )  # fmt: skip
        self._stores.sign_ins.insert(attempt)
        query = {
            "response_type": "code", "client_id": provider.client_id, "redirect_uri": self._redirect_uri(provider),
            "scope": provider.scope, "state": state, "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        if provider.kind == "oidc":
            query["nonce"] = nonce
        joint = "&" if urlsplit(endpoint).query else "?"
        return Begun(f"{endpoint}{joint}{urlencode(query)}", browser)

    def _attempt(self, provider: Provider, state: str | None, browser: str | None) -> SignInAttempt:
        """The attempt that a browser comes back from, used up."""
        attempt = self._stores.sign_ins.take(opaque.digest(state)) if state else None
        if attempt is None:
            raise Error("sign_in_expired", "There is no such sign-in under way: it took too long, or was used before.")
        shown = opaque.digest(browser or "")
        if attempt.provider != provider.id or not hmac.compare_digest(shown, attempt.browser):
            raise Error("sign_in_expired", "The sign-in was begun in another browser, or with another provider.")
        return attempt

    def _claimed(self, provider: Provider, attempt: SignInAttempt, returned: Returned) -> Claimed:
        if returned.error is not None or not returned.code:
            said = returned.error or "no code"
            code = "provider_denied" if said == "access_denied" else "provider_untrusted"
            raise Error(code, f"{provider.name} answers {said[:100]!r}.")
        answer = Answer(returned.code, attempt.verifier, attempt.nonce, self._redirect_uri(provider), returned.issuer)
        return self._client(provider).redeem(answer)

    def _who_links(self, session_id: str) -> User:
        """Whose session it is, if it is still good."""
        session = self._stores.sessions.find(session_id)
        user = self._stores.users.find(session.user) if session else None
        if session is None or session.revoked_at is not None or session.expires_at <= now() or user is None:
            raise Error("unauthenticated", "Whoever began to link the account has signed out meanwhile.")
        return user

    def _provider(self, provider_id: str) -> Provider:
        found = self.providers.get(provider_id)
        if found is None:
            raise Error("not_found", f"There is no sign-in provider {provider_id[:40]!r}.")
        return found

    def _client(self, provider: Provider) -> Client:
        found = self._clients.get(provider.id)
        if found is None:
            found = GithubClient(provider) if provider.kind == "github" else OidcClient(provider)
            self._clients[provider.id] = found
        return found

    def _redirect_uri(self, provider: Provider) -> str:
        return f"{self._settings.public_address}/api/v1/auth/oidc/{provider.id}/callback"


def challenge(verifier: str) -> str:
    """What is told of a PKCE verifier before it is shown (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def check_path(path: str) -> None:
    """Return if a path leads to a page of ours and can mean no other site to any browser.

    Raises:
        Error: `invalid_parameter`.
    """
    plain = path.isascii() and path.isprintable() and " " not in path and "\\" not in path
    if not plain or not path.startswith("/") or path.startswith("//") or len(path) > 1000:
        raise Error("invalid_parameter", "return_to: give a path of this site, as /activity.", parameter="return_to")
