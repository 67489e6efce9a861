"""The quality of a dataset over HTTP: judged once, told with its pictures, left out of the next version, demanded of what is learnt from."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import cv2
import dagster as dg
import numpy as np
import pytest

from assets.checks import good_quality, quality_told
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet
from darkroom.domain.image import Capture, Quality
from darkroom.services.turns import priority_in
from darkroom.store.embeddings import packed
from jobs.quality import check_quality
from resources.library import LibraryResource
from sensors.training import make_unjudged_versions_sensor
from tests.factories import image_record, sha

HALVES = "/api/v1/datasets/halves"
COUNT = 40
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
FINE = Quality(score=0.8, sharpness=200, brightness=0.5, contrast=0.4, entropy=7, colourfulness=30)


def picture(at: int, **changes):
    """A picture with a thumbnail of noise of its own; the first two are the same, the third is blurred."""
    seed = 0 if at < 2 else at
    quality = FINE.model_copy(update={"problems": ("blurred",)}) if at == 2 else FINE
    phash = np.random.default_rng(1000 + seed).integers(0, 2**63)
    return image_record(at, id=sha(f"picture {at}"), quality=quality, phash=f"{phash:016x}", **changes)


@pytest.fixture
def keys(client, add, stores) -> list[str]:
    """A dataset of two classes: the same picture twice, once in the test split, and a blurred one."""
    records = add([picture(at) for at in range(COUNT)])
    for at, one in enumerate(records):
        pixels = np.random.default_rng(0 if at < 2 else at).integers(90, 160, (64, 96, 3), dtype=np.uint8)
        data = cv2.imencode(".webp", pixels)[1].tobytes()
        stores.blobs.put("renditions", one.renditions[0].address, data, durable=False)
    commit(client, [one.id for one in records])
    return [one.id for one in records]


def commit(client, keys: list[str]) -> None:
    examples = [
        {"image": key, "split": ("test", "train", "train", "validation")[at % 4], "group": str(at),
         "annotations": [{"kind": "classification", "label": "ab"[at % 2]}]}
        for at, key in enumerate(keys)
    ]  # fmt: skip
    made = client.post("/api/v1/datasets", json={"name": "halves", "examples": examples})
    assert made.status_code == 200, made.text


def told(client, words: str = "halves", **query) -> dict:
    answer = client.get(f"/api/v1/datasets/{words}/quality", params=query)
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "found": {one["issue"]: one for one in answer.json()["issues"]}}


def test_a_version_is_judged_told_cleaned_and_brought_back(client, library, keys):
    nobody = client.get(f"{HALVES}/quality").json()
    assert (nobody["code"], "dataset quality halves@1" in nobody["remedy"]) == ("not_found", True)
    done = client.post(f"{HALVES}/quality", json={}).json()
    assert (done["kind"], done["state"], done["result"]["judged"], done["changed"]) == ("quality", "done", COUNT, COUNT)
    first = told(client)
    assert (first["total"], first["judged"], first["missing"], first["blocked"]) == (COUNT, COUNT, 0, [])
    counts = {name: one["count"] for name, one in first["found"].items() if one["count"]}
    assert counts == {"exact_duplicate": 1, "leak": 2, "blurred": 1}
    assert (first["clean"], first["score"]) == (COUNT - 3, pytest.approx(1 - 2.5 / COUNT))
    assert (first["found"]["leak"]["passed"], first["found"]["suspect"]["known"], first["passed"]) == (
        False,
        False,
        False,
    )
    assert first["found"]["blurred"]["samples"] == [keys[2]]
    page = client.get(f"{HALVES}/quality/pictures", params={"issue": "leak", "limit": 1}).json()
    assert page["total"] == 2
    rest = client.get(f"{HALVES}/quality/pictures", params={"issue": "leak", "cursor": page["next_cursor"]}).json()
    assert {one["key"] for one in (*page["items"], *rest["items"])} == set(keys[:2])

    made = client.post(f"{HALVES}/quality/leave-out", json={"issues": ["exact_duplicate", "blurred"]}).json()
    assert (made["version"]["id"], made["version"]["total"], made["skipped"]) == ("halves@2", COUNT - 2, 2)
    assert "exact duplicate, blurred" in made["version"]["message"]
    clean = told(client, against="halves@1")
    assert (clean["score"], clean["drift"]["against"], clean["drift"]["drifted"]) == (1.0, "halves@1", False)
    assert library.stores.quality.get("halves@2").new == 0
    stale = client.post("/api/v1/datasets/halves@1/quality/leave-out", json={"issues": ["leak"]}).json()
    assert (stale["code"], "halves@2" in stale["remedy"]) == ("conflict", True)
    assert client.post(f"{HALVES}/quality/leave-out", json={"issues": ["dark"]}).json()["code"] == "dataset_invalid"
    assert client.post("/api/v1/datasets/halves@1/restore", json={}).json()["version"]["total"] == COUNT

    page = client.get("/api/v1/datasets/halves@1/quality/html")
    assert page.text.count("data:image/webp;base64,") >= 3
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_what_a_dataset_demands_keeps_trainings_from_beginning(client, library, keys):
    rules = f"{HALVES}-rules".replace("halves-rules", "halves/quality-rules")
    asked = client.get(rules)
    assert (asked.headers["ETag"], asked.json()["rules"]["limits"]) == ('"0"', [])
    demanded = {"limits": [{"issue": "leak", "most": 0, "blocks": True}], "least_score": 0.9}
    kept = client.put(rules, json=demanded, headers={"If-Match": '"0"'})
    assert (kept.status_code, kept.headers["ETag"]) == (200, '"1"')
    assert client.put(rules, json={}, headers={"If-Match": '"0"'}).json()["code"] == "precondition_failed"
    wanted = {"dataset": "halves", "task": "classification"}
    refused = client.post("/api/v1/training-runs", json=wanted).json()
    assert (refused["code"], "Leak: 2 examples (5.0%)" in refused["detail"]) == ("dataset_poor", True)
    view = library.quality.newest_told(SYSTEM, library.datasets.resolve("halves"))
    check = quality_told([view])
    assert (check.passed, check.severity.name, list(check.metadata["blocked"].value)) == (False, "ERROR", ["halves@1"])

    assert client.post(f"{HALVES}/quality/leave-out", json={"issues": ["leak"]}).json()["skipped"] == 2
    assert client.post("/api/v1/training-runs", json=wanted).status_code == 202
    check = quality_told([library.quality.newest_told(SYSTEM, library.datasets.resolve("halves"))])
    assert (check.passed, check.severity.name) == (True, "WARN")


def resource(library) -> LibraryResource:
    """The library of a test as Dagster's resource."""

    class Held(LibraryResource):
        def open(self):
            return library

    return Held()


