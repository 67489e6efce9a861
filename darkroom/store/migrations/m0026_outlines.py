"""Datasets that follow their pictures and learn to outline things with every version."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install


def up(database: Database, progress: Progress) -> None:
    """Let followed datasets be learnt in every way that there is."""
    progress.once("let followed datasets be learnt as outlines", partial(install, database, "followed_datasets"))


def down(database: Database, progress: Progress) -> None:
    """Those that learn outlines stay as they are; nothing else is told of them."""
    progress.once("leave what follows to learn outlines", lambda: None)
