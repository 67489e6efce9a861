"""Decodes OpenEXR at its own depth: light, beyond white where there is any, brought into the curve of sRGB."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.foreign import AnyArray, Deep, shown
from darkroom.imaging.header import Header
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels, fit
from darkroom.imaging.sniff import Kind
from darkroom.imaging.transfer import curve

_FOREIGN = (RuntimeError, ValueError, KeyError, TypeError, IndexError, OverflowError, OSError, AttributeError)
_FLAT = ("scanlineimage", "tiledimage")
_COLOURS = (("R", "G", "B"), ("Y",))
_SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
# A display window much larger than what there are pixels for is mostly black, and may be a trap.
_MOST_BLACK = 4


def probe_exr(data: bytes, kind: Kind, name: str) -> Header:
    """Header of an OpenEXR: of what is to be shown, not of what lies around it.

    Raises:
        Error: `image_corrupt` or `image_unsupported`.
    """
    part = _part(data, name, header_only=True)
    header = part.header
    left, top, right, bottom = _window(header, name)
    stored = _size(header["dataWindow"])
    names = _names(header, name)
    pixels = stored[0] * stored[1] + (right - left) * (bottom - top)
    return Header(
        kind=kind,
        width=right - left,
        height=bottom - top,
        bit_depth=32,
        channels=len(names),
        blocks=Blocks(),
        memory_mb=(len(data) + pixels * 4 * 12) / 1e6 + 48,
    )


def read_exr(data: bytes, name: str) -> Deep:
    """What is to be shown, as float in the curve of sRGB, transparency straight.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    part = _part(data, name, header_only=False)
    header = part.header
    names = _names(header, name)
    found = {one: part.channels[one].pixels for one in names if one in part.channels}
    if len(found) < len(names):
        raise Error("image_truncated", f"{name} does not have all of its pixels.")
    array = np.stack([found[one] for one in names], axis=2).astype(np.float32)
    array = _in_window(array, header, _window(header, name))
    colours = 3 if len(names) >= 3 else 1
    light, alpha = array[:, :, :colours], array[:, :, colours:]
    if alpha.size:  # light is stored as it adds to what is behind
        alpha = np.clip(alpha, 0, 1)
        light = np.divide(light, alpha, out=np.zeros_like(light), where=alpha > 0)
    if colours == 3 and header.get("chromaticities") is not None:
        light = light @ _to_srgb(np.asarray(header["chromaticities"], np.float64).reshape(4, 2)).T
    return Deep(np.ascontiguousarray(np.concatenate([curve(light), alpha], axis=2), np.float32))


def decode_exr(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels in sRGB at the target's size or smaller; light beyond white is brought back by compression.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    return Pixels(fit(shown(read_exr(data, name)), target))


def _part(data: bytes, name: str, *, header_only: bool) -> Any:
    try:
        import OpenEXR

        file = OpenEXR.File(BytesIO(data), separate_channels=True, header_only=header_only, num_threads=0)
        if not file.parts:
            raise Error("image_truncated", f"{name} does not have all of its pixels.")
        found = file.parts[0]
        kind = str(found.type()).rpartition(".")[2]
    except ImportError as error:
        raise Error("image_unsupported", "OpenEXR cannot be read here: its library is missing.") from error
    except _FOREIGN as error:
        words = " ".join(str(error).split())[:200]
        raise Error("image_corrupt", f"{name} cannot be decoded: {words}.") from error
    if kind not in _FLAT:
        raise Error("image_unsupported", f"{name} is a deep OpenEXR ({kind}); only flat ones can be read.")
    return found


def _names(header: dict[str, Any], name: str) -> tuple[str, ...]:
    """Channels of the picture, in order."""
    there = {channel.name for channel in header["channels"] if channel.xSampling == channel.ySampling == 1}
    for colours in _COLOURS:
        if there.issuperset(colours):
            return (*colours, "A") if "A" in there else colours
    words = ", ".join(sorted(channel.name for channel in header["channels"])[:8])
    raise Error("image_unsupported", f"{name} holds {words}, and neither R, G and B nor Y.")


def _size(window: Any) -> tuple[int, int]:
    low, high = window
    return int(high[0]) - int(low[0]) + 1, int(high[1]) - int(low[1]) + 1


def _window(header: dict[str, Any], name: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is to be shown."""
    stored, asked = _size(header["dataWindow"]), _size(header["displayWindow"])
    if min(stored) < 1:
        raise Error("image_corrupt", f"{name} has no pixels.")
    sane = min(asked) >= 1 and asked[0] * asked[1] <= _MOST_BLACK * stored[0] * stored[1]
    window, (width, height) = ("displayWindow", asked) if sane else ("dataWindow", stored)
    left, top = int(header[window][0][0]), int(header[window][0][1])
    return left, top, left + width, top + height


def _in_window(array: AnyArray, header: dict[str, Any], window: tuple[int, int, int, int]) -> AnyArray:
    """The pixels of the window; black where none are stored."""
    left, top, right, bottom = window
    x, y = int(header["dataWindow"][0][0]), int(header["dataWindow"][0][1])
    height, width = array.shape[:2]
    if (left, top, right, bottom) == (x, y, x + width, y + height):
        return array
    made = np.zeros((bottom - top, right - left, array.shape[2]), array.dtype)
    x0, x1, y0, y1 = max(left, x), min(right, x + width), max(top, y), min(bottom, y + height)
    if x1 > x0 and y1 > y0:
        made[y0 - top : y1 - top, x0 - left : x1 - left] = array[y0 - y : y1 - y, x0 - x : x1 - x]
    return made


def _to_srgb(chromaticities: AnyArray) -> AnyArray:
    """The matrix that takes light of other primaries to those of sRGB; one without sense changes nothing."""
    try:
        matrix = np.linalg.solve(_to_xyz(np.array(_SRGB)), _to_xyz(chromaticities))
    except np.linalg.LinAlgError:
        return np.eye(3, dtype=np.float32)
    sane = bool(np.isfinite(matrix).all()) and float(np.abs(matrix).max()) < 20
    return matrix.astype(np.float32) if sane else np.eye(3, dtype=np.float32)


def _to_xyz(points: AnyArray) -> AnyArray:
    xyz = np.stack([points[:, 0] / points[:, 1], np.ones(4), (1 - points.sum(axis=1)) / points[:, 1]])
    matrix: AnyArray = xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])
    return matrix
