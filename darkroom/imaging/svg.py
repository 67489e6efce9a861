"""Draws SVG: from its own bytes alone, at a bounded size, and never with anything from outside."""

from __future__ import annotations

import re
import threading
from typing import Any

from darkroom.errors import Error
from darkroom.imaging import native, vips
from darkroom.imaging.header import Header
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels
from darkroom.imaging.sniff import Kind

MAX_DRAWN = 4_096
"""Longest side a drawing is given; it has no pixels of its own."""
MAX_BYTES = 10_000_000
_LOCK = threading.Lock()
_DRAWING = rb"(?:image|use|feimage|script|pattern|\w*gradient|filter|textpath|mpath|tref|style|link)"
# What a drawing may name: a part of itself, or bytes that it brings.
_OUTSIDE = (
    re.compile(
        rb"<(?:\w+:)?" + _DRAWING + rb"\b[^>]*?\b(?:href|src)\s*=\s*[\"'](?!\s*#|\s*data:|\s*[\"'])([^\"']{0,80})",
        re.IGNORECASE,
    ),
    re.compile(rb"url\(\s*[\"']?(?!\s*#|\s*data:)([^)\"']{1,80})", re.IGNORECASE),
    re.compile(rb"(@import\b.{0,80})", re.IGNORECASE),
    re.compile(rb"(<\?xml-stylesheet\b.{0,80})", re.IGNORECASE),
    re.compile(rb"<\w*:?(xi:include|include)\b", re.IGNORECASE),
    re.compile(rb"<!ENTITY\s+%?\s*\S+\s+(SYSTEM|PUBLIC)\b", re.IGNORECASE),
    re.compile(rb"<!DOCTYPE[^\[>]*?(?:SYSTEM|PUBLIC)\s+[\"'](file:[^\"']{0,80})", re.IGNORECASE),
)
_NESTED_ENTITY = re.compile(
    rb"<!ENTITY\s+%?\s*\S+\s+([\"'])(?:(?!\1).)*&(?!#|lt;|gt;|amp;|quot;|apos;)(?:(?!\1).)*\1",
    re.IGNORECASE | re.DOTALL,
)


def probe_svg(data: bytes, kind: Kind, name: str) -> Header:
    """The size a drawing gives itself, brought within bounds.

    Raises:
        Error: `image_unsupported` when it refers to anything outside, `image_corrupt`, `image_too_many_bytes`.
    """
    _guard(data, name)
    try:
        image = _load(data, 1.0)
    except native.pyvips().Error as error:
        raise vips.mapped(error, name) from error
    scale = min(1.0, MAX_DRAWN / max(image.width, image.height))
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return Header(
        kind=kind, width=width, height=height, channels=4, blocks=Blocks(), memory_mb=width * height * 16 / 1e6 + 96
    )


def decode_svg(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """The drawing at the target's size, with its transparency.

    Raises:
        Error: `image_unsupported` or `image_corrupt`.
    """
    _guard(data, name)
    wanted = min(target, MAX_DRAWN)
    try:
        natural = _load(data, 1.0)
        image = _load(data, min(wanted, max(header.width, header.height)) / max(natural.width, natural.height))
        return Pixels(vips.finish(image))
    except native.pyvips().Error as error:
        raise vips.mapped(error, name) from error


def _guard(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise Error("image_too_many_bytes", f"{name} is a drawing of {len(data):,} bytes.", bytes=len(data))
    for pattern in _OUTSIDE:
        if found := pattern.search(data):
            words = found[1].decode("utf-8", "replace").strip()
            raise Error(
                "image_unsupported",
                f"{name} refers to something outside itself, which is never fetched: {words}.",
                remedy="Embed what the drawing refers to, or convert it to PNG, then retry.",
            )
    if _NESTED_ENTITY.search(data):
        raise Error("image_bomb", f"{name} declares entities made of entities.")


def _load(data: bytes, scale: float) -> Any:
    pyvips = native.pyvips()
    # Blocked like everything not made for strangers' files; here the bytes have passed the guard.
    with _LOCK:
        pyvips.operation_block_set("VipsForeignLoadSvg", False)
        try:
            return pyvips.Image.svgload_buffer(data, scale=scale, unlimited=False)
        finally:
            pyvips.operation_block_set("VipsForeignLoadSvg", True)
