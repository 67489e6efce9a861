"""The trash: pictures out of every view, whole, until they come back or are removed for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from darkroom.domain.image import ImageRecord, Metadata
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.trash import ReleasedBlobs, TrashedImage
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo
from darkroom.store.image_fields import image_document
from darkroom.store.image_queries import places
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

RELEASE_LOCK = "release-blobs"
"""Lock under which bytes of removed pictures are deleted; a backup holds it too."""

_NEWEST = Order("trashed_at", datetime, descending=True)
_LISTED = {"image.metadata": 0}
_NO_METADATA = Metadata()
_INBOX = "inbox"


@dataclass(frozen=True)
class Moved:
    """What became of ids that were to be moved into the trash, or out of it."""

    moved: tuple[str, ...]
    """Ids of pictures that were moved."""
    there: tuple[str, ...]
    """Ids of pictures that were there already."""
    unknown: tuple[str, ...]
    """Ids of no picture that is here or there."""


class TrashRepository(Repository[TrashedImage]):
    """Pictures in the trash. A picture is in the library or in the trash, never in both."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "trash", TrashedImage)
        self._images = database.collection("images")
        self._made = database.collection("recipe_renditions")
        self._labels = database.collection("image_labels")
        self._histories = database.collection("develop_histories")
        self._released = database.collection("released")

    @maps_errors
    def put_many(self, session: Session, ids: Sequence[str], who: str, at: datetime) -> Moved:
        """Move pictures out of the library into the trash."""
        wanted = list(dict.fromkeys(ids))
        found = list(self._images.find({"_id": {"$in": wanted}}, session=session))
        records = [from_mongo(ImageRecord, one) for one in found]
        put = [TrashedImage(id=one.id, image=one, trashed_at=at, trashed_by=who) for one in records]
        if put:
            self._collection.insert_many([to_mongo(one) for one in put], session=session)
            self._images.delete_many({"_id": {"$in": [one.id for one in put]}}, session=session)
        return self._moved(session, wanted, [one.id for one in put], self._collection)

    @maps_errors
    def restore_many(self, session: Session, ids: Sequence[str]) -> Moved:
        """Move pictures out of the trash back into the library, as they were."""
        wanted = list(dict.fromkeys(ids))
        back = [self._decode(one) for one in self._collection.find({"_id": {"$in": wanted}}, session=session)]
        if back:
            # A revision of its own: whoever read it before it was put away has not seen that it was.
            records = [one.image.model_copy(update={"revision": one.image.revision + 1}) for one in back]
            self._images.insert_many([image_document(one) for one in records], session=session)
            self._collection.delete_many({"_id": {"$in": [one.id for one in back]}}, session=session)
        return self._moved(session, wanted, [one.id for one in back], self._images)

    def _moved(self, session: Session, wanted: list[str], moved: list[str], target: Any) -> Moved:
        rest = [one for one in wanted if one not in set(moved)]
        there = {one["_id"] for one in target.find({"_id": {"$in": rest}}, {"_id": 1}, session=session)}
        return Moved(
            tuple(moved), tuple(one for one in rest if one in there), tuple(one for one in rest if one not in there)
        )

    @maps_errors
    def list(self, *, limit: int, cursor: str | None = None, scope: Scope = EVERYTHING) -> Page[TrashedImage]:
        """Pictures in the trash without their metadata, those put away last first.

        Raises:
            Error: `invalid_cursor`.
        """
        return read_page(
            self._collection, _within(scope), _NEWEST, query=digest("trash"), limit=limit, cursor=cursor, decode=self._decode_listed,
            projection=_LISTED,
        )  # fmt: skip

    def _decode_listed(self, found: dict[str, Any]) -> TrashedImage:
        return self._decode(found | {"image": found["image"] | {"metadata": _NO_METADATA}})

    @maps_errors
    def among(self, ids: Sequence[str], scope: Scope = EVERYTHING, *, session: Session | None = None) -> Sequence[str]:
        """Those of the pictures that are in the trash and count, in that order."""
        wanted = {"$and": [{"_id": {"$in": list(ids)}}, *_within(scope)]}
        there = {one["_id"] for one in self._collection.find(wanted, {"_id": 1}, session=session)}
        return [one for one in dict.fromkeys(ids) if one in there]

    @maps_errors
    def totals(self, scope: Scope = EVERYTHING) -> tuple[int, int]:
        """Number of pictures in the trash that count, and bytes of their originals and renditions."""
        within = [{"$match": {"$and": conditions}}] if (conditions := _within(scope)) else []
        size = {"$sum": {"$add": ["$image.bytes", {"$sum": "$image.renditions.bytes"}]}}
        found = list(
            self._collection.aggregate([*within, {"$group": {"_id": None, "count": {"$sum": 1}, "bytes": size}}])
        )
        return (int(found[0]["count"]), int(found[0]["bytes"])) if found else (0, 0)

    @maps_errors
    def put_before(self, moment: datetime, limit: int, after: str = "") -> Sequence[str]:
        """Ids behind `after`, in their own order, of pictures put away before a moment."""
        where = {"_id": {"$gt": after}, "trashed_at": {"$lt": moment}}
        return [one["_id"] for one in self._collection.find(where, {"_id": 1}).sort("_id", 1).limit(limit)]

    @maps_errors
    def purge_many(self, session: Session, ids: Sequence[str], at: datetime) -> dict[str, int]:
        """Remove pictures from the trash for good, with what recipes made, people said of them and did to them; their bytes are released.

        Returns:
            Picture -> bytes of its original and renditions, of those that were in the trash.
        """
        fields = {"image.bytes": 1, "image.renditions": 1, "image.sources": 1}
        found = list(self._collection.find({"_id": {"$in": list(ids)}}, fields, session=session))
        keys: dict[str, list[str]] = {
            one["_id"]: [made["address"] for made in one["image"]["renditions"]] for one in found
        }
        sizes = {
            one["_id"]: one["image"]["bytes"] + sum(m["bytes"] for m in one["image"]["renditions"]) for one in found
        }
        made = {"image": {"$in": list(keys)}}
        for one in self._made.find(made, {"image": 1, "bytes": 1}, session=session):
            keys[one["image"]].append(one["_id"])
            sizes[one["image"]] += one["bytes"]
        if keys:
            self._made.delete_many(made, session=session)
            self._labels.delete_many({"_id": made["image"]}, session=session)
            self._histories.delete_many(made, session=session)
            self._collection.delete_many({"_id": {"$in": list(keys)}}, session=session)
            files = {one["_id"]: _dropped(one["image"]) for one in found}
            released = [
                ReleasedBlobs(id=one, renditions=tuple(mine), dropped=files[one], released_at=at)
                for one, mine in keys.items()
            ]
            # It may have been removed for good, come in again, and be removed again.
            self._released.delete_many({"_id": {"$in": list(keys)}}, session=session)
            self._released.insert_many([to_mongo(one) for one in released], session=session)
        return sizes


