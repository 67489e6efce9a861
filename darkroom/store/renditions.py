"""What recipes made, and the orders to make it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from pymongo import UpdateOne

from darkroom.domain.base import Document, now
from darkroom.domain.rendition import OrderState, RecipeRendition, RenditionOrder
from darkroom.store.claims import OPEN, ClaimedRepository
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import to_mongo
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

IMAGES_A_PART = 1000
"""Pictures in one stored piece of an order."""

_NEWEST = Order("created_at", datetime, descending=True)
_DAY = timedelta(days=1)


class OrderPart(Document):
    """A piece of the list of pictures of an order; its id is `<order>/<part>`."""

    order: str
    """The order."""
    part: int = Field(ge=0)
    """Position among the pieces."""
    images: tuple[str, ...]
    """Ids of the pictures."""


class RenditionRepository(Repository[RecipeRendition]):
    """Results by their address."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "recipe_renditions", RecipeRendition)

    @maps_errors
    def put_many(self, session: Session, made: Sequence[RecipeRendition]) -> None:
        """Keep results; one that is there already stays as it is."""
        writes = []
        for one in made:
            document = to_mongo(one)
            writes.append(UpdateOne({"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True))
        if writes:
            self._collection.bulk_write(writes, ordered=False, session=session)

    @maps_errors
    def known(self, ids: Sequence[str]) -> dict[str, str]:
        """Address -> order that had it made, of those that are there."""
        found = self._collection.find({"_id": {"$in": list(ids)}}, {"order": 1})
        return {str(one["_id"]): str(one["order"]) for one in found}

    @maps_errors
    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """Address -> bytes, of those that are there."""
        found = self._collection.find({"_id": {"$in": list(ids)}}, {"bytes": 1})
        return {str(one["_id"]): int(one["bytes"]) for one in found}

    @maps_errors
    def of_image(self, image: str, *, limit: int, cursor: str | None = None) -> Page[RecipeRendition]:
        """What was made of a picture, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        return read_page(
            self._collection, [{"image": image}], _NEWEST, query=digest("renditions", image), limit=limit,
            cursor=cursor, decode=self._decode,
        )  # fmt: skip

    @maps_errors
    def count_of(self, image: str) -> int:
        """How much was made of a picture."""
        return self._collection.count_documents({"image": image})

    @maps_errors
    def touch(self, ids: Sequence[str]) -> None:
        """Remember that these are in use; written at most once a day for each."""
        stale = {"_id": {"$in": list(ids)}, "used_at": {"$lt": now() - _DAY}}
        self._collection.update_many(stale, [{"$set": {"used_at": "$$NOW"}}])

    @maps_errors
    def samples(self, fingerprint: str, limit: int) -> builtins.list[tuple[float, float, int]]:
        """Megapixels, seconds and bytes of the newest results of a recipe."""
        fields = {"megapixels": 1, "seconds": 1, "bytes": 1}
        found = self._collection.find({"fingerprint": fingerprint}, fields).sort("created_at", -1).limit(limit)
        return [(float(one["megapixels"]), float(one["seconds"]), int(one["bytes"])) for one in found]

    @maps_errors
    def made_for(self, order: str) -> tuple[int, int]:
        """Number and bytes of the results made for an order."""
        group = {"_id": None, "count": {"$sum": 1}, "bytes": {"$sum": "$bytes"}}
        found = next(iter(self._collection.aggregate([{"$match": {"order": order}}, {"$group": group}])), None)
        return (int(found["count"]), int(found["bytes"])) if found else (0, 0)

    @maps_errors
    def uses(self, preset: str) -> int:
        """Results made with a preset."""
        return self._collection.count_documents({"preset": preset})

    @maps_errors
    def total_bytes(self) -> int:
        """Size of all results."""
        group = {"_id": None, "bytes": {"$sum": "$bytes"}}
        found = next(iter(self._collection.aggregate([{"$group": group}])), None)
        return int(found["bytes"]) if found else 0

    @maps_errors
    def longest_unused(self) -> Iterator[RecipeRendition]:
        """Every result, the one that was not used for longest first."""
        for one in self._collection.find().sort([("used_at", 1), ("_id", 1)]):
            yield self._decode(one)

    @maps_errors
    def remove(self, address: str, used_at: datetime | None = None) -> bool:
        """Forget a result, unless it was used after that moment; returns whether it went."""
        condition: dict[str, Any] = {"_id": address}
        if used_at is not None:
            condition["used_at"] = {"$lte": used_at}
        return self._collection.delete_one(condition).deleted_count > 0


class OrderRepository(ClaimedRepository[RenditionOrder]):
    """Orders with their lists of pictures. Heartbeats and their ages are those of the database's clock."""

    ON_CLAIM = {"rate": None}

    def __init__(self, database: Database) -> None:
        super().__init__(database, "rendition_orders", RenditionOrder)
        self._noun = "order"
        self._parts = database.collection("rendition_parts")

    @maps_errors
    def create(self, session: Session, order: RenditionOrder, images: Sequence[str]) -> None:
        """Store an order with its list."""
        parts = [
            OrderPart(
                id=f"{order.id}/{start // IMAGES_A_PART:05d}", order=order.id, part=start // IMAGES_A_PART,
                images=tuple(images[start : start + IMAGES_A_PART]),
            )
            for start in range(0, len(images), IMAGES_A_PART)
        ]  # fmt: skip
        self._collection.insert_one(self._encode(order), session=session)
        self._parts.insert_many([to_mongo(part) for part in parts], session=session)

    @maps_errors
    def images(self, order_id: str) -> Iterator[tuple[str, ...]]:
        """Ids of the pictures of an order, piece by piece."""
        for found in self._parts.find({"order": order_id}, {"images": 1}).sort("part", 1):
            yield tuple(found["images"])

    @maps_errors
    def list(
        self, *, states: Sequence[OrderState] | None = None, principal: str | None = None, limit: int = 100,
        cursor: str | None = None,
    ) -> Page[RenditionOrder]:  # fmt: skip
        """Orders, newest first; with `principal` those of one who ordered.

        Raises:
            Error: `invalid_cursor`.
        """
        conditions: list[dict[str, Any]] = [{"state": {"$in": sorted(set(states))}}] if states else []
        conditions += [{"principal": principal}] if principal else []
        return read_page(
            self._collection, conditions, _NEWEST, query=digest("orders", conditions), limit=limit, cursor=cursor,
            decode=self._decode,
        )  # fmt: skip

    @maps_errors
    def uses(self, preset: str) -> int:
        """Orders for a preset."""
        return self._collection.count_documents({"preset": preset})

    @maps_errors
    def by_preset(self) -> dict[str, int]:
        """How many orders there are for each name of a preset, whatever its version."""
        name = {"$first": {"$split": ["$preset", "@"]}}
        found = self._collection.aggregate([{"$match": {"preset": {"$ne": None}}}, {"$sortByCount": name}])
        return {str(one["_id"]): int(one["count"]) for one in found}

    @maps_errors
    def naming(self, model: str) -> int:
        """Orders whose recipe names a version of a model."""
        return self._collection.count_documents({"recipe": {"$regex": re.escape(f'"{model}"')}})

    @maps_errors
    def open_naming(self, model: str, *, session: Session | None = None) -> builtins.list[str]:
        """Orders that are not over and whose recipe names a version of a model."""
        wanted = {"recipe": {"$regex": re.escape(f'"{model}"')}, "state": {"$in": OPEN}}
        return [str(one["_id"]) for one in self._collection.find(wanted, {"_id": 1}, session=session).sort("_id", 1)]

    @maps_errors
    def progress(
        self, session: Session, order_id: str, run_id: str, counts: dict[str, Any]
    ) -> RenditionOrder:  # fmt: skip
        """Set the counters in the transaction of the results; also a heartbeat.

        Raises:
            Error: `conflict` when the order no longer belongs to this run (cancelled, or taken over): stop then.
        """
        return self._hold(order_id, run_id, counts, session)

    @maps_errors
    def end(
        self, session: Session, order_id: str, state: OrderState, *, run_id: str | None = None
    ) -> RenditionOrder | None:
        """Finish or cancel an order that is not over; None when it is, or is another run's."""
        return self._end(session, order_id, state, run_id)