def waiting(library):
    """The judging that nobody has begun."""
    found = library.stores.database.collection("work").find_one({"kind": "quality", "state": "queued"})
    return library.stores.work.get(found["_id"])


def test_new_versions_are_judged_without_being_asked_for(client, library, keys):
    assert library.unjudged.look(SYSTEM) == ["halves@1"]
    assert library.unjudged.look(SYSTEM) == [], "it is begun once"
    work = waiting(library)
    assert (priority_in(work), library.unjudged.mark(SYSTEM)) == ("low", None)
    before = library.stores.events.last_seq()
    assert library.work.run(SYSTEM, work.id, "run-a").state == "done"
    told_of = [one for one in library.stores.events.since(before) if one.type == "datasets.changed"]
    assert [one.ids for one in told_of] == [("halves",)]
    assert (told(client)["judged"], told(client)["compared_by"]) == (COUNT, None)
    mark = library.unjudged.mark(SYSTEM)
    assert (mark is not None, library.unjudged.look(SYSTEM)) == (True, [])

    # A model that has seen the pictures by now tells more of them.
    rows = np.tile(np.float32([1, 0]), (COUNT, 1)) + np.random.default_rng(1).normal(0, 0.05, (COUNT, 2))
    rows[7] = [0, 1]
    data, moment = packed(keys, rows / np.linalg.norm(rows, axis=1, keepdims=True)), now()
    key = hashlib.sha256(data).hexdigest()
    library.stores.blobs.put("originals", key, data, durable=True)
    about = EmbeddingSet(id="eyes@1", name="eyes", number=1, checkpoint="c-1", dims=2, count=0, created_at=moment, updated_at=moment)  # fmt: skip
    library.stores.embeddings.add(about, StoredFile(name="rows.parquet", key=key, bytes=len(data)), COUNT)
    assert library.unjudged.look(SYSTEM) == ["halves@1"]
    work = waiting(library)
    assert library.work.run(SYSTEM, work.id, "run-b").changed == 0, "what is known of pictures is taken over"
    found = told(client)
    assert (found["compared_by"], found["found"]["outlier"]["samples"]) == ("eyes@1", [keys[7]])
    assert (library.unjudged.look(SYSTEM), library.unjudged.mark(SYSTEM) == mark) == ([], False)
    # Dagster checks it once for each time that something was judged.
    held = {"library": resource(library)}
    sensor = make_unjudged_versions_sensor(check_quality)
    ticks = [sensor(dg.build_sensor_context(resources=held)) for _ in range(2)]
    assert [[one.run_key for one in tick] for tick in ticks] == [[library.unjudged.mark(SYSTEM)]] * 2
    checked = good_quality(**held)
    assert (checked.passed, list(checked.metadata["scores"].value)) == (False, ["halves@1"])

    client.put(f"{HALVES}/quality-rules", json={"automatic": False}, headers={"If-Match": "*"})
    assert client.post(f"{HALVES}/split", json={"seed": 5}).json()["version"]["id"] == "halves@2"
    assert library.unjudged.look(SYSTEM) == [], "this dataset wants to be asked"


