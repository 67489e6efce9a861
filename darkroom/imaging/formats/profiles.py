"""Small ICC profiles (version 2, a matrix and a curve) for spaces that no library here brings."""

from __future__ import annotations

import struct
from functools import cache

# Columns of red, green and blue in XYZ under D50, and the gamma, of the published spaces.
_SPACES: dict[str, tuple[str, tuple[tuple[float, float, float], ...], float]] = {
    "adobe": (
        "Adobe RGB (1998) compatible",
        ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
        2.2,
    ),
    "prophoto": (
        "ROMM RGB compatible",
        ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
        1.8,
    ),
}
_WHITE = (0.9642, 1.0, 0.8249)


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)


@cache
def rgb_profile(space: str) -> bytes:
    """The profile of `adobe` or `prophoto`."""
    title, columns, gamma = _SPACES[space]
    return matrix_profile(title, columns, gamma)


def matrix_profile(
    title: str, columns: tuple[tuple[float, float, float], ...], shape: float | tuple[int, ...]
) -> bytes:
    """A profile of three primaries.

    Args:
        title: in ASCII.
        columns: red, green and blue in XYZ under D50.
        shape: gamma, or light from black to white at even steps, of 65,535.
    """
    name = title.encode("ascii") + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    steps = shape if isinstance(shape, tuple) else (round(shape * 256),)
    curve = b"curv\0\0\0\0" + struct.pack(f">I{len(steps)}H", len(steps), *steps)
    tags = {
        b"desc": description,
        b"cprt": b"text\0\0\0\0No copyright, use freely\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_WHITE),
        **{
            mark: b"XYZ \0\0\0\0" + _fixed(*column)
            for mark, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    entries, body = [], b""
    places: dict[bytes, int] = {}  # the three curves are one
    start = 128 + 4 + 12 * len(tags)
    for mark, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        entries.append(mark + struct.pack(">II", places[content], len(content)))
    table = struct.pack(">I", len(tags)) + b"".join(entries)
    head = bytearray(128)
    head[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    head[8:12], head[12:16], head[16:20], head[20:24] = b"\x02\x20\0\0", b"mntr", b"RGB ", b"XYZ "
    head[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = _fixed(*_WHITE)
    return bytes(head) + table + body
