"""How often somebody may guess: by account and address together, by address, and by account, in every process alike."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime

from darkroom.domain.access import email_key
from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.store.attempts import AttemptRepository

WINDOW_SECONDS = 15 * 60
"""After this long, counting begins anew."""

PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 50, 100
"""Failed attempts in a window: for one account from one address, from one address, and for one account from anywhere.

The first stops guessing, the second guessing through a list of accounts, the last guessing from many addresses; it is
so high that nobody is easily shut out by a stranger.
"""


class Throttle:
    """Counts attempts before they are made, so that many at the same time count too.

    Args:
        attempts: the counters.
    """

    def __init__(self, attempts: AttemptRepository) -> None:
        self._attempts = attempts

    def count(self, email: str, address: str | None) -> list[str]:
        """Count one attempt; returns the counters, for `succeeded`.

        Raises:
            Error: `too_many_attempts` with `Retry-After`, the same whether or not there is such an account.
        """
        account, where = _name(email_key(email)), place(address)
        limits = {
            f"pair:{account}:{where}": PER_PAIR,
            f"address:{where}": PER_ADDRESS,
            f"account:{account}": PER_ACCOUNT,
        }
        for key, most in limits.items():
            count, until = self._attempts.count(key, WINDOW_SECONDS)
            if count > most:
                raise _too_many(until, first=count == most + 1)
        return list(limits)

    def count_plain(self, what: str, address: str | None, *, most: int, seconds: int = WINDOW_SECONDS) -> None:
        """Count one more of something that an address may ask for only so often.

        Raises:
            Error: `too_many_attempts` with `Retry-After`.
        """
        count, until = self._attempts.count(f"{what}:{place(address)}", seconds)
        if count > most:
            raise _too_many(until, first=count == most + 1)

    def succeeded(self, keys: list[str]) -> None:
        """Begin anew for somebody who has shown who he is; others at the same address stay counted."""
        self._attempts.forget(key for key in keys if not key.startswith("address:"))
        self._attempts.take_back(key for key in keys if key.startswith("address:"))


def _too_many(until: datetime, *, first: bool) -> Error:
    seconds = max(1, int((until - now()).total_seconds()) + 1)
    return Error(
        "too_many_attempts", f"Too many failed attempts; the next is possible in {seconds} seconds.",
        headers={"Retry-After": str(seconds)}, seconds=seconds, first=first or None,
    )  # fmt: skip


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def place(address: str | None) -> str:
    """An address, of IPv6 the network: whoever has one has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "nowhere"
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found)
