"""Passwords: bcrypt at a calibrated cost, the same work whether or not the account exists.

bcrypt reads 72 bytes and stops at a NUL byte. So the password is first hashed with SHA-256 under a name of this use
(a leaked plain SHA-256 of it is then worth nothing here) and written in base64: 44 bytes, none of them NUL.
"""

from __future__ import annotations

import base64
import hashlib
import time
import unicodedata
from functools import cache

from darkroom.access.common_passwords import is_common
from darkroom.errors import Error

TARGET_SECONDS = 0.25
"""About what one guess should cost."""

LEAST_COST, MOST_COST = 11, 16
"""Bounds of the calibrated cost."""

LEAST_LENGTH, MOST_LENGTH = 10, 1000
"""Characters of a password."""

_USE = b"darkroom/password/1\0"
_PROBE = 8


def check_password(password: str, *, email: str = "") -> None:
    """Return if a password is good enough to be set.

    Raises:
        Error: `invalid_parameter`, saying what is wrong with it, never what it is.
    """
    wrong = ""
    if len(password) < LEAST_LENGTH:
        wrong = f"a password has at least {LEAST_LENGTH} characters"
    elif len(password) > MOST_LENGTH:
        wrong = f"a password has at most {MOST_LENGTH} characters"
    elif len(set(password)) < 4:
        wrong = "a password has at least four different characters"
    elif email and password.casefold() in {email.casefold(), email.casefold().partition("@")[0]}:
        wrong = "the password is the address"
    elif is_common(password, (email, email.partition("@")[0])):
        wrong = "a password is none that is guessed first: a common one, a word or a name, also with digits and signs around it"
    if wrong:
        raise Error("invalid_parameter", f"password: {wrong}.", parameter="password", remedy="Choose another password.")


def hash_password(password: str, cost: int) -> str:
    """A bcrypt hash with a salt of its own; it names its cost."""
    import bcrypt

    return bcrypt.hashpw(_prepare(password), bcrypt.gensalt(cost)).decode("ascii")


def verify(password: str, stored: str | None, cost: int) -> bool:
    """Whether a password is the stored one; takes as long as one hash at `cost` also when there is none stored.

    Args:
        password: as given.
        stored: hash of the account's password; None when there is no account, or none with a password.
        cost: what hashes are made with now.
    """
    import bcrypt

    if stored is None:
        bcrypt.checkpw(_prepare(password), _dummy(cost))
        return False
    right = bcrypt.checkpw(_prepare(password), stored.encode("ascii"))
    # An older, cheaper hash would answer sooner and so tell that the account exists: 2^c0 + 2^c0 + ... + 2^(c-1) = 2^c.
    for missing in range(cost_of(stored), cost):
        bcrypt.checkpw(b"", _dummy(missing))
    return right


def cost_of(stored: str) -> int:
    """The cost that a hash was made with."""
    return int(stored.split("$")[2])


def calibrate(target: float = TARGET_SECONDS) -> int:
    """The cost whose hash takes nearest to `target` seconds on this machine; takes about 0.1 s."""
    import bcrypt

    salt = bcrypt.gensalt(_PROBE)
    best = min(_timed(salt) for _ in range(3))
    cost = _PROBE
    while best * 2 <= target * 1.4 and cost < MOST_COST:
        best, cost = best * 2, cost + 1
    return max(LEAST_COST, cost)


def _timed(salt: bytes) -> float:
    import bcrypt

    begun = time.process_time()
    bcrypt.hashpw(b"calibration", salt)
    return time.process_time() - begun


def _prepare(password: str) -> bytes:
    # The same letters typed on another keyboard may be composed otherwise.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha256(_USE + text).digest())


@cache
def _dummy(cost: int) -> bytes:
    """A hash of nothing anybody can know: made by hand, for making it must not take the time that it is to hide."""
    return f"$2b${cost:02}$".encode("ascii") + b"C6UzMDM.H6dfI/f/IKcEeO7ZtE0bYmtu5p3dQJ9Zk5a1E8F0m3q6W"
