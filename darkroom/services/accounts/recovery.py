"""Links by mail: to set a forgotten password, and to invite somebody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from darkroom import logs
from darkroom.access import require
from darkroom.access.mail import Mailer
from darkroom.access.throttle import Throttle
from darkroom.access.trail import Trail
from darkroom.domain.access import ANONYMOUS, SYSTEM, Principal, email_key
from darkroom.errors import Error
from darkroom.services.accounts.users import UserService
from darkroom.settings import Settings
from darkroom.store import Stores

_LOG = logs.get("darkroom.access")
_FORGOTTEN_LIFE = timedelta(hours=1)
_INVITED_LIFE = timedelta(days=7)
_PER_ADDRESS = 20
_PER_ACCOUNT = 3
_MOST_WAITING = 100

_FORGOTTEN = """\
Somebody, probably you, asked to set a new password for your account at Darkroom ({place}).

Open this link within an hour to set one; it works once:

{url}

If it was not you, do nothing: your password stays as it is.
"""
_INVITED = """\
{who} has made you an account at Darkroom ({place}).

Open this link within a week to set your password; it works once:

{url}

Afterwards, sign in with this address: {email}
"""


class RecoveryService:
    """Mail with one-time links.

    Args:
        settings: name the mail server.
        stores: accounts and counters.
        users: makes the links.
    """

    def __init__(self, settings: Settings, stores: Stores, users: UserService) -> None:
        self._settings = settings
        self._stores = stores
        self._users = users
        self._mailer = Mailer(settings)
        self._trail = Trail(stores)
        self._throttle = Throttle(stores.attempts)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._waiting = 0

    @property
    def is_configured(self) -> bool:
        """Whether mail can be sent."""
        return self._mailer.is_configured

    def forgot(self, email: str, *, address: str | None) -> None:
        """Send a link to whoever has an account with that address.

        Whether there is one is looked up after the answer, so that neither the answer nor its time tells.

        Raises:
            Error: `mail_not_configured`, `too_many_attempts` from one address.
        """
        if not self.is_configured:
            raise Error("mail_not_configured", "This Darkroom sends no mail.")
        self._throttle.count_plain("forgot", address, most=_PER_ADDRESS)
        if self._waiting < _MOST_WAITING:
            self._waiting += 1
            self._pool.submit(self._send_forgotten, email, address)

    def invite(self, principal: Principal, user_id: str) -> None:
        """Send somebody who has a new account a link to set its password.

        Raises:
            Error: `not_found`, `forbidden` for an account that may more than oneself, `mail_not_configured`, `mail_failed`.
        """
        require(principal, "users:write")
        if not self.is_configured:
            raise Error("mail_not_configured", "This Darkroom sends no mail.")
        user = self._stores.users.get(user_id)
        link = self._users.reset_link(principal, user_id, life=_INVITED_LIFE)
        text = _INVITED.format(
            who=principal.name, place=self._settings.public_address, url=link.url, email=user.email
        )  # fmt: skip
        self._mailer.send(user.email, "Your account at Darkroom", text)
        self._trail.note(principal, "user.invited", user_id, email=user.email)

    def close(self) -> None:
        """Wait for what is being sent; leave out what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send_forgotten(self, email: str, address: str | None) -> None:
        try:
            self._forgotten(email, address)
        except Error as error:
            _LOG.warning("mail_not_sent", code=error.code, cause=error.cause)
        finally:
            self._waiting -= 1

    def _forgotten(self, email: str, address: str | None) -> None:
        anybody = ANONYMOUS.model_copy(update={"address": address})
        user = self._stores.users.by_email(email)
        if user is None or user.disabled:
            self._trail.note(anybody, "user.reset_asked", outcome="failed", email=email)
            return
        # For anybody's asking together: nobody's mailbox is filled.
        self._throttle.count_plain(f"forgot:{email_key(user.email)}", None, most=_PER_ACCOUNT)
        link = self._users.reset_link(SYSTEM, user.id, life=_FORGOTTEN_LIFE)
        text = _FORGOTTEN.format(place=self._settings.public_address, url=link.url)
        self._mailer.send(user.email, "Set a new password for Darkroom", text)
        self._trail.note(anybody, "user.reset_asked", user.id)
