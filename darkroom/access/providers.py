"""The providers with whose accounts people may sign in, from the settings."""

from __future__ import annotations

import ipaddress
import json
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, TypeAdapter, ValidationError

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.settings import Settings

GOOGLE = "https://accounts.google.com"
_GITHUB = "https://github.com"


class _Given(Model):
    """One provider as the settings describe it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    issuer: str
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    client_secret: SecretStr | None = None
    scope: str = "openid email profile"


_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_GIVEN = TypeAdapter(dict[_Id, _Given])


class Provider(Model):
    """A provider with whose accounts people sign in here."""

    id: str
    """Short name, part of the addresses."""
    name: str
    """Words for a person."""
    kind: Literal["oidc", "github"]
    """`oidc` is discovered and answers with a signed ID token, `github` has an API of its own."""
    issuer: str
    """Address of the provider; what identities are kept under."""
    client_id: str
    """What Darkroom is called there."""
    client_secret: SecretStr | None = Field(None, repr=False)
    """What Darkroom shows there; none for a public client, which PKCE alone protects."""
    scope: str
    """What is asked for."""

    @property
    def api(self) -> str:
        """Root of GitHub's API."""
        return "https://api.github.com" if self.issuer == _GITHUB else f"{self.issuer}/api/v3"


def is_loopback(host: str | None) -> bool:
    """Whether a host of an address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_safe_address(url: str, *, loopback: bool = True) -> bool:
    """Whether secrets may be sent to an address: over https, or to this machine.

    Args:
        url: to look at.
        loopback: whether http to this machine counts.
    """
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    if not named or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (loopback and parts.scheme == "http" and is_loopback(parts.hostname))


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Every provider that the settings name, by id.

    Raises:
        Error: `invalid_setting`, naming the variable and what is wrong with it.
    """
    found: dict[str, Provider] = {}
    if settings.oidc_google_client_id:
        found["google"] = Provider(
            id="google", name="Google", kind="oidc", issuer=GOOGLE, client_id=settings.oidc_google_client_id,
            client_secret=settings.oidc_google_client_secret, scope="openid email profile",
        )  # fmt: skip
    if settings.oidc_github_client_id:
        issuer = settings.oidc_github_url.rstrip("/")
        _check_issuer(issuer, "DARKROOM_OIDC_GITHUB_URL")
        found["github"] = Provider(
            id="github", name="GitHub", kind="github", issuer=issuer, client_id=settings.oidc_github_client_id,
            client_secret=settings.oidc_github_client_secret, scope="read:user user:email",
        )  # fmt: skip
    if settings.oidc_providers:
        found |= _given(settings.oidc_providers.get_secret_value(), found)
    return found


def _given(text: str, taken: dict[str, Provider]) -> dict[str, Provider]:
    name = "DARKROOM_OIDC_PROVIDERS"
    try:
        given = _GIVEN.validate_python(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Error("invalid_setting", f"{name}: {where}: {first['msg']}", setting=name) from None
    except ValueError:
        raise Error("invalid_setting", f"{name}: not JSON.", setting=name) from None
    for provider_id, one in given.items():
        _check_issuer(one.issuer, f"{name}: {provider_id}.issuer")
        if provider_id in taken:
            raise Error("invalid_setting", f"{name}: {provider_id}: there is a provider of that id already.")
        if "openid" not in one.scope.split():
            raise Error("invalid_setting", f"{name}: {provider_id}.scope: it lacks `openid`.", setting=name)
    return {
        provider_id: Provider(id=provider_id, kind="oidc", **dict(one)) for provider_id, one in given.items()
    }  # fmt: skip


def _check_issuer(issuer: str, name: str) -> None:
    if not is_safe_address(issuer) or urlsplit(issuer).query:
        raise Error(
            "invalid_setting", f"{name}: {issuer[:200]!r} is no address over https.", setting=name,
            remedy="Give the issuer's address with https://; http:// is for a provider on this machine alone.",
        )  # fmt: skip
