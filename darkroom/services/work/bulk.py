"""Doing something with all pictures of a selection: told before, done by a run, undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from darkroom.access import require, scope_of
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.domain.edit import Edit
from darkroom.domain.image import ImageRecord
from darkroom.domain.scope import Scope
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.editing import EditingService
from darkroom.services.gallery import ImageFile
from darkroom.services.gallery_views import ImageSummary
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.recipes.renditions import RenditionService
from darkroom.services.trash import TrashService
from darkroom.services.work.adapters import view_of
from darkroom.services.work.bulk_views import (
    BulkGiven,
    BulkPreview,
    EditAction,
    KeepBestAction,
    RecipeAction,
    RestoreAction,
    ValueSpread,
)
from darkroom.services.work.describing import changes, sidecars, spread
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

_EXAMPLES = 20
_AT_ONCE = 1000
_TITLES = {
    "trash": "Put into the trash",
    "keep_best": "Keep the best of each stack",
    "restore": "Bring back from the trash",
}


class BulkService:
    """Does things with many pictures.

    Args:
        settings: for links.
        stores: pictures.
        work: does it.
        editing: says whether an edit is one.
        renditions: runs recipes.
        trash: says what somebody may put away.
    """

    def __init__(
        self, settings: Settings, stores: Stores, work: WorkService, editing: EditingService,
        renditions: RenditionService, *, trash: TrashService,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._work = work
        self._editing = editing
        self._renditions = renditions
        self._trash = trash

    def preview(self, principal: Principal, given: BulkGiven) -> BulkPreview:
        """What would be done; nothing is changed.

        Raises:
            Error: `forbidden`, `invalid_parameter`, `recipe_invalid`, `not_found`.
        """
        scope = self._scope(principal, given)
        selection = given.selection
        count = self._count(given, scope)
        named = selection.ids if not isinstance(given.action, KeepBestAction) else None
        unknown = len(set(named)) - count if named is not None else 0
        changing, warnings = self._changing(principal, given, count, scope)
        if unknown:
            warnings.append(f"{unknown:,} of the ids are not in the {_place(given)}.")
        if selection.is_everything and count:
            warnings.append(f"This is the whole library{_where(scope)}: {count:,} pictures.")
        if changing is None:
            warnings.append("How many of them would really change takes too long to find out.")
        if changing == 0:
            warnings.append("Nothing would change.")
        examples = self._examples(given, scope)
        edit = given.action.edit if isinstance(given.action, EditAction) else None
        return BulkPreview(
            count=count, changing=changing, unknown=unknown, examples=tuple(map(ImageSummary.of, examples)),
            changes=tuple(changes(examples, edit)) if edit is not None else (), undoable=not isinstance(given.action, RecipeAction), warnings=tuple(warnings),
        )  # fmt: skip

    def spread(self, principal: Principal, selection: Selection) -> ValueSpread:
        """What the pictures of a selection have in the fields that people set, as far as somebody may see them."""
        return spread(self._stores, selection, scope_of(principal, "images:read"))

    def sidecars(self, principal: Principal, selection: Selection) -> ImageFile:
        """What is said of the pictures of a selection, as XMP sidecars in a zip file.

        Raises:
            Error: `invalid_parameter` for none, or too many.
        """
        return sidecars(self._stores, selection, scope_of(principal, "images:read"))

    def begin(self, principal: Principal, given: BulkGiven, *, work_id: str | None = None) -> WorkView:
        """Do it: the pictures are those of this moment, whatever comes or goes while it is done.

        Args:
            principal: who asks.
            given: what to do with which pictures.
            work_id: an id for the operation, where the caller has one: asking twice with it begins once.

        Raises:
            Error: `forbidden`, `invalid_parameter`, `recipe_invalid`, `not_found`; `conflict` when `expected` is not so.
        """
        scope = self._scope(principal, given)
        if given.expected is not None and (count := self._count(given, scope)) != given.expected:
            raise Error(
                "conflict", f"{count:,} pictures are meant by now, not {given.expected:,}.", count=count,
                remedy="Look at a dry run again, and send its count.",
            )  # fmt: skip
        if isinstance(given.action, RecipeAction):
            order = self._renditions.order(principal, self._order(given))
            return view_of(self._stores.orders.get(order.id), self._settings)
        edit = given.action.edit if isinstance(given.action, EditAction) else None
        title = f"Change {', '.join(edit.names)}" if edit is not None else _TITLES[given.action.type]
        kind = "trash" if isinstance(given.action, KeepBestAction) else given.action.type
        work = self._work.begin(
            principal, kind, self._items(given, scope), work_id=work_id, title=title,
            params=edit.model_dump(mode="json", exclude_defaults=True) if edit is not None else None,
        )  # fmt: skip
        return view_of(work, self._settings)

    def empty_trash(self, principal: Principal, *, work_id: str | None = None) -> WorkView:
        """Remove everything that is in the trash now for good.

        Raises:
            Error: `conflict` when it is empty.
        """
        require(principal, "trash:purge")
        count, _ = self._stores.trash.totals()
        if count == 0:
            raise Error("conflict", "The trash is empty.", remedy="There is nothing to do.")
        work = self._work.begin(
            principal, "purge", self._trash.everything(), work_id=work_id, title="Empty the trash"
        )  # fmt: skip
        Trail(self._stores).note(principal, "trash.emptied", work.id, images=count)
        return view_of(work, self._settings)

    def _items(self, given: BulkGiven, scope: Scope) -> Iterable[Sequence[str]]:
        """What is not there is told as failed; what one may not reach is not there."""
        selections = self._stores.selections
        if isinstance(given.action, KeepBestAction):
            worse = selections.worse(given.selection, scope)
            return [worse[at : at + _AT_ONCE] for at in range(0, len(worse), _AT_ONCE)]
        if scope.is_everything:
            return selections.ids(given.selection)
        if isinstance(given.action, RestoreAction):
            return [self._stores.trash.among(piece, scope) for piece in selections.ids(given.selection)]
        return selections.known(given.selection, scope)

    def _count(self, given: BulkGiven, scope: Scope) -> int:
        """How many pictures are meant, and are where the action looks for them."""
        if isinstance(given.action, RestoreAction):
            return len(self._stores.trash.among(given.selection.ids or (), scope))
        if isinstance(given.action, KeepBestAction):
            return len(self._stores.selections.worse(given.selection, scope))
        return self._stores.selections.count(given.selection, scope)

    def _examples(self, given: BulkGiven, scope: Scope) -> list[ImageRecord]:
        if isinstance(given.action, RestoreAction):
            there = self._stores.trash.among(given.selection.ids or (), scope)
            return [self._stores.trash.get(one).image for one in there[:_EXAMPLES]]
        if isinstance(given.action, KeepBestAction):
            return self._stores.images.many(self._stores.selections.worse(given.selection, scope)[:_EXAMPLES])
        return self._stores.images.many(self._stores.selections.examples(given.selection, _EXAMPLES, scope))

    def _changing(
        self, principal: Principal, given: BulkGiven, count: int, scope: Scope
    ) -> tuple[int | None, list[str]]:
        """How many pictures would really change, and what to think of before."""
        if isinstance(given.action, EditAction):
            edit = given.action.edit
            return self._stores.selections.changing(given.selection, edit, scope), _warnings(edit)
        if isinstance(given.action, RecipeAction):
            return (self._renditions.count_to_make(principal, self._order(given)) if count else 0), []
        return count, []

    def _scope(self, principal: Principal, given: BulkGiven) -> Scope:
        """The pictures with which somebody may do it.

        Raises:
            Error: `forbidden`, also for a picture named that may be seen alone; what `EditingService.scope` raises.
        """
        seen = scope_of(principal, "images:read")
        if isinstance(given.action, RecipeAction):
            return seen.also(scope_of(principal, "renditions:write"))
        if not isinstance(given.action, EditAction):
            scope = scope_of(principal, "trash:write")
            for piece in self._stores.selections.ids(given.selection) if given.selection.ids is not None else ():
                self._trash.within(principal, piece, scope)
            return scope
        edit, selection = given.action.edit, given.selection
        scope = seen.also(self._editing.scope(principal, edit))
        if selection.query is not None:
            # Whoever judges pictures one by one does not change a whole library with one slip.
            return scope.also(scope_of(principal, "images:write"))
        if not scope.is_everything:
            for piece in self._stores.selections.ids(selection):
                self._editing.among(principal, piece, edit, scope)
        return scope

    def _order(self, given: BulkGiven) -> OrderGiven:
        action = given.action
        assert isinstance(action, RecipeAction)  # noqa: S101 - the caller has looked
        return OrderGiven(recipe=action.recipe, preset=action.preset, selection=given.selection)


def _place(given: BulkGiven) -> str:
    return "trash" if isinstance(given.action, RestoreAction) else "library"


def _where(scope: Scope) -> str:
    return "" if scope.is_everything else ", as far as you may change it"


def _warnings(edit: Edit) -> list[str]:
    if edit.set_tags is None:
        return []
    return ["All tags that the pictures have are replaced." if edit.set_tags else "All tags are taken away."]
