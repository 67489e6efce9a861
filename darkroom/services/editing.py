"""Changing what people set on pictures: texts, rating, favourite, label, tags, collections."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.edit import MAX_COLLECTIONS, MAX_TAGS, Edit
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.edit_views import EditedMany
from darkroom.services.gallery import GalleryService
from darkroom.services.gallery_views import ImageDetail
from darkroom.services.sight import changeable, may_place
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.image_edits import EditResult

_AT_ONCE = 500
"""Pictures in one transaction."""


class EditingService:
    """Changes pictures.

    Args:
        stores: where they are.
        gallery: shows what was changed.
    """

    def __init__(self, stores: Stores, gallery: GalleryService) -> None:
        self._stores = stores
        self._gallery = gallery

    def edit(self, principal: Principal, image_id: str, edit: Edit, *, revision: int | None = None) -> ImageDetail:
        """Change one picture.

        Args:
            principal: who asks.
            image_id: which.
            edit: what to change.
            revision: that the picture must still have; None for whichever.

        Raises:
            Error: `not_found`, `precondition_failed`, `invalid_parameter`.
        """
        changeable(self._stores, principal, image_id, "images:edit")
        self.scope(principal, edit)
        if edit.places:
            changeable(self._stores, principal, image_id, "images:write")
        revisions = None if revision is None else {image_id: revision}
        found = self._stores.database.run(lambda session: self._write(session, principal, [image_id], edit, revisions))
        if found.unknown:
            raise Error("not_found", f"There is no picture {image_id[:80]!r}.", id=image_id[:80])
        if found.stale:
            raise Error("precondition_failed", "The picture has changed since its ETag was read.", id=image_id)
        if found.crowded:
            raise Error(
                "invalid_parameter", f"A picture takes {MAX_TAGS} tags and {MAX_COLLECTIONS} collections.",
                parameter="add_tags", remedy="Take some away first.",
            )  # fmt: skip
        return self._gallery.get(principal, image_id)

    def edit_many(self, principal: Principal, ids: Sequence[str], edit: Edit) -> EditedMany:
        """Change pictures all in the same way, some hundred in one transaction; what is no picture is told, not fatal.

        Raises:
            Error: `invalid_parameter`, `not_found` for a collection, `forbidden` for a picture that may be seen alone.
        """
        scope = self.scope(principal, edit)
        wanted = list(dict.fromkeys(ids))
        edited = unchanged = 0
        unknown: list[str] = []
        crowded: list[str] = []
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            known = self.among(principal, part, edit, scope)
            unknown += [one for one in part if one not in known]
            found = self._chunk(principal, [one for one in part if one in known], edit)
            edited, unchanged = edited + len(found.edited), unchanged + len(found.unchanged)
            unknown += found.unknown
            crowded += found.crowded
        return EditedMany(edited=edited, unchanged=unchanged, unknown=tuple(unknown), crowded=tuple(crowded))

    def _chunk(self, principal: Principal, ids: list[str], edit: Edit) -> EditResult:
        return self._stores.database.run(lambda session: self._write(session, principal, ids, edit, None))

    def among(self, principal: Principal, images: Sequence[str], edit: Edit, scope: Scope) -> set[str]:
        """Those of the pictures on which somebody may make a change; ids of what he may not see are left out.

        Args:
            principal: who asks.
            images: ids.
            edit: the change.
            scope: of the change, as `scope` says.

        Raises:
            Error: `forbidden` for a picture that may be seen and not changed.
        """
        known = self._stores.images.known(images, scope)
        others = [one for one in images if one not in known]
        if others and (seen := self._stores.images.known(others, scope_of(principal, "images:read"))):
            for permission in ("images:edit", "images:write") if edit.places else ("images:edit",):
                changeable(self._stores, principal, min(seen), permission)
        return known

    def scope(self, principal: Principal, edit: Edit) -> Scope:
        """The pictures on which somebody may make this change, if it is one.

        Raises:
            Error: `forbidden`; `invalid_parameter` where nothing is to change, `not_found` for a collection.
        """
        scope = scope_of(principal, "images:edit")
        if not edit.names:
            raise Error(
                "invalid_parameter", "Nothing is named that should change.", parameter="body",
                remedy="Give one of title, caption, creator, copyright, rating, favourite, label, taken_at, shift, location, focus, add_tags, remove_tags, "
                "set_tags, add_to, remove_from.",
            )  # fmt: skip
        if not edit.places:
            return scope
        # Whoever may change pictures there can change it from now on: so it takes the right to change it here.
        may_place(self._stores, principal, edit)
        return scope.also(scope_of(principal, "images:write"))

    def _write(
        self, session: Session, principal: Principal, ids: list[str], edit: Edit, revisions: dict[str, int] | None
    ) -> EditResult:  # fmt: skip
        found = self._stores.images.edit_each(session, dict.fromkeys(ids, edit), revisions=revisions)
        if found.edited:
            self._stores.events.append(
                session, type="images.updated", principal=principal, ids=[one.image for one in found.edited],
                data={"edited": list(edit.names)},
            )  # fmt: skip
        return found
