"""Brushes of the sample scenes: gradients, noise, ridges, light. Arrays are float32, 0 to 1, sRGB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native

Field: TypeAlias = NDArray[np.floating[Any]]
Colour: TypeAlias = tuple[float, float, float]
Rng: TypeAlias = np.random.Generator
Mood: TypeAlias = dict[str, Any]
"""Colours and choices of a scene; each painter says which it reads."""


def rgb(code: str) -> Colour:
    """`f4a259` as a colour."""
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Between two colours; 0 is the first."""
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def noise(rng: Rng, height: int, width: int, cell: tuple[float, float], octaves: int = 5, gain: float = 0.5) -> Field:
    """Smooth fractal noise around 0, mostly within -1 to 1.

    Args:
        cell: height and width of the coarsest features in pixels.
    """
    cv2 = native.cv2()
    # No finer than its finest features: clouds and rock are drawn small and scaled up.
    finest = min(cell) / 2 ** (octaves - 1)
    coarse = 4 if finest > 9 else 2
    low_height, low_width = height // coarse + 1, width // coarse + 1
    total = np.zeros((low_height, low_width), np.float32)
    strength, norm = 1.0, 0.0
    for octave in range(octaves):
        rows = max(2, min(low_height, int(height / cell[0] * 2**octave) + 2))
        columns = max(2, min(low_width, int(width / cell[1] * 2**octave) + 2))
        grid = rng.standard_normal((rows, columns), dtype=np.float32)
        total += cv2.resize(grid, (low_width, low_height), interpolation=cv2.INTER_CUBIC) * strength
        norm += strength**2
        strength *= gain
    total /= 1.6 * norm**0.5
    full: Field = cv2.resize(total, (width, height), interpolation=cv2.INTER_LINEAR)
    return full


def curve(rng: Rng, width: int, cell: float, octaves: int = 6, gain: float = 0.5, *, ridged: bool = False) -> Field:
    """A fractal line around 0; ridged ones have sharp peaks and round valleys."""
    x = np.arange(width, dtype=np.float32)
    total = np.zeros(width, np.float32)
    strength, norm = 1.0, 0.0
    for octave in range(octaves):
        count = int(width / cell * 2**octave) + 4
        knots = rng.standard_normal(count)
        at = x / width * (count - 2) + rng.random()
        left = at.astype(int)
        part = at - left
        if not ridged:
            part = part * part * (3 - 2 * part)
        values = knots[left] * (1 - part) + knots[np.minimum(left + 1, count - 1)] * part
        total += strength * ((0.55 - np.abs(values)) * 1.4 if ridged else values).astype(np.float32)
        norm += strength
        strength *= gain
    return total / np.float32(norm)


def smoothstep(low: float, high: float, value: Field) -> Field:
    """0 below, 1 above, smooth between."""
    part = np.clip((value - low) / (high - low), 0, 1)
    smooth: Field = (part * part * (3 - 2 * part)).astype(np.float32)
    return smooth


