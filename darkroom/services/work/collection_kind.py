"""Taking pictures out of a collection that is gone; and giving it back with them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from darkroom.access import require, scope_of
from darkroom.domain.access import UNPLACED, Principal, in_collection
from darkroom.domain.edit import Edit
from darkroom.domain.organise import Collection
from darkroom.domain.scope import Scope
from darkroom.domain.work import LongWork, UndoGroup
from darkroom.services.work.edit_kind import EditKind, step_of, text_of
from darkroom.services.work.kinds import Step
from darkroom.store.database import Session

_GONE = "gone"


class UncollectKind(EditKind):
    """Lets pictures forget a collection. Its id is never used again, so that what is left when it is stopped harms nobody.

    The first of its things is the collection itself, which is gone already; `collection` of its params is what it was.
    """

    name = "uncollect"
    permission = "images:write"

    def read(self, work: LongWork, most: int) -> tuple[tuple[str, ...], int]:
        """The collection, the pictures that were in it, and at last those that came in meanwhile."""
        found, following = super().read(work, most)
        if found or work.failed:
            return found, following
        rest = tuple(self.stores.images.in_collection(_held(work).id, limit=most))
        return rest, work.cursor + len(rest)

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Take some pictures out; one that is gone is in no collection."""
        gone = _held(work)
        edit = Edit(remove_from=(gone.id,))
        present = self.stores.images.editable(session, [one for one in items if one != gone.id])
        done = self.stores.images.edit_many(session, list(present), edit)
        found = step_of(done, dict.fromkeys(present, text_of(edit)))
        if gone.id not in items:
            return found
        back = UndoGroup(made=_GONE, inverse=gone.model_dump_json(), items=(gone.id,))
        return Step((gone.id,), undo=(back,)) + found

    def undo(self, session: Session, work: LongWork, group: UndoGroup) -> Step:
        """Give the collection back, and put pictures in again; or take both away once more."""
        was = self._was(work)
        if group.items == (was.id,):
            return self._again(session, was) if group.inverse != _GONE else self._away(session, was)
        if was.id in Edit.model_validate_json(group.inverse).add_to:
            # Whoever may not reach the collection's own part gives back what pictures he may.
            return self._again(session, was) + super().undo(session, work, group)
        return super().undo(session, work, group)

    def reach(self, principal: Principal, work: LongWork) -> Scope:
        """Whoever may make a collection there, with the pictures that he may move."""
        parent = self._parent(_held(work))
        require(principal, self.permission, UNPLACED if parent is None else in_collection(parent))
        return scope_of(principal, self.permission)

    def taken_back(self, session: Session, work: LongWork) -> None:
        """The collection is there, also for whoever could reach none of its pictures."""
        was = _held(work)
        if self.stores.collections.find(was.id, session=session) is None:
            self.stores.collections.insert(self._hung(was), session=session)
            self.stores.events.append(
                session, type="collections.changed", principal=work.principal, ids=[was.id], trace_id=work.trace_id
            )

    def _again(self, session: Session, was: Collection) -> Step:
        if self.stores.collections.find(was.id, session=session) is not None:
            return Step()
        self.stores.collections.insert(self._hung(was), session=session)
        way = UndoGroup(made=was.model_dump_json(), inverse=_GONE, items=(was.id,))
        return Step((was.id,), undo=(way,), events=(("collections.changed", (was.id,)),))

    def _away(self, session: Session, was: Collection) -> Step:
        if not self.stores.collections.remove(was.id, None, session=session):
            return Step()
        way = UndoGroup(made=_GONE, inverse=was.model_dump_json(), items=(was.id,))
        return Step((was.id,), undo=(way,), events=(("collections.changed", (was.id,)),))

    def _possible(self, inverse: Edit) -> Edit:
        """All of it: the collection comes back in the same transaction."""
        return inverse

    def _hung(self, was: Collection) -> Collection:
        """Where it lay, or at the top where that is gone too."""
        return was if self._parent(was) is not None else was.model_copy(update={"parent": None, "ancestors": ()})

    def _parent(self, was: Collection) -> str | None:
        found = self.stores.collections.find(was.parent) if was.parent is not None else None
        return was.parent if found is not None and (*found.ancestors, found.id) == was.ancestors else None

    def _was(self, work: LongWork) -> Collection:
        """What the collection was that an undo, or the undo of one, is about."""
        while work.undoes is not None:
            work = self.stores.work.get(work.undoes)
        return _held(work)


def _held(work: LongWork) -> Collection:
    return Collection.model_validate(json.loads(work.params)["collection"])
