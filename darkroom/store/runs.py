"""Dagster runs as the library knows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from darkroom.domain.run import RunRecord
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

# Runs that wait have no start yet and would sort last: newest first is by the time of the record.
_NEWEST = Order("created_at", datetime, descending=True)


class RunRepository(Repository[RunRecord]):
    """Runs, newest first."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "runs", RunRecord)

    @maps_errors
    def upsert(self, run: RunRecord, *, session: Session | None = None) -> RunRecord:
        """Store what is known of a run, whether or not it was known before.

        Fields that are None leave what was known; a run that has ended does not come back to life.
        """
        known = {key: value for key, value in self._encode(run).items() if value is not None}
        known.pop("_id")
        known.pop("revision")
        if run.state in ("queued", "running"):
            ended = {"$in": ["$state", ["succeeded", "failed", "cancelled"]]}
            known["state"] = {"$cond": [ended, "$state", run.state]}
        absent = {name: None for name in RunRecord.model_fields if name not in (*known, "id", "revision")}
        change = {
            **{name: {"$ifNull": [f"${name}", None]} for name in absent},
            **{name: value if isinstance(value, dict) else {"$literal": value} for name, value in known.items()},
            "created_at": {"$ifNull": ["$created_at", "$$NOW"]},
            "revision": {"$add": [{"$ifNull": ["$revision", -1]}, 1]},
        }
        found: Any = self._collection.find_one_and_update(
            {"_id": run.id}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        return self._decode(found)

    @maps_errors
    def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[RunRecord]:
        """Runs, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        return read_page(
            self._collection, [], _NEWEST, query=digest("runs"), limit=limit, cursor=cursor, decode=self._decode
        )
