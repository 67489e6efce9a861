"""One conformance suite for every blob store, and what is particular to the local one."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.errors import Error
from darkroom.store.blobs import BlobStore, LocalBlobStore, MemoryBlobStore

PROVIDERS: dict[str, Callable[[Path], BlobStore]] = {
    "local": lambda folder: LocalBlobStore(folder / "blobs"),
    "memory": lambda _folder: MemoryBlobStore(),
}


@pytest.fixture(params=PROVIDERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return PROVIDERS[request.param](tmp_path)


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


def test_open_seeks_where_ranges_are_offered(store: BlobStore) -> None:
    data = bytes(range(256)) * 100
    store.put("originals", sha(data), data, durable=False)
    assert store.capabilities.range_read
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
    assert list(store.keys("originals")) == [key for key in sorted(data) if key != gone]


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
    assert store.capabilities.conditional_put
    assert sorted(created) == [False] * 7 + [True]
    assert store.read("originals", sha(data)) == data


# What is particular to files


@pytest.fixture
def local(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_files_are_sharded_and_nothing_else_stays(local: LocalBlobStore) -> None:
    key = sha(b"x")
    local.put("originals", key, b"x", durable=True)
    assert files(local.root) == [local.root / "originals" / key[:2] / key[2:4] / key]


def test_it_travels_to_other_processes(local: LocalBlobStore) -> None:
    local.put("originals", sha(b"x"), b"x", durable=False)
    copy = pickle.loads(pickle.dumps(local))  # noqa: S301
    assert copy.read("originals", sha(b"x")) == b"x"


def test_damage_is_found(local: LocalBlobStore) -> None:
    data = b"0123456789"
    local.put("originals", sha(data), data, durable=True)
    path = local.local_path("originals", sha(data))
    assert path is not None
    path.write_bytes(b"0123456780")
    assert code(lambda: local.verify("originals", sha(data))) == "blob_damaged"
    path.write_bytes(b"")  # what a power failure may leave of a file that was not synced
    assert local.put("originals", sha(data), data, durable=True) is True
    local.verify("originals", sha(data))
    assert len(files(local.root)) == 1


def test_links_out_of_the_store_are_not_followed(local: LocalBlobStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    key = sha(b"link")
    link = local.root / "renditions" / key[:2] / key[2:4] / key
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)
    assert local.local_path("renditions", key) is None
    assert code(lambda: local.read("renditions", key)) == "storage_io"


@pytest.mark.parametrize(
    ("number", "wanted"),
    [(errno.ENOSPC, "storage_full"), (errno.EDQUOT, "storage_full"), (errno.EROFS, "storage_read_only"),
     (errno.EACCES, "storage_read_only"), (errno.EIO, "storage_io")],
)  # fmt: skip
def test_trouble_of_the_disk_has_a_name_and_leaves_nothing(
    local: LocalBlobStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, wanted: str
) -> None:
    local.put("originals", sha(b"before"), b"before", durable=True)
    file = tmp_path / "file"
    file.write_bytes(b"data")

    def fail(_handle: int, _data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("darkroom.store.blobs.local.os.write", fail)
    assert code(lambda: local.put("originals", sha(b"data"), b"data", durable=True)) == wanted
    assert code(lambda: local.put_file("originals", file)) == wanted
    monkeypatch.undo()
    assert [path.name for path in files(local.root)] == [sha(b"before")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_really_full_disk_is_called_full(local: LocalBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def full(path: str, flags: int, mode: int = 0o777) -> int:
        return real("/dev/full", os.O_WRONLY) if flags & os.O_CREAT else real(path, flags, mode)

    monkeypatch.setattr("darkroom.store.blobs.local.os.open", full)
    assert code(lambda: local.put("originals", sha(b"data"), b"data", durable=True)) == "storage_full"


def test_without_hard_links_it_still_stores_in_one_step(local: LocalBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: str, _target: str) -> None:
        raise OSError(errno.EPERM, "no hard links")

    local.put("originals", sha(b"first"), b"first", durable=False)
    monkeypatch.setattr("darkroom.store.blobs.local.os.link", refuse)
    assert local.put("originals", sha(b"x"), b"x", durable=True) is True
    assert local.put("originals", sha(b"x"), b"x", durable=True) is False
    assert len(files(local.root)) == 2


KILLED = """
import hashlib, sys
from pathlib import Path
from darkroom.store.blobs import LocalBlobStore
store = LocalBlobStore(Path(sys.argv[1]))
for number in range(10**9):
    data = number.to_bytes(8, "big") * 100_000
    store.put("originals", hashlib.sha256(data).hexdigest(), data, durable=False)
    print(number, flush=True)
"""


@pytest.mark.kill
def test_a_killed_writer_leaves_only_whole_blobs(local: LocalBlobStore) -> None:
    done = 0
    for round_ in range(4):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(local.root)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(5 + round_ * 7):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            done = max(done, 5 + round_ * 7)
        for key in local.keys("originals"):
            local.verify("originals", key)
    assert len(list(local.keys("originals"))) >= done
    local.sweep(older_than=-1)
    assert {path.name for path in files(local.root)} == set(local.keys("originals"))
    assert local.sweep() == 0
