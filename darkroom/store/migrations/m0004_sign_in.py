"""Browsers on their way to another provider, and programs that wait to be let in."""

from __future__ import annotations

from functools import partial

from pymongo import IndexModel

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_COLLECTIONS = ("sign_ins", "device_grants")


def up(database: Database, progress: Progress) -> None:
    """Make the collections; documents go by themselves when they have run out."""
    for name in _COLLECTIONS:
        progress.once(f"create collection {name}", partial(install, database, name))
    progress.once("index sign_ins and device_grants", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop them: whoever is on the way begins again."""
    for name in _COLLECTIONS:
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database) -> None:
    gone = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
    database.collection("sign_ins").create_indexes([gone])
    codes = IndexModel([("user_code", 1)], unique=True)
    database.collection("device_grants").create_indexes([gone, codes])
