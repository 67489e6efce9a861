"""Writes AVIF: libvips (libheif and aom) at 8, 10 and 12 bits, Pillow (libavif) for sides beyond 16,384 pixels and for animations."""

from __future__ import annotations

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save

TAKES = Takes(depths=(8, 16), alpha=True, animation=True, grey=False)
QUALITY = 60
# 36 times as fast as libvips' default of 4, for 17 % more bytes, and still smaller than WebP.
EFFORT = 0
VIPS_SIDE = 16_384
PILLOW_SIDE = 65_535
_FULL_COLOUR = 90
_SLOWEST = 9


def bits(picture: Prepared, options: EncodeOptions) -> int:
    """Bits of a sample: what was asked for, or 10 for deep pictures."""
    return options.bit_depth or (10 if picture.frames.depth > 8 else 8)


def _halved(options: EncodeOptions) -> bool:
    quality = options.quality or QUALITY
    return not options.lossless and (
        quality < _FULL_COLOUR if options.subsampling == "auto" else options.subsampling == "420"
    )


def _vips_refuses(picture: Prepared, options: EncodeOptions) -> str | None:
    if picture.frames.animated:
        return "it writes one frame"
    return "AVIF holds 8, 10 or 12 bits" if bits(picture, options) not in (8, 10, 12) else None


def _vips(picture: Prepared, options: EncodeOptions) -> bytes:
    return vips_save.save(
        picture,
        options,
        "heifsave_buffer",
        compression="av1",
        Q=options.quality or QUALITY,
        effort=EFFORT if options.effort is None else options.effort,
        lossless=options.lossless,
        bitdepth=bits(picture, options),
        subsample_mode="on" if _halved(options) else "off",
    )


def _not_pillow(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.lossless:
        return "it loses a little even at quality 100"
    if bits(picture, options) != 8:
        return "it writes 8 bits a sample"
    return pillow_save.deep(picture, options)


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    effort = EFFORT if options.effort is None else options.effort
    return pillow_save.save(
        picture,
        "AVIF",
        quality=options.quality or QUALITY,
        speed=_SLOWEST - effort + 1 if effort else 10,
        subsampling="4:2:0" if _halved(options) else "4:4:4",
        max_threads=1,
    )


ENCODERS = (
    Encoder("libvips", _vips, _vips_refuses, VIPS_SIDE),
    Encoder("Pillow", _pillow, _not_pillow, PILLOW_SIDE),
)
