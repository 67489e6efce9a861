"""OpenID Connect providers: discovery, the authorization code with PKCE, and what an ID token must say.

Addresses come from the settings and from the provider's own discovery document alone, over https (http to this machine),
and no redirect is followed: nothing that a browser sends can make Darkroom ask another server.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from darkroom.access.provider_http import ask, client_for, untrusted
from darkroom.access.providers import GOOGLE, Provider, is_loopback, is_safe_address

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures with a public key. `none`, and HMAC with a key that is public, are not among them."""
_METADATA_SECONDS = 3600.0
_KEYS_SECONDS = 600.0
_KEYS_PAUSE_SECONDS = 10.0
_LEEWAY_SECONDS = 60
_OLDEST_SECONDS = 600


@dataclass(frozen=True)
class Claimed:
    """Who somebody is, as a provider says."""

    issuer: str
    """The provider."""
    subject: str
    """The account's stable name there."""
    email: str | None
    """An address, if it told one."""
    verified: bool
    """Whether the provider has seen that the address is that person's."""
    name: str | None
    """Words for a person."""


@dataclass(frozen=True)
class Answer:
    """What a browser brought back from a provider, and what was kept here meanwhile."""

    code: str
    """To be exchanged."""
    verifier: str
    """Of PKCE."""
    nonce: str
    """That the ID token must have."""
    redirect_uri: str
    """As it was in the request."""
    issuer: str | None = None
    """`iss` of the answer (RFC 9207)."""


class OidcClient:
    """Speaks with one OpenID Connect provider.

    Args:
        provider: which.
        clock: seconds since 1970.
    """

    def __init__(self, provider: Provider, clock: Callable[[], float] = time.time) -> None:
        self._provider = provider
        self._clock = clock
        self._http = client_for()
        self._metadata: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._keys: tuple[float, list[Any]] = (float("-inf"), [])

    def authorization_endpoint(self) -> str:
        """Where browsers are sent.

        Raises:
            Error: `provider_unavailable` or `provider_untrusted`.
        """
        return self._endpoint("authorization_endpoint")

    def redeem(self, answer: Answer) -> Claimed:
        """Exchange a code, and check everything that comes for it.

        Raises:
            Error: `provider_unavailable`, or `provider_untrusted` with what is wrong.
        """
        self._check_issuer(answer.issuer)
        found = self._exchange(answer)
        claims = self._verify(str(found.get("id_token", "")), answer.nonce)
        if "email" not in claims and self.metadata().get("userinfo_endpoint"):
            claims = claims | self._userinfo(str(found.get("access_token", "")), claims["sub"])
        email, name = claims.get("email"), claims.get("name")
        return Claimed(
            issuer=self._provider.issuer, subject=claims["sub"], email=email if isinstance(email, str) else None,
            # Some providers write booleans as text.
            verified=claims.get("email_verified") in (True, "true"), name=name if isinstance(name, str) else None,
        )  # fmt: skip

    def metadata(self) -> dict[str, Any]:
        """The discovery document, an hour old at most."""
        at, found = self._metadata
        if time.monotonic() - at > _METADATA_SECONDS:
            url = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = ask(self._http, "GET", url)
            if found.get("issuer") != self._provider.issuer:
                raise untrusted(self._provider, f"it calls itself {str(found.get('issuer'))[:200]!r}")
            self._metadata = (time.monotonic(), found)
        return found

    def _endpoint(self, name: str) -> str:
        url = self.metadata().get(name)
        # A provider on this machine may name addresses of this machine; no other may.
        loopback = is_loopback(urlsplit(self._provider.issuer).hostname)
        if not isinstance(url, str) or not is_safe_address(url, loopback=loopback):
            raise untrusted(self._provider, f"its {name} is no address over https")
        return url

    def _check_issuer(self, issuer: str | None) -> None:
        """Whether the answer comes from the provider that was asked, and not from another one in its name."""
        needed = self.metadata().get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and needed) or (issuer is not None and issuer != self._provider.issuer):
            raise untrusted(self._provider, "the answer comes from another provider")

    def _exchange(self, answer: Answer) -> dict[str, Any]:
        provider = self._provider
        form = {
            "grant_type": "authorization_code", "code": answer.code, "redirect_uri": answer.redirect_uri,
            "code_verifier": answer.verifier,
        }  # fmt: skip
        methods = self.metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = None
        if provider.client_secret is None:
            form["client_id"] = provider.client_id
        elif "client_secret_basic" in methods:
            auth = httpx.BasicAuth(_encoded(provider.client_id), _encoded(provider.client_secret.get_secret_value()))
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret.get_secret_value()}
        found: dict[str, Any] = ask(self._http, "POST", self._endpoint("token_endpoint"), form=form, auth=auth)
        return found

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        found = ask(self._http, "GET", self._endpoint("userinfo_endpoint"), bearer=access_token)
        if found.get("sub") != subject:
            raise untrusted(self._provider, "it tells of another account than it signed")
        return {name: found[name] for name in ("email", "email_verified", "name") if name in found}

    def _verify(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that this provider made, for us, now, for this sign-in."""
        claims = self._signed_claims(token)
        moment = self._clock()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        issuers = {self._provider.issuer} | ({"accounts.google.com"} if self._provider.issuer == GOOGLE else set())
        subject = claims.get("sub")
        checks = {
            "its ID token names another issuer": claims.get("iss") in issuers,
            "its ID token is for somebody else": self._provider.client_id in audiences
            and (len(audiences) == 1 or "azp" in claims)
            and claims.get("azp", self._provider.client_id) == self._provider.client_id,
            "its ID token has run out": _number(claims.get("exp")) + _LEEWAY_SECONDS > moment,
            "its ID token is of another time": -_LEEWAY_SECONDS
            <= moment - _number(claims.get("iat"))
            < _OLDEST_SECONDS,
            "its ID token is of another sign-in": isinstance(claims.get("nonce"), str)
            and hmac.compare_digest(claims["nonce"].encode(), nonce.encode()),
            "its ID token names nobody": isinstance(subject, str) and 0 < len(subject) <= 255,
        }
        for words, holds in checks.items():
            if not holds:
                raise untrusted(self._provider, words)
        return claims

    def _signed_claims(self, token: str) -> dict[str, Any]:
        from joserfc import jws, jwt
        from joserfc.errors import JoseError

        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
            for key in self._candidates(kid):
                try:
                    return dict(jwt.decode(token, key, algorithms=_ALGORITHMS).claims)
                except JoseError:
                    continue
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise untrusted(self._provider, "its ID token cannot be read") from error
        raise untrusted(self._provider, "the signature of its ID token does not fit")

    def _candidates(self, kid: object) -> list[Any]:
        """Published keys with that id, or all when the token names none; new ones are looked up when there is none."""
        found = [key for key in self._published(_KEYS_SECONDS) if kid is None or key.kid == kid]
        return found or [key for key in self._published(_KEYS_PAUSE_SECONDS) if kid is None or key.kid == kid]

    def _published(self, oldest: float) -> list[Any]:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        at, keys = self._keys
        if time.monotonic() - at > oldest:
            try:
                given: Any = ask(self._http, "GET", self._endpoint("jwks_uri"))
                keys = list(KeySet.import_key_set(given).keys)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise untrusted(self._provider, "its keys cannot be read") from error
            self._keys = (time.monotonic(), keys)
        return keys


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("-inf")


def _encoded(text: str) -> str:
    """As RFC 6749 (2.3.1) wants ids and secrets in a header."""
    return quote(text, safe="")
