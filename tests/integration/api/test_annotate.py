"""Labelling over HTTP: what one says is kept at once, becomes a version, and loses nothing that others said."""

from __future__ import annotations

import json

import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.annotation import Classification
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import StoredReport
from tests.factories import image_record, sha

ALL = "/api/v1/datasets/halves"


def classes(*labels: str) -> dict:
    return {"annotations": [{"kind": "classification", "label": one} for one in labels]}


def box(x: float, label: str = "cell") -> dict:
    place = {"x": x, "y": 0.25, "width": 0.5, "height": 0.125}
    return {"kind": "detection", "label": label, "box": place}


@pytest.fixture
def keys(client, add) -> list[str]:
    """Pictures of a dataset of two classes, in its order; nothing is said of the last one."""
    records = add([image_record(number, id=sha(f"picture {number}")) for number in range(8)])
    found = sorted(one.id for one in records)
    examples = [{"image": key, **classes(f"class {at % 2}")} for at, key in enumerate(found[:-1])]
    examples.append({"image": found[-1], "annotations": []})
    assert client.post("/api/v1/datasets", json={"name": "halves", "examples": examples}).status_code == 200
    return found


def page(client, **query) -> dict:
    return client.get(f"{ALL}/annotate", params=query).json()


def put(client, key: str, body: dict, tag: str = "*"):
    return client.put(f"{ALL}/drafts/{key}", json=body, headers={"If-Match": tag})


def test_what_one_says_is_kept_and_becomes_a_version(client, keys):
    first = page(client, limit=5)
    assert (first["version"], first["kind"], first["labels"]) == ("halves@1", "single", ["class 0", "class 1"])
    assert (first["total"], first["unlabelled"], first["suspects"], len(first["items"])) == (8, 1, None, 5)
    rest = page(client, limit=5, cursor=first["next_cursor"])
    assert [one["key"] for one in (*first["items"], *rest["items"])] == keys
    assert (rest["next_cursor"], rest["items"][0]["draft"]) == (None, None)
    assert [one["key"] for one in page(client, queue="unlabelled")["items"]] == keys[-1:]
    assert [one["key"] for one in page(client, queue="class", label="class 1")["items"]] == keys[1:-1:2]

    made = put(client, keys[0], classes("class 1"), '"0"')
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert made.json()["annotations"][0]["source"] == "person"
    assert put(client, keys[0], classes("other"), '"0"').json()["code"] == "precondition_failed"
    assert put(client, keys[0], classes("hat"), '"1"').headers["ETag"] == '"2"'
    assert put(client, keys[1], classes("class 1")).json()["annotations"][0]["source"] == "import", (
        "looked at, and right"
    )
    assert put(client, keys[-1], classes("class 0")).status_code == 200
    assert page(client, limit=1)["items"][0]["draft"] == {
        "annotations": [{"label": "hat", "confidence": None, "source": "person", "kind": "classification"}],
        "revision": 2, "conflict": False,
    }  # fmt: skip
    summary = client.get(f"{ALL}/drafts").json()
    assert (summary["looked_at"], summary["changed"], summary["conflicts"]) == (3, 2, 0)
    assert {(one["before"], one["after"]) for one in summary["items"]} == {("class 0", "hat"), ("", "class 0")}

    done = client.post(f"{ALL}/drafts/commit", json={"message": "Mended"})
    assert (done.status_code, done.json()["result"]["relabelled"]) == (200, 2)
    assert done.json()["links"]["dataset"] == "/api/v1/datasets/halves@2"
    diff = client.get(f"{ALL}/diff", params={"before": "halves@1"}).json()
    assert (diff["same"], diff["relabelled"], diff["moved"]) == (6, 2, 0)
    version = client.get(f"{ALL}/versions").json()["items"][0]
    assert (version["parent"], version["message"], version["unlabelled"]) == ("halves@1", "Mended", 0)
    assert client.get(f"{ALL}/drafts").json()["looked_at"] == 0
    assert client.post(f"{ALL}/drafts/commit", json={}).json()["code"] == "dataset_invalid"
    # What is said is kept with the pictures, in place of what was imported.
    client.post("/api/v1/datasets", json={"name": "again", "images": keys[:1]})
    assert client.get("/api/v1/datasets/again").json()["version"]["labels"] == ["hat"]


