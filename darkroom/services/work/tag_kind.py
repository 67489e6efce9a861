"""Renaming a tag, or taking it away, on every picture; and giving it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.edit import MAX_TAG, Edit, tag_path
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.work import LongWork
from darkroom.services.sight import whole
from darkroom.services.work.edit_kind import EditKind, step_of, text_of
from darkroom.services.work.kinds import Step
from darkroom.store.database import Session


class TagKind(EditKind):
    """Changes a tag, with all below it, on the pictures that have it.

    Its params are `tag`, `to` (null takes it away) and `colours`, those that the tags had.
    """

    name = "tag"
    permission = "tags:write"

    def read(self, work: LongWork, most: int) -> tuple[tuple[str, ...], int]:
        """The pictures that had it when it began, and at last those that got it meanwhile."""
        found, following = super().read(work, most)
        if found or work.failed:
            return found, following
        rest = tuple(self.stores.images.tagged(json.loads(work.params)["tag"], limit=most))
        return rest, work.cursor + len(rest)

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        """Change some pictures; one that is gone, or has the tag no longer, is as it should be."""
        given = json.loads(work.params)
        present = self.stores.images.editable(session, items)
        edits = {image: edit_of(values["tags"], given["tag"], given["to"]) for image, values in present.items()}
        done = self.stores.images.edit_each(session, edits)
        done.unchanged += [one for one in items if one not in present]
        return step_of(done, {image: text_of(edit) for image, edit in edits.items()})

    def reach(self, principal: Principal, work: LongWork) -> Scope:
        """All pictures, as for the change of a tag itself."""
        require(principal, self.permission)
        whole(principal, "images:edit")
        return EVERYTHING

    def conclude(self, session: Session, work: LongWork) -> None:
        """Colours go along with the last picture, and whoever shows tags reads them again."""
        given = json.loads(work.params)
        self.stores.tags.move(session, given["tag"], given["to"])
        self._tell(session, work, [one for one in (given["tag"], given["to"]) if one is not None])

    def taken_back(self, session: Session, work: LongWork) -> None:
        """The tags have their colours again."""
        for tag, colour in json.loads(work.params)["colours"].items():
            self.stores.tags.set_colour(session, tag, colour, now())
        self._tell(session, work, [json.loads(work.params)["tag"]])

    def _tell(self, session: Session, work: LongWork, tags: Sequence[str]) -> None:
        self.stores.events.append(
            session, type="tags.changed", principal=work.principal, ids=tags, trace_id=work.trace_id
        )


def edit_of(tags: Iterable[str], tag: str, to: str | None) -> Edit:
    """What changes a tag, and those below it, on a picture that has these."""
    mine = {one for one in tags if one == tag or one.startswith(f"{tag}/")}
    after = set() if to is None else {_moved(one, tag, to) for one in mine}
    return Edit(add_tags=tuple(after - mine), remove_tags=tuple(mine - after))


def _moved(tag: str, old: str, new: str) -> str:
    # A name that would be too long is cut at a whole level: what lies that deep keeps what it can.
    levels = tag_path(new + tag.removeprefix(old))
    return next(one for one in reversed(levels) if len(one) <= MAX_TAG)
