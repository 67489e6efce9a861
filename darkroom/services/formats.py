"""What this machine reads and writes."""

from __future__ import annotations

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.cameras import CameraTable
from darkroom.domain.formats import FormatTable
from darkroom.imaging.formats.cameras import camera_table_apart
from darkroom.imaging.formats.table import format_table_apart


def formats(principal: Principal) -> FormatTable:
    """Every format with its decoders and encoders, tried once on this machine.

    Raises:
        Error: `forbidden`.
    """
    require(principal, "system:read")
    return format_table_apart()


def cameras(principal: Principal, name: str | None = None) -> CameraTable:
    """Cameras whose RAW files are read on this machine.

    Args:
        principal: who asks.
        name: words that the camera's name must hold; None lists all.

    Raises:
        Error: `forbidden`.
    """
    require(principal, "system:read")
    return camera_table_apart(name)
