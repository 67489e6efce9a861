"""A library in S3: pictures come in, and are shown through the API, without a blob on this machine's disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.library import Library
from tests.integration.storage.conftest import take_in
from tests.pictures import drop, encode, jpeg


def noise(side: int) -> bytes:
    """A picture larger than what is fetched at once."""
    return encode(Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)), "PNG")


def test_a_whole_ingest_lands_in_s3_and_is_served_from_there(s3_library: Library, inbox: Path) -> None:
    pictures = {f"{number}.jpg": jpeg(number, width=1600, height=1200, quality=97) for number in range(6)}
    pictures["large.png"] = noise(700)
    # An isolated decoder gets the store by pickle.
    pictures["moving.gif"] = encode(Image.effect_noise((300, 200), 60), "GIF")
    for name, data in pictures.items():
        drop(inbox, name, data)
    take_in(s3_library)
    keys = sorted(hashlib.sha256(data).hexdigest() for data in pictures.values())
    assert list(s3_library.stores.blobs.routed.tiers[0].store.keys("originals")) == keys
    assert not [path for path in s3_library.settings.blobs.rglob("*") if path.is_file()]
    with TestClient(
        create_app(library=s3_library), base_url="http://localhost:8000", client=("127.0.0.1", 1)
    ) as client:
        for data in pictures.values():
            check(client, hashlib.sha256(data).hexdigest(), data)


def check(client: TestClient, key: str, data: bytes) -> None:
    """Every file of a picture, whole and in part."""
    base = f"/api/v1/images/{key}"
    for kind in ("thumbnail", "preview"):
        answer = client.get(f"{base}/{kind}")
        assert answer.status_code == 200
        assert answer.headers["content-length"] == str(len(answer.content))
    answer = client.get(f"{base}/original")
    assert answer.content == data
    assert client.get(f"{base}/original", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    for first, last in ((0, 0), (100, 4999), (len(data) - 1000, len(data) - 1)):
        part = client.get(f"{base}/original", headers={"Range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.content == data[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(data)}"


def test_bytes_that_vanished_from_s3_are_missing_and_not_an_error(s3_library: Library, inbox: Path) -> None:
    data = noise(700)
    drop(inbox, "a.png", data)
    take_in(s3_library)
    key = hashlib.sha256(data).hexdigest()
    assert s3_library.stores.blobs.delete("originals", key)
    with TestClient(
        create_app(library=s3_library), base_url="http://localhost:8000", client=("127.0.0.1", 1)
    ) as client:
        answer = client.get(f"/api/v1/images/{key}/original")
    assert (answer.status_code, answer.json()["code"]) == (404, "blob_missing")


def test_renditions_stay_on_disk_where_a_rule_says_so(s3_settings, inbox: Path) -> None:
    from tests.integration.storage.conftest import opened

    library = opened(s3_settings.model_copy(update={"storage_rules": "renditions -> local"}))
    drop(inbox, "a.jpg", jpeg(1, width=1600, height=1200, quality=97))
    take_in(library)
    stores = {tier.name: tier.store for tier in library.stores.blobs.routed.tiers}
    assert [len(list(stores["main"].keys(one))) for one in ("originals", "renditions")] == [1, 0]
    assert [len(list(stores["local"].keys(one))) for one in ("originals", "renditions")] == [0, 2]
    library.close()


def test_a_bucket_that_is_not_there_costs_no_picture(s3_settings, inbox: Path) -> None:
    from tests.integration.storage.conftest import opened

    wrong = opened(s3_settings.model_copy(update={"storage": s3_settings.storage.replace("//bucket/", "//gone/")}))
    for number in range(3):
        drop(inbox, f"{number}.jpg", jpeg(number))
    batches, _ = wrong.ingest.collect_inbox(SYSTEM)
    with pytest.raises(Error) as caught:
        wrong.ingest.run_batch(SYSTEM, batches[0].id, "run-1")
    assert caught.value.code == "storage_missing"
    assert wrong.stores.failures.list(state=None, limit=5).items == ()
    wrong.close()
    right = opened(s3_settings)
    assert right.ingest.run_batch(SYSTEM, batches[0].id, "run-1").batch.added == 3
    right.close()
