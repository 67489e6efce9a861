"""The pictures of the library."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import ASCENDING, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from darkroom.domain.develop import DevelopSettings
from darkroom.domain.edit import Edit
from darkroom.domain.image import ImageRecord, Metadata, Quality, Rendition, Source
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.words import tokens
from darkroom.errors import Error
from darkroom.store.collections import CollectionRepository
from darkroom.store.database import DUPLICATE_KEY, TRANSIENT, Database, Session, bulk_codes, maps_errors
from darkroom.store.documents import to_mongo
from darkroom.store.fitting import fitting
from darkroom.store.image_edits import EditResult, edit_each, editable
from darkroom.store.image_fields import image_document, tag_keys
from darkroom.store.image_queries import LIST_FIELDS, order, query_digest
from darkroom.store.keyset import passed, read_page
from darkroom.store.likeness import MAX_DISTANCE, hamming, probes
from darkroom.store.paging import Page
from darkroom.store.repository import Repository
from darkroom.store.returning import Returning

MAX_SOURCES = 1000
"""Sources kept for one image: the first one and the latest ones; a document must not grow without end."""

_NO_METADATA = Metadata()


@dataclass(frozen=True)
class Upserted:
    """What became of records handed to `ImageRepository.upsert_many`: each record is in exactly one of them."""

    added: tuple[str, ...]
    """Ids that were new."""
    duplicates: tuple[str, ...]
    """Ids that were there already (or twice among the records) and got a further source."""
    replayed: tuple[str, ...]
    """Ids whose record with this very source was there already, in the library or in the trash: nothing changed."""
    restored: tuple[str, ...] = ()
    """Ids that came back from the trash, as they were, with the new source."""


@dataclass(frozen=True)
class Arrived:
    """A file that a batch has brought in."""

    image: str
    """Id of the image it became."""
    added: bool
    """True when the image came in with this file, False when its bytes were known before."""


@dataclass(frozen=True)
class Near:
    """A picture whose perceptual hash is close to one asked for."""

    id: str
    """The image."""
    group: str | None
    """Its group of near duplicates."""
    phash: str
    """Its hash."""
    distance: int
    """Bits in which the hashes differ."""


@dataclass
class _Merge:
    """What an image that is there (stored, or earlier among the records) gets from further records."""

    sources: list[dict[str, Any]]
    tags: set[str]
    seen: set[tuple[str, str, str]] = field(init=False)
    changed: bool = False

    def __post_init__(self) -> None:
        self.seen = {(source["connector"], source["key"], source["batch"]) for source in self.sources}

    def add(self, record: ImageRecord) -> bool:
        """Merge a record in; False when its sources were all known."""
        new = [source for source in record.sources if _identity(source) not in self.seen]
        if not new and record.sources:
            return False
        self.sources += [to_mongo(source) for source in new]
        if len(self.sources) > MAX_SOURCES:
            self.sources = [self.sources[0], *self.sources[-(MAX_SOURCES - 1) :]]
        self.seen.update(map(_identity, new))
        self.tags.update(record.tags)
        self.changed = True
        return True


def _tagged(record: ImageRecord, tags: Collection[str]) -> ImageRecord:
    return record.model_copy(update={"tags": tuple(sorted({*record.tags, *tags}))}) if tags else record


def _identity(source: Source) -> tuple[str, str, str]:
    return source.connector, source.key, source.batch


class ImageRepository(Repository[ImageRecord]):
    """Images by id, by page and by likeness. Pages and lists come without `metadata`; `get` has all."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "images", ImageRecord)
        self._returning = Returning(database)
        self._collections = CollectionRepository(database)

    def _encode(self, document: ImageRecord) -> dict[str, Any]:
        return image_document(document)

    def _decode_listed(self, found: dict[str, Any]) -> ImageRecord:
        # One empty value for all: pydantic would copy the field's default for each.
        return self._decode(found | {"metadata": _NO_METADATA})

    @maps_errors
    def replace(self, document: ImageRecord, *, session: Session | None = None) -> ImageRecord:
        """Store a changed image; its `metadata` stays as stored, so that one read from a page may be written back.

        Raises:
            Error: `conflict`, `not_found`.
        """
        stored = self._collection.find_one({"_id": document.id}, {"metadata": 1}, session=session)
        if stored is not None:
            document = ImageRecord.model_validate({**document.model_dump(), "metadata": stored["metadata"]})
        return super().replace(document, session=session)

    @maps_errors
    def upsert_many(
        self, session: Session, records: Sequence[ImageRecord], *, stored_bytes: Collection[str] = (),
        keywords: Mapping[str, Collection[str]] | None = None,
    ) -> Upserted:  # fmt: skip
        """Store new images; give known ones the new sources and tags and change nothing else of them.

        A record whose (connector, key, batch) the image has already is a replay and changes nothing. One whose image is in
        the trash brings it back, with everything that people set on it.

        Args:
            session: the transaction.
            records: what came in.
            stored_bytes: images of which somebody saw that their bytes are there, since those of an earlier time went.
            keywords: tags of images, by id, that they get when they come in for the first time and never again.

        Raises:
            Error: `conflict` when the bytes of one are being deleted, see `Returning.keep_bytes`.
        """
        ids = list({record.id for record in records})
        found = self._collection.find({"_id": {"$in": ids}}, {"sources": 1, "tags": 1}, session=session)
        stored = {one["_id"]: _Merge(one["sources"], set(one["tags"])) for one in found}
        trashed = self._returning.trashed(session, set(ids) - stored.keys())
        stored |= {image: _Merge([to_mongo(s) for s in one.sources], set(one.tags)) for image, one in trashed.items()}
        fresh: dict[str, tuple[ImageRecord, _Merge]] = {}
        became: dict[str, list[str]] = {"added": [], "duplicates": [], "replayed": [], "restored": []}
        for record in records:
            merge = fresh[record.id][1] if record.id in fresh else stored.get(record.id)
            if merge is None:
                new_one = _tagged(record, (keywords or {}).get(record.id, ()))
                fresh[record.id] = new_one, _Merge([to_mongo(one) for one in record.sources], set(new_one.tags))
                became["added"].append(record.id)
            else:
                first = record.id in trashed and not merge.changed
                new = merge.add(record)
                became["replayed" if not new else "restored" if first else "duplicates"].append(record.id)
        back = {image: one for image, one in trashed.items() if stored[image].changed}
        self._returning.keep_bytes(session, fresh.keys(), stored_bytes)
        self._returning.take_out(session, back.keys())
        writes: list[InsertOne[dict[str, Any]] | UpdateOne] = [
            InsertOne(self._encode_merged(*pair)) for pair in fresh.values()
        ]
        writes += [InsertOne(self._encode_merged(_once_more(one), stored[image])) for image, one in back.items()]
        writes += [_update(one, merge) for one, merge in stored.items() if merge.changed and one not in trashed]
        if writes:
            self._write(session, writes)
        return Upserted(**{name: tuple(images) for name, images in became.items()})

    def _encode_merged(self, record: ImageRecord, merge: _Merge) -> dict[str, Any]:
        if merge.changed:
            record = record.model_copy(update={"tags": tuple(sorted(merge.tags))})
        return self._encode(record) | {"sources": merge.sources}

    def _write(self, session: Session, writes: list[InsertOne[dict[str, Any]] | UpdateOne]) -> None:
        try:
            self._collection.bulk_write(writes, session=session)
        except BulkWriteError as error:
            if DUPLICATE_KEY in bulk_codes(error) and not error.has_error_label(TRANSIENT):
                # Another run stored one of them after this transaction looked: look again, it is a duplicate now.
                raise PyMongoError("image stored meanwhile", error_labels=[TRANSIENT]) from error
            raise

    @maps_errors
    def page(
        self, query: ImageQuery, *, limit: int, cursor: str | None = None, skip: int = 0, scope: Scope = EVERYTHING
    ) -> Page[ImageRecord]:
        """A page of the images that fit `query`, in its order.

        Args:
            query: what must hold.
            limit: most of them.
            cursor: of the page before.
            skip: images to pass over after the cursor; few, since their keys are read.
            scope: what counts.

        Raises:
            Error: `invalid_cursor`.
        """
        query, scope = self._collections.narrow(query, scope)
        where, along, digest = fitting(self._collection, query, scope), order(query), query_digest(query, scope)
        if skip:
            cursor = passed(self._collection, where, along, query=digest, count=skip, cursor=cursor)
            if cursor is None:
                return Page((), None)
        return read_page(
            self._collection, where, along, query=digest, limit=limit, cursor=cursor, decode=self._decode_listed,
            projection=LIST_FIELDS,
        )  # fmt: skip

    @maps_errors
    def count(self, query: ImageQuery, scope: Scope = EVERYTHING) -> int:
        """How many images fit; quick where an index follows the view."""
        where = fitting(self._collection, *self._collections.narrow(query, scope))
        return self._collection.count_documents({"$and": where}) if where else self.estimated_count()

    @maps_errors
    def known(self, ids: Sequence[str], scope: Scope = EVERYTHING, *, session: Session | None = None) -> set[str]:
        """Those ids that are in the library, and count."""
        wanted = fitting(self._collection, ImageQuery(), scope, among={"_id": {"$in": list(ids)}}, session=session)
        return {one["_id"] for one in self._collection.find({"$and": wanted}, {"_id": 1}, session=session)}

    @maps_errors
    def in_collection(self, collection: str, *, limit: int) -> list[str]:
        """Ids of some images that are in a collection themselves."""
        return [one["_id"] for one in self._collection.find({"collections": collection}, {"_id": 1}).limit(limit)]

    @maps_errors
    def many(self, ids: Sequence[str], *, metadata: bool = False) -> list[ImageRecord]:
        """The images with those ids that exist, in that order, without `metadata` unless that is asked for."""
        decode, fields = (self._decode, None) if metadata else (self._decode_listed, LIST_FIELDS)
        found = {one["_id"]: decode(one) for one in self._collection.find({"_id": {"$in": list(ids)}}, fields)}
        return [found[one] for one in ids if one in found]

    @maps_errors
    def tagged(self, tag: str, *, limit: int, session: Session | None = None) -> dict[str, list[str]]:
        """Some images with that tag or one below it, each with all its tags."""
        found = self._collection.find({"tag_keys": tag}, {"tags": 1}, session=session).limit(limit)
        return {one["_id"]: one["tags"] for one in found}

    @maps_errors
    def sizes(self, ids: Sequence[str]) -> dict[str, tuple[str, int, int]]:
        """Name, width and height of images, as far as there are such images."""
        fields = {"name": 1, "width": 1, "height": 1}
        found: dict[str, tuple[str, int, int]] = {}
        for start in range(0, len(ids), 1000):
            wanted = {"_id": {"$in": list(ids[start : start + 1000])}}
            for one in self._collection.find(wanted, fields):
                found[one["_id"]] = (one["name"], one["width"], one["height"])
        return found

    @maps_errors
    def bytes_of(self, ids: Sequence[str]) -> int:
        """Size of the originals of images, all together."""
        total = 0
        for start in range(0, len(ids), 1000):
            mine = {"_id": {"$in": list(ids[start : start + 1000])}}
            summed: list[dict[str, Any]] = [{"$match": mine}, {"$group": {"_id": None, "bytes": {"$sum": "$bytes"}}}]
            total += sum(one["bytes"] for one in self._collection.aggregate(summed))
        return total

    @maps_errors
    def settings(self, ids: Sequence[str]) -> dict[str, DevelopSettings]:
        """How recipes are to take images (`ImageRecord.wishes`), for those of which something is known."""
        found: dict[str, DevelopSettings] = {}
        for start in range(0, len(ids), 1000):
            known: list[dict[str, Any]] = [{"develop": {"$gt": {}}}, {"focus": {"$ne": None}}]
            wanted = {"_id": {"$in": list(ids[start : start + 1000])}, "$or": known}
            for one in self._collection.find(wanted, {"develop": 1, "focus": 1}):
                found[one["_id"]] = DevelopSettings.model_validate((one["develop"] or {}) | {"focus": one["focus"]})
        return found

    @maps_errors
    def arrived(self, batch: str) -> dict[str, Arrived]:
        """The files of `batch` that are in the library or in its trash, by their key within the connector."""
        return {
            source["key"]: Arrived(one["_id"], added=position == 0 and one["batch"] == batch)
            for one in itertools.chain(
                self._collection.find({"sources.batch": batch}, {"sources": 1, "batch": 1}),
                self._returning.sources_of(batch),
            )
            for position, source in enumerate(one["sources"])
            if source["batch"] == batch
        }

    @maps_errors
    def near(self, phashes: Sequence[str], distance: int) -> dict[str, list[Near]]:
        """For each hash the images at most `distance` (0 to 7) bits away, nearest first."""
        if not 0 <= distance <= MAX_DISTANCE:
            raise Error("invalid_parameter", f"distance must be 0 to {MAX_DISTANCE}, not {distance}.")
        wanted = sorted(set(phashes))
        by_probe: dict[int, list[tuple[str, int]]] = {}
        for phash in wanted:
            for probe in probes(phash, distance):
                by_probe.setdefault(probe, []).append((phash, int(phash, 16)))
        found: dict[str, dict[str, Near]] = {phash: {} for phash in wanted}
        fields = {"phash": 1, "duplicate_group": 1, "phash_bands": 1}
        for one in self._collection.find({"phash_bands": {"$in": list(by_probe)}}, fields):
            value = int(one["phash"], 16)
            for band in one["phash_bands"]:
                for phash, number in by_probe.get(band, ()):
                    if (bits := hamming(number, value)) <= distance:
                        found[phash][one["_id"]] = Near(one["_id"], one["duplicate_group"], one["phash"], bits)
        return {phash: sorted(near.values(), key=lambda one: (one.distance, one.id)) for phash, near in found.items()}

    @maps_errors
    def set_group(self, session: Session, ids: Sequence[str], group: str | None) -> int:
        """Put images into a group of near duplicates; returns how many changed."""
        others = {"_id": {"$in": list(ids)}, "duplicate_group": {"$ne": group}}
        change = {"$set": {"duplicate_group": group}, "$inc": {"revision": 1}}
        return self._collection.update_many(others, change, session=session).modified_count

    def edit_many(self, session: Session, ids: Sequence[str], edit: Edit) -> EditResult:
        """Change what people set on images, all in the same way; for a thousand or so in one transaction.

        Ids that are not in the library are named in the result, nothing fails because of them.
        """
        return self.edit_each(session, dict.fromkeys(ids, edit))

    @maps_errors
    def edit_each(
        self, session: Session, edits: Mapping[str, Edit], *, revisions: Mapping[str, int] | None = None
    ) -> EditResult:
        """Change what people set on images, each in its own way, in one bulk write.

        Args:
            session: the transaction.
            edits: image -> what to change on it.
            revisions: image -> the revision that it must still have; one that has changed meanwhile is left alone.
        """
        return edit_each(self._collection, session, edits, revisions or {})

    @maps_errors
    def editable(self, session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What people have set on images (`EDITABLE`), of those that are in the library."""
        return editable(self._collection, session, ids)

    @maps_errors
    def put_renditions(
        self, session: Session, image: str, renditions: Sequence[Rendition], *, quality: Quality | None = None,
        placeholder: str | None = None,
    ) -> ImageRecord:  # fmt: skip
        """Replace the renditions, and the quality when given, of an image.

        Raises:
            Error: `not_found`.
        """
        record = self.get(image, session=session)
        values: dict[str, Any] = {"renditions": tuple(renditions)}
        if quality is not None:
            values["quality"] = quality
        if placeholder is not None:
            values["placeholder"] = placeholder
        return self.replace(record.model_copy(update=values), session=session)

    @maps_errors
    def ids_after(self, after: str, limit: int) -> list[str]:
        """Ids after `after` in their own order: to walk through all images in any number of steps."""
        found = self._collection.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [one["_id"] for one in found]

    @maps_errors
    def estimated_count(self) -> int:
        """About how many images there are, at once."""
        return self._collection.estimated_document_count()


def _once_more(record: ImageRecord) -> ImageRecord:
    """An image that comes back: whoever read it before has not seen that it was away."""
    return record.model_copy(update={"revision": record.revision + 1})


def _update(image: str, merge: _Merge) -> UpdateOne:
    return UpdateOne(
        {"_id": image},
        {
            "$set": {"sources": merge.sources, "tags": sorted(merge.tags), "tag_keys": tag_keys(merge.tags)},
            "$addToSet": {"words": {"$each": [word for tag in sorted(merge.tags) for word in tokens(tag)]}},
            "$inc": {"revision": 1},
        },
    )
