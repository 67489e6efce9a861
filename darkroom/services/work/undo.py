"""Taking work back, which is work of its own: step by step what the other one kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from darkroom.domain.access import Principal
from darkroom.domain.scope import Scope
from darkroom.domain.work import LongWork, UndoPart, WorkFailure
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
        return self._kinds[self._origin(work).kind]

    def _origin(self, work: LongWork) -> LongWork:
        while work.kind == self.name and work.undoes is not None:
            work = self.stores.work.get(work.undoes)
        return work

    def limits(self, principal: Principal, work: LongWork) -> dict[str, Any]:
        """The params of an undo of `work` by somebody: which pictures he may still change, as of now.

        Raises:
            Error: `forbidden` when there can be none; `not_found` when what it takes back is forgotten.
        """
        origin = self._origin(work)
        scope = self._kinds[origin.kind].reach(principal, origin)
        if scope.is_everything:
            return {}
        return {"inside": [sorted(one) for one in scope.inside], "outside": sorted(scope.outside)}

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
        part = self._part(work)
        wanted = self._reachable(session, work, items)
        if part is None:
            raise Error("not_found", f"The way back of {work.undoes} is forgotten.")
        kind = self.kind_of(work)
        found = Step()
        for group in part.groups:
            chosen = tuple(one for one in group.items if one in wanted)
            if chosen:
                found += kind.undo(session, work, group.model_copy(update={"items": chosen}))
        return found + Step(failures=tuple(_out_of_reach(one) for one in items if one not in wanted))

    def _reachable(self, session: Session, work: LongWork, items: Sequence[str]) -> set[str]:
        """Those of the pictures that whoever takes it back may change, wherever they lie by now."""
        limits = json.loads(work.params)
        if not limits:
            return set(items)
        scope = Scope(tuple(frozenset(one) for one in limits["inside"]), frozenset(limits["outside"]))
        known = self.stores.images.known(items, scope, session=session)
        return {*known, *self.stores.trash.among(items, scope, session=session)}

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


def _out_of_reach(image: str) -> WorkFailure:
    error = Error("not_found", "It is gone, or lies where whoever takes this back may not change it.")
    return WorkFailure(id=image, code=error.code, cause=error.cause)


def _things(part: UndoPart) -> tuple[str, ...]:
    return tuple(one for group in part.groups for one in group.items)
