"""Models that pictures are found with by words; rows of pictures remember up to which event all were looked at."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NAME = "search_models"
_FIELDS = {"seen": literal(0)}


def up(database: Database, progress: Progress) -> None:
    """Make the collection, and give sets of rows the new field."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))
    progress.once("let embeddings remember what they have seen", partial(install, database, "embeddings"))
    progress.once("say that embeddings have seen nothing so far", partial(give, database, "embeddings", _FIELDS))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection, and take the field away."""
    before = without(validator("embeddings"), tuple(_FIELDS))
    sets = database.collection("embeddings")
    progress.once("forget rows of models for searching", lambda: sets.delete_many({"number": 0}))
    progress.once("let embeddings remember it no longer", partial(install, database, "embeddings", rule=before))
    progress.once("take it from embeddings", partial(take, database, "embeddings", tuple(_FIELDS)))
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)
