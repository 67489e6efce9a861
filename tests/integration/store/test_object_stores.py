"""The conformance suite over real HTTP servers, and what is particular to object stores."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator

import httpx
import pytest

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs import BlobStore, open_blobs
from darkroom.store.blobs.objects import PART, SINGLE, ObjectBlobStore
from darkroom.store.blobs.pending import PendingParts
from tests.blob_suite import *  # noqa: F403 - its tests run here
from tests.blob_suite import code, sha
from tests.object_servers import SERVERS, ObjectServer, start_google, start_moto, start_rclone


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    server = SERVERS[request.param](tmp_path_factory.mktemp("objects"))
    yield server
    server.stop()


@pytest.fixture
def store(server: ObjectServer) -> BlobStore:
    return open_blobs(server.url(), server.settings())


def test_a_large_file_goes_up_in_parts_and_is_read_in_ranges(store: ObjectBlobStore, tmp_path) -> None:
    data = os.urandom(SINGLE + PART + 12_345)
    file = tmp_path / "large.tif"
    file.write_bytes(data)
    assert store.capabilities.multipart
    assert store.put_file("originals", file) == sha(data)
    assert store.put_file("originals", file) == sha(data)
    info = store.stat("originals", sha(data))
    assert info is not None
    assert info.bytes == len(data)
    store.verify("originals", sha(data))
    with store.open("originals", sha(data)) as opened:
        opened.seek(-10, os.SEEK_END)
        assert opened.read() == data[-10:]
        opened.seek(SINGLE - 5)
        assert opened.read(10) == data[SINGLE - 5 : SINGLE + 5]


def test_signed_addresses_are_given_exactly_where_they_are_offered(store: ObjectBlobStore) -> None:
    store.put("renditions", sha(b"address"), b"thumbnail", durable=False)
    address = store.presign("renditions", sha(b"address"), seconds=60)
    assert (address is not None) == store.capabilities.presign
    if address is not None:
        assert httpx.get(address).content == b"thumbnail"


def test_what_was_damaged_in_the_store_is_found(store: ObjectBlobStore) -> None:
    import obstore

    data = b"0123456789" * 1000
    store.put("originals", sha(data), data, durable=True)
    path = f"originals/{sha(data)[:2]}/{sha(data)}"
    obstore.put(store.client, path, b"9876543210" * 1000)
    assert code(lambda: store.read("originals", sha(data))) == "blob_damaged"
    assert code(lambda: store.verify("originals", sha(data))) == "blob_damaged"
    if store.capabilities.range_read:
        with store.open("originals", sha(data)) as opened:
            assert code(opened.read) == "blob_damaged"
    obstore.put(store.client, path, b"cut short")
    assert store.put("originals", sha(data), data, durable=True) is True
    store.verify("originals", sha(data))


def test_neither_names_nor_errors_hold_the_secret(store: ObjectBlobStore, server: ObjectServer) -> None:
    words = f"{store!r} {store.location} {store.capabilities}"
    for value in server.credentials.values():
        if len(value) > 20:
            assert value not in words


def test_a_bucket_that_is_not_there_is_named(server: ObjectServer) -> None:
    url = server.url().replace(f"://{server.bucket}/", "://no-such-bucket/")
    store = open_blobs(url, server.settings())
    with pytest.raises(Error) as caught:
        store.put("originals", sha(b"x"), b"x", durable=True)
    assert caught.value.code == "storage_missing"
    assert "no-such-bucket" in caught.value.cause


def test_folders_of_one_bucket_copy_within_the_store(server: ObjectServer, store: ObjectBlobStore) -> None:
    other = open_blobs(server.url(), server.settings())
    data = os.urandom(50_000)
    other.put("originals", sha(data), data, durable=True)
    assert store.copy_from(other, "originals", sha(data)) is True
    assert store.read("originals", sha(data)) == data
    assert code(lambda: store.copy_from(other, "originals", sha(b"none"))) == "blob_missing"
    elsewhere = open_blobs(f"{server.url()}&credentials=other", Settings())
    assert store.copy_from(elsewhere, "originals", sha(data)) is False


# Refusals and trouble


@pytest.mark.parametrize("name", ["s3 rclone", "azure"])
def test_wrong_credentials_are_refused_with_what_to_do(name: str, tmp_path) -> None:
    server = SERVERS[name](tmp_path)
    try:
        secret = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmc="
        wrong = {key: secret if key in ("secret_access_key", "account_key") else value
                 for key, value in server.credentials.items()}  # fmt: skip
        server.credentials = wrong
        store = open_blobs(server.url(), server.settings())
        calls = [
            lambda: store.put("originals", sha(b"x"), b"x", durable=True),
            lambda: store.read("originals", sha(b"x")),
            lambda: store.stat("originals", sha(b"x")),
            lambda: list(store.keys("originals")),
        ]
        for call in calls:
            with pytest.raises(Error) as caught:
                call()
            assert caught.value.code == "storage_denied"
            assert "DARKROOM_STORAGE_CREDENTIALS" in caught.value.remedy
            assert secret not in f"{caught.value} {caught.value.context} {caught.value.__cause__}"
        assert caught.value.retryable is False
    finally:
        server.stop()


def test_temporary_errors_are_tried_again(tmp_path) -> None:
    server = start_google(tmp_path)
    assert server.google is not None
    store = open_blobs(server.url(), server.settings())
    server.google.failures = [503, 500]
    assert store.put("originals", sha(b"x"), b"x", durable=True) is True
    server.google.failures = [503, 502, 429]
    assert store.read("originals", sha(b"x")) == b"x"
    server.google.failures = [500]
    assert list(store.keys("originals")) == [sha(b"x")]
    server.stop()


def test_a_store_that_is_gone_is_unavailable_and_may_come_back(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from darkroom.store.blobs import clients

    monkeypatch.setitem(clients.RETRIES, "max_retries", 1)
    url = "s3://bucket/x?endpoint=http://127.0.0.1:9"
    server = ObjectServer("s3", "bucket", "", {"access_key_id": "a", "secret_access_key": "secret-of-mine"})
    store = open_blobs(url, server.settings())
    with pytest.raises(Error) as caught:
        store.read("originals", sha(b"x"))
    assert (caught.value.code, caught.value.retryable) == ("storage_unavailable", True)
    assert "secret-of-mine" not in str(caught.value)


def test_a_store_travels_without_its_connection(tmp_path) -> None:
    server = start_moto(tmp_path)
    store = open_blobs(server.url(), server.settings())
    store.put("originals", sha(b"x"), b"x", durable=True)
    assert "client" in store.__dict__
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301
    assert "client" not in copy.__dict__
    assert copy.read("originals", sha(b"x")) == b"x"
    server.stop()


def test_a_file_that_changes_while_it_is_sent_is_taken_back(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start_rclone(tmp_path)
    file = tmp_path / "large.raw"
    file.write_bytes(os.urandom(SINGLE + 1000))
    store = open_blobs(server.url(), server.settings())
    real = store._put_checked_before

    def changed(namespace, key, opened, size):
        with file.open("r+b") as other:
            other.write(b"changed")
        return real(namespace, key, opened, size)

    monkeypatch.setattr(store, "_put_checked_before", changed)
    assert code(lambda: store.put_file("originals", file)) == "source_changed"
    assert list(store.keys("originals")) == []
    server.stop()


def test_no_credentials_at_all_say_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from darkroom.store.blobs import clients

    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.setitem(clients.RETRIES, "max_retries", 0)
    store = open_blobs("s3://bucket/x?region=eu-central-1&endpoint=http://127.0.0.1:9", Settings())
    with pytest.raises(Error) as caught:
        store.read("originals", sha(b"x"))
    assert caught.value.code == "storage_denied"
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy


def test_parts_of_an_upload_are_put_straight_there(store: ObjectBlobStore) -> None:
    if not store.capabilities.presign:
        pytest.skip("it signs no addresses")
    pending = PendingParts(store)
    assert pending.sizes("u-1") == {}
    for number, data in ((2, b"second"), (1, b"first "), (12, b"")):
        address, headers = pending.sign("u-1", number, 60)
        assert httpx.put(address, content=data, headers=headers).status_code in (200, 201)
    assert pending.sizes("u-1") == {1: 6, 2: 6, 12: 0}
    assert pending.sizes("u-2") == {}
    assert b"".join(piece for number in (1, 2) for piece in pending.pieces("u-1", number)) == b"first second"
    with pytest.raises(Error) as caught:
        list(pending.pieces("u-1", 3))
    assert caught.value.code == "conflict"
    assert list(store.keys("originals")) == []
    pending.clear("u-1")
    assert pending.sizes("u-1") == {}
