"""Colours that a file tells by numbers (nclx, H.273) in place of a profile: wide ones, and light beyond white."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging.formats.profiles import matrix_profile
from darkroom.imaging.isobmff import primary_properties
from darkroom.imaging.png import coding_of_png
from darkroom.imaging.transfer import Floats, curve, light

if TYPE_CHECKING:
    from darkroom.imaging.pixels import Array

PQ, HLG = 16, 18
WHITE_NITS = 203.0
"""Brightness of white paper in pictures that go beyond it (BT.2408)."""
_HLG_PEAK, _HLG_GAMMA = 1_000.0, 1.2
# Red, green, blue and white in xy.
_PLACES: dict[int, tuple[str, tuple[tuple[float, float], ...]]] = {
    1: ("BT.709", ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))),
    9: ("BT.2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290))),
    11: ("DCI-P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351))),
    12: ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))),
}
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Where the shoulder of a preview begins: what is darker is shown as it is.
_KNEE = 0.75
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Cicp:
    """Numbers of H.273, and whether the picture is grey in video's range, which libheif forgets to widen."""

    primaries: int = 2
    transfer: int = 2
    full_range: bool = True
    grey: bool = False

    @property
    def is_light(self) -> bool:
        """Whether the values stand for light that may be brighter than white."""
        return self.transfer in (PQ, HLG)

    @property
    def title(self) -> str:
        """What a person may call it; empty for what is shown like sRGB."""
        if self.is_light:
            return f"{_named(self.primaries)} {'PQ' if self.transfer == PQ else 'HLG'}"
        wide, bent = _named(self.primaries) != "BT.709", self.transfer in _GAMMAS
        return f"{_named(self.primaries)}{f' gamma {_GAMMAS[self.transfer]:g}' if bent else ''}" if wide or bent else ""

    @property
    def profile(self) -> bytes:
        """An ICC profile that says the same; empty for what is shown like sRGB, and for light."""
        return b"" if self.is_light or not self.title else _profile(self.primaries, self.transfer)

    @property
    def narrow_grey(self) -> bool:
        """Whether it is grey whose black is 16 and whose white is 235 of 255."""
        return self.grey and not self.full_range


def _named(primaries: int) -> str:
    return _PLACES.get(primaries, _PLACES[1])[0]


def cicp_of(data: Any) -> Cicp | None:
    """What the primary picture of an AVIF or HEIC says of its colours by numbers; None where it says nothing."""
    found = primary_properties(data)
    told = next((content for kind, content in found if kind == b"colr" and content[:4] == b"nclx"), b"")
    if len(told) < 11:
        return None
    grey = any(_is_grey(kind, content) for kind, content in found)
    return Cicp(int.from_bytes(told[4:6], "big"), int.from_bytes(told[6:8], "big"), bool(told[10] & 0x80), grey)


def _is_grey(kind: bytes, content: bytes) -> bool:
    """Whether a property says so: that of a decoder of AV1 or HEVC, or for a picture made of tiles the number of its channels."""
    if kind == b"av1C":
        return len(content) > 2 and bool(content[2] & 0x10)
    if kind == b"hvcC":
        return len(content) > 16 and not content[16] & 3
    return kind == b"pixi" and content[4:5] == b"\1"


def told_by_numbers(data: Any, format_: str) -> Cicp | None:
    """What an AVIF or PNG says of its colours by numbers; None where it says nothing, and for other formats."""
    if format_ == "png":
        return _of_png(data)
    return cicp_of(data) if format_ == "avif" else None


def _of_png(data: Any) -> Cicp | None:
    """The chunk cICP of the third edition."""
    told = coding_of_png(data) if isinstance(data, bytes) else b""
    # Values of a PNG are red, green and blue; those in video's range are for studios.
    return Cicp(told[0], told[1]) if told and told[2:] == b"\0\1" else None


@cache
def _profile(primaries: int, transfer: int) -> bytes:
    columns = _to_xyz(primaries).T
    steps = np.linspace(0, 1, 1024)
    gamma = _GAMMAS.get(transfer)
    shape = tuple(round(float(value) * 65_535) for value in light(steps)) if gamma is None else gamma
    triples = tuple((float(x), float(y), float(z)) for x, y, z in columns)
    return matrix_profile(Cicp(primaries, transfer).title, triples, shape)


