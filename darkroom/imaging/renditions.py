"""Encodes what is shown of a picture: preview, thumbnail and the tiny placeholder behind them."""

from __future__ import annotations

import base64
import hashlib
from typing import Literal

from darkroom.domain.image import Rendition
from darkroom.imaging.colour import is_srgb
from darkroom.imaging.header import Header
from darkroom.imaging.limits import Limits
from darkroom.imaging.picture import Encoded
from darkroom.imaging.pixels import Array, fit
from darkroom.imaging.webp import encode_webp

VERSION = 1
_QUALITY = {"thumbnail": 76, "preview": 76}
# Formats that every browser shows, and the Exif orientations that it obeys in them.
_SHOWN_EVERYWHERE = {"jpeg": range(1, 9), "webp": range(1, 2)}
# From this size on a preview is worth making for its fewer bytes.
_MOST_BYTES = 400_000
_PLACEHOLDER_SIDE = 16
_PLACEHOLDER_QUALITY = 40


def original_serves(header: Header, size: int, limits: Limits, *, damaged: bool) -> bool:
    """Whether a browser can show the original where a preview is asked for: then none is made.

    Args:
        size: of the file in bytes.
        damaged: the decoder complained; browsers may show less of it than we found.
    """
    return (
        header.orientation in _SHOWN_EVERYWHERE.get(header.kind.format, ())
        and header.quick  # neither arithmetic coding nor other rarities
        and max(header.upright) <= limits.preview_pixels
        and size <= _MOST_BYTES
        and (header.frames, header.bit_depth) == (1, 8)
        and header.channels in (1, 3)
        and is_srgb(header.icc)
        and not damaged
    )


def render(kind: Literal["thumbnail", "preview"], array: Array, long_side: int, source: str) -> Encoded:
    """A rendition of pixels that already have its size.

    Args:
        long_side: as asked for; part of the recipe.
        source: sha256 of the original.
    """
    recipe = f"{kind}@{VERSION} {long_side} webp q{_QUALITY[kind]}"
    return Encoded(
        data=encode_webp(array, _QUALITY[kind]),
        width=array.shape[1],
        height=array.shape[0],
        media_type="image/webp",
        recipe=recipe,
        address=address(source, recipe),
    )


def address(source: str, recipe: str) -> str:
    """Key of a rendition in the blob store: known before it is made, different for every change of recipe."""
    return hashlib.sha256(f"{source}\n{recipe}".encode()).hexdigest()


def placeholder(thumbnail: Array) -> str:
    """A WebP of at most 16 pixels, base64, a few hundred bytes: shown blurred until the thumbnail is there."""
    return base64.b64encode(encode_webp(fit(thumbnail, _PLACEHOLDER_SIDE), _PLACEHOLDER_QUALITY)).decode()


def described(kind: Literal["thumbnail", "preview"], encoded: Encoded) -> Rendition:
    """The record of a rendition."""
    return Rendition.model_construct(
        kind=kind,
        address=encoded.address,
        recipe=encoded.recipe,
        media_type=encoded.media_type,
        width=encoded.width,
        height=encoded.height,
        bytes=len(encoded.data),
    )
