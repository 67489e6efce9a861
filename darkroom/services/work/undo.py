"""Taking work back, which is work of its own: step by step what the other one kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from darkroom.domain.work import LongWork, UndoPart
from darkroom.errors import Error
from darkroom.services.work.kinds import Step, WorkKind
from darkroom.store import Stores
from darkroom.store.database import Session


class UndoKind(WorkKind):
    """Gives back what other work changed.

    Args:
        stores: what it works on.
        kinds: who gives back the changes of each kind.
    """

    name = "undo"
    permission = "operations:write"
    undoable = True

    def __init__(self, stores: Stores, kinds: Mapping[str, WorkKind]) -> None:
        super().__init__(stores)
        self._kinds = kinds

    def kind_of(self, work: LongWork) -> WorkKind:
        """Who made the changes that are given back, in the end: an undo can be undone.

        Raises:
            Error: `not_found` when what it takes back is forgotten.
        """
        while work.kind == self.name and work.undoes is not None:
            work = self.stores.work.get(work.undoes)
        return self._kinds[work.kind]

    def read(self, work: LongWork, most: int) -> tuple[tuple[str, ...], int]:
        """The next things of the way back."""
        part = self._part(work)
        if part is None:
            return (), work.cursor
        begin = max(work.cursor, part.part)
        offset = begin - part.part
        found = _things(part)[offset : offset + most]
        return found, begin + len(found)

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Give back some of the things of a part."""
        part, wanted = self._part(work), set(items)
        if part is None:
            raise Error("not_found", f"The way back of {work.undoes} is forgotten.")
        kind = self.kind_of(work)
        found = Step()
        for group in part.groups:
            chosen = tuple(one for one in group.items if one in wanted)
            if chosen:
                found += kind.undo(session, work, group.model_copy(update={"items": chosen}))
        return found

    def conclude(self, session: Session, work: LongWork) -> None:
        """The end of taking back what a kind did; taking back an undo has none."""
        undone = self.stores.work.find(work.undoes or "", session=session)
        if undone is not None and undone.kind != self.name:
            self._kinds[undone.kind].taken_back(session, undone)

    def _part(self, work: LongWork) -> UndoPart | None:
        """The part in which the cursor stands, or the next one when that is done with; None behind the last one.

        A step changes no more things than it has, so the numbers of what it gives back are its own.
        """
        if work.undoes is None:
            return None
        parts = self.stores.work
        part = parts.undo_at(work.undoes, work.cursor)
        if part is None or work.cursor - part.part >= len(_things(part)):
            part = parts.undo_after(work.undoes, work.cursor if part is None else max(work.cursor, part.part))
        return part


def _things(part: UndoPart) -> tuple[str, ...]:
    return tuple(one for group in part.groups for one in group.items)
