"""Trying out a place for blobs: what works, and which option of its URL says so where it does not."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator

import httpx

from darkroom.domain.storage import ProbeStep
from darkroom.errors import Error
from darkroom.store.blobs import BlobStore

_OPTION = "Add {} to the storage URL."


def probe(store: BlobStore) -> Iterator[ProbeStep]:
    """Write, read and remove a blob, and try everything the store says it can; nothing stays behind."""
    data = secrets.token_bytes(4096)
    key = hashlib.sha256(data).hexdigest()
    can = store.capabilities
    written = _step("write", lambda: _expect(store.put("originals", key, data, durable=True), "it was there already"))
    yield written
    if not written.ok:
        return
    try:
        yield _step("read", lambda: _expect(store.read("originals", key) == data, "other bytes came back"))
        yield _step("list", lambda: _expect(_listed(store, key), "the listing does not show it"))
        if can.range_read:
            yield _step("read in part", lambda: _expect(_part(store, key) == data[100:200], "other bytes came back"),
                        _OPTION.format("range=no"))  # fmt: skip
        if can.conditional_put:
            yield _step("write only what is not there", lambda: _refused_twice(store),
                        _OPTION.format("conditional=no"))  # fmt: skip
        if can.presign:
            yield _step("signed addresses", lambda: _expect(_fetched(store, key) == data, "other bytes came back"),
                        _OPTION.format("presign=no"))  # fmt: skip
    finally:
        removed = _step("remove", lambda: _expect(store.delete("originals", key), "it was gone"))
    yield removed


def _step(name: str, call: Callable[[], None], remedy: str | None = None) -> ProbeStep:
    try:
        call()
    except Error as error:
        # A feature that is lacking has its option; a refusal has its own remedy.
        own = error.remedy if error.code in ("storage_denied", "storage_missing", "invalid_setting") else None
        return ProbeStep(name=name, ok=False, cause=error.cause, remedy=own or remedy or error.remedy)
    except (httpx.HTTPError, ValueError) as error:
        return ProbeStep(name=name, ok=False, cause=type(error).__name__, remedy=remedy)
    return ProbeStep(name=name, ok=True)


def _expect(holds: bool, words: str) -> None:
    if not holds:
        raise Error("storage_io", f"The place does not do what was asked: {words}.")


def _part(store: BlobStore, key: str) -> bytes:
    reader = getattr(store, "read_range", None)
    if reader is not None:
        return bytes(reader("originals", key, 100, 100))
    with store.open("originals", key) as file:
        file.seek(100)
        return file.read(100)


def _listed(store: BlobStore, key: str) -> bool:
    before = f"{int(key, 16) - 1:064x}"
    return next(iter(store.keys("originals", before)), None) == key


def _refused_twice(store: BlobStore) -> None:
    """A rendition's second writer must not win."""
    key = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
    try:
        store.put("renditions", key, b"first", durable=True)
        again = store.put("renditions", key, b"later", durable=True)
        _expect(not again and store.read("renditions", key) == b"first", "the second writer replaced the first")
    finally:
        store.delete("renditions", key)


def _fetched(store: BlobStore, key: str) -> bytes:
    sign = getattr(store, "presign", None)
    address = sign("originals", key, seconds=60.0) if sign else None
    _expect(address is not None, "no address was made")
    return httpx.get(str(address), timeout=20.0).content
