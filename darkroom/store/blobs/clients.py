"""Connections to object stores, made from a place and its credentials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from darkroom.errors import Error
from darkroom.store.blobs.location import Location

if TYPE_CHECKING:
    from obstore.store import ObjectStore

KNOWN = {
    "s3": frozenset({"access_key_id", "secret_access_key", "session_token", "role_arn", "skip_signature"}),
    "gs": frozenset({"service_account", "service_account_key", "application_credentials", "bearer_token"}),
    "az": frozenset({"account_name", "account_key", "sas_key", "client_id", "client_secret", "tenant_id"}),
}
"""What DARKROOM_STORAGE_CREDENTIALS may hold for each provider."""

RETRIES: dict[str, Any] = {
    "max_retries": 6,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
    "retry_timeout": timedelta(seconds=60),
}
"""How temporary errors (5xx, broken connections, timeouts of reads) are tried again."""


def make_client(location: Location, credentials: Mapping[str, str]) -> ObjectStore:
    """The connection to a place; nothing is sent yet.

    Raises:
        Error: `invalid_setting`, which never repeats a secret.
    """
    from obstore import exceptions
    from obstore.store import AzureStore, GCSStore, S3Store

    unknown = sorted(set(credentials) - KNOWN[location.scheme])
    if unknown:
        known = ", ".join(sorted(KNOWN[location.scheme]))
        raise _invalid(f"{unknown[0]!r} is no credential for {location.scheme}://; there are {known}.")
    endpoint = location.options.get("endpoint")
    if endpoint is not None and not endpoint.startswith(("https://", "http://")):
        raise _invalid(f"endpoint must begin with https:// or http://, in {location}.")
    shared: dict[str, Any] = {
        "prefix": location.prefix or None,
        "retry_config": RETRIES,
        "client_options": {
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "connect_timeout": "5s",
            # For the whole of one request: a part or a small picture on a slow line.
            "timeout": "120s",
        },
    }
    try:
        if location.scheme == "s3":
            return S3Store(location.bucket, config=_s3(location, endpoint, credentials), **shared)
        if location.scheme == "gs":
            return GCSStore(location.bucket, config=_google(endpoint, credentials), **shared)
        return AzureStore(location.bucket, config=_azure(location, endpoint, credentials), **shared)
    except (exceptions.BaseError, ValueError, OSError) as error:
        raise _invalid(f"no connection to {location} can be made: {type(error).__name__}.") from None


def _invalid(words: str) -> Error:
    return Error("invalid_setting", f"DARKROOM_STORAGE: {words}", setting="DARKROOM_STORAGE")


def _s3(location: Location, endpoint: str | None, credentials: Mapping[str, str]) -> Any:
    config: dict[str, Any] = dict(credentials)
    if "region" in location.options:
        config["region"] = location.options["region"]
    if endpoint is not None:
        config["endpoint"] = endpoint
        config.setdefault("region", "us-east-1")
    # Compatible services on an address of their own rarely have a name for each bucket.
    style = location.options.get("style", "path" if endpoint else "host")
    config["virtual_hosted_style_request"] = style == "host"
    return config


def _google(endpoint: str | None, credentials: Mapping[str, str]) -> Any:
    return {**credentials, **({"base_url": endpoint} if endpoint else {})}


def _azure(location: Location, endpoint: str | None, credentials: Mapping[str, str]) -> Any:
    config: dict[str, Any] = dict(credentials)
    if "account" in location.options:
        config["account_name"] = location.options["account"]
    if endpoint is not None:
        config["endpoint"] = endpoint
    return config
