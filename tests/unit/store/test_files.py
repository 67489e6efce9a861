"""Files kept among the originals."""

from __future__ import annotations

import hashlib
import io

import polars as pl
import pytest

from darkroom.store.blobs.local import LocalBlobStore
from darkroom.store.files import keep_file, keep_path, keep_table


class Noting(LocalBlobStore):
    """Blobs that note whether a put has to outlive a power cut."""

    durable: list[bool]

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        self.durable.append(durable)
        return super().put(namespace, key, data, durable=durable)


@pytest.fixture
def blobs(tmp_path):
    made = Noting(tmp_path / "blobs")
    made.durable = []
    return made


def test_bytes_are_kept_under_their_hash_and_told_by_name_and_size(blobs):
    found = keep_file(blobs, "evaluation.json", b'{"a": 1}')
    assert (found.name, found.key, found.bytes) == ("evaluation.json", hashlib.sha256(b'{"a": 1}').hexdigest(), 8)
    assert blobs.read("originals", found.key) == b'{"a": 1}'


def test_a_file_outlives_a_power_cut_unless_that_is_not_asked_for(blobs):
    keep_file(blobs, "manifest", b"kept")
    keep_file(blobs, "step-1.json", b"drawn anew", durable=False)
    keep_table(blobs, "table.parquet", pl.DataFrame({"a": [1]}))
    assert blobs.durable == [True, False, True]


def test_a_table_is_kept_as_parquet(blobs):
    table = pl.DataFrame({"id": ["a", "b"], "score": [0.25, 0.5]})
    found = keep_table(blobs, "cats-1.parquet", table)
    data = blobs.read("originals", found.key)
    assert (found.name, found.bytes) == ("cats-1.parquet", len(data))
    assert pl.read_parquet(io.BytesIO(data)).equals(table)


def test_a_file_of_this_machine_keeps_its_name(blobs, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights")
    found = keep_path(blobs, path)
    assert (found.name, found.bytes) == ("model.onnx", 7)
    assert blobs.read("originals", found.key) == b"weights"
