"""Emptying the trash: pictures are removed for good, step by step, and their bytes at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from darkroom.domain.base import now
from darkroom.domain.work import LongWork
from darkroom.services.exports.keeping import tidy
from darkroom.services.holds import Holds
from darkroom.services.tiles import drop_tiles
from darkroom.services.trash import TrashService
from darkroom.services.work.kinds import Step, WorkKind
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session


class PurgeKind(WorkKind):
    """Removes pictures of the trash for good; those that a version of a dataset names stay.

    Args:
        settings: folders of what is kept beside pictures.
        stores: where they are.
        trash: deletes bytes that nothing names any more.
    """

    name = "purge"
    permission = "trash:purge"
    most: ClassVar[int] = 250  # with what recipes made of them

    def __init__(self, settings: Settings, stores: Stores, trash: TrashService) -> None:
        super().__init__(stores)
        self._settings = settings
        self._trash = trash

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Remove some, or what of them is in the trash still."""
        held = Holds(self.stores).among(items)
        sizes = self.stores.trash.purge_many(session, [one for one in items if one not in held], now())
        drop_tiles(self._settings, sizes)
        counts = {"bytes": sum(sizes.values()), "kept": len(held), "unchanged": len(items) - len(sizes) - len(held)}
        gone = tuple(sorted(sizes))
        return Step(gone, {name: count for name, count in counts.items() if count}, events=(("trash.changed", gone),))

    def afterwards(self, work: LongWork) -> None:
        """Delete the bytes, exported ones too; what is left by a kill goes with the next purge."""
        self._trash.release()
        tidy(self._settings, all_of_them=True)
