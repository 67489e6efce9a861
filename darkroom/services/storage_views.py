"""What is asked and answered about storage."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.storage import PlaceInfo, ProbeStep, StorageMove


class PlaceList(Model):
    """Where pictures lie."""

    items: tuple[PlaceInfo, ...]
    """The places that the settings name, in the order in which blobs are looked for."""
    rules: tuple[str, ...]
    """Which blobs belong where: the first rule that fits decides, all else goes to `main`."""


class PlaceGiven(Model):
    """A place to act on."""

    place: str = Field("main", min_length=1, max_length=80)
    """Name of a place of the settings."""


class VerifyGiven(Model):
    """What to read through."""

    place: str | None = Field(None, min_length=1, max_length=80)
    """Only what lies in this place; without it, what the library knows of."""
    most: int | None = Field(None, ge=1)
    """Stop after so many blobs."""


class ArrangeGiven(Model):
    """How to put blobs where the rules say."""

    dry_run: bool = False
    """Only count what would be moved."""


class Probe(Model):
    """What trying a place out found."""

    ok: bool
    """Whether everything works."""
    steps: tuple[ProbeStep, ...]
    """What was tried."""


class MoveEnds(Model):
    """Where pictures would go from and to."""

    source: str = Field(min_length=1, max_length=80)
    """Name of the place where they lie."""
    target: str = Field(min_length=1, max_length=80)
    """Name of the place where they go."""


class NewMove(MoveEnds):
    """Pictures that are to go elsewhere."""

    throttle: float | None = Field(None, gt=0, le=1e6, allow_inf_nan=False)
    """Megabytes a second at most."""
    read_back: bool = True
    """Whether every copy is read back and compared."""


class MovePage(Model):
    """Moves of pictures."""

    items: tuple[StorageMove, ...]
    """Every move, newest first."""


class BackupView(Model):
    """A whole backup."""

    id: str
    """Its name: the moment, in UTC."""
    created_at: datetime
    """When it was taken."""
    program: str
    """Version of Darkroom that wrote it."""
    documents: int = Field(ge=0)
    """Records of the database in it."""
    blobs: int = Field(ge=0)
    """Originals and renditions that belong to it."""
    copied: int = Field(ge=0)
    """Those of them that no earlier backup had."""
    copied_bytes: int = Field(ge=0)
    """Their size."""
    missing: int = Field(ge=0)
    """Blobs that were gone or damaged when it was taken, a thousand at most."""


class BackupList(Model):
    """The backups in the place of the settings."""

    items: tuple[BackupView, ...]
    """Newest first."""
