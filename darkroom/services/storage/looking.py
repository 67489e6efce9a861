"""Long looks at places, which change nothing: what is in each, and what a move between two of them would copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from darkroom.domain.access import SYSTEM
from darkroom.domain.work import LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.store import Stores
from darkroom.store.references import BlobReferences

if TYPE_CHECKING:
    from datetime import datetime

    from darkroom.services.storage import StorageService

_PIECE = 500
"""Blobs that are counted between two looks at whether anybody still wants it."""


class StorageKind(WholeKind):
    """Work on the blobs of the places.

    Args:
        stores: where the work is.
        storage: knows the places.
    """

    def __init__(self, stores: Stores, storage: StorageService) -> None:
        super().__init__(stores)
        self._storage = storage

    def known(self) -> int:
        """How many blobs the library knows."""
        return BlobReferences(self.stores.database).totals()[0]


class CountKind(StorageKind):
    """Counts the blobs of places; one that does not answer is told as failed."""

    name = "count"
    permission = "storage:read"

    def do(self, work: LongWork, progress: Progress) -> None:
        """Go through every place."""
        names = json.loads(work.params)["places"]
        progress.of(self.known())
        for name in names:
            blobs = size = 0
            try:
                for one in self._storage.sizes(SYSTEM, name):
                    blobs, size = blobs + 1, size + one
                    if blobs % _PIECE == 0:
                        progress.add(_PIECE)
            except Error as error:
                progress.add(blobs % _PIECE, failures=[WorkFailure(id=name, code=error.code, cause=error.cause)])
                continue
            progress.add(blobs % _PIECE, failures=(), changed=0, **{f"{name}_blobs": blobs, f"{name}_bytes": size})
        progress.of(progress.done)


class PlanKind(StorageKind):
    """Tells what a move would copy."""

    name = "plan"
    permission = "storage:read"

    def do(self, work: LongWork, progress: Progress) -> None:
        """Compare the listings of both."""
        given = json.loads(work.params)
        progress.of(self.known())
        found = self._storage.plan(SYSTEM, given["source"], given["target"], on_progress=progress.add)
        progress.of(progress.done)
        progress.add(0, copies=found.copies, bytes=found.bytes, known=found.known)


def counted(stores: Stores, name: str) -> tuple[int, int, datetime] | None:
    """Blobs in a place, their size, and when somebody counted them last; None where nobody did, or long ago."""
    found = stores.work.newest(CountKind.name)
    if found is None or found.finished_at is None or name not in json.loads(found.params)["places"]:
        return None
    if any(one.id == name for one in found.failures):
        return None
    return found.result.get(f"{name}_blobs", 0), found.result.get(f"{name}_bytes", 0), found.finished_at
