"""A lock in the database that a dead owner loses by itself."""

from __future__ import annotations

import secrets
import threading
import time
from types import TracebackType

from pymongo.errors import DuplicateKeyError, PyMongoError

from darkroom import logs
from darkroom.errors import Error
from darkroom.store.database import Database, maps_errors

_log = logs.get(__name__)


class Lease:
    """Holds the lock `name` as long as the `with` block runs and its process lives.

    Args:
        database: where the lock lies.
        name: of the lock.
        seconds: how long the lock outlives a killed owner; a thread renews it three times as often.
        patience: seconds to wait for another owner.

    Raises:
        Error: `conflict` when another owner keeps it all that time.
    """

    def __init__(self, database: Database, name: str, *, seconds: float = 15.0, patience: float = 60.0) -> None:
        self._locks = database.collection("locks")
        self._name = name
        self._seconds = seconds
        self._patience = patience
        self._owner = secrets.token_hex(16)
        self._stop = threading.Event()
        self._renewer = threading.Thread(target=self._renew, name=f"lease-{name}", daemon=True)

    def __enter__(self) -> Lease:
        deadline = time.monotonic() + self._patience
        while not self._take():
            if time.monotonic() > deadline:
                raise Error("conflict", f"Another process holds the lock {self._name!r}.", lock=self._name)
            time.sleep(min(0.2, self._seconds / 4))
        self._renewer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._renewer.join()
        try:
            self._locks.delete_one({"_id": self._name, "owner": self._owner})
        except PyMongoError as problem:  # it runs out by itself
            _log.warning("lease_not_released", lock=self._name, error=type(problem).__name__)

    @maps_errors
    def _take(self) -> bool:
        """Take the lock if it is free, ours or run out; times are the database's."""
        until = {"$add": ["$$NOW", int(self._seconds * 1000)]}
        change = [{"$set": {"owner": {"$literal": self._owner}, "expires_at": until}}]
        run_out = {"_id": self._name, "$expr": {"$lt": ["$expires_at", "$$NOW"]}}
        if self._locks.update_one(run_out, change).matched_count:
            return True
        try:
            self._locks.update_one({"_id": self._name, "owner": self._owner}, change, upsert=True)
        except DuplicateKeyError:  # there, and another owner's
            return False
        return True

    def _renew(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            try:
                if not self._take():
                    _log.error("lease_lost", lock=self._name)
            except Error as error:
                _log.warning("lease_not_renewed", lock=self._name, code=error.code)
