"""How many bytes a picture takes at which quality, and how alike it stays."""

from __future__ import annotations

from typing import Literal

from darkroom.domain.base import Model


class CurvePoint(Model):
    """One quality."""

    quality: int | None
    """Of the format's own scale; None for what is written without loss."""
    bytes: int
    """Of the whole file without metadata; estimated where the basis is `sample`."""
    likeness: float
    """Structural similarity of brightness to the picture before it was written: 1 is the same, 0.98 is hard to tell apart."""


class QualityCurve(Model):
    """Size and likeness of a picture over the qualities of a format."""

    format: str
    """Of the file."""
    encoder: str
    """Who wrote it."""
    basis: Literal["whole", "sample"]
    """What was written and compared: the whole picture, or sixteen parts of it at full size, whose bytes are scaled to the whole."""
    width: int
    """Of the picture, in pixels."""
    height: int
    """Of the picture, in pixels."""
    points: tuple[CurvePoint, ...]
    """By quality, lowest first; one for a format without loss."""
    usual: int | None
    """Quality without one asked for."""
    presets: dict[str, dict[str, object]]
    """Options of the format for a purpose: `web`, `archive`, `smallest`, `lossless`, as far as it has them."""
