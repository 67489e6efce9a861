"""One conformance suite for every blob store: a test module imports it and offers the fixture `store`."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.errors import Error
from darkroom.store.blobs import BlobStore, MemoryBlobStore


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def code(call: Callable[[], object]) -> str:
    with pytest.raises(Error) as caught:
        call()
    return caught.value.code


def test_it_is_a_blob_store(store: BlobStore) -> None:
    assert isinstance(store, BlobStore)


@pytest.mark.parametrize("data", [b"", b"x", os.urandom(3_000_000)])
@pytest.mark.parametrize("durable", [True, False])
def test_what_is_put_is_read(store: BlobStore, data: bytes, durable: bool) -> None:
    key = sha(data)
    before = time.time_ns()
    assert store.put("originals", key, data, durable=durable) is True
    assert store.put("originals", key, data, durable=durable) is False
    assert store.read("originals", key) == data
    with store.open("originals", key) as file:
        assert file.read() == data
    found = store.stat("originals", key)
    assert found is not None
    assert (found.key, found.bytes) == (key, len(data))
    assert abs(found.modified_ns - before) < 60_000_000_000
    store.verify("originals", key)


def test_an_open_blob_seeks(store: BlobStore) -> None:
    data = bytes(range(256)) * 100
    store.put("originals", sha(data), data, durable=False)
    with store.open("originals", sha(data)) as file:
        file.seek(1000)
        assert file.read(10) == data[1000:1010]


def test_local_paths_are_given_exactly_where_they_are_offered(store: BlobStore) -> None:
    assert store.local_path("originals", sha(b"x")) is None
    store.put("originals", sha(b"x"), b"x", durable=False)
    path = store.local_path("originals", sha(b"x"))
    assert (path is not None) == store.capabilities.local_path
    assert path is None or path.read_bytes() == b"x"


def test_an_original_is_named_by_its_content(store: BlobStore) -> None:
    assert code(lambda: store.put("originals", sha(b"other"), b"data", durable=True)) == "blob_damaged"
    assert store.stat("originals", sha(b"other")) is None
    assert store.put("renditions", sha(b"address"), b"data", durable=False) is True
    assert store.read("renditions", sha(b"address")) == b"data"
    assert store.stat("originals", sha(b"address")) is None


def test_what_is_missing_is_missing(store: BlobStore) -> None:
    key = sha(b"nothing")
    assert code(lambda: store.read("originals", key)) == "blob_missing"
    assert code(lambda: store.open("originals", key)) == "blob_missing"
    assert code(lambda: store.verify("originals", key)) == "blob_missing"
    assert (store.stat("originals", key), store.delete("originals", key)) == (None, False)
    assert list(store.keys("originals")) == []


def test_keys_are_listed_in_order_and_gone_when_deleted(store: BlobStore) -> None:
    data = {sha(bytes([n])): bytes([n]) for n in range(50)}
    for key, content in data.items():
        store.put("originals", key, content, durable=False)
    store.put("renditions", "0" * 64, b"x", durable=False)
    assert list(store.keys("originals")) == sorted(data)
    gone = sorted(data)[7]
    assert (store.delete("originals", gone), store.delete("originals", gone)) == (True, False)
    left = [key for key in sorted(data) if key != gone]
    assert list(store.keys("originals")) == left
    assert list(store.keys("originals", after=gone)) == left[7:]
    assert list(store.keys("originals", after=left[-1])) == []


BAD = ["", "x", "../" * 10 + "etc/passwd", "/etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", "0" * 63 + "/",
       "\0" * 64, chr(0x660) * 64, "0" * 62 + ".."]  # fmt: skip


@pytest.mark.parametrize("key", BAD)
def test_nothing_else_is_a_key(store: BlobStore, tmp_path: Path, key: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    calls: list[Callable[[], object]] = [
        lambda: store.put("renditions", key, b"x", durable=False),
        lambda: store.read("renditions", key),
        lambda: store.open("renditions", key),
        lambda: store.stat("renditions", key),
        lambda: store.local_path("renditions", key),
        lambda: store.delete("renditions", key),
        lambda: store.verify("renditions", key),
    ]
    if key:
        calls.append(lambda: store.put_file("renditions", file, key=key))
    assert {code(call) for call in calls} == {"blob_key_invalid"}
    assert list(store.keys("renditions")) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(namespace=st.text(max_size=20), key=st.text(max_size=80))
def test_no_name_leads_out_of_the_store(store: BlobStore, namespace: str, key: str) -> None:
    assert code(lambda: store.put(namespace, key, b"x", durable=False)) == "blob_key_invalid"


@pytest.mark.parametrize("namespace", ["", "..", "originals/..", "Originals", "/", ".tmp"])
def test_nothing_else_is_a_namespace(store: BlobStore, namespace: str) -> None:
    assert code(lambda: store.read(namespace, "0" * 64)) == "blob_key_invalid"
    assert code(lambda: list(store.keys(namespace))) == "blob_key_invalid"


def test_a_file_is_stored_under_the_hash_of_its_content(store: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "picture.jpg"
    data = os.urandom(2_500_000)
    file.write_bytes(data)
    assert store.put_file("originals", file) == sha(data)
    assert store.read("originals", sha(data)) == data
    assert store.put_file("originals", file) == sha(data)
    assert code(lambda: store.put_file("originals", file, key=sha(b"other"))) == "blob_damaged"
    assert store.put_file("renditions", file, key=sha(b"address"), durable=False) == sha(b"address")
    file.write_bytes(b"changed later")
    assert store.read("originals", sha(data)) == data
    assert code(lambda: store.put_file("originals", tmp_path / "none")) == "source_missing"
    assert code(lambda: store.put_file("originals", tmp_path)) == "source_io"


def test_of_many_writers_exactly_one_creates(store: BlobStore) -> None:
    data = os.urandom(200_000)
    created: list[bool] = []
    start = threading.Barrier(8)

    def put() -> None:
        start.wait()
        created.append(store.put("originals", sha(data), data, durable=False))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if store.capabilities.conditional_put:
        assert sorted(created) == [False] * 7 + [True]
    assert store.read("originals", sha(data)) == data


def test_it_travels_to_other_processes(store: BlobStore) -> None:
    if isinstance(store, MemoryBlobStore):
        return
    store.put("originals", sha(b"x"), b"x", durable=False)
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301
    assert copy.read("originals", sha(b"x")) == b"x"