def test_what_others_said_meanwhile_is_never_overwritten_silently(client, keys, library):
    put(client, keys[0], classes("hat"))
    put(client, keys[2], classes("hat"))
    manifest = library.datasets.read(library.datasets.resolve("halves"))
    theirs = [
        one.model_copy(update={"annotations": (Classification(label="coat"),)}) if one.key == keys[0] else one
        for one in manifest.examples()
    ]
    library.datasets.commit(LOCAL_OWNER, "halves", theirs, origin="somebody else")
    assert client.get(f"{ALL}/drafts").json()["conflicts"] == 1
    assert [one["draft"]["conflict"] for one in page(client)["items"] if one["draft"]] == [True, False]
    refused = client.post(f"{ALL}/drafts/commit", json={}).json()
    assert (refused["code"], refused["pictures"]) == ("conflict", 1)
    done = client.post(f"{ALL}/drafts/commit", json={"conflicts": "theirs"}).json()
    assert (done["result"]["relabelled"], done["result"]["left"]) == (1, 1)
    said = {one["key"]: one["annotations"][0]["label"] for one in page(client)["items"][:3]}
    assert (said[keys[0]], said[keys[2]]) == ("coat", "hat")


def test_a_draft_is_taken_back_alone_or_with_all_others(client, keys):
    for key in keys[:3]:
        put(client, key, classes("hat"))
    assert client.delete(f"{ALL}/drafts/{keys[0]}").status_code == 204
    assert client.delete(f"{ALL}/drafts/{keys[0]}").json()["code"] == "not_found"
    assert client.get(f"{ALL}/drafts").json()["looked_at"] == 2
    assert client.delete(f"{ALL}/drafts").status_code == 204
    assert client.get(f"{ALL}/drafts").json()["looked_at"] == 0
    assert put(client, keys[0], classes("hat", "coat")).json()["code"] == "dataset_invalid"
    assert put(client, keys[0], {"annotations": [box(0)]}).json()["code"] == "dataset_invalid"
    assert put(client, "f" * 64, classes("hat")).json()["code"] == "not_found"


def test_boxes_are_kept_to_the_last_digit_and_stay_within_the_picture(client, add):
    key = add([image_record(1, id=sha("boxes"))])[0].id
    client.post("/api/v1/datasets", json={"name": "halves", "examples": [{"image": key, "annotations": [box(0)]}]})
    assert page(client)["kind"] == "boxes"
    drawn = box(0.123456789012345)
    assert put(client, key, {"annotations": [drawn]}).json()["annotations"][0]["box"] == drawn["box"]
    assert put(client, key, {"annotations": [box(0.6)]}).json()["code"] == "invalid_parameter"
    assert put(client, key, {"annotations": [box(0)]}).json()["annotations"][0]["source"] == "import"
    assert client.get(f"{ALL}/drafts").json()["changed"] == 0


def outline(*corners: tuple[float, float], label: str = "leaf") -> dict:
    return {"kind": "segmentation", "label": label, "outline": corners}


