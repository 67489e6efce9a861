"""Develops RAW files to sixteen bits: white balance, highlights, brightness, half size."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from darkroom.domain.base import Model
from darkroom.imaging import raw
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.header import TOLERANCE, Header
from darkroom.imaging.pixels import upright

_HIGHLIGHTS = {"clip": 0, "ignore": 1, "blend": 2, "rebuild": 5}


class RawOptions(Model):
    """How the values of a sensor become a picture."""

    preview: bool = False
    """Take the camera's own embedded picture where it is large enough: eight bits, thirty times as fast."""
    white_balance: Literal["camera", "auto", "daylight", "custom"] = "camera"
    """As the camera set it, averaged over the picture, for daylight, or by `multipliers`."""
    multipliers: tuple[float, float, float, float] | None = None
    """Gains of red, green, blue and the second green for a custom white balance."""
    highlights: Literal["clip", "ignore", "blend", "rebuild"] = "clip"
    """What becomes of clipped highlights: white, as they are, blended, or rebuilt from the channels that are left."""
    exposure: float = Field(0.0, ge=-2, le=3, title="Exposure")
    """Brightness in stops, applied to the sensor's values before anything is clipped."""
    half_size: bool = False
    """A pixel for each 2 x 2 of the sensor: an eighth of the time."""
    demosaic: Literal["ahd", "vng", "ppg", "dht", "linear"] = "ahd"
    """How colours between the sensor's pixels are found; `linear` is fastest, `dht` most careful."""
    noise_reduction: bool = False
    """Median and wavelet noise reduction while developing."""
    bit_depth: Literal[8, 16] = 16
    """Bits of a sample."""
    space: Literal["srgb", "p3", "prophoto", "adobe"] = "srgb"
    """Colour space; the wide ones keep colours that sRGB clips, and come with their profile."""


def develop_raw(data: bytes, header: Header, name: str, options: RawOptions, target: int | None) -> Frames:
    """The picture, upright.

    Raises:
        Error: `image_corrupt`, `image_truncated`, `image_unsupported` or `invalid_parameter`.
    """
    with raw.opened_raw(data, name) as file:
        if options.preview and (found := raw.embedded_preview(file, header, target or 0, name)) is not None:
            return Frames(found.colour, sound=not found.damaged)
        half = options.half_size or (target is not None and max(header.width, header.height) // 2 >= target * TOLERANCE)
        array = file.postprocess(**_arguments(options, half=half))
    return Frames(np.ascontiguousarray(upright(array, header.orientation)), _profile(options.space))


def _arguments(options: RawOptions, *, half: bool) -> dict[str, Any]:
    import rawpy

    spaces = {
        "srgb": rawpy.ColorSpace.sRGB,
        "p3": rawpy.ColorSpace.P3D65,
        "prophoto": rawpy.ColorSpace.ProPhoto,
        "adobe": rawpy.ColorSpace.Adobe,
    }
    custom = options.white_balance == "custom" and options.multipliers is not None
    return {
        "output_bps": options.bit_depth,
        "user_flip": 0,
        "half_size": half,
        "use_camera_wb": options.white_balance == "camera",
        "use_auto_wb": options.white_balance == "auto",
        "user_wb": list(options.multipliers or ()) if custom else None,
        "highlight_mode": rawpy.HighlightMode(_HIGHLIGHTS[options.highlights]),
        "exp_shift": 2.0**options.exposure if options.exposure else None,
        "no_auto_bright": bool(options.exposure),
        "demosaic_algorithm": rawpy.DemosaicAlgorithm[options.demosaic.upper()],
        "median_filter_passes": 2 if options.noise_reduction else 0,
        "fbdd_noise_reduction": rawpy.FBDDNoiseReductionMode(1 if options.noise_reduction else 0),
        "output_color": spaces[options.space],
        "gamma": (2.4, 12.92)
        if options.space in ("srgb", "p3")
        else (1.8, 0)
        if options.space == "prophoto"
        else (2.2, 0),
    }


def _profile(space: str) -> bytes:
    from darkroom.imaging.formats.prepare import built_in
    from darkroom.imaging.formats.profiles import rgb_profile

    if space == "srgb":
        return b""
    return built_in("p3") if space == "p3" else rgb_profile(space)
