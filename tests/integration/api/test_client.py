"""The Python client against the API as it is served."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from darkroom.client import AsyncClient, Client, library, recipes
from darkroom.errors import Error
from tests.factories import image_record
from tests.pictures import jpeg


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
