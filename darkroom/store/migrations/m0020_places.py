"""Pictures say in which country, region and town they were taken, and how their sidecar wants them to be developed."""

from __future__ import annotations

from functools import partial

from pymongo import UpdateOne

from darkroom.store.database import Database
from darkroom.store.image_fields import places
from darkroom.store.migrations.fields import give, literal, take
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
    progress.once("take both from pictures", partial(take, database, "images", ("place_keys", "develop")))


def _fill(database: Database) -> None:
    images = database.collection("images")
    # Past the validator: it is that of now, see `migrations.fields`.
    located = {"capture.location": {"$ne": None}, "place_keys": {"$exists": False}}
    writes: list[UpdateOne] = []
    for one in images.find(located, {"capture.location": 1}):
        writes.append(UpdateOne({"_id": one["_id"]}, {"$set": {"place_keys": places(one["capture"])}}))
        if len(writes) == _AT_ONCE:
            images.bulk_write(writes, ordered=False, bypass_document_validation=True)
            writes = []
    if writes:
        images.bulk_write(writes, ordered=False, bypass_document_validation=True)
    give(database, "images", {"place_keys": literal([]), "develop": literal(None)})
