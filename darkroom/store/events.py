"""The event log: what happened, in the order in which it was committed, without gaps."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.change_stream import ChangeStream
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from darkroom import logs
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.event import Event, EventType
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import to_mongo

MAX_IDS = 1000
"""Ids that one event carries at most."""

_COUNTER = "events"
_AWAIT_MS = 500
_LONGEST_WAIT = 5.0

_log = logs.get(__name__)


class EventLog:
    """Append-only events with a sequence number from a counter in the same transaction.

    The counter makes transactions that append follow one another: the second one to touch it waits or is tried again
    by `Database.run`. So the order of numbers is the order of commits, and one that is rolled back leaves no gap.
    Append last in a transaction, to hold the counter shortly.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        # What a majority has: an event, once delivered, is never taken back by a change of primary.
        self._events = database.collection("events").with_options(read_concern=ReadConcern("majority"))
        self._counters = database.collection("counters")

    @maps_errors
    def append(
        self, session: Session, *, type: EventType, principal: Principal | str, ids: Sequence[str] = (),  # noqa: A002
        data: dict[str, Any] | None = None, trace_id: str | None = None,
    ) -> Event:  # fmt: skip
        """Append inside a transaction; more than 1,000 ids become several events, of which the last is returned."""
        who = principal if isinstance(principal, str) else principal.id
        pieces = [tuple(ids[start : start + MAX_IDS]) for start in range(0, len(ids), MAX_IDS)] or [()]
        counter: Any = self._counters.find_one_and_update(
            {"_id": _COUNTER},
            {"$inc": {"value": len(pieces)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        first = int(counter["value"]) - len(pieces) + 1
        events = [
            Event(
                seq=first + index, type=type, at=now(), principal=who, ids=piece, data=data or {},
                trace_id=trace_id or logs.trace_id(),
            )
            for index, piece in enumerate(pieces)
        ]  # fmt: skip
        self._events.insert_many([_encode(event) for event in events], session=session)
        return events[-1]

    @maps_errors
    def since(self, seq: int, *, limit: int = 1000) -> list[Event]:
        """The events after `seq`, in order."""
        found = self._events.find({"_id": {"$gt": seq}}).sort("_id", ASCENDING).limit(limit)
        return [_decode(document) for document in found]

    @maps_errors
    def last_seq(self) -> int:
        """Number of the newest event, 0 when there is none."""
        newest = self._events.find_one({}, {"_id": 1}, sort=[("_id", DESCENDING)])
        return int(newest["_id"]) if newest else 0

    @maps_errors
    def newest(self, types: Sequence[EventType]) -> Event | None:
        """The newest event of some types."""
        found = self._events.find_one({"type": {"$in": list(types)}}, sort=[("_id", DESCENDING)])
        return _decode(found) if found else None

    def watch(self, after: int, stop: threading.Event) -> Iterator[Event]:
        """Every event after `after`, for ever, until `stop` is set.

        Nothing is lost and nothing comes twice, also when MongoDB restarts: the change stream only says that there is
        something new, and what it is comes from the log itself by its number.
        """
        watcher = self.database.for_watching()
        log = EventLog(watcher)
        wait = 0.1
        try:
            while not stop.is_set():
                try:
                    for event in log._follow(after, stop):
                        yield event
                        after, wait = event.seq, 0.1
                except PyMongoError as error:
                    _log.warning("event_stream_interrupted", error=type(error).__name__, after=after)
                    stop.wait(wait)
                    wait = min(wait * 2, _LONGEST_WAIT)
        finally:
            watcher.close()

    def _follow(self, after: int, stop: threading.Event) -> Iterator[Event]:
        """The events after `after` until the stream ends; driver errors pass."""
        only_inserts: list[dict[str, Any]] = [{"$match": {"operationType": "insert"}}, {"$project": {"documentKey": 1}}]
        with self.database.client.start_session(causal_consistency=True) as session:
            # A stream that begins "now" begins after what is committed but not yet known to a majority, which the log
            # does not show either: that event would be lost. So both are tied to one earlier moment.
            self._events.find_one({}, {"_id": 1}, session=session)
            with self._events.watch(
                only_inserts, max_await_time_ms=_AWAIT_MS, session=session,
                start_at_operation_time=session.operation_time,
            ) as stream:  # fmt: skip
                yield from self._read(stream, session, after, stop)

    def _read(
        self, stream: ChangeStream[dict[str, Any]], session: Session, after: int, stop: threading.Event
    ) -> Iterator[Event]:
        fresh = True  # the log is read after the stream is open, so that nothing falls between the two
        while not stop.is_set() and stream.alive:
            while fresh:
                newer = self._events.find({"_id": {"$gt": after}}, session=session).sort("_id").limit(1000)
                found = [_decode(one) for one in newer]
                for event in found:
                    yield event
                    after = event.seq
                fresh = len(found) == 1000
            change = stream.try_next()
            fresh = change is not None and change["documentKey"]["_id"] > after


def _encode(event: Event) -> dict[str, Any]:
    document = to_mongo(event)
    return {"_id": document.pop("seq"), **document}


def _decode(found: dict[str, Any]) -> Event:
    return Event.model_validate({"seq": found.pop("_id"), **found})
