"""Putting many pictures into the trash, and bringing them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from darkroom.domain.base import now
from darkroom.domain.event import EventType
from darkroom.domain.work import LongWork, UndoGroup, WorkFailure
from darkroom.errors import Error
from darkroom.services.work.kinds import Step, WorkKind
from darkroom.store.database import Session

_Way = Literal["trash", "restore"]
_BACK: dict[str, _Way] = {"trash": "restore", "restore": "trash"}
_TOLD: dict[_Way, EventType] = {"trash": "images.deleted", "restore": "images.added"}


class TrashKind(WorkKind):
    """Puts pictures away."""

    name = "trash"
    permission = "trash:write"
    undoable = True
    most: ClassVar[int] = 250  # whole records are moved
    way: ClassVar[_Way] = "trash"

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Move some pictures."""
        return self._move(session, work, items, self.way)

    def undo(self, session: Session, work: LongWork, group: UndoGroup) -> Step:
        """Move them back; one that somebody has moved back already stays where it is."""
        return self._move(session, work, group.items, _BACK[group.made])

    def _move(self, session: Session, work: LongWork, items: Sequence[str], way: _Way) -> Step:
        trash = self.stores.trash
        if way == "trash":
            found = trash.put_many(session, items, work.principal, now())
        else:
            found = trash.restore_many(session, items)
        groups = (UndoGroup(made=way, inverse=_BACK[way], items=found.moved),) if found.moved else ()
        return Step(
            found.moved, {"unchanged": len(found.there)} if found.there else {},
            tuple(_unknown(one) for one in found.unknown), groups, ((_TOLD[way], found.moved),),
        )  # fmt: skip


class RestoreKind(TrashKind):
    """Brings pictures back."""

    name = "restore"
    way = "restore"


def _unknown(image: str) -> WorkFailure:
    error = Error("not_found", "It is neither in the library nor in the trash.")
    return WorkFailure(id=image, code=error.code, cause=error.cause)
