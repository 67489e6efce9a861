"""The conformance suite on the disk and in memory, and what is particular to the disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from darkroom.store.blobs import BlobStore, LocalBlobStore, MemoryBlobStore
from darkroom.store.blobs.routed import RoutedBlobStore, Tier
from darkroom.store.blobs.rules import parse_rules
from tests.blob_suite import *  # noqa: F403 - its tests run here
from tests.blob_suite import code, sha

PROVIDERS: dict[str, Callable[[Path], BlobStore]] = {
    "local": lambda folder: LocalBlobStore(folder / "blobs"),
    "memory": lambda _folder: MemoryBlobStore(),
    "routed": lambda folder: RoutedBlobStore(
        [
            Tier("main", LocalBlobStore(folder / "hot"), (LocalBlobStore(folder / "before"),)),
            Tier("archive", LocalBlobStore(folder / "archive")),
        ],
        parse_rules("originals over 1MB -> archive", ["main", "archive"]),
    ),
}


@pytest.fixture(params=PROVIDERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return PROVIDERS[request.param](tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_files_are_sharded_and_nothing_else_stays(local: LocalBlobStore) -> None:
    key = sha(b"x")
    local.put("originals", key, b"x", durable=True)
    assert files(local.root) == [local.root / "originals" / key[:2] / key[2:4] / key]


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
