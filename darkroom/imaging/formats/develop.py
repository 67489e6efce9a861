"""Develops RAW files to sixteen bits: white balance, highlights, brightness, half size, settings of other programs."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.develop import KELVIN, MOST_TINT, DevelopSettings
from darkroom.imaging import raw
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.white_balance import gains_of_grey, gains_of_light
from darkroom.imaging.header import TOLERANCE, Header
from darkroom.imaging.pixels import upright
from darkroom.imaging.raw_settings import framed, with_settings

_HIGHLIGHTS = {"clip": 0, "ignore": 1, "blend": 2, "rebuild": 5}


def _when(light: str, **more: Any) -> dict[str, Any]:
    """What a form needs to know of a field that means something for one white balance alone."""
    return {"when": {"white_balance": light}, **more}


class RawOptions(Model):
    """How the values of a sensor become a picture."""

    preview: bool = False
    """Take the camera's own embedded picture where it is large enough: eight bits, thirty times as fast."""
    sidecar: Literal["use", "ignore"] = "use"
    """Take white balance, exposure, crop and orientation from the settings of Camera Raw and Lightroom where the file or a
    sidecar brings them; what is asked for here counts more."""
    white_balance: Literal["camera", "auto", "daylight", "kelvin", "picked", "custom"] = "camera"
    """As the camera set it, averaged over the picture, for daylight, for a `temperature` and `tint`, such that the place
    `grey_at` is grey, or by `multipliers`."""
    temperature: float = Field(
        5500.0, ge=KELVIN[0], le=KELVIN[1], title="Temperature", json_schema_extra=_when("kelvin", unit="K", step=50)
    )
    """Of the light, for `kelvin`; higher makes the picture warmer."""
    tint: float = Field(0.0, ge=-MOST_TINT, le=MOST_TINT, title="Tint", json_schema_extra=_when("kelvin", step=1))
    """Of the light, for `kelvin`: above 0 takes green away, below 0 magenta."""
    grey_at: tuple[float, float] | None = Field(None, json_schema_extra=_when("picked"))
    """A place that is grey, for `picked`: shares of width and height of the upright picture."""
    multipliers: tuple[float, float, float, float] | None = Field(
        None, json_schema_extra=_when("custom", names=["R", "G", "B", "G2"], step=0.05)
    )
    """Gains of red, green, blue and the second green for a custom white balance."""
    highlights: Literal["clip", "ignore", "blend", "rebuild"] = "clip"
    """What becomes of clipped highlights: white, as they are, blended, or rebuilt from the channels that are left."""
    exposure: float = Field(0.0, ge=-2, le=3, title="Exposure", json_schema_extra={"unit": "EV", "step": 0.05})
    """Brightness in stops, applied to the sensor's values before anything is clipped."""
    brightness: float = Field(1.0, ge=0.125, le=8, title="Brightness", json_schema_extra={"step": 0.05})
    """Factor of the light after white balance."""
    auto_brightness: bool | None = None
    """Brighten until a hundredth of the pixels is white; without it where neither exposure nor brightness is asked for."""
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

    @model_validator(mode="after")
    def _light_is_told(self) -> Self:
        if self.white_balance == "custom" and self.multipliers is None:
            raise ValueError("a custom white balance needs `multipliers`: red, green, blue, second green")
        if self.white_balance == "picked" and self.grey_at is None:
            raise ValueError("a picked white balance needs `grey_at`: a place as shares of width and height")
        if self.grey_at and not all(0 <= share <= 1 for share in self.grey_at):
            raise ValueError("`grey_at` is a place on the picture: two shares from 0 to 1")
        return self

    def header(self, header: Header, beside: DevelopSettings | None = None) -> Header:
        """The header of the picture as it will be developed.

        Args:
            header: what the file says.
            beside: settings of a sidecar; None takes those in the file.
        """
        return header if self.sidecar == "ignore" or self.preview else with_settings(header, beside)

    def after(self, settings: DevelopSettings) -> RawOptions:
        """These options, and the settings of another program where these ask for nothing."""
        asked, change = self.model_fields_set, dict[str, Any]()
        if "white_balance" not in asked and settings.white_balance:
            change["white_balance"] = settings.white_balance
            change |= {"temperature": settings.temperature or self.temperature, "tint": settings.tint}
        if not asked & {"exposure", "brightness"} and settings.exposure is not None:
            # LibRaw moves the sensor's values by so many stops; the rest is brightness.
            moved = min(max(settings.exposure, -2.0), 3.0)
            change |= {"exposure": moved, "brightness": 2.0 ** (settings.exposure - moved), "auto_brightness": False}
        return self.model_copy(update=change)


def develop_raw(data: bytes, header: Header, name: str, options: RawOptions, target: int | None) -> Frames:
    """The picture, upright.

    Raises:
        Error: `image_corrupt`, `image_truncated`, `image_unsupported` or `invalid_parameter`.
    """
    settings = header.settings or DevelopSettings()
    long_side = max(header.width, header.height)
    with raw.opened_raw(data, name) as file:
        if options.preview:
            found = raw.embedded_preview(file, data, header, target or long_side, name)
            if found is not None:
                return Frames(found.colour, sound=not found.damaged)
        half = options.half_size or (target is not None and long_side // 2 >= target * TOLERANCE)
        options = options.after(settings)
        arguments = _arguments(options, half=half)
        if options.white_balance == "kelvin":
            light = options.temperature, options.tint
            arguments["user_wb"] = list(gains_of_light(file, data, header, light, name))
        elif options.white_balance == "picked" and options.grey_at:
            arguments["user_wb"] = list(gains_of_grey(file, header, options.grey_at, name))
        array = framed(file.postprocess(**arguments), settings)
    return Frames(np.ascontiguousarray(upright(array, header.orientation)), _profile(options.space))


def _arguments(options: RawOptions, *, half: bool) -> dict[str, Any]:
    import rawpy

    spaces = {
        "srgb": rawpy.ColorSpace.sRGB,
        "p3": rawpy.ColorSpace.P3D65,
        "prophoto": rawpy.ColorSpace.ProPhoto,
        "adobe": rawpy.ColorSpace.Adobe,
    }
    plain = not options.exposure and options.brightness == 1
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
        "no_auto_bright": not (plain if options.auto_brightness is None else options.auto_brightness),
        "bright": options.brightness,
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
