"""DNG files made of numbers, small and complete: a mosaic of a scene, with previews, settings and corrections inside."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# XYZ (D65) to a camera whose channels are those of sRGB, so that a scene comes out in the colours it has.
CAMERA = (3.2404542, -1.5371385, -0.4985314, -0.9692660, 1.8760108, 0.0415560, 0.0556434, -0.2040259, 1.0572252)
WHITE = 16_000


def scene(width: int = 240, height: int = 160) -> np.ndarray:
    """Light, 0..1, height x width x 3: grey but for a red square in the upper left and a blue one in the lower right."""
    light = np.full((height, width, 3), 0.25)
    light[: height // 4, : width // 4] = (0.4, 0.05, 0.05)
    light[-height // 4 :, -width // 4 :] = (0.05, 0.05, 0.4)
    return light


def mosaic(light: np.ndarray, seen: Sequence[float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """What a sensor behind red, green, green and blue filters sees.

    Args:
        light: linear, 0..1.
        seen: how much of white each channel sees.
    """
    values = np.clip(light * np.asarray(seen), 0, 1) * WHITE
    found = values[..., 1].copy()
    found[::2, ::2] = values[::2, ::2, 0]
    found[1::2, 1::2] = values[1::2, 1::2, 2]
    return found.astype("<u2")


def negative(
    light: np.ndarray | None = None,
    *,
    seen: Sequence[float] = (1.0, 1.0, 1.0),
    neutral: Sequence[float] | None = None,
    orientation: int = 1,
    previews: Sequence[bytes | tuple[bytes, Mapping[int, Any]]] = (),
    more: Mapping[int, Any] | None = None,
    sensor: Mapping[int, Any] | None = None,
    cut: int = 0,
) -> bytes:
    """A DNG.

    Args:
        light: the scene.
        seen: how much of white each channel of the sensor sees.
        neutral: what the camera took for white; without it what it saw.
        orientation: Exif's.
        previews: JPEGs, each perhaps with further tags, in directories of their own.
        more: further tags of the first directory: numbers, texts or bytes.
        sensor: further tags of the sensor's directory.
        cut: bytes that are missing at the end.
    """
    values = mosaic(scene() if light is None else light, seen)
    height, width = values.shape
    raw = {
        254: 0, 256: width, 257: height, 258: 16, 259: 1, 262: 32803, 273: 0, 277: 1, 278: height,
        279: values.nbytes, 33421: (3, (2, 2)), 33422: (1, (0, 1, 1, 2)), 50714: 0, 50717: WHITE, **(sensor or {}),
    }  # fmt: skip
    directories: list[tuple[dict[int, Any], bytes]] = [(raw, values.tobytes())]
    for one in previews:
        jpeg, tags = one if isinstance(one, tuple) else (one, {})
        size = {254: 1, 259: 7, 262: 6, 273: 0, 277: 3, 279: len(jpeg), **tags}
        directories.insert(0, (size, jpeg))
    below = _Layout()
    places = [below.add(tags, content) for tags, content in directories[:-1]]
    places.append(sensor_at := below.directory({**raw, 273: 0}))
    first = {
        254: 1, 256: 8, 257: 8, 258: (3, (8, 8, 8)), 259: 1, 262: 2, 271: "Darkroom", 272: "Test 1", 273: 0, 274: orientation,
        277: 3, 278: 8, 279: 192, 330: (13, places), 50706: (1, (1, 4, 0, 0)), 50708: "Darkroom Test 1",
        50721: (10, [round(value * 10_000) for value in CAMERA]),
        50728: (5, [round(value * 10_000) for value in (neutral or seen)]), 50778: (3, (21,)), **(more or {}),
    }  # fmt: skip
    # The bulk comes last, as in files of cameras: what was cut lacks it.
    data = below.file(first, bytes(192))
    place = sensor_at + 2 + 12 * sorted(raw).index(273) + 8
    data = data[:place] + struct.pack("<I", len(data)) + data[place + 4 :] + values.tobytes()
    return data[: len(data) - cut]


class _Layout:
    def __init__(self) -> None:
        self._body = bytearray(8)

    def add(self, tags: Mapping[int, Any], content: bytes) -> int:
        """Write a directory and what it tells of; returns its place."""
        at = len(self._body)
        self._body += content + bytes(len(content) % 2)
        return self.directory({**tags, 273: at})

    def directory(self, tags: Mapping[int, Any]) -> int:
        """Write a directory; returns its place."""
        entries = []
        for tag, value in sorted(tags.items()):
            kind, packed, count = _packed(value)
            if len(packed) > 4:
                place = len(self._body)
                self._body += packed + bytes(len(packed) % 2)
                packed = struct.pack("<I", place)
            entries.append(struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0"))
        at = len(self._body)
        self._body += struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
        return at

    def file(self, first: Mapping[int, Any], content: bytes) -> bytes:
        """The whole, with the first directory."""
        at = self.add(first, content)
        self._body[:8] = struct.pack("<2sHI", b"II", 42, at)
        return bytes(self._body)


def _packed(value: Any) -> tuple[int, bytes, int]:
    if isinstance(value, bytes):
        return 7, value, len(value)
    if isinstance(value, str):
        return 2, value.encode() + b"\0", len(value) + 1
    kind, values = value if isinstance(value, tuple) else (4, (value,))
    if kind in (5, 10):
        return kind, b"".join(struct.pack("<iI", one, 10_000) for one in values), len(values)
    letter = {1: "B", 3: "H", 4: "I", 13: "I"}[kind]
    return kind, struct.pack(f"<{len(values)}{letter}", *values), len(values)
