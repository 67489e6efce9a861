"""Calls that change what people set on pictures, tags, and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.services.edit_views import (
        ImageChange,
        TagColour,
        TagNode,
        TagRemoval,
        TagRename,
        TagsChanged,
        TagTree,
    )
    from darkroom.services.gallery_views import ImageDetail
    from darkroom.services.trash_views import ImageIds, Purged, PurgeRequest, TrashChange, TrashPage, TrashView
    from darkroom.services.work.views import WorkView


def update_image(image_id: str, given_: ImageChange, *, if_match: str) -> Call[ImageDetail]:
    """Change what people set on a picture; `if_match` is the tag of what was read, `*` for whichever."""
    return Call(
        "PATCH", address("images", image_id), "services.gallery_views:ImageDetail", body=given_, if_match=if_match
    )


def list_tags() -> Call[TagTree]:
    """All tags as a tree, each with how many pictures have it or one below it."""
    return Call("GET", address("tags"), "services.edit_views:TagTree")


def rename_tag(given_: TagRename) -> Call[WorkView]:
    """Give a tag and all below it another name on every picture, or let it become one with another tag; what is little is over when this answers."""
    real = given_.model_copy(update={"dry_run": False})
    return Call("POST", address("tags", "rename"), "services.work.views:WorkView", body=real)


def preview_tag_rename(given_: TagRename) -> Call[TagsChanged]:
    """On how many pictures a tag would get another name; nothing is changed."""
    trial = given_.model_copy(update={"dry_run": True})
    return Call("POST", address("tags", "rename"), "services.edit_views:TagsChanged", body=trial)


def delete_tag(given_: TagRemoval) -> Call[WorkView]:
    """Take a tag and all below it off every picture; what is little is over when this answers."""
    real = given_.model_copy(update={"dry_run": False})
    return Call("POST", address("tags", "delete"), "services.work.views:WorkView", body=real)


def preview_tag_removal(given_: TagRemoval) -> Call[TagsChanged]:
    """From how many pictures a tag would be taken; nothing is changed."""
    trial = given_.model_copy(update={"dry_run": True})
    return Call("POST", address("tags", "delete"), "services.edit_views:TagsChanged", body=trial)


def colour_tag(given_: TagColour) -> Call[TagNode]:
    """Give a tag a colour, or take it away."""
    return Call("POST", address("tags", "colour"), "services.edit_views:TagNode", body=given_)


def delete_image(image_id: str) -> Call[TrashView]:
    """Put a picture into the trash, from which it can be restored."""
    return Call("DELETE", address("images", image_id), "services.trash_views:TrashView")


def list_trash(*, limit: int | None = None) -> Call[TrashPage]:
    """Pictures in the trash, those put away last first."""
    return Call("GET", address("trash"), "services.trash_views:TrashPage", query=given(limit=limit))


def get_trash_thumbnail(image_id: str, *, download: bool | None = None) -> Call[bytes]:
    """The thumbnail of a picture in the trash, as WebP."""
    return Call("GET", address("trash", image_id, "thumbnail"), query=given(download=download))


def trash_images(given_: ImageIds) -> Call[TrashChange]:
    """Put pictures into the trash."""
    return Call("POST", address("trash"), "services.trash_views:TrashChange", body=given_)


def restore_images(given_: ImageIds) -> Call[TrashChange]:
    """Bring pictures back from the trash, as they were."""
    return Call("POST", address("trash", "restore"), "services.trash_views:TrashChange", body=given_)


def purge_trash(given_: PurgeRequest) -> Call[Purged]:
    """Remove pictures of the trash for good, with their bytes; nothing brings them back."""
    return Call("POST", address("trash", "purge"), "services.trash_views:Purged", body=given_)


def empty_trash() -> Call[WorkView]:
    """Remove everything that is in the trash for good, with its bytes; nothing brings it back."""
    return Call("POST", address("trash", "empty"), "services.work.views:WorkView")
