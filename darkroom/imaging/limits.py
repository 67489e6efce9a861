"""What one picture may cost, checked from its header before a pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from darkroom.settings import Settings

MAX_SIDE = 100_000
"""No side of a picture is longer, whatever its area: decoders keep whole lines."""


@dataclass(frozen=True)
class Limits:
    """Guards and sizes of an ingest; the names and meanings are those of the settings."""

    max_pixels: int = 250_000_000
    """Most pixels of the part that is decoded."""
    max_file_bytes: int = 2_000_000_000
    """Largest file that is read."""
    max_streamed_pixels: int = 4_000_000_000
    """Most pixels of a TIFF that is read region by region; what is decoded of it at a time keeps to `max_pixels`."""
    max_streamed_bytes: int = 20_000_000_000
    """Largest TIFF that is read."""
    whole_bytes: int = 256_000_000
    """Largest TIFF that is read whole; of larger ones only the regions that are needed."""
    max_frames: int = 5_000
    """Most frames or pages."""
    max_ratio: float = 2_000.0
    """Largest ratio of decoded bytes to file bytes, for pictures large enough to do harm."""
    thumbnail_pixels: int = 256
    """Long side of a thumbnail."""
    preview_pixels: int = 1024
    """Long side of a preview; 5 % less is accepted."""

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that an operator has set."""
        return cls(
            max_pixels=settings.max_pixels,
            max_file_bytes=settings.max_file_bytes,
            max_streamed_pixels=max(settings.max_streamed_pixels, settings.max_pixels),
            max_streamed_bytes=max(settings.max_streamed_bytes, settings.max_file_bytes),
            max_frames=settings.max_frames,
            max_ratio=settings.max_ratio,
            thumbnail_pixels=settings.thumbnail_pixels,
            preview_pixels=settings.preview_pixels,
        )
