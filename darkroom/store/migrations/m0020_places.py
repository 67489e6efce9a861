"""Pictures say in which country, region and town they were taken, and how their sidecar wants them to be developed."""

from __future__ import annotations

from functools import partial

from pymongo import UpdateOne

from darkroom.store.database import Database
from darkroom.store.image_fields import places
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_AT_ONCE = 1000


def up(database: Database, progress: Progress) -> None:
    """Give every picture the fields, the places from its coordinates where it has some."""
    progress.once("let pictures have places and ways to develop them", partial(install, database, "images"))
    progress.once("name the places of pictures", partial(_fill, database))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away; the coordinates stay."""
    before = without(validator("images"), ("place_keys", "develop"))
    progress.once(
        "let pictures have places and ways to develop them no longer", partial(install, database, "images", rule=before)
    )
    progress.once("take both from pictures", partial(_empty, database))


def _fill(database: Database) -> None:
    images = database.collection("images")
    # Whole documents are checked, so each gets all that it lacks at once.
    located = {"capture.location": {"$ne": None}, "place_keys": {"$in": [None, []]}}
    writes: list[UpdateOne] = []
    for one in images.find(located, {"capture.location": 1}):
        writes.append(UpdateOne({"_id": one["_id"]}, {"$set": {"place_keys": places(one["capture"]), "develop": None}}))
        if len(writes) == _AT_ONCE:
            images.bulk_write(writes, ordered=False)
            writes = []
    if writes:
        images.bulk_write(writes, ordered=False)
    images.update_many({"place_keys": {"$exists": False}}, {"$set": {"place_keys": [], "develop": None}})


def _empty(database: Database) -> None:
    database.collection("images").update_many({}, {"$unset": {"place_keys": "", "develop": ""}})
