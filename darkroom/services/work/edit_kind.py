"""Changing many pictures in the same way, and giving each back what it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.edit import MAX_COLLECTIONS, MAX_TAGS, Edit, change_of, is_as_made
from darkroom.domain.scope import Scope
from darkroom.domain.work import LongWork, UndoGroup, WorkFailure
from darkroom.errors import Error
from darkroom.services.sight import may_place
from darkroom.services.work.kinds import Step, WorkKind
from darkroom.store.database import Session
from darkroom.store.image_edits import EditResult


class EditKind(WorkKind):
    """Changes what people set on pictures."""

    name = "edit"
    permission = "images:edit"
    undoable = True

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Change some pictures."""
        edit = Edit.model_validate_json(work.params)
        done = self.stores.images.edit_many(session, items, edit)
        return step_of(done, dict.fromkeys(items, work.params))

    def undo(self, session: Session, work: LongWork, group: UndoGroup) -> Step:
        """Give back what pictures had, where what was set is still as it was set."""
        made = Edit.model_validate_json(group.made)
        inverse = self._possible(Edit.model_validate_json(group.inverse))
        present = self.stores.images.editable(session, group.items)
        unchanged = [one for one, values in present.items() if change_of(inverse, values) is None]
        back = [
            one for one, values in present.items()
            if one not in set(unchanged) and is_as_made(made, inverse, values)
        ]  # fmt: skip
        stale = len(present) - len(unchanged) - len(back)
        done = self.stores.images.edit_each(session, dict.fromkeys(back, inverse))
        done.unchanged += unchanged
        done.unknown += [one for one in group.items if one not in present]
        step = step_of(done, dict.fromkeys(back, text_of(inverse)))
        return step + Step(counts={"stale": stale} if stale else {})

    def reach(self, principal: Principal, work: LongWork) -> Scope:
        """Where somebody may change texts; of what concerned collections, where he may move pictures, between those."""
        scope = scope_of(principal, "images:edit")
        edit = Edit.model_validate_json(work.params)
        if not edit.places:
            return scope
        may_place(
            self.stores, principal, edit.model_copy(update={"remove_from": edit.add_to, "add_to": self._there(edit)})
        )
        return scope.also(scope_of(principal, "images:write"))

    def _there(self, edit: Edit) -> tuple[str, ...]:
        """Collections that pictures were taken out of, and that are there still."""
        return tuple(one for one in edit.remove_from if self.stores.collections.find(one) is not None)

    def _possible(self, inverse: Edit) -> Edit:
        """Without collections that are gone: nothing comes back into those."""
        there = tuple(one for one in inverse.add_to if self.stores.collections.find(one) is not None)
        return inverse if there == inverse.add_to else inverse.model_copy(update={"add_to": there})


def step_of(done: EditResult, made: Mapping[str, str]) -> Step:
    """What came of editing pictures, each by the edit that is told of it as JSON."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in done.edited:
        groups.setdefault((made[one.image], text_of(one.inverse)), []).append(one.image)
    changed = tuple(one.image for one in done.edited)
    counts = {name: len(ids) for name, ids in (("unchanged", done.unchanged), ("stale", done.stale)) if ids}
    return Step(
        changed, counts, (*map(_unknown, done.unknown), *map(_crowded, done.crowded)),
        tuple(UndoGroup(made=made, inverse=inverse, items=tuple(ids)) for (made, inverse), ids in groups.items()),
        (("images.updated", changed),),
    )  # fmt: skip


def text_of(edit: Edit) -> str:
    """An edit as JSON."""
    return edit.model_dump_json(exclude_defaults=True)


def _unknown(image: str) -> WorkFailure:
    error = Error("not_found", "It is not in the library (any more).")
    return WorkFailure(id=image, code=error.code, cause=error.cause)


def _crowded(image: str) -> WorkFailure:
    cause = f"A picture takes {MAX_TAGS} tags and {MAX_COLLECTIONS} collections, and this one has them."
    return WorkFailure(id=image, code="invalid_parameter", cause=cause)
