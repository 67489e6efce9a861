"""Collections to files and back: BSON as the server sends it, read at one moment of the database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pydantic import Field

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.store.database import Database, maps_errors

_PIECE = 1 << 20
_DOCUMENTS_AT_ONCE = 1000
_BYTES_AT_ONCE = 16 << 20

EPHEMERAL = frozenset(
    {"locks", "migrations", "attempts", "sessions", "refresh_tokens", "links", "sign_ins", "device_grants", "released"}
)
"""Collections that are worth nothing elsewhere or later: whoever was signed in signs in again."""


class DumpedCollection(Model):
    """One collection in a backup."""

    name: str
    """Of the collection."""
    documents: int = Field(ge=0)
    """How many."""
    bytes: int = Field(ge=0)
    """Size of the file."""
    sha256: str
    """Checksum of the file."""


@maps_errors
def dump(database: Database, folder: Path) -> list[DumpedCollection]:
    """Write every collection that is worth keeping as `<name>.bson`, all as they were at one moment.

    Constant memory. The server keeps that moment for five minutes (`minSnapshotHistoryWindowInSeconds`), which is
    enough for millions of documents.

    Raises:
        Error: `database_unavailable`, also when it took longer than that.
    """
    names = sorted(name for name in database.collection_names() - EPHEMERAL if not name.startswith("system."))
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    source = database.client.get_database(database.name, codec_options=raw)
    with database.client.start_session(snapshot=True) as session:
        return [_write(folder / f"{name}.bson", name, source[name].find(session=session)) for name in names]


def _write(path: Path, name: str, documents: Any) -> DumpedCollection:
    seen, count, size = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        for document in documents:
            file.write(document.raw)
            seen.update(document.raw)
            count += 1
            size += len(document.raw)
        file.flush()
        os.fsync(file.fileno())
    return DumpedCollection(name=name, documents=count, bytes=size, sha256=seen.hexdigest())


def check(folder: Path, dumped: Sequence[DumpedCollection]) -> None:
    """Return if every file is there and unchanged.

    Raises:
        Error: `backup_damaged`, naming the file.
    """
    for one in dumped:
        path, seen = folder / f"{one.name}.bson", hashlib.sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    seen.update(piece)
        except OSError as error:
            raise Error("backup_damaged", f"{path} cannot be read: {error.strerror}.") from error
        if seen.hexdigest() != one.sha256:
            raise Error("backup_damaged", f"{path} has another checksum than the manifest says.")


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a file, one by one."""
    with path.open("rb") as file:
        yield from bson.decode_file_iter(file, CodecOptions(tz_aware=True))


@maps_errors
def load(database: Database, folder: Path, dumped: DumpedCollection) -> None:
    """Put the documents of a file into their collection, in place of what is there."""
    collection = database.collection(dumped.name)
    collection.delete_many({})
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    # They were valid when they were written; a validator of today may ask for fields that a later migration adds.
    target = collection.with_options(codec_options=raw)
    chunk: list[Any] = []
    size = 0
    with (folder / f"{dumped.name}.bson").open("rb") as file:
        for document in bson.decode_file_iter(file, raw):
            chunk.append(document)
            size += len(document.raw)
            if len(chunk) >= _DOCUMENTS_AT_ONCE or size >= _BYTES_AT_ONCE:
                target.insert_many(chunk, ordered=False, bypass_document_validation=True)
                chunk, size = [], 0
    if chunk:
        target.insert_many(chunk, ordered=False, bypass_document_validation=True)


@maps_errors
def settle(database: Database) -> None:
    """Give up what belongs to the machine that the documents come from: open batches, moves between its places."""
    open_batches = {"state": {"$in": ["queued", "running"]}}
    database.collection("batches").update_many(
        open_batches, [{"$set": {"state": "cancelled", "finished_at": "$$NOW"}}], bypass_document_validation=True
    )
    database.collection("storage_moves").delete_many({})