def test_what_is_deleted_with_a_dataset(client, library, keys):
    database = library.stores.database
    client.post(f"{HALVES}/quality", json={})
    client.put(f"{HALVES}/quality-rules", json={}, headers={"If-Match": "*"})
    said = {"annotations": [{"kind": "classification", "label": "b"}]}
    assert client.put(f"{HALVES}/drafts/{keys[0]}", json=said, headers={"If-Match": "*"}).status_code == 200
    names = ("quality_findings", "quality_rules", "drafts")
    assert [database.collection(name).count_documents({}) for name in names] == [1, 1, 1]
    file = library.stores.quality.get("halves@1").details.key
    assert client.delete("/api/v1/datasets/halves@1").status_code == 204
    assert [database.collection(name).count_documents({}) for name in names] == [0, 0, 0]
    assert library.stores.blobs.stat("originals", file) is None


def test_what_one_camera_took_within_seconds_stays_in_one_split(client, add):
    records = add([
        picture(at, capture=Capture(camera="Aperta 1", taken_at=NOON + timedelta(minutes=at // 4, seconds=at % 4)))
        for at in range(COUNT)
    ])  # fmt: skip
    said = [{"kind": "classification", "label": "sea"}]
    torn = [{"image": one.id, "split": ("train", "test", "validation")[at % 3], "annotations": said}
            for at, one in enumerate(records)]  # fmt: skip
    made = client.post("/api/v1/datasets", json={"name": "walks", "examples": torn})
    assert made.status_code == 200
    assert client.post("/api/v1/datasets/walks/quality", json={}).json()["state"] == "done"
    found = told(client, "walks")
    causes = {one["cause"]: (one["groups"], one["pictures"]) for one in found["leaks"]}
    assert causes["burst"] == causes["group"] == (COUNT // 4, COUNT)
    refused = client.post("/api/v1/training-runs", json={"dataset": "walks", "task": "multilabel", "strict": True})
    assert refused.json()["code"] == "dataset_invalid"
    mended = client.post("/api/v1/datasets/walks/split", json={}).json()["version"]
    assert (mended["id"], mended["leaks"], sum(mended["counts"].values())) == ("walks@2", 0, COUNT)
