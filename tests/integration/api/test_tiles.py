"""Large pictures in tiles."""

from __future__ import annotations

import hashlib
import io
import threading

import numpy as np
import pytest
from PIL import Image

from tests.factories import image_record
from tests.pictures import jpeg


@pytest.fixture
def kept(stores, add):
    """Brings a picture in whose original is in the blob store."""

    def keep(data: bytes, **fields):
        image = hashlib.sha256(data).hexdigest()
        stores.blobs.put("originals", image, data, durable=False)
        return add([image_record(len(data), id=image, bytes=len(data), **fields)])[0]

    return keep


@pytest.fixture
def gradient() -> bytes:
    """1300 x 700 pixels whose red tells the column and whose green tells the row."""
    columns, rows = np.meshgrid(np.arange(1300) * 255 // 1299, np.arange(700) * 255 // 699)
    out = io.BytesIO()
    pixels = np.dstack([columns, rows, np.full_like(rows, 60)]).astype(np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def _ended(library):
    yield
    library.tiles.close()


def pixels_of(answer) -> np.ndarray:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


def test_tiles_put_together_are_the_picture(client, kept, gradient):
    record = kept(gradient, name="g.png", media_type="image/png", format="png", width=1300, height=700)
    base = f"/api/v1/images/{record.id}/tiles"
    grid = client.get(base).json()
    assert grid == {"width": 1300, "height": 700, "tile": 512, "levels": 3}
    rows = [np.concatenate([pixels_of(client.get(f"{base}/2/{x}/{y}")) for x in range(3)], axis=1) for y in range(2)]
    whole = np.concatenate(rows, axis=0)
    source = np.asarray(Image.open(io.BytesIO(gradient))).astype(int)
    assert whole.shape == source.shape
    assert np.abs(whole - source).max() <= 6
    assert pixels_of(client.get(f"{base}/0/0/0")).shape == (175, 325, 3)


def test_a_tile_is_upright_and_may_be_kept(client, kept):
    image = Image.open(io.BytesIO(jpeg(5, width=900, height=300)))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    record = kept(out.getvalue(), name="turned.jpg", width=300, height=900, orientation=6)
    base = f"/api/v1/images/{record.id}/tiles"
    assert (client.get(base).json()["width"], client.get(base).json()["height"]) == (300, 900)
    answer = client.get(f"{base}/1/0/1")
    assert pixels_of(answer).shape == (388, 300, 3)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = client.get(f"{base}/1/0/1", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("place", "status", "code"),
    [("0/1/0", 404, "not_found"), ("9/0/0", 404, "not_found"), ("0/-1/0", 422, "invalid_parameter")],
)
def test_tiles_that_are_not_there(client, kept, place, status, code):
    record = kept(jpeg(1), name="small.jpg", width=64, height=48)
    answer = client.get(f"/api/v1/images/{record.id}/tiles/{place}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_pictures_that_are_not_there_or_broken(client, kept, stores):
    assert client.get(f"/api/v1/images/{'0' * 64}/tiles").json()["code"] == "not_found"
    broken = kept(b"\xff\xd8\xff\xe0 no picture", name="broken.jpg")
    assert client.get(f"/api/v1/images/{broken.id}/tiles").json()["code"] == "image_truncated"
    stores.blobs.delete("originals", broken.id)
    assert client.get(f"/api/v1/images/{broken.id}/tiles").json()["code"] == "blob_missing"


def test_two_at_once_cut_it_once(client, kept, library, monkeypatch, gradient):
    record = kept(gradient, name="g.png", media_type="image/png", format="png")
    cut = []
    make = library.tiles._make
    monkeypatch.setattr(library.tiles, "_make", lambda *given: (cut.append(1), make(*given)))
    threads = [threading.Thread(target=client.get, args=(f"/api/v1/images/{record.id}/tiles",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cut == [1]


def test_beyond_the_limit_what_was_not_looked_at_goes(client, kept, library, mongo_settings):
    library.tiles._settings = mongo_settings.model_copy(update={"tile_cache_mb": 0})
    first, second = (kept(jpeg(seed), name=f"{seed}.jpg") for seed in (1, 2))
    for record in (first, second):
        assert client.get(f"/api/v1/images/{record.id}/tiles").status_code == 200
    assert {folder.name for folder in library.tiles._folder.glob("??/*")} == {second.id}


def test_what_is_removed_for_good_leaves_no_tile(client, kept, library):
    record = kept(jpeg(9), name="9.jpg")
    assert client.get(f"/api/v1/images/{record.id}/tiles").status_code == 200
    assert client.delete(f"/api/v1/images/{record.id}").status_code == 200
    assert client.get(f"/api/v1/images/{record.id}/tiles").json()["code"] == "not_found"
    assert client.post("/api/v1/trash/purge", json={"all": True}).json()["images"] == 1
    assert list(library.tiles._folder.glob("??/*")) == []
