"""Where a request comes from, and under which of our names it asks."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that only it can mean."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def split_host(host: str) -> tuple[str, int | None] | None:
    """Name and port of a `Host` value, or None when it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        if parts.path or parts.query or parts.fragment or parts.username is not None or not parts.hostname:
            return None
        return parts.hostname, parts.port
    except ValueError:
        return None


def peer(scope: Scope) -> str | None:
    """Address at the other end of the connection; None for a socket of this machine."""
    client = scope.get("client")
    return str(client[0]) if client else None


def is_local(scope: Scope, headers: Headers) -> bool:
    """Whether whoever asks is at this machine: by its address, under a name of loopback, and not through a proxy.

    A proxy on this machine has a local address, but whom it speaks for has not.
    """
    address = peer(scope)
    if address is not None and not _is_loopback(address):
        return False
    host = split_host(headers.get("host", ""))
    return host is not None and host[0] in LOOPBACK_NAMES and not any(name in headers for name in _FORWARDED)


def address_of(scope: Scope, headers: Headers, *, trust_proxy: bool) -> str | None:
    """Address of whoever asks; behind a trusted proxy on this machine the last one it names."""
    address = peer(scope)
    if trust_proxy and address is not None and _is_loopback(address):
        named = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if named:
            return named[:64]
    return address


def is_secure(headers: Headers, public_url: str | None) -> bool:
    """Whether the request asks under our public name, and that is one of https."""
    if public_url is None or not public_url.startswith("https://"):
        return False
    return headers.get("host", "").lower() == urlsplit(public_url).netloc.lower()


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)
