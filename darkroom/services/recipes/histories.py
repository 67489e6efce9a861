"""What one did to a picture in Develop, and what one copied: the same in every browser."""

from __future__ import annotations

from typing import TypeVar

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.develop_history import (
    CopiedSteps,
    DevelopClipboard,
    DevelopHistory,
    HistoryGiven,
    history_id,
)
from darkroom.errors import Error
from darkroom.services.recipes.views import CopiedView, HistoryView
from darkroom.services.sight import visible
from darkroom.services.work.service import owner_of
from darkroom.store import Stores
from darkroom.store.repository import Repository

MOST_CHARACTERS = 400_000
"""Of a history, or of what is copied."""
MOST_PICTURES = 1_000
"""Pictures of which somebody's history is kept, those touched last."""
_CHANGED = "This was changed in another window in the meantime."
_TAKEN = ("already_exists", "conflict", "not_found")
D = TypeVar("D", DevelopHistory, DevelopClipboard)


class HistoryService:
    """Keeps histories of Develop.

    Args:
        stores: where they are.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def get(self, principal: Principal, image_id: str) -> HistoryView:
        """What one did to a picture; without a state, and of revision 0, where that is nothing.

        Raises:
            Error: `not_found`.
        """
        require(principal, "presets:read")
        visible(self._stores, image_id, scope_of(principal, "images:read"))
        found = self._stores.histories.find(history_id(owner_of(principal), image_id))
        return HistoryView(revision=0, changed_at=None) if found is None else _history(found)

    def save(
        self, principal: Principal, image_id: str, given: HistoryGiven, *, revision: int | None = None
    ) -> HistoryView:
        """Keep what one did to a picture.

        Args:
            principal: who did it.
            image_id: the picture.
            given: all of it.
            revision: do so only if the history is at this one; 0: only if there is none. One that says the same already stays.

        Raises:
            Error: `not_found`; `payload_too_large`; `precondition_failed`.
        """
        require(principal, "presets:read")
        visible(self._stores, image_id, scope_of(principal, "images:read"))
        owner, content = owner_of(principal), _text(given)
        there = self._stores.histories.find(history_id(owner, image_id))
        made = DevelopHistory(
            id=history_id(owner, image_id), revision=there.revision if there else 1, owner=owner, image=image_id,
            content=content, changed_at=now(),
        )  # fmt: skip
        made = _kept(self._stores.histories, there, made, revision)
        if there is None:
            self._stores.histories.keep_newest(owner, MOST_PICTURES)
        return _history(made)

    def clear(self, principal: Principal, image_id: str, *, revision: int | None = None) -> None:
        """Forget what one did to a picture; where that is nothing, nothing happens.

        Args:
            principal: whose history it is.
            image_id: the picture.
            revision: do so only if the history is at this one.

        Raises:
            Error: `not_found`; `precondition_failed`.
        """
        require(principal, "presets:read")
        visible(self._stores, image_id, scope_of(principal, "images:read"))
        name = history_id(owner_of(principal), image_id)
        if not self._stores.histories.remove(name, revision) and self._stores.histories.find(name) is not None:
            raise Error("precondition_failed", _CHANGED)

    def copied(self, principal: Principal) -> CopiedView:
        """What one copied last, to be done to other pictures; of revision 0 where that is nothing."""
        require(principal, "presets:read")
        found = self._stores.clipboards.find(owner_of(principal))
        return CopiedView(revision=0, changed_at=None, copied=None) if found is None else _copied(found)

    def copy(self, principal: Principal, given: CopiedSteps, *, revision: int | None = None) -> CopiedView:
        """Copy what is done to a picture, in place of what was copied before.

        Args:
            principal: who copies.
            given: what is copied.
            revision: do so only if what was copied before is at this one; 0: only if that is nothing. The same stays.

        Raises:
            Error: `payload_too_large`; `precondition_failed`.
        """
        require(principal, "presets:read")
        owner, content = owner_of(principal), _text(given)
        there = self._stores.clipboards.find(owner)
        made = DevelopClipboard(id=owner, revision=there.revision if there else 1, content=content, changed_at=now())
        return _copied(_kept(self._stores.clipboards, there, made, revision))


def _kept(repository: Repository[D], there: D | None, made: D, revision: int | None) -> D:
    """The document as it is stored, unless it is no longer what somebody has seen."""
    if revision is not None and revision != (there.revision if there else 0):
        if there is not None and there.content == made.content:
            return there  # sent twice, as by a page that goes away: it is done already
        raise Error("precondition_failed", _CHANGED)
    try:
        if there is not None:
            return repository.replace(made)
        repository.insert(made)
    except Error as error:
        if error.code in _TAKEN:
            raise Error("precondition_failed", _CHANGED) from error
        raise
    return made


def _text(given: HistoryGiven | CopiedSteps) -> str:
    text = given.model_dump_json()
    if len(text) > MOST_CHARACTERS:
        cause = f"What was done has {len(text):,} characters; {MOST_CHARACTERS:,} are kept."
        raise Error("payload_too_large", cause, remedy="Keep fewer states, or save what is done as a preset.")
    return text


def _history(found: DevelopHistory) -> HistoryView:
    said = HistoryGiven.model_validate_json(found.content)
    return HistoryView(revision=found.revision, changed_at=found.changed_at, **dict(said))


def _copied(found: DevelopClipboard) -> CopiedView:
    said = CopiedSteps.model_validate_json(found.content)
    return CopiedView(revision=found.revision, changed_at=found.changed_at, copied=said)
