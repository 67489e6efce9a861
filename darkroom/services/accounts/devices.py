"""Letting a program in that has no browser: it shows a code, a person who is signed in allows it (RFC 8628)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints

from darkroom.access import opaque, require
from darkroom.access.throttle import Throttle
from darkroom.access.trail import Trail
from darkroom.domain.access import ANONYMOUS, DeviceGrant, Principal
from darkroom.domain.base import Model, now
from darkroom.errors import Error
from darkroom.services.accounts.sessions import SessionService, Tokens
from darkroom.settings import Settings
from darkroom.store import Stores

GRANT_LIFE = timedelta(minutes=10)
"""How long a program waits."""
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of a code: no vowels, so that no words come out, and nothing that looks like a number."""
_INTERVAL = 5
_SLOWER = 5
_SLACK = timedelta(seconds=0.5)
_PROGRAMS = 20
_GUESSES = 20
_TRIES = 5

UserCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""What the person types, in any case and with any dashes."""


class DeviceCode(Model):
    """What a program shows and keeps while it waits."""

    device_code: str
    """Kept by the program, for `POST /api/v1/auth/device/token`."""
    user_code: str
    """Shown to the person."""
    verification_uri: str
    """Page where the person types it."""
    verification_uri_complete: str
    """The same with the code typed in already."""
    expires_in: int
    """Seconds until it ends."""
    interval: int
    """Seconds to wait between two questions."""


class DeviceView(Model):
    """A program that waits."""

    agent: str | None
    """What it calls itself."""
    address: str | None
    """Where it asked from."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends."""


class DeviceService:
    """Programs that wait to be let in.

    Args:
        settings: where the page lies.
        stores: repositories.
        sessions: begins them.
    """

    def __init__(self, settings: Settings, stores: Stores, sessions: SessionService) -> None:
        self._settings = settings
        self._stores = stores
        self._sessions = sessions
        self._trail = Trail(stores)
        self._throttle = Throttle(stores.attempts)

    def begin(self, *, address: str | None, agent: str | None) -> DeviceCode:
        """Let a program begin to wait.

        Raises:
            Error: `too_many_attempts`, `setup_needed` while nobody could allow it.
        """
        self._throttle.count_plain("device", address, most=_PROGRAMS)
        if not self._sessions.has_accounts():
            raise Error("setup_needed", "There is no account yet that a program could be let in to.")
        secret = opaque.make(opaque.DEVICE)
        code = self._insert(secret, address, agent)
        page = f"{self._settings.public_address}/device"
        return DeviceCode(
            device_code=secret, user_code=code, verification_uri=page, verification_uri_complete=f"{page}?code={code}",
            expires_in=int(GRANT_LIFE.total_seconds()), interval=_INTERVAL,
        )  # fmt: skip

    def look(self, principal: Principal, user_code: str) -> DeviceView:
        """The program that waits under a code, for the person who decides.

        Raises:
            Error: `not_found`, `too_many_attempts`, `forbidden` for tokens.
        """
        require(principal, "account:write")
        grant = self._waiting(principal, user_code)
        return DeviceView(
            agent=grant.agent, address=grant.address, created_at=grant.created_at, expires_at=grant.expires_at
        )  # fmt: skip

    def decide(self, principal: Principal, user_code: str, *, allow: bool) -> None:
        """Let a program in as oneself, or not.

        Raises:
            Error: `not_found`, `too_many_attempts`, `forbidden` for tokens.
        """
        require(principal, "account:write")
        self._waiting(principal, user_code)
        grant = self._stores.device_grants.decide(_hash(user_code), str(principal.user), approved=allow)
        if grant is None:
            raise _unknown()
        action = "device.allowed" if allow else "device.denied"
        self._trail.note(principal, action, agent=grant.agent, program_address=grant.address)

    def token(self, device_code: str, *, address: str | None) -> Tokens:
        """The tokens of a program, once it was let in.

        Raises:
            Error: `authorization_pending` as long as nobody has decided, `slow_down` for who asks too often,
                `device_denied`, `device_expired`.
        """
        if not opaque.is_one(opaque.DEVICE, device_code):
            raise Error("device_expired", "The code is not one that Darkroom made.")
        grant_id, moment = opaque.digest(device_code), now()
        before = self._stores.device_grants.note_question(grant_id, moment)
        if before is None:
            raise Error("device_expired", "The code was used already, or has run out.")
        wait = timedelta(seconds=before.interval)
        if before.asked_at is not None and moment - before.asked_at < wait - _SLACK:
            self._stores.device_grants.note_question(grant_id, moment, slower=_SLOWER)
            seconds = before.interval + _SLOWER
            raise Error("slow_down", f"Ask every {seconds} seconds from now on.", interval=seconds)
        if before.state == "denied":
            raise Error("device_denied", "The person did not let the program in.")
        if before.state == "pending":
            raise Error("authorization_pending", "Nobody has decided yet.", interval=before.interval)
        return self._let_in(grant_id, address)

    def _let_in(self, grant_id: str, address: str | None) -> Tokens:
        grant = self._stores.device_grants.take(grant_id)
        user = self._stores.users.find(grant.user) if grant is not None and grant.user else None
        if grant is None or user is None or user.disabled:
            self._trail.note(
                ANONYMOUS.model_copy(update={"address": address}), "sign_in.failed", outcome="failed", how="device"
            )  # fmt: skip
            raise Error("device_expired", "The code was used already, or has run out.")
        self._stores.users.note_sign_in(user.id, now())
        _, tokens = self._sessions.begin(user, "program", address=address, agent=grant.agent, how="device")
        if not isinstance(tokens, Tokens):
            raise Error("internal", "A program was given a cookie.")
        return tokens

    def _insert(self, secret: str, address: str | None, agent: str | None) -> str:
        moment = now()
        for tries in range(_TRIES):
            code = "".join(secrets.choice(_LETTERS) for _ in range(8))
            grant = DeviceGrant(
                id=opaque.digest(secret), user_code=_hash(code), agent=agent[:200] if agent else None, address=address,
                interval=_INTERVAL, created_at=moment, expires_at=moment + GRANT_LIFE,
            )  # fmt: skip
            try:
                self._stores.device_grants.insert(grant)
            except Error as error:
                # Somebody waits under the same code.
                if error.code != "already_exists" or tries == _TRIES - 1:
                    raise
            else:
                return f"{code[:4]}-{code[4:]}"
        raise Error("internal", "No code was free.")

    def _waiting(self, principal: Principal, user_code: str) -> DeviceGrant:
        """The program under a code; guessing is counted for each account, for a code is short."""
        if principal.kind != "user" or principal.user is None:
            raise Error(
                "forbidden", "Only a person who is signed in lets a program in, no token.",
                remedy="Open the page in a browser.",
            )  # fmt: skip
        grant = self._stores.device_grants.by_user_code(_hash(user_code))
        if grant is None or grant.state != "pending":
            self._throttle.count_plain(f"device-code:{principal.user}", None, most=_GUESSES)
            raise _unknown()
        return grant


def _hash(user_code: str) -> str:
    return opaque.digest("device " + "".join(letter for letter in user_code.upper() if letter.isalnum()))


def _unknown() -> Error:
    return Error("not_found", "No program waits under this code (any more).", remedy="Compare it, or begin again.")
