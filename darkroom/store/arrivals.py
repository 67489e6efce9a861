"""Files that were taken in and left where they lie, so that the next look passes them over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from pymongo import UpdateOne

from darkroom.domain.base import now
from darkroom.domain.ingest import Arrival, BatchItem
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository


def arrival_id(connector: str, key: str) -> str:
    """The one entry of a file of a connector."""
    return hashlib.sha256(f"{connector}\0{key}".encode()).hexdigest()


class ArrivalRepository(Repository[Arrival]):
    """Arrivals by connector and key."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "arrivals", Arrival)

    @maps_errors
    def record(self, items: Iterable[BatchItem], *, connector: str, batch: str, session: Session | None = None) -> int:
        """Remember files as they are now; returns how many."""
        moment = now()
        writes = []
        for item in items:
            arrival = Arrival(
                id=arrival_id(connector, item.key), connector=connector, key=item.key, bytes=item.bytes,
                modified_ns=item.modified_ns, batch=batch, at=moment,
            )  # fmt: skip
            document = self._encode(arrival)
            identity, revision = document.pop("_id"), document.pop("revision")
            del revision  # counted by the database: entries are replaced without being read
            writes.append(UpdateOne({"_id": identity}, {"$set": document, "$inc": {"revision": 1}}, upsert=True))
        if writes:
            self._collection.bulk_write(writes, ordered=False, session=session)
        return len(writes)

    @maps_errors
    def known(self, connector: str, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Key -> (bytes, modified_ns) of those files that were taken."""
        wanted = {"_id": {"$in": [arrival_id(connector, key) for key in keys]}}
        found = self._collection.find(wanted, {"key": 1, "bytes": 1, "modified_ns": 1})
        return {one["key"]: (one["bytes"], one["modified_ns"]) for one in found}
