"""Where people look first, from a small copy of the picture: one map serves crops of every shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster, Region, from_float
from darkroom.imaging.pixels import fit

Strategy = Literal["attention", "entropy", "faces", "objects", "focus", "centre"]
Clear = tuple[float, float, float, float]
_NOTHING: Clear = (0.0, 0.0, 0.0, 0.0)
_SIDE = 192
# A box that was found outweighs everything that the map alone says.
_REGION_WEIGHT = 8.0
_PULL_TO_CENTRE = 0.08


@dataclass(frozen=True)
class Subject:
    """What a crop should keep. One of them answers for every ratio."""

    weight: NDArray[np.float32]
    """A small map of the picture; sums to 1."""
    regions: tuple[Region, ...] = ()
    """Boxes that should stay whole."""
    focus: tuple[float, float] | None = None
    """The one place that must stay, where somebody has named it."""

    def crop(
        self, width: int, height: int, ratio: float, zoom: float = 1.0, clear: Clear = _NOTHING
    ) -> tuple[float, float, float, float]:
        """The relative box with this ratio of width to height that keeps most.

        Args:
            width: of the picture in pixels.
            height: of the picture in pixels.
            ratio: width over height of the crop.
            zoom: 1 for the largest crop, 2 for one with half its sides.
            clear: shares of the crop at its left, top, right and bottom that are kept free of what matters.
        """
        share_x = min(1.0, height * ratio / width) / zoom
        share_y = min(1.0, width / ratio / height) / zoom
        if self.focus:
            left = min(max(0.0, self.focus[0] - share_x * (1 + clear[0] - clear[2]) / 2), 1 - share_x)
            top = min(max(0.0, self.focus[1] - share_y * (1 + clear[1] - clear[3]) / 2), 1 - share_y)
        else:
            left, top = self._best(share_x, share_y, clear)
        return left, top, left + share_x, top + share_y

    def _best(self, share_x: float, share_y: float, clear: Clear) -> tuple[float, float]:
        lefts, tops = np.linspace(0, 1 - share_x, 65), np.linspace(0, 1 - share_y, 65)
        score = self._inside(lefts, tops, share_x, share_y)
        if any(clear):
            # What lies in the band counts against it as much as what lies beside it counts for it.
            wide, high = share_x * (1 - clear[0] - clear[2]), share_y * (1 - clear[1] - clear[3])
            score = 2 * self._inside(lefts + share_x * clear[0], tops + share_y * clear[1], wide, high) - score
        # Among equal places the middle wins, so that a plain picture is cut evenly.
        away_x, away_y = lefts + share_x / 2 - 0.5, tops + share_y / 2 - 0.5
        score -= _PULL_TO_CENTRE * (away_y[:, None] ** 2 + away_x[None, :] ** 2)
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        return float(lefts[column]), float(tops[row])

    def _inside(
        self, lefts: NDArray[np.float64], tops: NDArray[np.float64], share_x: float, share_y: float
    ) -> NDArray[np.float64]:
        """How much of what matters lies in boxes of that size at all these places."""
        rows, columns = self.weight.shape
        total = np.zeros((rows + 1, columns + 1))
        total[1:, 1:] = self.weight.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
        inside: NDArray[np.float64] = (
            _at(total, tops + share_y, lefts + share_x)
            - _at(total, tops, lefts + share_x)
            - _at(total, tops + share_y, lefts)
            + _at(total, tops, lefts)
        )
        for region in self.regions:
            inside += _REGION_WEIGHT * region.score * _kept(region, lefts, tops, share_x, share_y)
        return inside


def _at(total: NDArray[np.float64], ys: NDArray[np.float64], xs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral at relative places, between its grid points too."""
    rows, columns = total.shape[0] - 1, total.shape[1] - 1
    y, x = np.clip(ys, 0, 1) * rows, np.clip(xs, 0, 1) * columns
    y0, x0 = np.minimum(y.astype(int), rows - 1), np.minimum(x.astype(int), columns - 1)
    part_y, part_x = (y - y0)[:, None], x - x0
    upper = total[y0][:, x0] * (1 - part_x) + total[y0][:, x0 + 1] * part_x
    lower = total[y0 + 1][:, x0] * (1 - part_x) + total[y0 + 1][:, x0 + 1] * part_x
    return np.asarray(upper * (1 - part_y) + lower * part_y)


