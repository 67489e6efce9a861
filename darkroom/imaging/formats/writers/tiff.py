"""Writes TIFF: strips or tiles, pyramids, BigTIFF, 8 and 16 bits and float."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.frames import AnyArray
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save
from darkroom.imaging.transfer import light

TAKES = Takes(depths=(8, 16, 32), alpha=True, animation=False)
LOSSY_TAKES = Takes(depths=(8,), alpha=False, animation=False)
QUALITY = 85
_TILE = 256
# Offsets of a classic TIFF have 32 bits; compression may also grow what it cannot shrink.
_BIG = 3_800_000_000
_LOSSY = ("jpeg", "webp")


def narrower(options: EncodeOptions) -> Takes | None:
    """Less than a TIFF holds, where what is inside is a JPEG or WebP."""
    return LOSSY_TAKES if options.compression in _LOSSY else None


def _predictor(picture: Prepared, options: EncodeOptions) -> str:
    if options.compression not in ("lzw", "deflate"):
        return "none"
    return "float" if picture.frames.depth == 32 else "horizontal"


def _refuses(_picture: Prepared, options: EncodeOptions) -> str | None:
    if options.compression == "zstd":
        return "it was built without Zstandard"
    return "it was built without WebP inside TIFF" if options.compression == "webp" else None


def _light(picture: Prepared) -> Prepared:
    """Float without a profile as light, which is how every program reads it."""
    if picture.frames.depth != 32 or picture.frames.icc:
        return picture
    colours = 1 if picture.frames.channels < 3 else 3

    def linear(array: AnyArray) -> AnyArray:
        return np.concatenate([light(array[:, :, :colours]), array[:, :, colours:]], axis=2)

    return replace(picture, frames=picture.frames.mapped(linear))


def _vips(picture: Prepared, options: EncodeOptions) -> bytes:
    arguments: dict[str, Any] = {}
    if options.tile or options.pyramid:
        side = options.tile or _TILE
        arguments = {"tile": True, "tile_width": side, "tile_height": side, "pyramid": options.pyramid}
    if options.compression in _LOSSY:
        arguments["Q"] = options.quality or QUALITY
    big = picture.frames.pixels.nbytes > _BIG if options.bigtiff is None else options.bigtiff
    return vips_save.save(
        _light(picture),
        options,
        "tiffsave_buffer",
        compression=options.compression,
        predictor=_predictor(picture, options),
        bigtiff=big,
        **arguments,
    )


def _not_pillow(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.tile or options.pyramid or options.bigtiff or picture.cmyk:
        return "it writes plain strips"
    if options.compression == "webp":
        return "it was built without WebP inside TIFF"
    return pillow_save.deep(picture, options)


_PILLOW_NAMES = {"none": "raw", "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate"}


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    more: dict[str, Any] = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
    if options.compression in _LOSSY:
        more["quality"] = options.quality or QUALITY
    name = _PILLOW_NAMES.get(options.compression, options.compression)
    return pillow_save.save(picture, "TIFF", compression=name, **more)


ENCODERS = (Encoder("libvips", _vips, _refuses), Encoder("Pillow", _pillow, _not_pillow))
