"""Every picture format: who reads it, who writes it, and what it can carry."""

from __future__ import annotations

from darkroom.imaging.formats.adaptive import Adapted, AdaptiveOptions, adapt
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import Loaded, LoadOptions, load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import EncodeOptions

__all__ = [
    "Adapted",
    "AdaptiveOptions",
    "Carry",
    "EncodeOptions",
    "Encoded",
    "Frames",
    "LoadOptions",
    "Loaded",
    "RawOptions",
    "adapt",
    "encode",
    "load",
]
