"""What all encoders of libvips share."""

from __future__ import annotations

from typing import Any

from darkroom.imaging import native
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, vips_image

_MM_PER_INCH = 25.4


def save(picture: Prepared, options: EncodeOptions, saver: str, **arguments: Any) -> bytes:
    """The picture through one of libvips' savers, with its profile and no other metadata."""
    image = vips_image(picture.frames.pixels, cmyk=picture.cmyk)
    return save_image(image, picture, options, saver, **arguments)


def save_image(image: Any, picture: Prepared, options: EncodeOptions, saver: str, **arguments: Any) -> bytes:
    """An image made already, through a saver."""
    pyvips = native.pyvips()
    if picture.frames.icc:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", picture.frames.icc)
    if options.dpi:
        image = image.copy(xres=options.dpi / _MM_PER_INCH, yres=options.dpi / _MM_PER_INCH)
    return bytes(getattr(image, saver)(keep="icc", **arguments))


def roll(picture: Prepared) -> Any:
    """All frames one below the other, with their delays, as libvips wants animations."""
    pyvips = native.pyvips()
    frames = [vips_image(frame) for frame in picture.frames.each]
    image = frames[0] if len(frames) == 1 else pyvips.Image.arrayjoin(frames, across=1)
    image = image.copy()
    if picture.frames.animated:
        delays = [*picture.frames.delays, *[100] * len(frames)][: len(frames)]
        image.set_type(pyvips.GValue.gint_type, "page-height", picture.frames.height)
        image.set_type(pyvips.GValue.array_int_type, "delay", delays)
        image.set_type(pyvips.GValue.gint_type, "loop", picture.frames.loop)
    return image
