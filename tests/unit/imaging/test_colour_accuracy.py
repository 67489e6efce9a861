"""Colours of a chart on their way through formats, profiles and corrections, in units of what can just be seen."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.registry import operations
from tests.colour_difference import apart

# The 24 patches of the usual chart, in sRGB.
PATCHES = (
    "735244 c29682 627a9d 576c43 8580b1 67bdaa d67e2c 505ba6 c15a63 5e3c6c 9dbc40 e0a32e"
    " 383d96 469449 af363c e7c71f bb5695 0885a1 f3f3f2 c8c8c8 a0a0a0 7a7a79 555555 343434"
)
SIDE = 16


def chart(dtype: str = "uint8") -> np.ndarray:
    rows = np.array([[int(one[at : at + 2], 16) for at in (0, 2, 4)] for one in PATCHES.split()], np.float64)
    large = rows.reshape(4, 6, 3).repeat(SIDE, axis=0).repeat(SIDE, axis=1) / 255
    return large.astype(np.float32) if dtype == "float32" else np.rint(large * np.iinfo(dtype).max).astype(dtype)


def patches(array: np.ndarray) -> np.ndarray:
    """The middle of each patch, from 0 to 1."""
    top = 1.0 if array.dtype == np.float32 else np.iinfo(array.dtype).max
    values = array[:, :, :3].astype(np.float64) / top
    return values.reshape(4, SIDE, 6, SIDE, 3)[:, 4:12, :, 4:12].mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("options", "mean", "worst"),
    [
        ({"format": "jpeg", "quality": 90}, 0.5, 1.5),
        ({"format": "jpeg", "quality": 90, "trellis": True}, 0.5, 1.5),
        ({"format": "webp", "quality": 90, "effort": 0}, 1.0, 2.5),
        ({"format": "webp", "quality": 90, "effort": 4}, 1.0, 2.5),
        ({"format": "avif", "quality": 85}, 1.0, 2.5),
        ({"format": "jxl", "quality": 90}, 0.5, 1.5),
        ({"format": "jp2", "quality": 90}, 0.5, 1.5),
        ({"format": "png", "profile": "p3"}, 0.5, 1.0),
        ({"format": "tiff", "profile": "cmyk"}, 2.5, 9.0),
        ({"format": "tiff", "bit_depth": 16, "profile": "p3"}, 0.05, 0.2),
    ],
)
def test_a_chart_keeps_its_colours(options, mean, worst):
    wanted = chart("uint16" if options.get("bit_depth") == 16 else "uint8")
    written = load(encode(wanted, EncodeOptions(**options)).data, "chart").frames
    seen = load(encode(written, EncodeOptions(format="tiff", compression="none")).data, "seen").frames.pixels
    away = apart(patches(wanted), patches(seen))
    assert away.mean() < mean
    assert away.max() < worst


def to_light(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def from_light(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_a_cast_is_taken_off_the_chart(depth):
    """White balance from a grey patch; the brightness that the coloured light took is given back by exposure."""
    wanted = patches(chart())
    cast = from_light(to_light(chart("float32")) * np.array([0.95, 0.8, 0.55], np.float32))
    top = {"uint8": 255, "uint16": 65_535}.get(depth)
    array = np.rint(cast * top).astype(depth) if top else cast.astype(np.float32)
    assert apart(wanted, patches(array)).mean() > 6
    balance, exposure = operations().get("white_balance"), operations().get("exposure")
    picked = balance.parse({"method": "picked", "x": 2.5 / 6, "y": 3.5 / 4})
    balanced = balance.apply(Raster(array), picked)
    grey = to_light(wanted[3, 2].mean()) / to_light(patches(balanced.array)[3, 2].mean())
    made = exposure.apply(balanced, exposure.parse({"stops": float(np.log2(grey))}))
    assert apart(wanted, patches(made.array)).mean() < 1.0
