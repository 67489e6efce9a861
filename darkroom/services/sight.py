"""Pictures by id, for whoever may see or change them: what one may not see is not there."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.access import reach_of, require, require_on, scope_of
from darkroom.domain.access import Principal, in_collection
from darkroom.domain.edit import Edit
from darkroom.domain.image import ImageRecord
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.store import Stores

_AT_ONCE = 1000


def visible(stores: Stores, image_id: str, scope: Scope) -> ImageRecord:
    """The picture, for whoever may see it; for others there is none, as for an id that nothing has.

    Args:
        stores: where pictures are.
        image_id: which one.
        scope: what may be seen: `scope_of(principal, "images:read")`, or that of a permission that takes more.

    Raises:
        Error: `not_found`.
    """
    record = stores.images.find(image_id)
    if record is None or not scope.covers(record.collections):
        raise Error("not_found", f"There is no image {image_id[:80]!r}.", id=image_id[:80])
    return record


def changeable(stores: Stores, principal: Principal, image_id: str, permission: str = "images:write") -> ImageRecord:
    """The picture, for whoever has a permission on it.

    Raises:
        Error: `forbidden` for who has the permission nowhere, `not_found` for a picture that may not be seen, `forbidden`
            naming place and rule for one that may be.
    """
    scope_of(principal, permission)
    record = visible(stores, image_id, scope_of(principal, "images:read"))
    require_on(principal, permission, record.collections)
    return record


def whole(principal: Principal, permission: str) -> None:
    """Return if the account has a permission on every picture, for what changes all that there are.

    Raises:
        Error: `forbidden`.
    """
    if not reach_of(principal, permission).is_everything:
        raise Error(
            "forbidden", f"{principal.name} lacks the permission {permission} on some pictures, and this is about all.",
            remedy="Ask somebody who may change every picture.", permission=permission, roles=[],
        )  # fmt: skip


def may_place(stores: Stores, principal: Principal, edit: Edit) -> None:
    """Return if somebody may put pictures into the collections of an edit, and take them out.

    Raises:
        Error: `not_found` for a collection that may not be seen, `conflict` for a smart one, `forbidden`.
    """
    for name in (*edit.add_to, *edit.remove_from):
        found = stores.collections.find(name)
        if found is None and name in edit.remove_from:
            continue  # what a collection that is gone left behind may be taken away
        if found is None or not scope_of(principal, "images:read").covers((name,)):
            raise Error("not_found", f"There is no collection {name!r}.", id=name)
        if found.kind == "smart":
            raise Error("conflict", f"{found.name} is smart: it shows what fits its query.", remedy="Change its query.")
        require(principal, "images:write", in_collection(name))


def all_changeable(
    stores: Stores, principal: Principal, images: Sequence[str], permission: str = "images:write"
) -> None:
    """Return if somebody has a permission on every one of these pictures.

    Raises:
        Error: `not_found` or `forbidden`, about the first one that is in the way.
    """
    scope = scope_of(principal, permission)
    for start in range(0, len(images), _AT_ONCE):
        part = images[start : start + _AT_ONCE]
        known = stores.images.known(part, scope)
        lost = [one for one in part if one not in known]
        if lost:
            changeable(stores, principal, lost[0], permission)
            # It came within reach in this very moment.
            raise Error("not_found", f"There is no image {lost[0][:80]!r}.", id=lost[0][:80])


def thumbnails(stores: Stores, principal: Principal, images: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """Media type and bytes of small pictures, of those that somebody may see."""
    scope = reach_of(principal)
    found = {}
    for record in stores.images.many(images):
        small = record.rendition("thumbnail") if scope.covers(record.collections) else None
        try:
            if small is not None:
                found[record.id] = (small.media_type, stores.blobs.read("renditions", small.address))
        except Error as error:
            if error.code != "blob_missing":
                raise
    return found
