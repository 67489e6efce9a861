"""Writes PNG: 8 and 16 bits, palettes, interlaced."""

from __future__ import annotations

from typing import Any

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save

TAKES = Takes(depths=(8, 16), alpha=True, animation=False)
EFFORT = 6
# With little effort one cheap filter does as well as a choice among all.
_CHOOSING_FILTERS = 4
_PALETTE_EFFORT = 4


def _vips(picture: Prepared, options: EncodeOptions) -> bytes:
    effort = EFFORT if options.effort is None else options.effort
    arguments: dict[str, Any] = {}
    if options.palette:
        arguments = {
            "palette": True,
            "colours": options.colours,
            "dither": options.dither,
            "effort": _PALETTE_EFFORT,
            "Q": options.quality or 100,
        }
    return vips_save.save(
        picture,
        options,
        "pngsave_buffer",
        compression=effort,
        filter="none" if options.palette else "all" if effort >= _CHOOSING_FILTERS else "up",
        interlace=options.progressive,
        **arguments,
    )


def _not_pillow(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.palette or options.progressive:
        return "it writes true colour, not interlaced"
    return pillow_save.deep(picture, options)


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    effort = EFFORT if options.effort is None else options.effort
    more = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
    return pillow_save.save(picture, "PNG", compress_level=effort, **more)


ENCODERS = (Encoder("libvips", _vips), Encoder("Pillow", _pillow, _not_pillow))
