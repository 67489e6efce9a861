"""Gains of a RAW file's channels for a colour of light: by temperature and tint, or from a place that is grey.

The line of glowing bodies is Krystek's approximation (Color Research and Application 10, 1985) in CIE 1960 uv; tint is
the distance from it as Adobe counts it (DNG specification: 3000 for a distance of 1, above 0 towards green).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging.header import Header
from darkroom.imaging.ifd import TiffReader

Floats = NDArray[np.float64]
Gains = tuple[float, float, float, float]
_TINT_SCALE = 3_000.0
_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_MATRICES, _ILLUMINANTS = (50721, 50722), (50778, 50779)
# Kelvin of the lights that calibrations name, by their Exif number.
_KELVIN = {1: 5500, 2: 4150, 3: 2850, 17: 2856, 18: 4874, 19: 6774, 20: 5503, 21: 6504, 22: 7504, 23: 5003, 24: 3200}
_LEAST_SEEN = 0.01
_PICKED_SHARE = 0.02


def _locus(kelvin: float) -> Floats:
    u = (0.860117757 + 1.54118254e-4 * kelvin + 1.28641212e-7 * kelvin**2) / (
        1 + 8.42420235e-4 * kelvin + 7.08145163e-7 * kelvin**2
    )
    v = (0.317398726 + 4.22806245e-5 * kelvin + 4.20481691e-8 * kelvin**2) / (
        1 - 2.89741816e-5 * kelvin + 1.61456053e-7 * kelvin**2
    )
    return np.array([u, v])


def xyz_of_light(kelvin: float, tint: float) -> Floats:
    """XYZ of a light, Y = 1."""
    here = _locus(kelvin)
    along = _locus(kelvin * 1.001) - _locus(kelvin * 0.999)
    across = np.array([along[1], -along[0]]) / np.hypot(*along)
    across *= np.sign(across[1])  # towards green
    u, v = here + across * tint / _TINT_SCALE
    x, y = 1.5 * u / (u - 4 * v + 2), v / (u - 4 * v + 2)
    return np.array([x / y, 1.0, (1 - x - y) / y])


def gains_of_light(raw: Any, data: bytes, header: Header, light: tuple[float, float], name: str) -> Gains:
    """Gains that make this light, in kelvin and tint, white.

    Raises:
        Error: `invalid_parameter` where nothing is known of the camera's colours.
    """
    camera = _camera_matrix(raw, data, header, light[0])
    if camera is None:
        raise Error(
            "invalid_parameter",
            f"Nothing is known of the colours of the camera of {name}, so a temperature says nothing.",
            remedy="Use `white_balance: picked` with a place that is grey, or `custom` with multipliers.",
            field="raw.white_balance",
        )
    seen = camera @ xyz_of_light(*light)
    # A light that the camera cannot see in one of its channels would be divided by nothing.
    red, green, blue = (seen[1] / np.maximum(seen, _LEAST_SEEN * seen.max())).tolist()
    return red, green, blue, green


def _camera_matrix(raw: Any, data: bytes, header: Header, kelvin: float) -> Floats | None:
    """From XYZ to the camera's red, green and blue."""
    if header.kind.format == "dng" and (told := _told_matrix(data, kelvin)) is not None:
        return told
    known = np.asarray(raw.rgb_xyz_matrix, np.float64)[:3]
    if known.any():
        return known
    to_rgb, daylight = np.asarray(raw.color_matrix, np.float64)[:, :3], np.array(raw.daylight_whitebalance[:3])
    if not to_rgb.any() or not daylight.all():
        return None
    found: Floats = np.linalg.inv(to_rgb) @ np.linalg.inv(_XYZ_OF_RGB) / daylight[:, None]
    return found


def _told_matrix(data: bytes, kelvin: float) -> Floats | None:
    """The matrix of a DNG; between two that were measured under different lights, by the inverse of their temperature."""
    reader = TiffReader(data)
    first = reader.read(reader.first)
    found = []
    for matrix, light in zip(_MATRICES, _ILLUMINANTS, strict=True):
        values = first.tags.get(matrix)
        if isinstance(values, tuple) and len(values) == 9 and np.isfinite(values).all():
            found.append((np.array(values, np.float64).reshape(3, 3), _KELVIN.get(int(first.number(light) or 0), 6504)))
    if len(found) < 2 or found[0][1] == found[1][1]:
        return found[0][0] if found else None
    (one, warm), (other, cold) = found
    share = float(np.clip((1 / kelvin - 1 / cold) / (1 / warm - 1 / cold), 0, 1))
    mixed: Floats = share * one + (1 - share) * other
    return mixed


def gains_of_grey(raw: Any, header: Header, place: tuple[float, float], name: str) -> Gains:
    """Gains that make a place grey.

    Args:
        raw: the file as LibRaw sees it.
        header: its turn, and the settings that crop it.
        place: on the picture as it is developed, from the left and the top, 0..1.
        name: for messages.

    Raises:
        Error: `invalid_parameter` where the place is black, or no sensor of coloured pixels saw it.
    """
    values, colours = np.asarray(raw.raw_image_visible), np.asarray(raw.raw_colors_visible)
    if values.ndim != 2:
        cause = f"{name} holds no mosaic to pick a grey from."
        raise Error("invalid_parameter", cause, remedy="Choose `kelvin`.", field="raw.white_balance")
    height, width = values.shape
    x, y = _on_sensor(place, header)
    reach = max(4, round(_PICKED_SHARE * min(width, height) / 2))
    across = slice(max(0, round(x * width) - reach), round(x * width) + reach)
    down = slice(max(0, round(y * height) - reach), round(y * height) + reach)
    near, kinds = values[down, across].astype(np.float64), colours[down, across]
    black = raw.black_level_per_channel
    seen = [float(np.mean(near[kinds == one])) - black[one] if (kinds == one).any() else 0.0 for one in range(4)]
    red, green, blue, second = seen
    green = (green + second) / 2 if second > 0 else green
    if min(red, green, blue) <= 0:
        cause = f"{name} is black at the place that was picked."
        raise Error("invalid_parameter", cause, remedy="Pick a lighter one.", field="raw.grey_at")
    return green / red, 1.0, green / blue, 1.0


def _on_sensor(place: tuple[float, float], header: Header) -> tuple[float, float]:
    """The place before the picture was turned and cropped."""
    x, y = place
    turned = {
        1: (x, y), 2: (1 - x, y), 3: (1 - x, 1 - y), 4: (x, 1 - y),
        5: (y, x), 6: (y, 1 - x), 7: (1 - y, 1 - x), 8: (1 - y, x),
    }[header.orientation]  # fmt: skip
    settings = header.settings
    if settings is None or settings.crop is None:
        return turned
    left, top, right, bottom = settings.crop
    return left + turned[0] * (right - left), top + turned[1] * (bottom - top)
