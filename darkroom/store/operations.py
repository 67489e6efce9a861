"""Everything that goes on for a while, whatever collection it is in, as one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from darkroom.domain.base import Document
from darkroom.domain.ingest import Batch
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.storage import StorageMove
from darkroom.domain.work import LongWork
from darkroom.store.database import Database, maps_errors
from darkroom.store.documents import from_mongo, to_millis
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, Position, digest, encode_cursor

_SOURCES: dict[str, tuple[type[Document], str]] = {
    "work": (LongWork, "created_at"),
    "batches": (Batch, "created_at"),
    "rendition_orders": (RenditionOrder, "created_at"),
    "storage_moves": (StorageMove, "started_at"),
}
"""Collection -> type of its documents, and when one began."""


class OperationReader:
    """Pages over several collections, each read along its own index.

    Args:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @maps_errors
    def page(
        self, wanted: Mapping[str, Sequence[dict[str, Any]]], *, limit: int, cursor: str | None = None
    ) -> Page[Document]:
        """Documents of the collections named, newest first.

        Args:
            wanted: collection -> conditions that its documents must fit.
            limit: most documents in the page.
            cursor: of the page before, or None.

        Raises:
            Error: `invalid_cursor`.
        """
        query = digest("operations", {name: list(one) for name, one in wanted.items()})
        found: list[tuple[datetime, str, Document]] = []
        more = False
        for name, conditions in wanted.items():
            model, moment = _SOURCES[name]
            page = read_page(
                self._database.collection(name), conditions, Order(moment, datetime, descending=True), query=query,
                limit=limit, cursor=cursor, decode=_decoder(model),
            )  # fmt: skip
            more = more or page.next_cursor is not None
            found += [(getattr(one, moment), one.id, one) for one in page.items]
        found.sort(key=lambda one: one[:2], reverse=True)
        following = None
        if found[:limit] and (more or len(found) > limit):
            at, identity, _ = found[:limit][-1]
            following = encode_cursor(query, Position(to_millis(at), identity))
        return Page(tuple(one for _, _, one in found[:limit]), following)


def _decoder(model: type[Document]) -> Any:
    return lambda found: from_mongo(model, found)