class Canvas:
    """A picture being painted, back to front."""

    def __init__(self, rng: Rng, width: int, height: int) -> None:
        self.rng = rng
        self.width = width
        self.height = height
        self.image: Field = np.zeros((height, width, 3), np.float32)

    def sky(self, stops: Sequence[tuple[float, str]]) -> None:
        """Fill with a vertical gradient."""
        rows = np.linspace(0, 1, self.height)
        places = [place for place, _ in stops]
        bands = [np.interp(rows, places, [rgb(code)[band] for _, code in stops]) for band in range(3)]
        self.image[:] = np.stack(bands, axis=1)[:, None, :]

    def distance(self, x: float, y: float, stretch: float = 1.0) -> Field:
        """Distance of each pixel from a point, in heights of the picture.

        Args:
            stretch: above 1 makes the field wide.
        """
        columns = (np.arange(self.width, dtype=np.float32) - x * self.width) / (self.height * stretch)
        rows = (np.arange(self.height, dtype=np.float32) - y * self.height) / self.height
        return np.sqrt(columns[None, :] ** 2 + rows[:, None] ** 2)

    def glow(self, x: float, y: float, size: float, colour: str, strength: float = 1.0, stretch: float = 1.0) -> None:
        """Add light around a point."""
        cv2 = native.cv2()
        small = Canvas(self.rng, self.width // 4, self.height // 4)
        light = (np.exp(-small.distance(x, y, stretch) / size) * strength).astype(np.float32)
        self.screen(cv2.resize(light, (self.width, self.height), interpolation=cv2.INTER_LINEAR), colour)

    def disc(self, x: float, y: float, radius: float, colour: str, soft: float = 0.004) -> None:
        """A sun or a moon."""
        reach = int((radius + soft) * self.height) + 2
        top, left = max(0, int(y * self.height) - reach), max(0, int(x * self.width) - reach)
        rows = slice(top, int(y * self.height) + reach)
        columns = slice(left, int(x * self.width) + reach)
        cover = 1 - smoothstep(radius - soft, radius + soft, self.distance(x, y)[rows, columns])
        self.over(cover, colour, top, left)

    def screen(self, light: Field, colour: str, top: int = 0) -> None:
        """Add light without burning out: what is bright stays bright."""
        part = self.image[top : top + light.shape[0]]
        part += (1 - part) * np.clip(light, 0, 1)[:, :, None] * np.asarray(rgb(colour), np.float32)

    def over(self, cover: Field, colour: str | Colour | Field, top: int = 0, left: int = 0) -> None:
        """Paint through a mask; the mask may begin at a row and column of its own."""
        part = self.image[top : top + cover.shape[0], left : left + cover.shape[1]]
        paint = np.asarray(rgb(colour) if isinstance(colour, str) else colour, np.float32)
        part += (paint - part) * cover.astype(np.float32, copy=False)[:, :, None]

    def clouds(self, colour: str, amount: float, cell: tuple[float, float] = (90, 420), bottom: float = 0.6) -> None:
        """Streaks and heaps, fading towards the horizon."""
        rows = int(self.height * bottom)
        field = noise(self.rng, rows, self.width, cell, 6, 0.55)
        fade = np.linspace(1, 0.25, rows, dtype=np.float32)[:, None]
        self.over(smoothstep(0.25 - amount, 1.1 - amount * 0.4, field) * fade * 0.72, colour)

    def ridge(self, line: Field, top: str, foot: str, depth: float = 0.35) -> tuple[Field, int]:
        """Fill below a line (in heights of the picture), from one colour at the line to another further down.

        Returns:
            the mask and its first row, to paint more onto the same shape.
        """
        start = max(0, int(line.min() * self.height) - 2)
        rows = np.arange(start, self.height, dtype=np.float32)[:, None]
        below = rows - line[None, :] * self.height
        cover = np.clip(below + 0.5, 0, 1)
        share = np.clip(below / (depth * self.height), 0, 1)[:, :, None]
        paint = np.asarray(rgb(top), np.float32) * (1 - share) + np.asarray(rgb(foot), np.float32) * share
        self.over(cover, paint, start)
        return cover, start

    def mist(self, y: float, thickness: float, colour: str, strength: float) -> None:
        """A bank of haze around a height, uneven along its length."""
        top, bottom = (round(min(max(y + way * 2.2 * thickness, 0), 1) * self.height) for way in (-1, 1))
        if bottom - top < 2:
            return
        rows = (np.arange(top, bottom, dtype=np.float32) / self.height - y) / thickness
        uneven = 0.75 + 0.5 * noise(self.rng, bottom - top, self.width, (140, 520), 3)
        self.over(np.clip(np.exp(-(rows**2))[:, None] * uneven * strength, 0, 0.95), colour, top)

    def shape(
        self, points: Sequence[Sequence[tuple[float, float]]], colour: str | Colour, opacity: float = 1.0
    ) -> None:
        """Polygons with smooth edges; points in pixels."""
        cv2 = native.cv2()
        polygons = [np.asarray(part, np.float64) for part in points]
        corners = np.concatenate(polygons)
        left, top = np.maximum(corners.min(axis=0).astype(int) - 2, 0)
        right, bottom = np.minimum(corners.max(axis=0).astype(int) + 3, (self.width, self.height))
        if right <= left or bottom <= top:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        for polygon in polygons:
            # Four bits of fraction keep small shapes from wobbling.
            fixed = np.round((polygon - (left, top)) * 16).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
        self.over(mask.astype(np.float32) * np.float32(opacity / 255), colour, int(top), int(left))

    def reflect(self, horizon: float, tint: str, strength: float, ripple: float = 1.0) -> None:
        """Turn everything below the horizon into still water that mirrors what is above."""
        cv2 = native.cv2()
        edge = int(self.height * horizon)
        rows = self.height - edge
        depth = np.arange(rows, dtype=np.float32)[:, None] / rows
        waves = noise(self.rng, rows, self.width, (7, 160), 3) * (0.3 + depth) * 14 * ripple
        across = np.arange(self.width, dtype=np.float32)[None, :] + waves * 0.6
        down = np.clip(
            edge - 1 - np.arange(rows, dtype=np.float32)[:, None] * (edge / rows) * 0.72 + waves * 2, 0, edge - 1
        )
        down = np.broadcast_to(down, (rows, self.width)).astype(np.float32)
        mirrored = cv2.remap(
            self.image, across.astype(np.float32), down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        mirrored = cv2.GaussianBlur(mirrored, (1, 7), 0)
        water = mirrored * (1 - strength) + np.asarray(rgb(tint), np.float32) * strength
        self.image[edge:] = water * (1.0 - 0.22 * depth[:, :, None])
        shore = np.exp(-np.arange(rows, dtype=np.float32) / 3)[:, None] * np.ones((1, self.width), np.float32)
        self.over(shore * 0.35, mix(rgb(tint), (1, 1, 1), 0.2), edge)

    def finish(self, grain: float = 2.6, vignette: float = 0.15) -> NDArray[np.uint8]:
        """Lens and film: darker corners, a soft curve, grain; to eight bits."""
        edge = self.distance(0.5, 0.5, self.width / self.height * 0.75)
        self.image *= (1 - vignette * smoothstep(0.35, 1.0, edge)).astype(np.float32)[:, :, None]
        image = np.clip(self.image, 0, 1, out=self.image)
        image += 0.18 * (image * image * (3 - 2 * image) - image)
        speckle = self.rng.standard_normal((self.height, self.width), dtype=np.float32) * np.float32(
            grain
        ) + np.float32(0.5)
        image *= 255
        image += speckle[:, :, None]
        return np.clip(image, 0, 255, out=image).astype(np.uint8)
