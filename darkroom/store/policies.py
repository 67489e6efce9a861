"""The rules beside the roles, and a watcher that tells every process when who may do what has changed."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator
from typing import Any

from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from darkroom import logs
from darkroom.domain.access import Rule
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

_WATCHED = ("users", "sessions", "api_tokens", "policies", "collections")
_AWAIT_MS = 250
_LONGEST_WAIT = 2.0
_log = logs.get(__name__)


class PolicyRepository(Repository[Rule]):
    """Rules; each combination of subject, permission, domain and effect once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "policies", Rule)

    def insert(self, document: Rule, *, session: Session | None = None) -> None:
        """Store a new rule.

        Raises:
            Error: `already_exists`.
        """
        try:
            super().insert(document, session=session)
        except Error as error:
            if isinstance(error.__cause__, DuplicateKeyError):
                raise Error("already_exists", f"That rule is there already: {document.words}.") from error
            raise

    @maps_errors
    def all(self) -> builtins.list[Rule]:
        """Every rule, oldest first."""
        return [self._decode(found) for found in self._collection.find().sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def count_in(self, domain: str) -> int:
        """Rules that hold in exactly that domain."""
        return self._collection.count_documents({"domain": domain})

    @maps_errors
    def remove(self, rule_id: str) -> Rule:
        """Take a rule away.

        Raises:
            Error: `not_found`.
        """
        found = self._collection.find_one_and_delete({"_id": rule_id})
        if found is None:
            raise Error("not_found", f"There is no rule {rule_id!r}.", id=rule_id)
        return self._decode(found)


def watch_access(database: Database, stop: threading.Event) -> Iterator[bool]:
    """Tell, for ever, whether accounts, sessions, tokens or rules have changed.

    Yields True after a change and at the beginning of a stream (something may have changed before), False several
    times a second as a sign that the stream is alive and nothing has happened. While MongoDB is gone it yields nothing.
    """
    watcher = database.for_watching()
    wait = 0.1
    try:
        while not stop.is_set():
            try:
                for changed in _follow(watcher, stop):
                    yield changed
                    wait = 0.1
            except (PyMongoError, Error) as error:
                _log.warning("access_stream_interrupted", error=str(error)[:200])
                stop.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
    finally:
        watcher.close()


def _follow(database: Database, stop: threading.Event) -> Iterator[bool]:
    pipeline: builtins.list[dict[str, Any]] = [
        # That a token was used changes nothing of what it may do.
        {
            "$match": {
                "ns.coll": {"$in": list(_WATCHED)},
                "updateDescription.updatedFields.last_used_at": {"$exists": False},
            }
        },
        {"$project": {"operationType": 1}},
    ]
    # What a majority has: nothing told is ever taken back, and a stream tied to a moment needs it.
    users = database.collection("users").with_options(read_concern=ReadConcern("majority"))
    every = database.client.get_database(database.name, read_concern=ReadConcern("majority"))
    with database.client.start_session(causal_consistency=True) as session:
        users.find_one({}, {"_id": 1}, session=session)
        with every.watch(
            pipeline, max_await_time_ms=_AWAIT_MS, session=session, start_at_operation_time=session.operation_time
        ) as stream:
            # Open from before this moment on: whoever reads now misses nothing.
            yield True
            while not stop.is_set() and stream.alive:
                yield stream.try_next() is not None
