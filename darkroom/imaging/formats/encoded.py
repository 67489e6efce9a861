"""A written picture and what became of it on the way."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Encoded:
    """A picture as the bytes of a format."""

    data: bytes
    format: str
    media_type: str
    extension: str
    """With its dot."""
    width: int
    height: int
    encoder: str
    """Who wrote it, as in the table of formats."""
    quality: int | None = None
    """Quality used; None where the format loses nothing."""
    bit_depth: int = 8
    channels: int = 3
    frames: int = 1
    notes: tuple[str, ...] = field(default=())
    """What was changed because the format asked for it: depth, transparency, frames, colour."""
