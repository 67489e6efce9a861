"""What an ingest finds out about a picture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from darkroom.domain.image import Capture, Colour, Metadata, Quality, Rendition


@dataclass(frozen=True)
class PictureResult:
    """Everything about a picture but its pixels; each field has the name and meaning it has in `ImageRecord`."""

    sha256: str
    name: str
    media_type: str
    format: str
    bytes: int
    width: int
    height: int
    orientation: int
    frames: int
    bit_depth: int
    channels: int
    profile: str | None
    capture: Capture
    metadata: Metadata
    phash: str
    quality: Quality
    colours: tuple[Colour, ...]
    placeholder: str
    renditions: tuple[Rendition, ...]

    def record_fields(self) -> dict[str, Any]:
        """Keyword arguments for `ImageRecord`; batch, sources, tags and times are the caller's."""
        found = {field.name: getattr(self, field.name) for field in fields(PictureResult)}
        found["id"] = found.pop("sha256")
        return found


@dataclass(frozen=True)
class Encoded:
    """A rendition with its bytes."""

    data: bytes
    width: int
    height: int
    media_type: str
    recipe: str
    address: str


@dataclass(frozen=True)
class Picture(PictureResult):
    """A picture with its renditions in memory."""

    thumbnail: Encoded
    preview: Encoded | None
    """None where the original serves."""

    @property
    def encoded(self) -> tuple[Encoded, ...]:
        """What was made and is to be stored."""
        return (self.thumbnail,) if self.preview is None else (self.thumbnail, self.preview)

    def result(self) -> PictureResult:
        """The same without pixels, light enough to travel between processes."""
        return PictureResult(**{field.name: getattr(self, field.name) for field in fields(PictureResult)})
