"""Every picture format: who reads it, who writes it, and what it can carry."""

from __future__ import annotations

from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.options import EncodeOptions

__all__ = ["EncodeOptions", "Encoded", "Frames", "encode"]
