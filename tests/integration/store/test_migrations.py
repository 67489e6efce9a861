"""Migrations on a real mongod."""

from __future__ import annotations

from darkroom.store.database import Database
from darkroom.store.migrations import migrate, version


def test_up_makes_every_collection(empty_database: Database) -> None:
    import time
    t = time.time()
    reports = migrate(empty_database)
    print(time.time() - t)
    assert version(empty_database) == len(reports)