def _kept(
    region: Region, lefts: NDArray[np.float64], tops: NDArray[np.float64], share_x: float, share_y: float
) -> NDArray[np.float64]:
    """How much of a region each crop keeps; half a face counts for less than half."""
    wide, high = max(region.right - region.left, 1e-6), max(region.bottom - region.top, 1e-6)
    across = np.minimum(lefts + share_x, region.right) - np.maximum(lefts, region.left)
    down = np.minimum(tops + share_y, region.bottom) - np.maximum(tops, region.top)
    part = np.clip(down / high, 0, 1)[:, None] * np.clip(across / wide, 0, 1)[None, :]
    # A little for having it in the middle.
    middle_x = np.abs(lefts + share_x / 2 - (region.left + region.right) / 2)
    middle_y = np.abs(tops + share_y / 2 - (region.top + region.bottom) / 2)
    return np.asarray(part**2 - 0.05 * (middle_x[None, :] + middle_y[:, None]))


def find_subject(image: Raster, strategy: Strategy, regions: tuple[Region, ...] = ()) -> Subject:
    """Look at a picture once.

    `faces` and `objects` use the regions given; where there are none of that kind, they fall back to attention.
    """
    if strategy in ("centre", "focus"):
        return Subject(np.ones((1, 1), np.float32), focus=(0.5, 0.5))
    small = _small(image)
    weight = _entropy(small) if strategy == "entropy" else _attention(small)
    chosen: tuple[Region, ...] = ()
    if strategy in ("faces", "objects"):
        chosen = tuple(one for one in regions if (one.label == "face") == (strategy == "faces"))
        chosen = tuple(_with_headroom(one) for one in chosen) if strategy == "faces" else chosen
    return Subject(weight / max(float(weight.sum()), 1e-9), chosen)


def _with_headroom(face: Region) -> Region:
    """A detector's box ends at the eyebrows; a portrait does not."""
    high, wide = face.bottom - face.top, face.right - face.left
    return replace(
        face,
        left=max(0.0, face.left - 0.15 * wide),
        right=min(1.0, face.right + 0.15 * wide),
        top=max(0.0, face.top - 0.35 * high),
        bottom=min(1.0, face.bottom + 0.15 * high),
    )


def _small(image: Raster) -> NDArray[np.float32]:
    """A small copy in three channels, 0..1."""
    small: Any = fit(np.ascontiguousarray(image.colour), _SIDE)
    size = small.shape[1::-1]
    eight = small if small.dtype == np.uint8 else from_float(small.astype(np.float32) / image.white, "uint8")
    three = eight if eight.ndim == 3 and eight.shape[2] == 3 else eight.reshape(*size[::-1], 1).repeat(3, axis=2)
    return np.asarray(three, np.float32) / np.float32(255)


def _attention(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Edges, strong colour, skin and what differs from the rest, as eyes are drawn to them."""
    cv2 = native.cv2()
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2Lab)
    light, green_red, blue_yellow = lab[:, :, 0], lab[:, :, 1], lab[:, :, 2]
    edges = np.abs(cv2.Laplacian(light, cv2.CV_32F))
    edges = cv2.GaussianBlur(np.minimum(edges, 60), (0, 0), 3) / 30
    # Frequency-tuned saliency (Achanta et al. 2009): distance from the mean colour of the picture.
    soft = cv2.GaussianBlur(lab, (0, 0), 2)
    from_mean = cv2.subtract(soft, cv2.mean(lab))
    rare = cv2.magnitude(cv2.magnitude(from_mean[:, :, 0], from_mean[:, :, 1]), from_mean[:, :, 2]) / 60
    colourful = np.hypot(green_red, blue_yellow) / 80
    # Hue of skin of every tone lies in a narrow wedge of Lab.
    hue = np.degrees(np.arctan2(blue_yellow, green_red))
    strength = np.hypot(green_red, blue_yellow)
    skin = np.exp(-(((hue - 52) / 18) ** 2)) * np.clip(strength / 18, 0, 1) * np.clip((65 - strength) / 20, 0, 1)
    skin = skin * np.clip((light - 15) / 25, 0, 1)
    found = 0.9 * edges + 1.0 * np.minimum(rare, 1.5) ** 2 + 0.4 * colourful + 0.6 * skin
    found = cv2.GaussianBlur(found.astype(np.float32), (0, 0), 2)
    # Only what stands out shall pull.
    return np.asarray(np.maximum(found - np.median(found), 0) + 1e-4, np.float32)


def _entropy(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bits of information around each pixel: detail, however dull."""
    cv2 = native.cv2()
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    levels = np.minimum((grey * 16).astype(np.uint8), 15)
    found = np.full(grey.shape, 1e-4, np.float32)
    for level in range(16):
        share = cv2.blur((levels == level).astype(np.float32), (9, 9))
        found -= share * np.log2(np.maximum(share, 1e-6))
    return found.astype(np.float32)
