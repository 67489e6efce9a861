"""`Content-Digest` (RFC 9530): what a body must hash to."""

from __future__ import annotations

import base64
import binascii
import re

from darkroom.errors import Error

_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_SHAPE = re.compile(r"[a-z0-9-]+=:[A-Za-z0-9+/]*={0,2}:")


def sha256_of(header: str | None) -> bytes | None:
    """The sha256 that a header names; None without a header, or where it names other algorithms only.

    Raises:
        Error: `invalid_parameter` for what is no digest.
    """
    if header is None:
        return None
    members = [one.strip() for one in header.split(",")]
    if not all(_SHAPE.fullmatch(one) for one in members):
        raise _unclear()
    found = [match for one in members if one.startswith("sha-256=") and (match := _SHA256.fullmatch(one))]
    if any(one.startswith("sha-256=") for one in members) and not found:
        raise _unclear()
    try:
        return base64.b64decode(found[-1].group(1), validate=True) if found else None
    except binascii.Error as error:
        raise _unclear() from error


def _unclear() -> Error:
    return Error(
        "invalid_parameter", "Content-Digest: that is no digest.", parameter="Content-Digest",
        remedy="Give it as sha-256=:BASE64:.",
    )  # fmt: skip
