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

    def read(self, work: LongWork) -> tuple[str, ...] | None:
        """The things of the next part of the way back."""
        part = self._part(work)
        return None if part is None else tuple(one for group in part.groups for one in group.items)

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

    def _part(self, work: LongWork) -> UndoPart | None:
        return None if work.undoes is None else self.stores.work.undo_part(work.undoes, work.cursor)
