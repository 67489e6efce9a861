"""Saved recipes, what recipes made, and orders to make it."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_INDEXES: dict[str, tuple[list[tuple[str, int]], ...]] = {
    "presets": ([("name", 1), ("version", -1)], [("extends", 1)]),
    "recipe_renditions": (
        [("image", 1), ("created_at", -1), ("_id", -1)],
        [("fingerprint", 1), ("created_at", -1)],
        [("order", 1)],
        [("preset", 1)],
        [("used_at", 1), ("_id", 1)],
    ),
    "rendition_orders": ([("created_at", -1), ("_id", -1)], [("state", 1), ("created_at", 1)], [("preset", 1)]),
    "rendition_parts": ([("order", 1), ("part", 1)],),
}


def up(database: Database, progress: Progress) -> None:
    """Make the collections; let the event log tell of presets and renditions."""
    for name, indexes in _INDEXES.items():
        progress.once(f"create collection {name}", partial(install, database, name))
        for keys in indexes:
            progress.once(f"index {name} by {keys[0][0]}", partial(_index, database, name, keys))
    progress.once("let events tell of presets and renditions", partial(install, database, "events"))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections; events that were written stay."""
    for name in _INDEXES:
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database, name: str, keys: list[tuple[str, int]]) -> None:
    unique = name == "presets" and keys[0][0] == "name"
    database.collection(name).create_index(keys, unique=unique)
