"""Writes JPEG: libjpeg-turbo for speed, libvips (with mozjpeg inside) for fewer bytes, Pillow as the last resort."""

from __future__ import annotations

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save

TAKES = Takes(depths=(8,), alpha=False, animation=False)
QUALITY = 82
MAX_SIDE = 65_500
# Below this quality nobody sees that colour has half the resolution.
_FULL_COLOUR = 90


def halved(options: EncodeOptions) -> bool:
    """Whether colour is stored at half the resolution."""
    if options.subsampling == "auto":
        return (options.quality or QUALITY) < _FULL_COLOUR
    return options.subsampling == "420"


def _not_turbo(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.trellis or options.optimise or options.progressive:
        return "it writes baseline files in one pass"
    if picture.cmyk:
        return "it does not write CMYK"
    if picture.frames.icc or options.dpi:
        return "it writes neither profile nor resolution"
    return None


def _turbo(picture: Prepared, options: EncodeOptions) -> bytes:
    import simplejpeg

    grey = picture.frames.channels == 1
    return simplejpeg.encode_jpeg(  # type: ignore[no-any-return]
        picture.frames.pixels,
        quality=options.quality or QUALITY,
        colorspace="GRAY" if grey else "RGB",
        colorsubsampling="Gray" if grey else "420" if halved(options) else "444",
        fastdct=False,
    )


def _vips(picture: Prepared, options: EncodeOptions) -> bytes:
    moz = options.trellis
    return vips_save.save(
        picture,
        options,
        "jpegsave_buffer",
        Q=options.quality or QUALITY,
        subsample_mode="on" if halved(options) else "off",
        optimize_coding=options.optimise or options.progressive or moz,
        interlace=options.progressive or moz,
        trellis_quant=moz,
        overshoot_deringing=moz,
        optimize_scans=moz,
        quant_table=3 if moz else 0,
    )


def _not_pillow(picture: Prepared, options: EncodeOptions) -> str | None:
    if options.trellis or picture.cmyk:
        return "it has neither mozjpeg's methods nor our CMYK"
    return pillow_save.deep(picture, options)


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    more = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
    return pillow_save.save(
        picture,
        "JPEG",
        quality=options.quality or QUALITY,
        subsampling=2 if halved(options) else 0,
        optimize=options.optimise,
        progressive=options.progressive,
        **more,
    )


ENCODERS = (
    Encoder("libjpeg-turbo", _turbo, _not_turbo, MAX_SIDE),
    Encoder("libvips", _vips, max_side=MAX_SIDE),
    Encoder("Pillow", _pillow, _not_pillow, MAX_SIDE),
)
