"""Changes of batches and other work as they happen, thinned out: for people who watch, not for the record."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, TypeVar

from pymongo import errors as mongo
from pymongo.change_stream import ChangeStream
from pymongo.read_concern import ReadConcern

from darkroom.domain.base import Document
from darkroom.store.database import Database, mapped_error
from darkroom.store.documents import from_mongo

D = TypeVar("D", bound=Document)

_ACTIVE = {"state": {"$in": ["queued", "running"]}}


def watch_open(
    database: Database, name: str, model: type[D], stop: threading.Event, *, every: float = 0.25,
    ready: threading.Event | None = None,
) -> Iterator[list[D]]:  # fmt: skip
    """Documents of a collection that changed, each at most once in `every` seconds and with its newest state.

    Begins with those that are queued or running. Ends when `stop` is set.

    Args:
        database: where they are.
        name: of the collection.
        model: type of its documents.
        stop: ends the iteration within a second.
        every: seconds between two lists.
        ready: set once changes are being watched.

    Raises:
        Error: `database_unavailable` when the stream broke; call again then.
    """
    watcher = database.for_watching()
    collection = watcher.collection(name).with_options(read_concern=ReadConcern("majority"))
    try:
        with watcher.client.start_session(causal_consistency=True) as session:
            # The stream and the first reading are tied to one moment: see `EventLog.watch`.
            collection.find_one({}, {"_id": 1}, session=session)
            with collection.watch(
                full_document="updateLookup", max_await_time_ms=int(every * 1000), session=session,
                start_at_operation_time=session.operation_time,
            ) as stream:  # fmt: skip
                if ready is not None:
                    ready.set()
                yield [from_mongo(model, found) for found in collection.find(_ACTIVE, session=session).limit(200)]
                while not stop.is_set():
                    if found := _gather(stream, model, every):
                        yield found
    except mongo.PyMongoError as error:
        raise mapped_error(error) from error
    finally:
        watcher.close()


def _gather(stream: ChangeStream[dict[str, Any]], model: type[D], every: float) -> list[D]:
    newest: dict[str, dict[str, Any]] = {}
    end = time.monotonic() + every
    while time.monotonic() < end:
        change = stream.try_next()
        if change is not None and (found := change.get("fullDocument")):
            newest[found["_id"]] = found
    return [from_mongo(model, found) for found in newest.values()]
