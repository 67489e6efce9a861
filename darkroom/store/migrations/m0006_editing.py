"""What people set on pictures, tags that are found by the levels above them, and membership in collections.

The five indexes by tag move from `tags` to `tag_keys`, which holds each tag and every level above it: a view of `places`
shows `places/oslo` as well, and is still read along an index.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from darkroom.domain.edit import EDITABLE, salvaged_tag
from darkroom.store.database import Database
from darkroom.store.image_fields import tag_keys
from darkroom.store.migrations.fields import take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_ORDERS = ("ingested_at", "capture.taken_at", "sort_name", "quality.score", "bytes")
_NEW: dict[str, Any] = {
    "title": None, "caption": None, "creator": None, "copyright": None, "rating": 0, "favourite": False, "label": None,
    "collections": [], "edited_at": None,
}  # fmt: skip
_IN_COLLECTIONS = {"partialFilterExpression": {"collections": {"$gt": ""}}}
_AT_ONCE = 1000


def up(database: Database, progress: Progress) -> None:
    """Give every picture the fields; then the indexes."""
    progress.once("let pictures have fields that people set", partial(install, database, "images"))
    progress.once("spell tags in one way", partial(_spell_tags, database))
    progress.once("give pictures the fields", partial(_fill, database))
    progress.once("index pictures by tag and the levels above, and by collection", partial(_index_new, database))
    progress.once("drop the indexes by tag alone", partial(_drop, database, "tags"))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what was set in them; tags stay."""
    fields = (*(name for name in EDITABLE if name != "tags"), "edited_at", "tag_keys")
    progress.once("index pictures by tag alone", partial(_index_old, database))
    progress.once("drop the index by tag and the levels above", partial(_drop, database, "tag_keys"))
    progress.once("drop the indexes by collection", partial(_drop, database, "collections"))
    before = without(validator("images"), fields)
    progress.once("let pictures have the fields no longer", partial(install, database, "images", rule=before))
    progress.once("take the fields from pictures", partial(take, database, "images", fields))


def _spell_tags(database: Database) -> None:
    """Folders gave tags with blanks and characters as they were; tags that people give are tidied."""
    images = database.collection("images")
    for one in images.aggregate([{"$unwind": "$tags"}, {"$group": {"_id": "$tags"}}]):
        tidy = salvaged_tag(one["_id"])
        if tidy == one["_id"]:
            continue
        change: list[dict[str, Any]] = [{"$set": {"tags": {"$sortArray": {"input": {"$setUnion": [
            {"$setDifference": ["$tags", [{"$literal": one["_id"]}]]}, [{"$literal": tidy}] if tidy else [],
        ]}, "sortBy": 1}}}}]  # fmt: skip
        images.update_many({"tags": one["_id"]}, change, bypass_document_validation=True)


def _fill(database: Database) -> None:
    # Past the validator, here and everywhere below: it is that of now, see `migrations.fields`.
    images = database.collection("images")
    lacking: dict[str, Any] = {"tag_keys": {"$exists": False}}
    plain: list[dict[str, Any]] = [
        {"$set": {**{name: {"$literal": one} for name, one in _NEW.items()}, "tag_keys": "$tags"}}
    ]
    images.update_many({**lacking, "tags": {"$not": {"$regex": "/"}}}, plain, bypass_document_validation=True)
    while found := list(images.find(lacking, {"tags": 1}).limit(_AT_ONCE)):
        images.bulk_write(
            [UpdateOne({"_id": one["_id"], **lacking}, {"$set": {**_NEW, "tag_keys": tag_keys(one["tags"])}}) for one in found],
            ordered=False, bypass_document_validation=True,
        )  # fmt: skip


def _by_tag(field: str) -> list[IndexModel]:
    # A tag on one picture in two hundred is the worst case: too many to sort, too few to meet along the way.
    return [IndexModel([(field, ASCENDING), (order, ASCENDING), ("_id", ASCENDING)]) for order in _ORDERS]


def _index_old(database: Database) -> None:
    database.collection("images").create_indexes(_by_tag("tags"))


def _index_new(database: Database) -> None:
    """By collection only of pictures that are in one: most are in none, and an empty list would be an entry as well."""
    in_collections = [
        IndexModel([("collections", ASCENDING), (order, ASCENDING), ("_id", ASCENDING)], **_IN_COLLECTIONS)
        for order in _ORDERS[:2]
    ]
    database.collection("images").create_indexes([*_by_tag("tag_keys"), *in_collections])


def _drop(database: Database, field: str) -> None:
    images = database.collection("images")
    for name in images.index_information():
        if name.startswith(f"{field}_1_"):
            images.drop_index(name)
