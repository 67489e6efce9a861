"""Calls on collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address

if TYPE_CHECKING:
    from darkroom.services.collection_views import (
        CollectionChange,
        CollectionList,
        CollectionView,
        MembersChanged,
        MembersGiven,
        NewCollection,
    )
    from darkroom.services.work.views import WorkView

_VIEW = "services.collection_views:CollectionView"


def list_collections() -> Call[CollectionList]:
    """Every collection that one may see, by name, with the number of pictures in it and a cover; `parent` makes the tree."""
    return Call("GET", address("collections"), "services.collection_views:CollectionList")


def create_collection(given_: NewCollection) -> Call[CollectionView]:
    """Make a collection, filled by hand or, with a query, smart; its id is made of its name and never changes."""
    return Call("POST", address("collections"), _VIEW, body=given_)


def get_collection(collection_id: str) -> Call[CollectionView]:
    """One collection; its pictures are those of `list_images(collection=...)`."""
    return Call("GET", address("collections", collection_id), _VIEW)


def update_collection(collection_id: str, given_: CollectionChange, *, if_match: str) -> Call[CollectionView]:
    """Change a collection: name, description, place, cover, query."""
    return Call("PATCH", address("collections", collection_id), _VIEW, body=given_, if_match=if_match)


def delete_collection(collection_id: str, *, if_match: str) -> Call[WorkView]:
    """Take a collection away, at once; its pictures stay, and the operation lets them forget it."""
    return Call("DELETE", address("collections", collection_id), "services.work.views:WorkView", if_match=if_match)


def change_members(collection_id: str, given_: MembersGiven) -> Call[MembersChanged]:
    """Put pictures in and take pictures out; it takes the right to change the collection and every one of the pictures."""
    return Call(
        "POST", address("collections", collection_id, "images"), "services.collection_views:MembersChanged", body=given_
    )


def add_member(collection_id: str, image_id: str) -> Call[None]:
    """Put one picture in; done again, it changes nothing."""
    return Call("PUT", address("collections", collection_id, "images", image_id))


def remove_member(collection_id: str, image_id: str) -> Call[None]:
    """Take one picture out; it stays in the library."""
    return Call("DELETE", address("collections", collection_id, "images", image_id))