def _within(scope: Scope) -> Sequence[dict[str, Any]]:
    """The conditions of a scope: a picture in the trash is where it was."""
    return places(scope, "image.collections")


def _dropped(image: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({one["key"] for one in image["sources"] if one["connector"] == _INBOX}))


class ReleasedRepository(Repository[ReleasedBlobs]):
    """Bytes that are to be deleted, or were lately."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "released", ReleasedBlobs)

    @maps_errors
    def unfinished(self, limit: int) -> list[ReleasedBlobs]:
        """Some whose bytes are not gone yet, the longest ago first."""
        found = self._collection.find({"state": {"$ne": "gone"}}).sort("released_at", 1).limit(limit)
        return [self._decode(one) for one in found]

    @maps_errors
    def with_files(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Pictures of which dropped files are still to be removed, with the names of those."""
        for one in self._collection.find({"dropped.0": {"$exists": True}}, {"dropped": 1}):
            yield one["_id"], one["dropped"]

    @maps_errors
    def without_files(self, image: str) -> None:
        """Forget the names of dropped files: they are removed."""
        self._collection.update_one({"_id": image}, {"$set": {"dropped": []}, "$inc": {"revision": 1}})

    @maps_errors
    def begin(self, image: str) -> bool:
        """Mark bytes as being deleted; False when their picture has come in again meanwhile."""
        where = {"_id": image, "state": {"$in": ["waiting", "deleting"]}}
        return self._collection.update_one(where, {"$set": {"state": "deleting"}}).matched_count == 1

    @maps_errors
    def finish(self, image: str, at: datetime) -> None:
        """Mark bytes as gone; the mark goes by itself after two days."""
        change = {"$set": {"state": "gone", "gone_at": at}, "$inc": {"revision": 1}}
        self._collection.update_one({"_id": image, "state": "deleting"}, change)

    @maps_errors
    def among(self, ids: Collection[str], *, session: Session | None = None) -> dict[str, str]:
        """State of the bytes of those pictures of which there is a mark."""
        found = self._collection.find({"_id": {"$in": list(ids)}}, {"state": 1}, session=session)
        return {one["_id"]: one["state"] for one in found}
