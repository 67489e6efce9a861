"""Recipes run on pictures of the library: estimates, orders, runs that die, results, the sweep."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from darkroom.domain.access import SYSTEM
from darkroom.domain.run import RunRecord
from darkroom.imaging import codecs
from darkroom.imaging.metadata import read_metadata
from darkroom.imaging.words import said
from darkroom.services.library import Library
from darkroom.services.runs import RENDITION_JOB
from darkroom.store.references import BlobReferences
from darkroom.supervisor.plan import settings_variables
from tests.factories import image_record
from tests.pictures import jpeg

ROOT = Path(__file__).parents[3]
SMALL = {"name": "small", "operations": [{"resize": {"width": 60}}, "sharpen"], "output": {"format": "webp"}}


@pytest.fixture
def library(library: Library) -> Iterator[Library]:
    yield library
    if "previews" in library.__dict__:
        library.previews.close()


@pytest.fixture
def photos(library: Library, add) -> Callable[..., list[str]]:
    """Pictures whose originals are there; `broken` ones cannot be decoded."""

    def work(count: int, *, broken: int = 0, width: int = 200) -> list[str]:
        records = []
        for number in range(count):
            data = jpeg(number, width=width, height=width * 3 // 4)
            data = data[: len(data) // 3] if number < broken else data
            image = hashlib.sha256(data).hexdigest()
            library.stores.blobs.put("originals", image, data, durable=False)
            facts = {"width": width, "height": width * 3 // 4, "format": "jpeg", "media_type": "image/jpeg"}
            records.append(image_record(number, id=image, name=f"p{number}.jpg", batch="b-9", renditions=(), **facts))
        add(records)
        return [one.id for one in records]

    return work


def order(client, **given: object):
    answer = client.post("/api/v1/renditions", json=given)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def run(library: Library, found: dict, run_id: str = "run-1"):
    return library.renditions.run_order(SYSTEM, found["id"], run_id)


def test_an_order_is_estimated_made_once_and_looked_up_the_second_time(client, library, launcher, photos):
    images = photos(6)
    estimate = order(client, recipe=SMALL, images=images, dry_run=True)
    assert (estimate["pictures"], estimate["to_compute"], estimate["reused"]) == (6, 6, 0)
    assert 0 < estimate["seconds"]["low"] <= estimate["seconds"]["expected"] <= estimate["seconds"]["high"]
    assert estimate["bytes"]["expected"] > 0
    assert (estimate["cost"], estimate["currency"]) == (None, None)
    library.renditions.settings = library.settings.model_copy(update={"price_per_hour": 36.0, "currency": "CHF"})
    priced = order(client, recipe=SMALL, images=images, dry_run=True)
    assert priced["cost"]["expected"] == pytest.approx(priced["seconds"]["expected"] / 100)
    assert priced["currency"] == "CHF"
    assert client.get("/api/v1/renditions").json()["items"] == []
    placed = client.post("/api/v1/renditions", json={"recipe": SMALL, "images": images[:4]})
    assert (placed.status_code, placed.json()["state"]) == (202, "queued")
    first = placed.json()
    assert placed.headers["Location"] == f"/api/v1/renditions/{first['id']}"
    assert launcher.launched == [first["id"]]
    assert run(library, first).state == "done"
    done = client.get(f"/api/v1/renditions/{first['id']}").json()
    assert (done["done"], done["made"], done["reused"], done["failed"]) == (4, 4, 0, 0)
    assert (done["seconds_left"], done["made_bytes"] > 0) == (0.0, True)
    assert done["source_bytes"] == sum(client.get(f"/api/v1/images/{one}").json()["bytes"] for one in images[:4])
    again = order(client, recipe={**SMALL, "name": "other"}, query={"batch": "b-9"})
    assert again["total"] == 6
    run(library, again, "run-2")
    assert order_counts(client, again) == {"made": 2, "reused": 4, "failed": 0}
    assert order(client, recipe=SMALL, images=images, dry_run=True)["to_compute"] == 0


def test_the_words_of_the_library_are_written_into_copies_which_are_made_anew_when_they_change(client, library, photos):
    (image,) = photos(1)
    recipe = {"name": "desk", "operations": ["auto_orient"], "output": {"format": "jpeg"}, "words": "library"}

    def titles(run_id: str) -> list[str | None]:
        found = order(client, recipe=recipe, images=[image])
        assert run(library, found, run_id).state == "done"
        made = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
        files = [client.get(f"/api/v1/images/{image}/renditions/{one['id']}").content for one in made]
        return [said(read_metadata(codecs.probe(file, "made").blocks)[0]).title for file in files]

    for number, title in enumerate(("Quay", "Pier")):
        tag = client.get(f"/api/v1/images/{image}").headers["ETag"]
        changed = client.patch(f"/api/v1/images/{image}", json={"title": title}, headers={"If-Match": tag})
        assert changed.status_code == 200, changed.text
        assert titles(f"run-{number}")[0] == title
    assert sorted(titles("run-9")) == ["Pier", "Quay"]  # asked a third time, nothing was made
    assert order(client, recipe=recipe, images=[image], dry_run=True)["to_compute"] == 0


@pytest.mark.parametrize(("preset", "name"), [("deep-zoom", "picture.dzi"), ("pages", "page-0001.png")])
def test_tiles_and_pages_come_as_one_file_of_the_library(client, library, photos, preset, name):
    (image,) = photos(1)
    assert run(library, order(client, preset=preset, images=[image])).state == "done"
    (made,) = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
    answer = client.get(f"/api/v1/images/{image}/renditions/{made['id']}")
    assert answer.headers["content-type"] == "application/zip"
    assert f"p0-{preset}.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert name in archive.namelist()


def order_counts(client, found: dict) -> dict[str, int]:
    view = client.get(f"/api/v1/renditions/{found['id']}").json()
    return {name: view[name] for name in ("made", "reused", "failed")}


def test_a_result_is_sent_once_and_known_by_its_address(client, library, photos):
    (image,) = photos(1)
    client.post("/api/v1/presets", json={"recipe": {**SMALL, "output": {"adaptive": {"formats": ["webp", "jpeg"]}}}})
    run(library, order(client, preset="small", images=[image]))
    (made,) = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
    assert (made["preset"], made["width"], made["height"]) == ("small@1", 60, 45)
    assert made["search"]["met"]
    assert "likeness" in made["search"]["reason"]
    poor = {**SMALL, "name": "poor", "output": {"format": "jpeg", "adaptive": {"target": 0.999, "highest": 30}}}
    missed = order(client, recipe=poor, images=[image])
    run(library, missed, "run-2")
    assert client.get(f"/api/v1/renditions/{missed['id']}").json()["short"] == 1
    file = client.get(f"/api/v1/images/{image}/renditions/{made['id']}")
    assert Image.open(BytesIO(file.content)).size == (60, 45)
    assert "immutable" in file.headers["Cache-Control"]
    known = {"If-None-Match": file.headers["ETag"]}
    assert client.get(f"/api/v1/images/{image}/renditions/{made['id']}", headers=known).status_code == 304
    named = BlobReferences(library.stores.database)
    assert made["id"] in named.keys_of([image])["renditions"]  # so that it moves along to another place
    assert named.totals()[0] == 3
    assert client.get(f"/api/v1/images/{'0' * 64}/renditions/{made['id']}").status_code == 404
    assert client.get(f"/api/v1/images/{image}/renditions/../../x").status_code == 404
    used = client.get("/api/v1/presets/small").json()["used"]
    assert (used["renditions"], used["orders"]) == (1, 1)


def test_a_bad_picture_goes_to_the_ledger_and_the_rest_goes_on(client, library, photos):
    images = photos(5, broken=2)
    found = order(client, recipe=SMALL, images=images)
    run(library, found)
    assert order_counts(client, found) == {"made": 3, "reused": 0, "failed": 2}
    entries = client.get("/api/v1/failures", params={"batch": found["id"]}).json()["items"]
    assert {one["key"].partition("/")[0] for one in entries} == set(images[:2])
    assert client.post("/api/v1/failures/retry", json={"all": True}).status_code == 404  # they are no files to take in


def test_a_run_killed_again_and_again_makes_everything_once(client, library, photos):
    images = photos(80, broken=3, width=1200)
    slow = {"name": "slow", "operations": [{"denoise": {}}, {"resize": {"width": 300}}], "output": {"format": "jpeg"}}
    found = order(client, recipe=slow, images=images)
    seen = []
    for _ in range(3):
        process = worker(library, found["id"])
        before = library.stores.orders.get(found["id"]).done
        while library.stores.orders.get(found["id"]).done == before and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.wait()
        seen.append(library.stores.orders.get(found["id"]).done)
    assert seen == sorted(seen)
    assert seen[0] < 80
    assert worker(library, found["id"]).wait(timeout=200) == 0
    assert order_counts(client, found) == {"made": 77, "reused": 0, "failed": 3}
    ended = library.stores.orders.get(found["id"])
    assert (ended.state, ended.done) == ("done", 80)
    assert ended.attempt >= 2
    for image in images[3:80:7]:
        assert len(client.get(f"/api/v1/images/{image}/renditions").json()["items"]) == 1


def worker(library: Library, order_id: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, **settings_variables(library.settings), "PYTHONPATH": str(ROOT)}
    code = (
        "import sys; from darkroom.services.library import Library; from darkroom.settings import Settings\n"
        "from darkroom.domain.access import SYSTEM\n"
        "Library.open(Settings.load()).renditions.run_order(SYSTEM, sys.argv[1], 'run-1')"
    )
    return subprocess.Popen([sys.executable, "-c", code, order_id], env=env, cwd=ROOT, stderr=subprocess.DEVNULL)


def test_an_order_can_be_cancelled_and_its_run_notices(client, library, photos):
    found = order(client, recipe=SMALL, images=photos(8))
    assert client.post(f"/api/v1/renditions/{found['id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/renditions/{found['id']}/cancel").json()["code"] == "conflict"
    assert run(library, found).state == "cancelled"
    assert order_counts(client, found)["made"] == 0
    midway = order(client, recipe=SMALL, images=photos(8))

    def cancel(_order) -> None:
        library.renditions.cancel(SYSTEM, midway["id"])

    library.settings.__dict__["workers"] = 1
    ended = library.renditions.run_order(SYSTEM, midway["id"], "run-2", on_progress=cancel)
    assert ended.state == "cancelled"


def test_an_order_without_a_run_waits_for_the_sensor(client, library, launcher, photos):
    launcher.down = True
    found = order(client, recipe=SMALL, images=photos(1))
    assert [one.id for one in library.renditions.pending(SYSTEM)] == [found["id"]]
    launcher.down = False
    assert library.renditions.launch(SYSTEM, found["id"]) == "run-1"
    assert library.renditions.pending(SYSTEM) == []
    assert launcher.jobs == [RENDITION_JOB]
    # One that waits in Dagster is asked for anew, as urgent as it is now, and taken back.
    launcher.runs = [RunRecord(id="run-1", job=RENDITION_JOB, state="queued", batch=found["id"])]
    address = f"/api/v1/renditions/{found['id']}/priority"
    assert client.post(address, json={"priority": "high"}).json()["priority"] == "high"
    assert (launcher.launched, launcher.cancelled) == ([found["id"]] * 2, ["run-1"])
    assert int(launcher.priorities[1]) > int(launcher.priorities[0])
    assert client.post(address, json={"priority": "soon"}).json()["code"] == "invalid_parameter"
    assert run(library, found).state == "done"
    assert client.post(address, json={"priority": "low"}).json()["code"] == "conflict"


def test_what_is_asked_wrongly_is_refused(client, photos):
    (image,) = photos(1)
    post = client.post
    assert post("/api/v1/renditions", json={"recipe": SMALL}).json()["code"] == "invalid_parameter"
    unknown = post("/api/v1/renditions", json={"recipe": SMALL, "images": [image, "0" * 64]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    nothing = post("/api/v1/renditions", json={"recipe": SMALL, "query": {"batch": "b-none"}})
    assert nothing.json()["code"] == "invalid_parameter"
    file = {"operations": [{"lut": {"file": "/etc/passwd"}}]}
    assert post("/api/v1/renditions", json={"recipe": file, "images": [image]}).json()["code"] == "recipe_invalid"


def test_the_sweep_removes_what_is_old_and_what_no_record_names(client, library, photos):
    images = photos(2)
    run(library, order(client, recipe=SMALL, images=images))
    (made,) = client.get(f"/api/v1/images/{images[0]}/renditions").json()["items"]
    orphan = "ab" * 32
    library.stores.blobs.put("renditions", orphan, b"nobody's", durable=False)
    assert library.sweeper.sweep(SYSTEM).model_dump() == {"results": 0, "bytes": 0, "orphans": 0, "stages": 0}
    assert library.sweeper.sweep(SYSTEM, young_seconds=0).orphans == 1
    assert library.stores.blobs.stat("renditions", orphan) is None
    assert client.get(f"/api/v1/images/{images[0]}/renditions/{made['id']}").status_code == 200
    library.settings.__dict__["rendition_max_gb"] = 1e-9
    swept = library.sweeper.sweep(SYSTEM)
    assert (swept.results, swept.bytes > 0) == (2, True)
    assert client.get(f"/api/v1/images/{images[0]}/renditions").json()["items"] == []
    assert order(client, recipe=SMALL, images=images, dry_run=True)["to_compute"] == 2


def test_pictures_in_the_trash_are_told_and_hold_no_order_up(client, library, photos):
    images = photos(5)
    found = order(client, recipe=SMALL, images=images)
    for image in images[:2]:
        client.delete(f"/api/v1/images/{image}")
    run(library, found)
    assert order_counts(client, found) == {"made": 3, "reused": 0, "failed": 2}
    assert client.get(f"/api/v1/renditions/{found['id']}").json()["state"] == "done"
    assert client.get(f"/api/v1/renditions/{found['id']}").json()["failures_by_code"] == {"not_found": 2}
    (made,) = client.get(f"/api/v1/images/{images[4]}/renditions").json()["items"]
    client.delete(f"/api/v1/images/{images[4]}")
    assert client.get(f"/api/v1/images/{images[4]}/renditions/{made['id']}").status_code == 404
    assert made["id"] in BlobReferences(library.stores.database).named_renditions([made["id"]])
    client.post("/api/v1/trash/purge", json={"all": True})
    assert library.stores.blobs.stat("renditions", made["id"]) is None
    assert library.stores.renditions.known([made["id"]]) == {}
