"""The first schema: every collection with its validator and its indexes.

The order of the fields in an index follows the queries: what is compared with one value first, then the order of the
page, then `_id`, which breaks ties. With that, a page is read along the index whatever the number of documents.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from pymongo import IndexModel

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import MODELS, PLAIN, install

_GROUPED = {"partialFilterExpression": {"duplicate_group": {"$type": "string"}}}

INDEXES: dict[str, tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = {
    "images": (
        (("ingested_at", "_id"), {}),
        (("capture.taken_at", "_id"), {}),
        (("sort_name", "_id"), {}),
        (("quality.score", "_id"), {}),
        (("bytes", "_id"), {}),
        # By tag: see m0006, which replaced them.
        (("types", "ingested_at", "_id"), {}),
        (("types", "capture.taken_at", "_id"), {}),
        (("capture.camera", "ingested_at", "_id"), {}),
        (("capture.camera", "capture.taken_at", "_id"), {}),
        (("problem_keys", "ingested_at", "_id"), {}),
        (("batch", "ingested_at", "_id"), {}),
        (("duplicate_group", "ingested_at", "_id"), _GROUPED),
        (("words",), {}),
        (("phash_bands",), {}),
        (("sources.batch",), {}),
    ),
    "batches": (
        (("created_at", "_id"), {}),
        (("state", "created_at", "_id"), {}),
        (("connector", "created_at", "_id"), {}),
    ),
    "manifests": ((("batch", "part"), {"unique": True}),),
    "failures": (
        (("last_at", "_id"), {}),
        (("state", "last_at", "_id"), {}),
        (("state", "code", "last_at", "_id"), {}),
        (("batch", "last_at", "_id"), {}),
    ),
    "events": ((("type", "_id"), {}),),
    "runs": ((("created_at", "_id"), {}), (("batch", "created_at"), {})),
    "collections": ((("name",), {"unique": True}),),
}
"""Collection -> its indexes, each as ascending fields and options."""


def up(database: Database, progress: Progress) -> None:
    """Make collections, indexes and counters."""
    for name in (*MODELS, *PLAIN):
        progress.once(f"create collection {name}", partial(install, database, name))
    for name, indexes in INDEXES.items():
        models = [IndexModel([(one, 1) for one in fields], **options) for fields, options in indexes]
        progress.once(f"create {len(models)} indexes on {name}", partial(_create_indexes, database, name, models))
    progress.once("name the library", partial(_name_library, database))


def down(database: Database, progress: Progress) -> None:
    """Drop everything."""
    for name in (*MODELS, "counters"):
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _create_indexes(database: Database, name: str, models: list[IndexModel]) -> None:
    database.collection(name).create_indexes(models)


def _name_library(database: Database) -> None:
    """Give the library an identity, by which copies of it notice that it was replaced."""
    database.collection("counters").update_one(
        {"_id": "library"}, {"$setOnInsert": {"value": secrets.token_hex(16)}}, upsert=True
    )
    database.collection("counters").update_one({"_id": "events"}, {"$setOnInsert": {"value": 0}}, upsert=True)