def _to_xyz(primaries: int) -> NDArray[np.float64]:
    """From linear values of the primaries to XYZ under D50."""
    *corners, white = [np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in _PLACES.get(primaries, _PLACES[1])[1]]
    matrix = np.stack(corners, axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD @ matrix
    return adapted


def to_shown(pixels: NDArray[Any], cicp: Cicp) -> Floats:
    """Coded light in the curve and primaries of sRGB: 1 is white paper, brighter is beyond; what no screen has is cut at 0.

    Args:
        pixels: height x width x 1 to 4, uint8 or uint16 over all of its range, or float32 from 0 to 1; alpha last.
        cicp: of a picture that is light.
    """
    height, width, channels = pixels.shape
    colours = 1 if channels < 3 else 3
    matrix = (np.linalg.inv(_to_xyz(1)) @ _to_xyz(cicp.primaries)).astype(np.float32)
    made = np.empty((height * width, channels), np.float32)
    whole = np.issubdtype(pixels.dtype, np.integer)
    flat, top = pixels.reshape(-1, channels), np.float32(np.iinfo(pixels.dtype).max if whole else 1)
    for at in range(0, len(flat), _BLOCK):  # in parts: the steps between take several times the memory of the result
        part = flat[at : at + _BLOCK].astype(np.float32) / top
        part = part if whole else np.clip(np.nan_to_num(part), 0, 1)
        linear = _light_of(part[:, :colours], cicp.transfer)
        made[at : at + _BLOCK, :colours] = curve(np.maximum(linear @ matrix.T if colours == 3 else linear, 0))
        made[at : at + _BLOCK, colours:] = part[:, colours:]
    return made.reshape(height, width, channels)


def _light_of(values: Floats, transfer: int) -> Floats:
    """Light of coded values, 1 being white paper."""
    if transfer == PQ:
        root = np.power(values, np.float32(1 / 78.84375))
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        paper: Floats = np.power(ratio, np.float32(1 / 0.1593017578125)) * np.float32(10_000 / WHITE_NITS)
        return paper
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values * values / 3, (np.exp((values - c) / a) + b) / 12).astype(np.float32)
    weights = np.array([0.2627, 0.6780, 0.0593], np.float32) if scene.shape[1] == 3 else np.ones(1, np.float32)
    seen = np.power(np.maximum(scene @ weights, 1e-6), np.float32(_HLG_GAMMA - 1))[:, None]
    shown: Floats = scene * seen * np.float32(_HLG_PEAK / WHITE_NITS)
    return shown


def fitted(shown: Floats) -> Array:
    """Eight bits of what goes beyond white: below a knee as it is, above it bent so that the brightest is white; hues stay.

    Args:
        shown: as `to_shown` gives it.
    """
    colours = 1 if shown.shape[2] < 3 else 3
    brightest = shown[:, :, :colours].max(axis=2, keepdims=True)
    top = float(np.percentile(brightest[:: max(1, shown.shape[0] // 256)], 99.9))
    made = shown.copy()
    if top > 1:
        over = np.clip((brightest - _KNEE) / (top - _KNEE), 0, 1)
        # A line of slope 1 at the knee that bends to white at the top.
        steep = (top - _KNEE) / (1 - _KNEE)
        bent = _KNEE + (1 - _KNEE) * over * steep / (1 + over * (steep - 1))
        made[:, :, :colours] *= np.where(brightest > _KNEE, bent / np.maximum(brightest, 1e-6), 1)
    eight: Array = (np.clip(made, 0, 1) * 255 + 0.5).astype(np.uint8)
    return eight


def stretched(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Samples of 10 or 12 bits that lie in the upper part of 16, so that the brightest becomes the brightest of 16."""
    return pixels | (pixels >> bits) if pixels.dtype == np.uint16 and 8 < bits < 16 else pixels


def widened(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Samples whose black is 16 and whose white is 235 of 255, over all of their range; alpha as it is.

    Args:
        pixels: height x width x 1 to 4, uint8, or uint16 with samples in the upper part.
        bits: of a sample, 8 to 16.
    """
    step, top = 1 << (bits - 8), (1 << bits) - 1
    shift = 16 - bits if pixels.dtype == np.uint16 else 0
    made = pixels.copy()
    colours = made[:, :, : 1 if made.shape[2] < 3 else 3]
    wide = (np.float32(colours >> shift) - 16 * step) * np.float32(top / (219 * step))
    colours[:] = np.rint(wide).clip(0, top).astype(pixels.dtype) << shift
    return made


def widened_grey(image: Any) -> Any:
    """A picture of libvips whose black is 16 and whose white is 235 of 255, over all of its range; alpha as it is."""
    step = 1 if image.format == "uchar" else 256
    top = 255 if step == 1 else 65_535
    count = 3 if image.bands >= 3 else 1
    colour = ((image[:count] - 16 * step) * (top / (219 * step))).rint().cast(image.format)
    whole = colour.bandjoin(image[count]) if image.bands > count else colour
    return whole.copy(interpretation=image.interpretation)
