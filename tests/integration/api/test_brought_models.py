"""Models that others trained: brought, tried, used by steps, kept while something uses them."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.access import SYSTEM
from darkroom.imaging.operations import learned_write
from darkroom.services.library import Library
from tests.factories import image_record
from tests.pictures import jpeg
from tests.registered import register
from tests.unit.imaging.operations.test_learned_trial import WHILE_RUN


@pytest.fixture
def library(library: Library):
    (library.settings.models).mkdir(parents=True)
    yield library
    if "previews" in library.__dict__:
        library.previews.close()


@pytest.fixture
def image(library: Library, add) -> str:
    data = jpeg(3, width=96, height=64)
    key = hashlib.sha256(data).hexdigest()
    library.stores.blobs.put("originals", key, data, durable=False)
    facts = {"width": 96, "height": 64, "format": "jpeg", "media_type": "image/jpeg", "renditions": ()}
    add([image_record(3, id=key, **facts)])
    return key


def bring(client, library: Library, data: bytes, run: str = "run-1", **said):
    """Put a file into the folder, and have it brought; the operation when it is over."""
    (library.settings.models / "theirs.onnx").write_bytes(data)
    given = {"name": "upscaler", "file": "theirs.onnx", "task": "super_resolution", "licence": "BSD-3-Clause", **said}
    answer = client.post("/api/v1/brought-models", json=given)
    assert answer.status_code == 202, answer.text
    return library.work.run(SYSTEM, answer.json()["id"], run)


def versions(client) -> list[dict]:
    return client.get("/api/v1/brought-models").json()["items"]


def recipe(model: str, **params) -> dict:
    return {
        "name": "larger",
        "operations": [{"super_resolve": {"model": model, "min_gain": 0, **params}}],
        "output": {"format": "png"},
    }


def rendered(client, library: Library, image: str, asked: dict, run: str) -> tuple[str, list[np.ndarray]]:
    answer = client.post("/api/v1/renditions", json={"recipe": asked, "images": [image]})
    assert answer.status_code == 202, answer.text
    done = library.renditions.run_order(SYSTEM, answer.json()["id"], run)
    assert (done.state, done.failed) == ("done", 0)
    made = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
    files = [client.get(f"/api/v1/images/{image}/renditions/{one['id']}").content for one in made]
    return answer.json()["id"], [np.asarray(Image.open(BytesIO(file))) for file in files]


def test_a_model_is_brought_and_makes_pictures_larger(client, library, image):
    usual = {"tile": 64, "overlap": 16, "factor": 2}
    done = bring(client, library, learned_write.doubler(), about="From a friend.", usual=usual)
    assert (done.state, done.changed) == ("done", 1)
    (found,) = versions(client)
    assert (found["id"], found["licence"], found["about"], found["bytes"] > 100) == (
        "upscaler@1", "BSD-3-Clause", "From a friend.", True,
    )  # fmt: skip
    order, (made,) = rendered(client, library, image, recipe("upscaler"), "run-2")
    assert made.shape == (128, 192, 3)
    kept = json.loads(library.stores.orders.get(order).recipe)["operations"][0]["super_resolve"]
    assert (kept["model"], kept["tile"], kept["overlap"]) == ("upscaler@1", 64, 16)
    # The file is the library's now: what becomes of the folder changes nothing.
    (library.settings.models / "theirs.onnx").unlink()
    shown = client.post(f"/api/v1/images/{image}/recipe-preview", json={"recipe": recipe("upscaler"), "long_side": 192})
    assert shown.status_code == 200, shown.text
    assert client.get("/api/v1/brought-models").json()["files"] == []


def test_the_same_again_is_no_new_version_and_another_file_is_one(client, library):
    assert bring(client, library, learned_write.doubler()).changed == 1
    assert bring(client, library, learned_write.doubler(), "run-2").changed == 0
    assert bring(client, library, learned_write.doubler(), "run-3", licence="MIT").changed == 1
    assert [(one["id"], one["licence"]) for one in versions(client)] == [
        ("upscaler@2", "MIT"),
        ("upscaler@1", "BSD-3-Clause"),
    ]


def test_a_name_follows_the_newest_version_and_a_number_stays(client, library, image):
    bring(client, library, learned_write.identity(), name="softer", task="enhancement")
    bring(client, library, learned_write.box_blur(9), "run-2", name="softer", task="enhancement")
    asked = recipe("softer") | {"operations": [{"enhance_learned": {"model": "softer", "min_gain": 0}}]}
    _, (newest,) = rendered(client, library, image, asked, "run-3")
    asked["operations"] = [{"enhance_learned": {"model": "softer@1", "min_gain": 0}}]
    _, both = rendered(client, library, image, asked, "run-4")
    assert newest.std() < max(one.std() for one in both) - 1


def test_a_file_that_ends_the_runtime_or_is_none_is_refused_and_nothing_is_kept(client, library):
    for number, (data, cause) in enumerate([(WHILE_RUN, "ends the process that runs it"), (b"text", "theirs.onnx")]):
        done = bring(client, library, data, f"run-{number}")
        assert done.state == "failed"
        assert done.error_code == "model_unusable"
        assert cause in (done.error_cause or "")
    assert versions(client) == []


@pytest.mark.parametrize("file", ["absent.onnx", "../models/theirs.onnx", "theirs.bin", "/etc/passwd", ".onnx"])
def test_only_files_of_the_folder_are_brought(client, library, file):
    (library.settings.models / "theirs.onnx").write_bytes(learned_write.doubler())
    given = {"name": "upscaler", "file": file, "task": "super_resolution", "licence": "MIT"}
    answer = client.post("/api/v1/brought-models", json=given)
    assert answer.json()["code"] == ("source_missing" if file == "absent.onnx" else "invalid_parameter")


def test_names_of_trained_models_are_taken_and_the_other_way_round(client, library):
    register(library.stores, "softer", 1, learned_write.identity())
    given = {"name": "softer", "file": "theirs.onnx", "task": "enhancement", "licence": "MIT"}
    (library.settings.models / "theirs.onnx").write_bytes(learned_write.identity())
    assert client.post("/api/v1/brought-models", json=given).json()["code"] == "conflict"
    bring(client, library, learned_write.doubler())
    with pytest.raises(Exception, match="taken by a model that was brought"):
        library.models.may_go_on(SYSTEM, "upscaler", "training:write")


def test_what_is_used_is_not_forgotten_and_a_number_is_not_given_again(client, library, image):
    bring(client, library, learned_write.doubler())
    saved = client.post("/api/v1/presets", json={"name": "mine", "recipe": recipe("upscaler")})
    assert saved.json()["missing"] == []
    refused = client.delete("/api/v1/brought-models/upscaler/versions/1")
    assert (refused.status_code, refused.json()["code"]) == (409, "learning_in_use")
    assert "the preset mine" in refused.json()["detail"]
    assert client.delete("/api/v1/presets/mine").status_code == 200
    assert client.delete("/api/v1/brought-models/upscaler/versions/1").status_code == 204
    assert client.delete("/api/v1/brought-models/upscaler/versions/1").status_code == 404
    assert versions(client) == []
    answer = client.post("/api/v1/renditions", json={"recipe": recipe("upscaler@1"), "images": [image]})
    assert answer.json()["code"] == "not_found"
    bring(client, library, learned_write.doubler(), "run-2")
    assert [one["id"] for one in versions(client)] == ["upscaler@2"]
