"""The audit log: what was changed and what was refused. Lines are added and read, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from darkroom.domain.access import AuditEntry
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest

_NEWEST = Order("at", datetime, descending=True)


class AuditLog:
    """Append-only lines; there is no method that changes or removes one."""

    def __init__(self, database: Database) -> None:
        self._collection = database.collection("audit")

    @maps_errors
    def append(self, entry: AuditEntry, *, session: Session | None = None) -> None:
        """Add a line."""
        self._collection.insert_one(to_mongo(entry), session=session)

    @maps_errors
    def list(
        self, wanted: Mapping[str, str | None], *, since: datetime | None = None, until: datetime | None = None,
        limit: int = 100, cursor: str | None = None,
    ) -> Page[AuditEntry]:  # fmt: skip
        """Lines, newest first.

        Args:
            wanted: values of fields that a line must have; None is any.
            since: at or after this moment.
            until: before or at this moment.
            limit: most lines in the page.
            cursor: of the page before.

        Raises:
            Error: `invalid_cursor`.
        """
        conditions = _conditions(wanted, since, until)
        return read_page(
            self._collection, conditions, _NEWEST, query=digest("audit", conditions), limit=limit, cursor=cursor,
            decode=_decode,
        )  # fmt: skip

    @maps_errors
    def every(
        self, wanted: Mapping[str, str | None], *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[AuditEntry]:
        """All lines that fit, oldest first, read as they are asked for."""
        conditions = _conditions(wanted, since, until)
        found = self._collection.find({"$and": conditions} if conditions else {}).sort([("at", 1), ("_id", 1)])
        return (_decode(one) for one in found)


def _conditions(
    wanted: Mapping[str, str | None], since: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{name: value} for name, value in wanted.items() if value is not None]
    if since is not None:
        found.append({"at": {"$gte": since}})
    if until is not None:
        found.append({"at": {"$lte": until}})
    return found


def _decode(found: dict[str, Any]) -> AuditEntry:
    return from_mongo(AuditEntry, found)
