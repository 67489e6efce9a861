"""The Python client against the API as it is served."""

from __future__ import annotations

import asyncio
import hashlib
import threading

import pytest

from darkroom.client import AsyncClient, Client, library, recipes
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