def test_outlines_are_drawn_beside_their_boxes_and_lie_in_the_picture(client, add):
    key = add([image_record(1, id=sha("outlines"))])[0].id
    leaf = outline((0.1, 0.25), (0.6, 0.25), (0.35, 0.375))
    said = [box(0.1, "leaf"), leaf]
    client.post("/api/v1/datasets", json={"name": "halves", "examples": [{"image": key, "annotations": said}]})
    found = page(client)
    assert (found["kind"], found["kinds"]) == ("outlines", ["outlines"])
    assert put(client, key, {"annotations": said}).status_code == 200
    assert client.get(f"{ALL}/drafts").json()["changed"] == 0, "looked at, and right"
    moved = [box(0.2, "leaf"), outline((0.2, 0.25), (0.7, 0.25), (0.45, 0.375))]
    assert [one["source"] for one in put(client, key, {"annotations": moved}).json()["annotations"]] == ["person"] * 2
    assert client.get(f"{ALL}/drafts").json()["changed"] == 1
    for wrong, cause in (
        (outline((0.1, 0.1), (1.6, 0.2), (0.3, 0.4)), "outside the picture"),
        (outline((0.1, 0.1), (0.2, 0.1), (0.3, 0.1)), "no area"),
        (classes("leaf")["annotations"][0], "nothing else"),
    ):
        refused = put(client, key, {"annotations": [wrong]}).json()
        assert (refused["code"], cause in refused["detail"]) == ("dataset_invalid", True)
    assert client.post(f"{ALL}/drafts/commit", json={}).json()["result"]["relabelled"] == 1
    assert [one["kind"] for one in page(client)["items"][0]["annotations"]] == ["detection", "segmentation"]


def test_a_dataset_that_says_nothing_or_less_may_say_more(client, add, keys):
    bare = add([image_record(1, id=sha("bare"))])[0].id
    client.post("/api/v1/datasets", json={"name": "bare", "examples": [{"image": bare, "annotations": []}]})
    found = client.get("/api/v1/datasets/bare/annotate").json()
    assert (found["kind"], found["kinds"]) == ("single", ["single", "several", "boxes", "outlines"])
    drawn = {"annotations": [box(0), outline((0, 0.25), (0.5, 0.25), (0.25, 0.375), label="cell")], "kind": "outlines"}
    kept = client.put(f"/api/v1/datasets/bare/drafts/{bare}", json=drawn, headers={"If-Match": "*"})
    assert kept.status_code == 200
    client.post("/api/v1/datasets/bare/drafts/commit", json={})
    assert client.get("/api/v1/datasets/bare/annotate").json()["kind"] == "outlines"
    assert page(client)["kinds"] == ["single", "several"]
    assert put(client, keys[0], classes("hat", "coat") | {"kind": "several"}).status_code == 200
    refused = put(client, keys[0], {"annotations": [box(0)], "kind": "boxes"}).json()
    assert (refused["code"], "cannot become boxes" in refused["detail"]) == ("dataset_invalid", True)


def test_what_a_report_got_wrong_comes_with_its_guess(client, keys, library):
    details = {
        "mistakes": [{"key": keys[2], "label": "class 0", "predicted": "class 1", "confidence": 0.9}],
        "predictions": [
            {"key": keys[4], "label": "class 0", "predicted": "class 1", "right": 0.25},
            {"key": keys[5], "label": "class 1", "predicted": "class 1", "right": 0.8},
        ],
    }
    text = json.dumps(details).encode()
    library.stores.blobs.put("originals", sha(text.decode()), text, durable=True)
    library.stores.reports.insert(StoredReport.model_validate({
        "id": "e-1", "training": "t-1", "checkpoint": "c-1", "dataset": "halves@1", "split": "test", "count": 3,
        "metrics": (), "details": StoredFile(name="evaluation.json", key=sha(text.decode()), bytes=len(text)), "created_at": now(),
    }))  # fmt: skip
    items = page(client, queue="wrong", report="e-1")["items"]
    assert [(one["key"], one["guess"]["label"], one["guess"]["confidence"]) for one in items] == [
        (keys[2], "class 1", 0.9), (keys[4], "class 1", 0.75),
    ]  # fmt: skip
    assert page(client, queue="wrong")["code"] == "invalid_parameter"
    assert page(client, queue="class")["code"] == "invalid_parameter"
