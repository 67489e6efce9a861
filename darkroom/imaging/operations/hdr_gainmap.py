"""Pictures that show their highlights on bright screens: JPEG with a gain map (Ultra HDR, ISO 21496-1), by libvips."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.jpeg import read_jpeg
from darkroom.imaging.operations.base import Raster, to_float
from darkroom.imaging.operations.resample import from_light, to_light


def encode_ultra_hdr(image: Raster, quality: int = 85) -> bytes:
    """A JPEG that old viewers show as usual, with a gain map from which new ones restore what is beyond white.

    Args:
        image: float32, sRGB primaries, may exceed 1; transparency is laid on black.
        quality: of the base picture, 1 to 100.

    Raises:
        Error: `invalid_parameter` where the picture is not float: then it has nothing beyond white.
    """
    if image.shape.depth != "float32":
        raise Error("invalid_parameter", "Only a float picture has highlights beyond white to keep in a gain map.")
    colour = to_float(image.colour)
    colour = colour if image.alpha is None else colour * to_float(image.alpha)
    light = to_light(np.maximum(colour.repeat(3, axis=2) if colour.shape[2] == 1 else colour, 0))
    pyvips = native.pyvips()
    picture = pyvips.Image.new_from_memory(light.tobytes(), image.shape.width, image.shape.height, 3, "float")
    try:
        found: bytes = picture.copy(interpretation="scrgb").uhdrsave_buffer(Q=quality)
    except pyvips.Error as error:
        raise Error("image_unsupported", f"The gain map cannot be written: {error}.") from error
    return found


def decode_ultra_hdr(data: bytes) -> Raster:
    """The picture of a JPEG with a gain map, with what is beyond white, as float32.

    Raises:
        Error: `image_unsupported` for a JPEG without a gain map, another `image_*` code for what is no JPEG.
    """
    import imagecodecs

    try:
        # libvips takes the values of maps with three channels for sRGB; the library of the format's authors does not.
        light: Any = imagecodecs.ultrahdr_decode(data)
    except Exception as error:  # the codec has an exception of its own, and raises others beside it
        read_jpeg(data, "The picture")
        raise Error("image_unsupported", "The JPEG has no gain map that can be read.") from error
    return Raster(from_light(np.ascontiguousarray(light[:, :, :3], np.float32)))
