"""Buckets that pictures are dropped into, played by moto: what is new or changed comes in once, whatever breaks."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator

import dagster as dg
import obstore
import pytest

from darkroom.connectors.bucket import BucketConnector
from darkroom.domain.access import SYSTEM
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store.blobs.clients import make_client
from darkroom.store.blobs.location import parse_location
from darkroom.supervisor.plan import settings_variables
from jobs.buckets import BUCKET_TAG, collect_objects
from resources.library import LibraryResource
from sensors.buckets import make_new_objects_sensor
from tests.integration.storage.conftest import opened
from tests.object_servers import ObjectServer
from tests.pictures import jpeg


@pytest.fixture
def url(s3: ObjectServer) -> str:
    return s3.url()


@pytest.fixture
def client(s3: ObjectServer, url: str):
    return make_client(parse_location(url), s3.credentials)


@pytest.fixture
def library(quick_settings: Settings, url: str) -> Iterator[Library]:
    library = opened(quick_settings.model_copy(update={"buckets": f"drop={url}"}))
    yield library
    library.close()


def run(library: Library) -> list[str]:
    """Do the runs that were asked for; returns the pictures there are."""
    for number, batch in enumerate(library.launcher.launched):
        library.ingest.run_batch(SYSTEM, batch, f"run-{number}")
    library.launcher.launched.clear()
    return sorted(one.id for one in library.stores.images.page(ImageQuery(), limit=100, cursor=None).items)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def left_behind(library: Library) -> list[str]:
    return [path.name for path in library.settings.uploads.rglob("*") if path.is_file()]


def test_what_is_dropped_comes_in_once_and_what_changes_comes_in_again(library: Library, client) -> None:
    buckets, first, second = library.buckets, jpeg(1), jpeg(2)
    assert buckets.names(SYSTEM) == ("drop",)
    assert buckets.look(SYSTEM, "drop", None) == (False, None)
    obstore.put(client, "holiday/beach/a b.jpg", first)
    for name in (".hidden.jpg", "c.jpg.part", "x/.git/d.jpg"):
        obstore.put(client, name, b"left alone")
    assert buckets.look(SYSTEM, "drop", None)[0]
    found = buckets.collect(SYSTEM, "drop")
    assert (found.files, found.bytes, len(found.batches)) == (1, len(first), 1)
    assert run(library) == [sha(first)]
    record = library.stores.images.get(sha(first))
    source = record.sources[0]
    assert (source.connector, source.key, record.tags) == ("bucket:drop", "holiday/beach/a b.jpg", ("beach", "holiday"))
    assert left_behind(library) == []
    new, cursor = buckets.look(SYSTEM, "drop", None)
    assert not new
    assert cursor is not None
    assert buckets.look(SYSTEM, "drop", cursor) == (False, cursor)
    assert buckets.collect(SYSTEM, "drop").batches == ()
    obstore.put(client, "holiday/beach/a b.jpg", second + b" ")  # the same key, another content
    assert buckets.look(SYSTEM, "drop", cursor) == (True, cursor)
    assert buckets.collect(SYSTEM, "drop").files == 1
    assert run(library) == sorted([sha(first), sha(second + b" ")])
    assert bytes(obstore.get(client, "holiday/beach/a b.jpg").bytes()) == second + b" "


def test_many_objects_become_batches_of_the_usual_size(quick_settings: Settings, url: str, client) -> None:
    changes = {"buckets": f"drop={url}", "batch_max_files": 2, "max_file_bytes": 10_000}
    library = opened(quick_settings.model_copy(update=changes))
    for number in range(5):
        obstore.put(client, f"{number}.jpg", jpeg(number, width=32, height=32))
    obstore.put(client, "large.jpg", bytes(10_001))
    found = library.buckets.collect(SYSTEM, "drop")
    assert (len(found.batches), found.files, found.too_large) == (3, 5, 1)
    assert len(run(library)) == 5
    assert not library.buckets.look(SYSTEM, "drop", None)[0]
    library.close()


def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(library: Library, client, monkeypatch) -> None:
    data = {f"{number}.jpg": jpeg(number) for number in range(3)}
    for name, content in data.items():
        obstore.put(client, name, content)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:  # in the middle of a file
        patch.setattr(os, "fsync", die)
        with pytest.raises(KeyboardInterrupt):
            library.buckets.collect(SYSTEM, "drop")
    assert library.launcher.launched == []
    assert left_behind(library) == []
    with monkeypatch.context() as patch:  # between making the batch and remembering the objects
        patch.setattr(library.buckets._arrivals, "record", die)
        with pytest.raises(KeyboardInterrupt):
            library.buckets.collect(SYSTEM, "drop")
    assert len(library.launcher.launched) == 1
    assert run(library) == sorted(map(sha, data.values()))
    assert library.buckets.collect(SYSTEM, "drop").files == 3  # once more, known by their bytes
    assert run(library) == sorted(map(sha, data.values()))
    assert library.buckets.collect(SYSTEM, "drop").files == 0


def test_a_large_object_is_read_in_pieces_and_one_that_changes_meanwhile_is_refused(client) -> None:
    data = os.urandom(20_000_001)
    obstore.put(client, "large.tif", data)
    connector = BucketConnector(client, "bucket:x")
    [listed] = connector.list()
    pieces = list(connector.pieces(listed))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == 8 << 20
    reading = connector.pieces(listed)
    next(reading)
    obstore.put(client, "large.tif", os.urandom(20_000_001))
    with pytest.raises(Error) as caught:
        next(reading)
    assert caught.value.code == "source_changed"
    obstore.delete(client, "large.tif")
    with pytest.raises(Error) as caught:
        list(connector.pieces(listed))
    assert caught.value.code == "source_missing"


def test_what_cannot_be_watched_is_said_without_secrets(quick_settings: Settings, url: str) -> None:
    library = opened(quick_settings.model_copy(update={"buckets": "inside=/srv/pictures"}))
    with pytest.raises(Error, match="DARKROOM_BUCKETS: inside is a folder"):
        library.buckets.names(SYSTEM)
    library.close()
    missing = url.replace("s3://bucket/", "s3://other-bucket/")
    library = opened(quick_settings.model_copy(update={"buckets": f"gone={missing}"}))
    with pytest.raises(Error) as caught:
        library.buckets.look(SYSTEM, "gone", None)
    assert caught.value.code == "source_missing"
    assert "tests-secret" not in str(caught.value)
    library.close()


def test_the_sensor_asks_for_one_run_a_bucket_and_the_run_collects(library: Library, client, monkeypatch) -> None:
    for name, value in settings_variables(library.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DARKROOM_BUCKETS", library.settings.buckets)
    obstore.put(client, "a.jpg", jpeg(1))
    sensor = make_new_objects_sensor(collect_objects)
    resource = LibraryResource()
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(cursor: str | None):
            context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"library": resource})
            return sensor(context)

        first = tick(None)
        [request] = first.run_requests
        assert request.tags == {BUCKET_TAG: "drop"}
        done = collect_objects.execute_in_process(
            run_config=request.run_config, instance=instance, resources={"library": resource}
        )  # fmt: skip
        assert done.output_for_node("collect")["files"] == 1
        second = tick(first.cursor)
        assert second.run_requests == []
        assert json.loads(second.cursor)["drop"] > 0
    assert len(library.stores.batches.list(connector="bucket:drop").items) == 1
