"""Signing keys and the access tokens made with them.

ES256 only, by key as well as by header: whatever a token says of its own algorithm decides nothing. Keys lie in the
home, readable by its owner alone, one file each. A key signs for 30 days; it is published and verified with until no
token of it can be alive.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkroom.domain.base import new_id
from darkroom.errors import Error

ACCESS_SECONDS = 15 * 60
"""Life of an access token."""
AUDIENCE = "darkroom"
_ALGORITHM = "ES256"
_TYPE = "at+jwt"
_SIGNS_SECONDS = 30 * 86_400
_OVERLAP_SECONDS = 3600
_LEEWAY_SECONDS = 5
_WHY = "The access token is not valid: {}."


@dataclass(frozen=True)
class AccessClaims:
    """What a valid access token says."""

    user: str
    session: str
    expires_at: float


class SigningKeys:
    """The keys of a home.

    Args:
        folder: where they lie; made when the first key is.
        issuer: name of the library, put into every token and asked of every token.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._issuer = issuer
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[float, Any]] = {}
        self._seen = -1

    def sign(self, user: str, session: str) -> str:
        """An access token of 15 minutes."""
        from joserfc import jwt

        kid, key = self._current()
        moment = int(self._clock())
        claims = {
            "iss": self._issuer, "aud": AUDIENCE, "sub": user, "sid": session, "iat": moment,
            "exp": moment + ACCESS_SECONDS, "jti": secrets.token_hex(16),
        }  # fmt: skip
        return jwt.encode({"alg": _ALGORITHM, "kid": kid, "typ": _TYPE}, claims, key)

    def verify(self, token: str) -> AccessClaims:
        """What a token says.

        Raises:
            Error: `unauthenticated`, saying why.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            kid = _kid_of(token)
            key = self._find(kid)
            if key is None:
                raise _bad("signed with a key that is not known here")
            found = jwt.decode(token, key, algorithms=[_ALGORITHM])
            if found.header.get("typ") != _TYPE or found.header.get("alg") != _ALGORITHM:
                raise _bad("it is another kind of token")
            return self._read(found.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _bad("its form or its signature is wrong") from error

    def public(self) -> list[dict[str, Any]]:
        """Public keys of all tokens that may be alive, as JSON Web Keys."""
        self._current()
        return [{**key.as_dict(private=False), "kid": kid} for kid, (_, key) in sorted(self._keys.items())]

    def rotate(self) -> str:
        """Sign with a new key from now on; returns its id."""
        with self._lock:
            kid = self._make()
            self._load(force=True)
        return kid

    def _read(self, claims: dict[str, Any]) -> AccessClaims:
        if claims.get("iss") != self._issuer or claims.get("aud") != AUDIENCE:
            raise _bad("it was made for another Darkroom")
        moment, expires = self._clock(), claims["exp"]
        if not isinstance(expires, int) or isinstance(expires, bool) or expires + _LEEWAY_SECONDS < moment:
            raise _bad("it has run out")
        if int(claims["iat"]) > moment + 60:
            raise _bad("it comes from the future")
        return AccessClaims(str(claims["sub"]), str(claims["sid"]), float(expires))

    def _current(self) -> tuple[str, Any]:
        with self._lock:
            self._load()
            newest = max(self._keys, key=lambda kid: self._keys[kid][0], default=None)
            if newest is None or self._keys[newest][0] + _SIGNS_SECONDS < self._clock():
                newest = self._make()
                self._load(force=True)
            return newest, self._keys[newest][1]

    def _find(self, kid: str) -> Any:
        found = self._keys.get(kid)
        if found is None or found[0] + _SIGNS_SECONDS < self._clock():
            with self._lock:
                self._load()
            found = self._keys.get(kid)
        return found[1] if found else None

    def _make(self) -> str:
        from joserfc.jwk import ECKey

        kid = new_id("k")
        document = ECKey.generate_key("P-256").as_dict(private=True) | {"created": self._clock()}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{kid}"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w") as handle:
            json.dump(document, handle)
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(self._folder / f"{kid}.json")
        return kid

    def _load(self, *, force: bool = False) -> None:
        """Read the folder when it has changed; drop keys whose last token has run out."""
        from joserfc.jwk import ECKey

        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            self._keys, self._seen = {}, -1
            return
        if changed == self._seen and not force and not self._has_retired():
            return
        found = {}
        for path in self._folder.glob("k-*.json"):
            document = json.loads(path.read_text())
            created = float(document.pop("created"))
            if self._is_over(created):
                path.unlink(missing_ok=True)
                continue
            found[path.stem] = (created, ECKey.import_key(document))
        self._keys, self._seen = found, self._folder.stat().st_mtime_ns

    def _is_over(self, created: float) -> bool:
        return created + _SIGNS_SECONDS + _OVERLAP_SECONDS < self._clock()

    def _has_retired(self) -> bool:
        return any(self._is_over(created) for created, _ in self._keys.values())


def _kid_of(token: str) -> str:
    from joserfc.jws import extract_compact

    header = extract_compact(token.encode()).headers()
    return str(header["kid"])


def _bad(why: str) -> Error:
    return Error("unauthenticated", _WHY.format(why), remedy="Fetch another with the refresh token, or sign in again.")
