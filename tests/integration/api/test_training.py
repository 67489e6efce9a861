"""Datasets, trainings and models over HTTP."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import Metric, StoredReport
from darkroom.services.runs import TRAINING_JOB
from tests.factories import image_record, sha
from tests.registered import register


def labelled(add, count: int) -> list[dict]:
    records = add([image_record(number, id=sha(f"picture {number}")) for number in range(count)])
    return [
        {"image": one.id, "annotations": [{"kind": "classification", "label": f"class {at % 2}"}]}
        for at, one in enumerate(records)
    ]


def test_labelled_pictures_become_a_dataset_that_is_compared_and_learnt_from(client, add, launcher):
    examples = labelled(add, 40)
    made = client.post("/api/v1/datasets", json={"name": "halves", "examples": examples[:30]})
    assert (made.status_code, made.json()["state"], made.json()["changed"]) == (200, "done", 30)
    assert made.json()["links"]["dataset"] == "/api/v1/datasets/halves@1"
    version = client.get(made.json()["links"]["dataset"]).json()["version"]
    assert version["counts"] == {"train": 22, "validation": 4, "test": 4}
    again = client.post("/api/v1/datasets", json={"name": "halves", "examples": examples[:30]}).json()
    assert (again["changed"], again["result"]["version"]) == (0, 1)
    # What was said is kept with the pictures, so the rest needs no labels any more.
    client.post("/api/v1/datasets", json={"name": "rest", "examples": examples[30:]})
    both = client.post("/api/v1/datasets", json={"name": "halves", "query": {}}).json()
    assert (both["result"]["examples"], both["total"], "skipped" in both["result"]) == (40, 40, False)
    diff = client.get("/api/v1/datasets/halves/diff", params={"before": "halves@1"}).json()
    assert (diff["same"], diff["added"], diff["moved"]) == (30, 10, 0)
    detail = client.get("/api/v1/datasets/halves").json()
    assert [one["label"] for one in detail["classes"]] == ["class 0", "class 1"]
    assert [one["id"] for one in client.get("/api/v1/datasets").json()["items"]] == ["rest", "halves"]
    listed = client.get("/api/v1/datasets").json()["versions"]
    assert [(one["id"], sum(one["label_counts"])) for one in listed] == [("rest@1", 10), ("halves@2", 40)]
    assert [one["code"] for one in detail["warnings"]] == []
    assert all(len(one["samples"]) == 12 for one in detail["classes"])
    assert (detail["task"], detail["marks"]) == ("classification", {})
    versions = client.get("/api/v1/datasets/halves/versions").json()["items"]
    assert [one["id"] for one in versions] == ["halves@2", "halves@1"]

    expected = client.post("/api/v1/training-runs/estimate", json={"dataset": "halves@1"}).json()
    assert (expected["counts"]["train"], expected["waits"], expected["seconds"]) == (22, 0, None)
    measured = client.post("/api/v1/training-runs/measure", json={"dataset": "halves@1"})
    assert (measured.status_code, measured.json()["kind"]) == (202, "measure")
    again = client.post("/api/v1/training-runs/measure", json={"dataset": "halves@1", "budget_seconds": 60})
    assert again.json()["id"] == measured.json()["id"]
    launcher.launched.clear()
    launcher.jobs.clear()
    started = client.post("/api/v1/training-runs", json={"dataset": "halves@1", "options": {"epochs": 3}})
    training = started.json()["training"]
    assert (started.status_code, training["dataset"], training["config"]["epochs"]) == (202, "halves@1", 3)
    assert (launcher.launched, launcher.jobs) == ([training["id"]], [TRAINING_JOB])
    address = f"/api/v1/training-runs/{training['id']}"
    assert started.headers["Location"] == address
    assert client.get(address).json()["training"]["state"] == "queued"
    listed = client.get("/api/v1/training-runs", params={"state": "queued"}).json()["items"]
    assert [one["training"]["id"] for one in listed] == [training["id"]]
    named = client.get("/api/v1/query/names", params={"q": "halves"}).json()["items"]
    assert [(one["kind"], one["name"], one["about"]) for one in named] == [
        ("dataset", "halves", ""), ("training", "halves on halves@1", "queued"),
    ]  # fmt: skip
    assert client.get("/api/v1/query/names", params={"q": "HALVES on"}).json()["items"] == named[1:]
    assert client.post(f"{address}/cancel").json()["training"]["state"] == "cancelled"
    assert client.post(f"{address}/cancel").json()["code"] == "conflict"
    for kind in ("checkpoints", "reports", "models"):
        assert client.get(f"/api/v1/{kind}").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(("path", "body", "code"), [
    ("datasets", {"name": "Two Words", "query": {}}, "invalid_parameter"),
    ("datasets", {"name": "a", "query": {}, "images": ["0" * 64]}, "invalid_parameter"),
    ("datasets", {"name": "a", "query": {}, "labels_from": "tags"}, "invalid_parameter"),
    ("datasets", {"name": "a", "images": ["0" * 64]}, "not_found"),
    ("datasets", {"name": "a", "query": {}}, "dataset_invalid"),
    ("training-runs", {"dataset": "a"}, "not_found"),
    ("models/a/promote", {"number": 1}, "not_found"),
])  # fmt: skip
def test_mistakes_are_told_in_words(client, path, body, code):
    found = client.post(f"/api/v1/{path}", json=body).json()
    assert (found["code"], bool(found["remedy"])) == (code, True)


def test_one_picture_named_twice_is_refused(client, add):
    examples = labelled(add, 1) * 2
    found = client.post("/api/v1/datasets", json={"name": "twice", "examples": examples}).json()
    assert found["code"] == "dataset_invalid"
    assert "names one picture twice" in found["detail"]


def test_weights_that_lie_on_the_machine_are_listed(client, library):
    assert client.get("/api/v1/backbones").json() == {"items": [], "features": [], "hub": False}
    folder = library.settings.backbones
    for name, files in (("vit", ("config.json", "model.safetensors")), ("half", ("config.json",))):
        (folder / name).mkdir(parents=True)
        for file in files:
            (folder / name / file).write_bytes(b"abc")
    found = client.get("/api/v1/backbones").json()
    assert found == {"items": [{"name": "vit", "bytes": 3}], "features": [], "hub": False}


def test_networks_of_convolutions_are_listed_that_can_tell_styles_apart(client, library):
    folder = library.settings.backbones
    kernels = {f"features.{place}.weight": np.zeros((4, 3, 3, 3), np.float32) for place in (0, 2)}
    patches = {"embeddings.weight": np.zeros((8, 3, 16, 16), np.float32), "head": np.zeros((4, 4), np.float32)}
    for name, file, weights in (
        ("vgg", "model.safetensors", kernels), ("ours", "weights.safetensors", kernels), ("vit", "model.safetensors", patches),
        ("bare", "weights.safetensors", kernels), ("unnamed", "model.safetensors", {name[9:]: one for name, one in kernels.items()}),
    ):  # fmt: skip
        (folder / name).mkdir(parents=True)
        save_file(weights, folder / name / file)
    (folder / "ours" / "checkpoint.json").write_text("{}")
    (folder / "torn").mkdir()
    (folder / "torn" / "model.safetensors").write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    found = client.get("/api/v1/backbones").json()["features"]
    assert [one["name"] for one in found] == ["ours", "vgg"]
    assert found[1]["bytes"] == (folder / "vgg" / "model.safetensors").stat().st_size


def test_a_report_goes_out_as_a_file_that_can_do_nothing_here(client, library, add):
    shown, other = add([image_record(number, id=sha(f"mistake {number}")) for number in range(2)])
    library.stores.blobs.put("renditions", shown.rendition("thumbnail").address, b"small picture", durable=False)
    details = {"classes": [], "mistakes": [
        {"key": one.id, "label": "cat", "predicted": "<b>dog</b>", "confidence": 0.9} for one in (shown, other)
    ]}  # fmt: skip
    text = json.dumps(details).encode()
    key = hashlib.sha256(text).hexdigest()
    library.stores.blobs.put("originals", key, text, durable=False)
    report = StoredReport(
        id="e-1", checkpoint="c-1", dataset="set@1", split="test", count=2, metrics=(Metric(name="accuracy", value=0),),
        details=StoredFile(name="evaluation.json", key=key, bytes=len(text)), created_at=now(),
    )  # fmt: skip
    library.stores.reports.insert(report)
    answer = client.get("/api/v1/reports/e-1/html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="report-e-1.html"')
    assert base64.b64encode(b"small picture").decode() in answer.text
    assert answer.text.count("data:image/webp") == 1
    assert "&lt;b&gt;dog" in answer.text
    book = client.get("/api/v1/reports/e-1/xlsx")
    assert book.headers["Content-Disposition"].startswith('attachment; filename="report-e-1.xlsx"')
    assert book.content[:2] == b"PK"
    for kept in ("parquet", "points", "curves"):
        assert client.get(f"/api/v1/reports/e-1/{kept}").json()["code"] == "conflict", (
            "nothing was said of each picture"
        )
    assert client.get("/api/v1/reports/e-1/points", params={"by": "weight"}).json()["code"] == "invalid_parameter"
    assert client.get("/api/v1/reports/e-2/html").status_code == 404
    beside = client.get("/api/v1/comparisons", params={"report": ["e-2", "e-3"]})
    assert (beside.status_code, beside.json()["code"]) == (404, "not_found")
    assert client.get("/api/v1/comparisons", params={"report": ["e-1"]}).json()["code"] == "invalid_parameter"


def test_the_files_of_a_checkpoint_go_out_one_by_one_and_as_a_zip(client, library):
    register(library.stores, "boxes", 1, b"onnx " * 80_000)
    register(library.stores, "boxes", 2, None)
    register(library.stores, "boxes", 3, b"lost")
    address = "/api/v1/checkpoints/k-boxes-1"
    file = client.get(f"{address}/files/model.onnx")
    assert (file.status_code, file.content) == (200, b"onnx " * 80_000)
    assert file.headers["Content-Disposition"].startswith('attachment; filename="model.onnx"')
    part = client.get(f"{address}/files/model.onnx", headers={"Range": "bytes=5-8"})
    assert (part.status_code, part.content) == (206, b"onnx")
    answer = client.get(f"{address}/zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["k-boxes-1/model.onnx"]
        assert archive.read("k-boxes-1/model.onnx") == file.content
    assert client.get(f"{address}/zip").content == answer.content
    missing = client.get("/api/v1/checkpoints/k-boxes-2/files/model.onnx").json()
    assert (missing["code"], "it was not tried" in missing["detail"]) == ("not_found", True)
    other = client.get(f"{address}/files/resume.json").json()
    assert (other["code"], other["remedy"]) == ("not_found", "There is model.onnx.")
    library.stores.blobs.delete("originals", hashlib.sha256(b"lost").hexdigest())
    for path in ("files/model.onnx", "zip"):
        assert client.get(f"/api/v1/checkpoints/k-boxes-3/{path}").json()["code"] == "blob_missing"
    assert client.get("/api/v1/checkpoints/nothing/zip").status_code == 404
