"""Databases with the schema for one test after another: emptying one costs a fraction of making it.

A test gets the one that was given back the longest ago, so that what a killed process still writes, or holds in a transaction,
is over; what was put into it goes then. One whose schema was changed, or that holds much, is dropped instead.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from darkroom.store.database import Database
from darkroom.store.migrations import migrate

SPARE = 3
"""So many rest between two tests."""
MOST = 3_000
"""Documents above which dropping is quicker than emptying."""
PATIENCE = 3
"""Seconds that emptying may wait for what holds documents."""


@dataclass(frozen=True)
class _Schema:
    """What a database was when it was made."""

    collections: Mapping[str, Any]
    """Identity and options of each."""
    indexes: int
    documents: Mapping[str, list[dict[str, Any]]]


class Databases:
    """Lends databases of one server.

    Args:
        uri: address of the server.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        # No write waits for the disk but the last one, which carries all others.
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri, tz_aware=True, w=1, journal=False)
        self._schemas: dict[str, _Schema] = {}
        self._resting: deque[str] = deque()

    def lend(self) -> Database:
        """A database with the current schema and nothing in it."""
        while len(self._resting) > SPARE:
            name = self._resting.popleft()
            if self._emptied(name):
                return Database.connect(self._uri, name)
            self._drop(name)
        database = Database.connect(self._uri, f"test_{secrets.token_hex(6)}")
        migrate(database)
        self._schemas[database.name] = self._schema(database.name)
        return database

    def give_back(self, database: Database) -> None:
        """Let it rest; another test will have it."""
        database.close()
        self._resting.append(database.name)

    def close(self) -> None:
        """Leave the server."""
        self._client.close()

    def _drop(self, name: str) -> None:
        del self._schemas[name]
        self._client.drop_database(name)

    def _schema(self, name: str) -> _Schema:
        found = self._client[name]
        collections = self._collections(name)
        documents = {one: list(found[one].find()) for one in collections}
        return _Schema(collections, found.command("dbStats")["indexes"], documents)

    def _collections(self, name: str) -> dict[str, Any]:
        return {one["name"]: (one["options"], one["info"].get("uuid")) for one in self._client[name].list_collections()}

    def _emptied(self, name: str) -> bool:
        """Whether it could be made as it was."""
        found, schema = self._client[name], self._schemas[name]
        try:
            if found.command("dbStats")["objects"] > MOST or found.command("profile", -1)["was"]:
                return False
            for other in self._collections(name).keys() - schema.collections.keys():
                found.drop_collection(other)
            if self._collections(name) != schema.collections or found.command("dbStats")["indexes"] != schema.indexes:
                return False
            with pymongo.timeout(PATIENCE):
                for collection, documents in schema.documents.items():
                    self._refill(name, collection, documents)
                self._name_anew(name)
        except PyMongoError:
            return False
        return True

    def _refill(self, name: str, collection: str, documents: list[dict[str, Any]]) -> None:
        found = self._client[name][collection]
        if not documents:
            found.delete_many({})
        elif list(found.find()) != documents:
            found.delete_many({})
            found.insert_many(documents, bypass_document_validation=True)

    def _name_anew(self, name: str) -> None:
        """Make it another library, as a new database is."""
        durable = pymongo.WriteConcern("majority", j=True)
        counters = self._client[name].get_collection("counters", write_concern=durable)
        counters.update_one({"_id": "library"}, {"$set": {"value": secrets.token_hex(16)}})
