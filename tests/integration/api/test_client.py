"""The Python client against the API as it is served."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from pathlib import Path

import pytest

from darkroom.client import AsyncClient, Client, library, recipes
from darkroom.client.sending import IN_PARTS, Sent
from darkroom.errors import Error
from tests.factories import image_record
from tests.pictures import jpeg
from tests.stack import wait_until


def test_pictures_are_sent_listed_and_asked_for(server, add, tmp_path):
    data = jpeg(3)
    (tmp_path / "a.jpg").write_bytes(data)
    add([image_record(number) for number in range(5)])
    with Client(server.url) as client:
        listed = [one.id for one in client.items(library.list_images(limit=2))]
        assert len(listed) == len(set(listed)) == 5
        assert client.send(library.get_image(listed[0])).id == listed[0]
        accepted = client.send(library.upload_images([tmp_path / "a.jpg"], tags=["sea", "sky"]))
        assert client.send(library.get_batch(accepted.batch.id)).id == accepted.batch.id
        with pytest.raises(Error) as caught:
            client.send(library.get_image(hashlib.sha256(b"none").hexdigest()))
        assert caught.value.code == "not_found"
        assert caught.value.context["trace_id"]

    async def work() -> list[str]:
        async with AsyncClient(server.url) as client:
            assert (await client.send(recipes.list_operations())).items
            return [one.id async for one in client.items(library.list_images(limit=3))]

    assert asyncio.run(work()) == listed


def test_a_picture_comes_to_disk_checked(server, stored, tmp_path):
    with Client(server.url) as client:
        found = client.download(library.get_original(stored.id), tmp_path)
        assert found.name == "IMG 7 ä.jpg"
        assert hashlib.sha256(found.read_bytes()).hexdigest() == stored.id
        small = client.download(library.get_thumbnail(stored.id), tmp_path / "small.webp")
    assert small.read_bytes() == b"webp thumbnail"


def test_events_are_followed_over_a_restart_of_the_server(server, add, stores):
    add([image_record(0)])
    heard = []

    def listen() -> None:
        with Client(server.url) as client:
            for one in client.events(after=0):
                heard.append(one)
                if one.ids == ("end",):
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    wait_until(lambda: heard, seconds=60, what="the first event")
    server.restart()
    add([image_record(1)])
    stores.database.run(lambda session: stores.events.append(session, type="tags.changed", principal="x", ids=["end"]))
    listener.join(timeout=60)
    assert [(one.seq, one.type) for one in heard] == [(1, "images.added"), (2, "images.added"), (3, "tags.changed")]


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_files_of_any_size_are_sent_once(server, stores, add, tmp_path, colour):
    """Small ones together, a large one in parts by two servers of which one dies, known ones not at all."""
    known = add([image_record(1, id=hashlib.sha256(b"known").hexdigest())])[0]
    contents = {
        "known.jpg": b"known",
        "small.jpg": b"small",
        "twice.jpg": b"small",
        "large.tif": os.urandom(IN_PARTS + 5),
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in contents]
    told = []

    def send(url: str, on_progress) -> Sent:
        if colour == "sync":
            with Client(url) as client:
                return client.upload(paths, on_progress=on_progress)

        async def work() -> Sent:
            async with AsyncClient(url) as client:
                return await client.upload(paths, on_progress=on_progress)

        return asyncio.run(work())

    sent = send(server.url, lambda *far: told.append(far))
    assert (sent.sent, sent.known, len(sent.batches)) == (2, 2, 2)
    size = sum(map(len, contents.values()))
    assert told[-1] == (size, size)
    items = [item for batch in sent.batches for item in stores.batches.manifest(batch).items]
    assert {item.key: Path(item.path).read_bytes() for item in items} == {
        "small.jpg": b"small", "large.tif": contents["large.tif"],
    }  # fmt: skip
    assert known.id not in {hashlib.sha256(Path(item.path).read_bytes()).hexdigest() for item in items}


def test_the_same_call_goes_on_after_the_server_died(server, stores, tmp_path):
    large = tmp_path / "large.tif"
    large.write_bytes(os.urandom(IN_PARTS * 5))
    asked = []

    def kill(done: int, total: int) -> None:
        if done:
            server.kill()

    with Client(server.url) as client:
        client._sleep = lambda _seconds: None
        with pytest.raises(Error) as caught:
            client.upload([large], on_progress=kill)
    assert caught.value.code == "server_unreachable"
    server.start()
    with Client(server.url) as client:
        client._http.event_hooks["request"].append(lambda request: asked.append((request.method, request.url.path)))
        sent = client.upload([large])
    assert sum(method == "PUT" for method, _ in asked) == 2  # of ten parts eight were there
    item = stores.batches.manifest(sent.batches[0]).items[0]
    assert Path(item.path).read_bytes() == large.read_bytes()
