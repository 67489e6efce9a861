"""Collections that lie in one another; who is in one stands in the pictures, no longer in the collection."""

from __future__ import annotations

from functools import partial
from typing import Any

from pymongo import ASCENDING, IndexModel

from darkroom.domain.organise import Collection, name_key
from darkroom.store.database import Database
from darkroom.store.documents import to_mongo
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_BY_NAME = "name_1"
_IN_PARENT, _BELOW = "parent_1_name_key_1", "ancestors_1"


def up(database: Database, progress: Progress) -> None:
    """Write collections in the new way, then the indexes."""
    progress.once("drop the index of collections by name alone", partial(_drop, database, _BY_NAME))
    progress.once("let collections lie in one another", partial(install, database, "collections"))
    progress.once("write members into the pictures", partial(_spread, database))
    progress.once("index collections by what they lie in", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Back to names that are unique in all; collections stay, each at the top under a name of its own."""
    progress.once("drop the indexes of collections by what they lie in", partial(_drop, database, _IN_PARENT, _BELOW))
    progress.once("give collections names of their own", partial(_flatten, database))
    progress.once("index collections by name alone", partial(_index_names, database))


def _spread(database: Database) -> None:
    collections, images = database.collection("collections"), database.collection("images")
    for found in list(collections.find({"kind": {"$exists": False}})):
        members = [*found.get("images", ())]
        # A pipeline, since the validator wants the list sorted like every other.
        joined: list[dict[str, Any]] = [{"$set": {"collections": {"$sortArray": {
            "input": {"$setUnion": ["$collections", [{"$literal": found["_id"]}]]}, "sortBy": 1,
        }}}}]  # fmt: skip
        # Past the validator: it is that of now, see `migrations.fields`.
        images.update_many({"_id": {"$in": members}}, joined, bypass_document_validation=True)
        collection = Collection(
            id=found["_id"], name=found["name"], name_key=name_key(found["name"]), kind="manual", owner="system",
            created_at=found["created_at"], changed_at=found["created_at"], revision=found.get("revision", 0),
        )  # fmt: skip
        collections.replace_one({"_id": found["_id"]}, to_mongo(collection))


def _flatten(database: Database) -> None:
    collections = database.collection("collections")
    seen: set[str] = set()
    for found in collections.find({}, {"name": 1}).sort("_id"):
        if found["name"] in seen:
            collections.update_one({"_id": found["_id"]}, {"$set": {"name": found["_id"]}})
        seen.add(found["name"])


def _index(database: Database) -> None:
    database.collection("collections").create_indexes([
        IndexModel([("parent", ASCENDING), ("name_key", ASCENDING)], unique=True, name=_IN_PARENT),
        IndexModel([("ancestors", ASCENDING)], name=_BELOW),
    ])  # fmt: skip


def _index_names(database: Database) -> None:
    database.collection("collections").create_indexes([IndexModel([("name", ASCENDING)], unique=True)])


def _drop(database: Database, *names: str) -> None:
    collections = database.collection("collections")
    there = collections.index_information()
    for name in names:
        if name in there:
            collections.drop_index(name)
