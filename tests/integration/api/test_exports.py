"""Pictures taken along: told before, written by a request or a run, fetched by whoever began it, gone after a day."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable

import pytest

from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.exports import service
from darkroom.services.exports.keeping import KEPT, tidy
from tests.factories import image_record
from tests.pictures import jpeg

SMALL = {"name": "small", "operations": [{"resize": {"width": 60}}], "output": {"format": "webp"}}


@pytest.fixture
def photos(library, add) -> Callable[..., list[str]]:
    """Pictures with their bytes, which are called alike."""

    def work(count: int, *, name: str = "a/b: sea.jpg") -> list[str]:
        records = []
        for number in range(count):
            data = jpeg(number, width=80, height=60)
            image = hashlib.sha256(data).hexdigest()
            library.stores.blobs.put("originals", image, data, durable=False)
            facts = {"width": 80, "height": 60, "format": "jpeg", "media_type": "image/jpeg", "bytes": len(data)}
            records.append(image_record(number, id=image, name=name, batch="b-out", renditions=(), **facts))
        add(records)
        return [one.id for one in records]

    yield work
    if "previews" in library.__dict__:
        library.previews.close()


def exported(client, **given: object) -> dict:
    answer = client.post("/api/v1/exports", json=given)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def opened(client, work: dict) -> zipfile.ZipFile:
    answer = client.get(work["links"]["file"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_originals_come_byte_for_byte_under_names_that_every_system_takes(client, library, photos):
    ids = photos(3)
    view = {"selection": {"query": {"batch": "b-out"}, "except": ids[2:]}, "sidecars": True}
    told = client.post("/api/v1/exports/preview", json=view).json()
    size = sum(len(library.stores.blobs.read("originals", one)) for one in ids[:2])
    assert (told["count"], told["files"], told["lacking"], told["bytes"]) == (2, 2, 0, size)
    assert not list(library.settings.exports.glob("*.zip"))

    done = exported(client, **view)
    assert (done["state"], done["changed"], done["failed"]) == ("done", 2, 0)  # so little is done at once
    archive = opened(client, done)
    names = archive.namelist()
    assert names[:2] == ["a_b_ sea.jpg", "a_b_ sea.jpg.xmp"]
    assert len({one.casefold() for one in names}) == 4
    assert archive.testzip() is None
    assert {hashlib.sha256(archive.read(one)).hexdigest() for one in names if one.endswith(".jpg")} == set(ids[:2])
    assert b"xmpmeta" in archive.read(names[1])
    part = client.get(done["links"]["file"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PK\x03\x04")


def test_many_are_for_a_run_that_can_be_stopped_and_leaves_nothing_then(client, library, launcher, photos, monkeypatch):
    monkeypatch.setattr(service, "_AT_ONCE", 1)
    ids = photos(3)
    begun = exported(client, selection={"ids": ids})
    assert (begun["state"], "file" in begun["links"], launcher.launched) == ("queued", False, [begun["id"]])
    assert client.get(f"/api/v1/exports/{begun['id']}/file").status_code == 404
    client.post(f"/api/v1/operations/{begun['id']}/cancel")
    assert library.work.run(SYSTEM, begun["id"], "run-1").state == "cancelled"
    assert list(library.settings.exports.iterdir()) == []

    again = exported(client, selection={"ids": ids})
    library.stores.blobs.delete("originals", ids[1])
    library.work.run(SYSTEM, again["id"], "run-2")
    found = client.get(f"/api/v1/operations/{again['id']}").json()
    assert (found["state"], found["changed"], found["failed"]) == ("done", 2, 1)
    assert (found["failures"][0]["id"], found["failures"][0]["code"]) == (ids[1], "blob_missing")
    assert len(opened(client, found).namelist()) == 2


def test_what_a_recipe_made_is_taken_along_as_far_as_it_is_there(client, library, photos):
    ids = photos(2)
    results = {"files": "results", "of": {"recipe": SMALL}, "selection": {"ids": ids}}
    none = client.post("/api/v1/exports", json=results)
    assert (none.status_code, none.json()["code"]) == (422, "invalid_parameter")
    assert "made nothing" in none.json()["detail"]
    order = client.post("/api/v1/renditions", json={"recipe": SMALL, "images": ids[:1]}).json()
    library.renditions.run_order(SYSTEM, order["id"], "run-1")
    told = client.post("/api/v1/exports/preview", json=results).json()
    assert (told["count"], told["files"], told["lacking"]) == (2, 1, 1)
    assert told["bytes"] > 0
    done = exported(client, **results)
    assert (done["changed"], done["failed"]) == (1, 1)
    archive = opened(client, done)
    assert archive.namelist() == ["b_ sea-small.webp"]
    assert archive.read("b_ sea-small.webp")[8:12] == b"WEBP"


def test_a_file_is_kept_for_a_day_and_goes_with_pictures_that_are_removed_for_good(client, library, photos):
    ids = photos(2)
    done = exported(client, selection={"ids": ids})
    file = library.settings.exports / f"{done['id']}.zip"
    assert tidy(library.settings) == 0
    old = time.time() - KEPT.total_seconds() - 60
    os.utime(file, (old, old))
    assert (tidy(library.settings), file.exists()) == (1, False)
    assert client.get(done["links"]["file"]).status_code == 404

    other = exported(client, selection={"ids": ids})
    client.post("/api/v1/trash", json={"ids": ids[:1]})
    client.post("/api/v1/trash/empty")
    assert not (library.settings.exports / f"{other['id']}.zip").exists()


def test_what_does_not_fit_or_is_another_ones_is_refused(client, library, photos, monkeypatch):
    ids = photos(2)
    done = exported(client, selection={"ids": ids})
    stranger = SYSTEM.model_copy(update={"id": "u-other"})
    with pytest.raises(Error, match="no file of an export"):
        library.exports.file(stranger, done["id"])
    monkeypatch.setattr(service, "_SPARE", 1 << 60)
    full = client.post("/api/v1/exports", json={"selection": {"ids": ids}})
    assert (full.status_code, full.json()["code"]) == (507, "storage_full")
    monkeypatch.setattr(service, "_MOST", 1)
    many = client.post("/api/v1/exports/preview", json={"selection": {"ids": ids}})
    assert (many.status_code, many.json()["parameter"]) == (422, "selection")
    wrong = client.post("/api/v1/exports/preview", json={"selection": {"ids": ids}, "files": "results"})
    assert wrong.status_code == 422
