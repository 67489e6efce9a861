"""Cameras whose RAW files are read here."""

from __future__ import annotations

from darkroom.domain.base import Model


class Maker(Model):
    """A maker of cameras."""

    name: str
    """As LibRaw writes it."""
    cameras: tuple[str, ...]
    """Its models; notes in brackets are LibRaw's."""


class CameraTable(Model):
    """What the RAW library that is installed here knows."""

    library: str
    """LibRaw and its version."""
    known: int
    """How many cameras it knows, whatever was asked for."""
    name: str | None = None
    """What was asked for."""
    supported: bool = True
    """Whether there is one of that name."""
    near: tuple[str, ...] = ()
    """Names that are like it, where there is none."""
    makers: tuple[Maker, ...]
    """Those that were asked for, by maker."""
    note: str = (
        "Further cameras are read where they write DNG, or a file that LibRaw understands without knowing its camera."
    )
    """What the list cannot say."""


class RawTrial(Model):
    """How a RAW file came out."""

    name: str
    """Of the file."""
    camera: str | None
    """Maker and model, as the file has them."""
    supported: bool
    """Whether LibRaw lists the camera."""
    outcome: str
    """`ok`, or the code of the error."""
    width: int = 0
    """Of the developed picture, upright."""
    height: int = 0
    """Likewise."""
    preview: str | None = None
    """Size of the largest picture that the camera put into the file."""
    header_ms: float = 0.0
    """Milliseconds for the header."""
    preview_ms: float | None = None
    """Milliseconds for a picture of 1024 pixels from the camera's own; None where there is none of that size."""
    half_ms: float = 0.0
    """Milliseconds for developing at half size."""
    full_ms: float = 0.0
    """Milliseconds for developing at 16 bits."""
