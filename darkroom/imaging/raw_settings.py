"""Reads the settings of Camera Raw and Lightroom from XMP, and applies those that move pixels."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from darkroom.domain.develop import KELVIN, MOST_TINT, DevelopSettings
from darkroom.domain.image import MetadataValue
from darkroom.imaging import native
from darkroom.imaging.header import Header
from darkroom.imaging.xmp import read_xmp

# What Adobe's names of lights stand for: kelvin and tint.
_LIGHTS = {
    "daylight": (5_500, 10),
    "cloudy": (6_500, 10),
    "shade": (7_500, 10),
    "tungsten": (2_850, 0),
    "fluorescent": (3_800, 21),
    "flash": (5_500, 0),
}


def read_settings(packet: bytes) -> DevelopSettings | None:
    """What a packet of XMP says of developing; None where that is nothing, or nothing that can be used."""
    if b"camera-raw-settings" not in packet and b"Orientation" not in packet:
        return None
    xmp = read_xmp(packet, settings=True)
    if str(xmp.get("crs:AlreadyApplied", "")).lower() == "true":
        return None
    found = {**_light(xmp), **_crop(xmp), "orientation": _whole(xmp.get("tiff:Orientation"), 1, 8)}
    exposure = _number(xmp.get("crs:Exposure2012"), xmp.get("crs:Exposure"))
    if exposure is not None:
        found["exposure"] = min(max(exposure, -5.0), 5.0)
    try:
        made = DevelopSettings.model_validate(found)
    except ValidationError:
        return None
    return made if made != DevelopSettings() else None


def _light(xmp: dict[str, MetadataValue]) -> dict[str, Any]:
    name = str(xmp.get("crs:WhiteBalance", "")).strip().lower()
    temperature, tint = _number(xmp.get("crs:Temperature")), _number(xmp.get("crs:Tint"))
    if name == "as shot":
        return {"white_balance": "camera"}
    if temperature is None and name in _LIGHTS:
        temperature, tint = _LIGHTS[name]
    if temperature is not None:
        tint = min(max(tint or 0.0, -MOST_TINT), MOST_TINT)
        return {"white_balance": "kelvin", "temperature": min(max(temperature, KELVIN[0]), KELVIN[1]), "tint": tint}
    return {"white_balance": "auto"} if name == "auto" else {}


def _crop(xmp: dict[str, MetadataValue]) -> dict[str, Any]:
    if str(xmp.get("crs:HasCrop", "")).lower() != "true":
        return {}
    sides = [_number(xmp.get(f"crs:Crop{side}")) for side in ("Left", "Top", "Right", "Bottom")]
    if any(side is None for side in sides):
        return {}
    return {"crop": tuple(sides), "angle": _number(xmp.get("crs:CropAngle")) or 0.0}


def _number(*values: MetadataValue | None) -> float | None:
    for value in values:
        try:
            found = float(value) if isinstance(value, str | int | float) else math.nan
        except ValueError:
            continue
        if math.isfinite(found):
            return found
    return None


def _whole(value: MetadataValue | None, least: int, most: int) -> int | None:
    found = _number(value)
    return int(found) if found is not None and least <= found <= most else None


def with_settings(header: Header, settings: DevelopSettings | None) -> Header:
    """The header of the picture that these settings make; None takes those that lie in the file itself."""
    if header.kind.decoder != "raw":
        return header
    settings = settings or read_settings(header.blocks.xmp)
    if settings is None:
        return header
    width, height = settings.cropped(header.width, header.height)
    orientation = settings.orientation or header.orientation
    return replace(header, width=width, height=height, orientation=orientation, settings=settings)


def framed(array: NDArray[Any], settings: DevelopSettings) -> NDArray[Any]:
    """The part of the picture that the settings keep, as the sensor saw it."""
    if not settings.crop:
        return array
    height, width = array.shape[:2]
    left, top, right, bottom = settings.crop
    across, down = settings.cropped(width, height)
    if not settings.angle:
        x, y = min(round(left * width), width - across), min(round(top * height), height - down)
        return np.ascontiguousarray(array[y : y + down, x : x + across])
    cosine, sine = math.cos(math.radians(settings.angle)), math.sin(math.radians(settings.angle))
    middle_x, middle_y = (left + right) / 2 * width, (top + bottom) / 2 * height
    # From a place in the result, outer corners of pixels, to the source: back around the middle of the crop.
    matrix = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    from_middle = matrix[:, :2] @ np.array([0.5 - across / 2, 0.5 - down / 2])
    matrix[:, 2] = from_middle + np.array([middle_x - 0.5, middle_y - 0.5])
    cv2 = native.cv2()
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    found: NDArray[Any] = cv2.warpAffine(array, matrix, (across, down), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return found
