"""Datasets, labels of pictures, trainings and what comes of them."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_BY_TIME = [("created_at", -1), ("_id", -1)]
_INDEXES: dict[str, tuple[list[tuple[str, int]], ...]] = {
    "image_labels": ([("annotations.label", 1)],),
    "datasets": (_BY_TIME,),
    "dataset_versions": ([("dataset", 1), ("number", -1)], _BY_TIME),
    "training_runs": (_BY_TIME, [("state", 1), ("created_at", 1)], [("dataset", 1), *_BY_TIME]),
    "checkpoints": (_BY_TIME, [("training", 1)]),
    "reports": (_BY_TIME, [("checkpoint", 1)]),
    "models": (_BY_TIME,),
    "model_versions": ([("name", 1), *_BY_TIME], [("checkpoint", 1)]),
}


def up(database: Database, progress: Progress) -> None:
    """Make the collections; let the event log tell of datasets, trainings and models."""
    for name, indexes in _INDEXES.items():
        progress.once(f"create collection {name}", partial(install, database, name))
        for keys in indexes:
            words = f"index {name} by {', '.join(key for key, _ in keys)}"
            progress.once(words, partial(_index, database, name, keys))
    progress.once("let events tell of datasets, trainings and models", partial(install, database, "events"))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections; events that were written stay."""
    for name in _INDEXES:
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database, name: str, keys: list[tuple[str, int]]) -> None:
    database.collection(name).create_index(keys)
