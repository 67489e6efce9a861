"""Writes WebP: libwebp straight from planes for plain lossy pictures, libvips for everything else."""

from __future__ import annotations

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save
from darkroom.imaging.webp import encode_webp

TAKES = Takes(depths=(8,), alpha=True, animation=True, grey=False)
QUALITY = 80
# Half the time of the libraries' default of 4 for 6 % more bytes.
EFFORT = 2
MAX_SIDE = 16_383


def _effort(options: EncodeOptions) -> int:
    return EFFORT if options.effort is None else options.effort


def _not_direct(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.lossless or options.near_lossless or options.sharp_chroma:
        return "it writes plain lossy pictures"
    if picture.frames.icc or picture.frames.animated or picture.frames.channels != 3:
        return "it writes neither profile, frames nor alpha"
    return None


def _direct(picture: Prepared, options: EncodeOptions) -> bytes:
    return encode_webp(picture.frames.pixels, options.quality or QUALITY, _effort(options))


def _vips(picture: Prepared, options: EncodeOptions) -> bytes:
    return vips_save.save_image(
        vips_save.roll(picture),
        picture,
        options,
        "webpsave_buffer",
        Q=options.quality or QUALITY,
        effort=_effort(options),
        lossless=options.lossless,
        near_lossless=options.near_lossless,
        smart_subsample=options.sharp_chroma,
    )


def _not_pillow(_picture: Prepared, options: EncodeOptions) -> str | None:
    return "it does not write near-lossless" if options.near_lossless else None


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    quality = options.quality or QUALITY
    return pillow_save.save(picture, "WEBP", quality=quality, method=_effort(options), lossless=options.lossless)


ENCODERS = (
    Encoder("libwebp", _direct, _not_direct, MAX_SIDE),
    Encoder("libvips", _vips, max_side=MAX_SIDE),
    Encoder("Pillow", _pillow, _not_pillow, MAX_SIDE),
)
