"""Writes GIF, BMP and, where somebody asks for it by name, HEIC."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save, vips_save

GIF_TAKES = Takes(depths=(8,), alpha=True, animation=True, grey=False)
GIF_EFFORT = 3
GIF_SIDE = 65_535


def _gif(picture: Prepared, options: EncodeOptions) -> bytes:
    return vips_save.save_image(
        vips_save.roll(picture),
        picture,
        options,
        "gifsave_buffer",
        effort=max(1, GIF_EFFORT if options.effort is None else options.effort),
        dither=options.dither,
        bitdepth=max(1, (options.colours - 1).bit_length()),
    )


def _gif_pillow(picture: Prepared, _options: EncodeOptions) -> bytes:
    return pillow_save.save(picture, "GIF")


GIF = (Encoder("libvips", _gif, max_side=GIF_SIDE), Encoder("Pillow", _gif_pillow, max_side=GIF_SIDE))

BMP_TAKES = Takes(depths=(8,), alpha=False, animation=False)


def _bmp(picture: Prepared, options: EncodeOptions) -> bytes:
    more = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
    return pillow_save.save(picture, "BMP", **more)


BMP = (Encoder("Pillow", _bmp, max_side=30_000),)

HEIC_TAKES = Takes(depths=(8, 16), alpha=True, animation=False, grey=False)
HEIC_QUALITY = 60
HEIC_SIDE = 16_384


def _heic(picture: Prepared, options: EncodeOptions) -> bytes:
    import pillow_heif

    frames = picture.frames
    mode = ("RGBA" if frames.has_alpha else "RGB") + (";16" if frames.depth == 16 else "")
    file = pillow_heif.from_bytes(mode, (frames.width, frames.height), np.ascontiguousarray(frames.pixels).tobytes())
    target = BytesIO()
    chroma = {"420": 420, "444": 444, "auto": 420}[options.subsampling]
    more = {"icc_profile": frames.icc} if frames.icc else {}
    file.save(target, quality=options.quality or HEIC_QUALITY, chroma=chroma, **more)
    return target.getvalue()


HEIC = (
    Encoder(
        "x265",
        _heic,
        max_side=HEIC_SIDE,
        on_request=True,
        caution="x265 is under the GNU GPL and HEVC under patents: choose AVIF, or name this encoder to use it",
    ),
)
