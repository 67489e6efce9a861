"""The connection to MongoDB, its transactions, and the one place where its errors become ours."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from pymongo import MongoClient, WriteConcern
from pymongo import errors as mongo
from pymongo import timeout as mongo_timeout
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri

from darkroom.errors import Error

Session = ClientSession
"""A running transaction; every write that takes one belongs to it."""

P = ParamSpec("P")
R = TypeVar("R")

TRANSIENT = "TransientTransactionError"
"""Label of errors after which a transaction is done again."""
DUPLICATE_KEY = 11000
_DOCUMENT_VALIDATION = 121
_WRITE_CONFLICT = 112


def mapped_error(error: mongo.PyMongoError) -> Error:
    """The row of our table for an error of the driver."""
    if isinstance(error, mongo.DuplicateKeyError) or DUPLICATE_KEY in bulk_codes(error):
        return Error("already_exists", "A document with that key exists already.")
    if isinstance(error, mongo.ConnectionFailure | mongo.WaitQueueTimeoutError | mongo.ExecutionTimeout):
        return Error("database_unavailable", f"MongoDB: {str(error)[:200]}")
    if isinstance(error, mongo.OperationFailure):
        if error.code == _WRITE_CONFLICT:
            return Error("conflict", "Another write to the same document came first.")
        if error.has_error_label("RetryableWriteError") or error.has_error_label(TRANSIENT):
            return Error("database_unavailable", f"MongoDB: {str(error)[:200]}")
        if _DOCUMENT_VALIDATION in (error.code, *bulk_codes(error)):
            return Error("internal", f"A document does not fit its schema: {_violations(error)}")
    return Error("internal", f"MongoDB: {type(error).__name__}: {str(error)[:300]}")


def bulk_codes(error: mongo.PyMongoError) -> set[int]:
    """Codes of the single writes that failed in a bulk write."""
    details: Any = error.details if isinstance(error, mongo.BulkWriteError) else None
    return {found["code"] for found in (details or {}).get("writeErrors", ())}


def _violations(error: mongo.OperationFailure) -> str:
    details: Any = error.details or {}
    return str(details.get("errInfo") or details.get("writeErrors") or error)[:1000]


def maps_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the driver's exceptions that leave `function` into `Error`."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except mongo.PyMongoError as error:
            raise mapped_error(error) from error

    return wrapped


class Database:
    """One MongoDB database over one client; make one per process, after any fork."""

    def __init__(self, client: MongoClient[dict[str, Any]], name: str, uri: str) -> None:
        self.client = client
        self.name = name
        self._uri = uri
        # Acknowledged means on disk and on a majority: a kill -9 of mongod then loses nothing.
        self._db = client.get_database(
            name, write_concern=WriteConcern("majority", j=True), read_concern=ReadConcern("local")
        )

    @classmethod
    @maps_errors
    def connect(cls, uri: str, name: str, *, patience: float = 30.0) -> Database:
        """A client for `uri`; it connects when first used.

        Args:
            uri: address of a replica set.
            name: of the database.
            patience: seconds that an operation waits for a server, so that a restart of one goes unnoticed.

        Raises:
            Error: `invalid_setting` when the address cannot be read.
        """
        try:
            parse_uri(uri, validate=True, warn=False)
            client: MongoClient[dict[str, Any]] = MongoClient(
                uri, tz_aware=True, retryWrites=True, retryReads=True, appname="darkroom",
                serverSelectionTimeoutMS=int(patience * 1000), connectTimeoutMS=10_000,
            )  # fmt: skip
        except (mongo.InvalidURI, mongo.ConfigurationError, ValueError) as error:
            raise Error("invalid_setting", f"DARKROOM_MONGO_URI: {error}", setting="DARKROOM_MONGO_URI") from error
        return cls(client, name, uri)

    def for_watching(self) -> Database:
        """The same database over a client of its own that gives up soon, for a loop that tries again by itself."""
        return Database.connect(self._uri, self.name, patience=2.0)

    def collection(self, name: str) -> Collection[dict[str, Any]]:
        """A collection of the driver, for code inside `darkroom.store`."""
        return self._db[name]

    @maps_errors
    def command(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run a database command."""
        return self._db.command(*args, **kwargs)

    @maps_errors
    def collection_names(self) -> set[str]:
        """Names of the collections there are."""
        return set(self._db.list_collection_names())

    @maps_errors
    def library_id(self) -> str:
        """Identity of the library, made with its schema."""
        found = self._db["counters"].find_one({"_id": "library"})
        return str(found["value"]) if found else ""

    def run(self, work: Callable[[Session], R]) -> R:
        """Do `work` in one transaction, again from its start when MongoDB asks for that.

        Args:
            work: gets the session to pass to every write. It may run several times, so it must have no effect
                outside the database.

        Raises:
            Error: what `work` raises, or `database_unavailable`. Nothing was written then.
        """

        def attempt(session: ClientSession) -> R:
            try:
                return work(session)
            except Error as error:
                cause = error.__cause__
                # The driver retries by this label, which our own error type would hide from it.
                if isinstance(cause, mongo.PyMongoError) and cause.has_error_label(TRANSIENT):
                    raise cause from None
                raise

        try:
            with self.client.start_session() as session:
                return session.with_transaction(
                    attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
                )
        except mongo.PyMongoError as error:
            raise mapped_error(error) from error

    def ping(self, seconds: float = 2.0) -> bool:
        """Whether the database answers within that time."""
        try:
            with mongo_timeout(seconds):
                self._db.command("ping")
        except mongo.PyMongoError:
            return False
        return True

    @maps_errors
    def drop(self) -> None:
        """Delete the whole database: for tests."""
        self.client.drop_database(self.name)

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()
