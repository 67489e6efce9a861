"""Presets, checking recipes, and trying one on a picture, over HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import psutil
import pytest
from PIL import Image

from darkroom.domain.access import SYSTEM
from darkroom.domain.develop_history import DevelopHistory
from darkroom.imaging.operations.learned_write import fixed_detector
from darkroom.imaging.plugins.shelf import Shelf
from darkroom.imaging.plugins.template import begin
from darkroom.services.library import Library
from tests.factories import image_record
from tests.pictures import jpeg

CALM = "name: calm\noperations:\n- resize: {width: 40}\n- vibrance: {amount: 0.2}\noutput: {format: webp}\n"


@pytest.fixture
def library(library: Library) -> Iterator[Library]:
    yield library
    if "previews" in library.__dict__:
        library.previews.close()


@pytest.fixture
def photo(library: Library, add) -> str:
    """A picture whose original is there."""
    data = jpeg(3, width=1600, height=1200)
    image = hashlib.sha256(data).hexdigest()
    library.stores.blobs.put("originals", image, data, durable=False)
    add([image_record(1, id=image, width=1600, height=1200, format="jpeg", media_type="image/jpeg", renditions=())])
    return image


def save(client, recipe: object, name: str | None = None):
    return client.post("/api/v1/presets", json={"recipe": recipe} | ({"name": name} if name else {}))


def test_a_saved_recipe_gets_versions_that_never_change(client):
    first = save(client, CALM)
    assert (first.status_code, first.headers["Location"]) == (201, "/api/v1/presets/calm@1")
    assert save(client, CALM).json()["version"] == 1  # nothing new was said
    second = save(client, CALM.replace("0.2", "0.5")).json()
    assert (second["version"], second["versions"]) == (2, [2, 1])
    assert second["fingerprint"] != first.json()["fingerprint"]
    old = client.get("/api/v1/presets/calm@1").json()
    assert old["recipe"]["operations"] == [{"resize": {"width": 40}}, {"vibrance": {"amount": 0.2}}]
    listed = {one["name"]: one for one in client.get("/api/v1/presets").json()["items"]}
    assert (listed["calm"]["version"], listed["calm"]["built_in"]) == (2, False)
    assert listed["web"]["built_in"]


def test_a_preset_can_extend_another_and_keeps_what_it_was_made_from(client):
    save(client, CALM)
    child = save(client, {"name": "calmer", "extends": "calm", "overrides": {"vibrance": None}}).json()
    assert child["extends"] == "calm@1"
    origins = child["origins"]
    assert [one["origin"] for one in origins["steps"]] == ["inherited"]
    assert (origins["left_out"], origins["settings"][0]["origin"]) == (["vibrance"], "inherited")
    save(client, CALM.replace("40", "80"))
    assert client.get("/api/v1/presets/calmer").json()["recipe"]["operations"] == [{"resize": {"width": 40}}]
    assert client.get("/api/v1/presets/calm@1").json()["used"]["presets"] == ["calmer@1"]
    own = save(client, {"name": "mine", "extends": "web"}).json()
    assert own["extends"] == "web"
    assert client.get("/api/v1/presets/web").json()["used"]["presets"] == ["mine@1"]


def test_how_often_a_preset_was_ordered_is_told_in_the_list(client, photo):
    save(client, CALM)
    order = {"images": [photo], "preset": "calm"}
    assert client.post("/api/v1/renditions", json=order).status_code == 202
    save(client, CALM.replace("0.2", "0.5"))
    assert client.post("/api/v1/renditions", json=order).status_code == 202
    found = {one["name"]: one["orders"] for one in client.get("/api/v1/presets").json()["items"]}
    assert (found["calm"], found["web"]) == (2, 0)


def test_what_comes_with_darkroom_stays_as_it_is(client):
    assert save(client, CALM, "web").json()["code"] == "already_exists"
    assert client.delete("/api/v1/presets/web").json()["code"] == "conflict"


def test_a_retired_preset_leaves_the_list_and_is_still_found(client):
    save(client, CALM)
    assert client.delete("/api/v1/presets/calm").json() == {"name": "calm", "versions": 1}
    assert "calm" not in [one["name"] for one in client.get("/api/v1/presets").json()["items"]]
    assert client.get("/api/v1/presets/calm@1").json()["retired"]
    assert save(client, CALM).json()["version"] == 2  # a number is never given twice
    assert client.delete("/api/v1/presets/nobody").status_code == 404


def test_a_wrong_recipe_is_refused_with_step_and_remedy(client):
    answer = client.post("/api/v1/recipes/validate", json={"recipe": "- resize: {width: -1}"})
    assert (answer.status_code, answer.json()["code"]) == (422, "recipe_invalid")
    assert "step 1" in answer.json()["detail"]
    unknown = client.post("/api/v1/recipes/validate", json={"recipe": {"extends": "nothing"}})
    assert unknown.json()["code"] == "recipe_invalid"
    both = client.post("/api/v1/recipes/validate", json={"recipe": "- resize", "preset": "web"})
    assert both.json()["code"] == "invalid_parameter"
    found = client.post("/api/v1/recipes/validate", json={"preset": "web"}).json()
    assert "resize" in [step.partition("@")[0] for step in found["steps"]]
    assert len(found["fingerprint"]) == 64


def test_every_operation_is_there_with_the_schema_of_its_parameters(client):
    found = client.get("/api/v1/imaging/operations").json()
    by_name = {one["name"]: one for one in found["items"]}
    assert len(by_name) >= 60
    assert by_name["resize"]["parameters"]["properties"]["width"]["description"]
    assert [one["category"] for one in found["items"]] == sorted(
        (one["category"] for one in found["items"]), key=found["categories"].index
    )
    raw = found["raw"]
    assert {"dng", "nef", "cr3"} <= set(raw["formats"])
    assert "jpeg" not in raw["formats"]
    assert raw["parameters"]["properties"]["temperature"]["when"] == {"white_balance": "kelvin"}


@pytest.mark.parametrize(
    ("raw", "field", "words"),
    [
        ({"exposure": 9}, "raw.exposure", "less than or equal to 3"),
        ({"white_balance": "picked"}, "raw.grey_at", "needs `grey_at`"),
        ({"white_balance": "custom", "multipliers": [1, 2]}, "raw.multipliers.2", "required"),
        ({"colour": 1}, "raw.colour", "not permitted"),
    ],
)
def test_what_is_wrong_with_raw_is_said_of_its_field(client, raw, field, words):
    answer = client.post(
        "/api/v1/recipes/validate", json={"recipe": {"name": "negative", "operations": [], "raw": raw}}
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "recipe_invalid", field)
    assert words in answer.json()["detail"]


def preview(client, image: str, **given: object):
    return client.post(f"/api/v1/images/{image}/recipe-preview", json=given)


def test_a_preview_shows_what_a_recipe_makes_and_a_changed_step_costs_only_itself(client, photo: str):
    steps = ["- highlights_shadows: {shadows: 0.4}", "- vibrance: {amount: 0.3}", "- vignette: {amount: 0.2}"]
    first = preview(client, photo, recipe="\n".join(steps), long_side=400)
    assert first.status_code == 200, first.text
    assert Image.open(BytesIO(first.content)).size == (400, 300)
    assert (first.headers["X-Steps-Reused"], first.headers["Cache-Control"]) == ("0", "no-store")
    late = preview(client, photo, recipe="\n".join([*steps[:2], "- vignette: {amount: 0.6}"]), long_side=400)
    assert late.headers["X-Steps-Reused"] == "2"
    assert late.content != first.content
    webp = preview(client, photo, preset="social-1-1", format="webp", long_side=256)
    assert Image.open(BytesIO(webp.content)).format == "WEBP"


def test_a_curve_tells_what_each_quality_costs_and_keeps(client, photo: str):
    address = f"/api/v1/images/{photo}/quality-curve"
    given = {"recipe": "- resize: {width: 200}", "output": {"format": "webp", "quality": 3}, "qualities": [90, 20, 60]}
    found = client.post(address, json=given).json()
    assert [one["quality"] for one in found["points"]] == [20, 60, 90]
    sizes, likeness = ([one[name] for one in found["points"]] for name in ("bytes", "likeness"))
    assert sizes == sorted(sizes)
    assert likeness == sorted(likeness)
    assert (found["basis"], found["width"], found["usual"], found["presets"]["web"]) == (
        "whole",
        200,
        80,
        {"quality": 80},
    )
    named = client.post(address, json={"recipe": "- flip", "output": {"format": "heic"}})
    assert (named.status_code, named.json()["code"]) == (422, "encoder_missing")
    assert (
        client.post(address, json={"preset": "web", "output": {"format": "webp", "tile": 64}}).json()["code"]
        == "invalid_parameter"
    )
    assert client.post(address, json={"preset": "web", "qualities": [0]}).status_code == 422


def test_a_preview_reads_no_file_of_the_machine(client, photo: str):
    answer = preview(client, photo, recipe='- lut: {file: "/etc/passwd"}')
    assert answer.json()["code"] == "recipe_invalid"
    assert preview(client, "0" * 64, recipe="- resize: {width: 40}").status_code == 404


def test_a_detector_put_beside_the_library_makes_privacy_work(client, library: Library, photo: str):
    def privacy() -> dict[str, object]:
        return {one["name"]: one for one in client.get("/api/v1/presets").json()["items"]}["privacy"]

    assert privacy()["missing"] == ["Hide regions looks for face, which no detector on this machine finds."]
    fill = "- hide_regions: {method: fill, fill: '#00ff00', shape: box, margin: 0}"
    library.settings.detectors.mkdir(parents=True)
    (library.settings.detectors / "face.onnx").write_bytes(fixed_detector())  # from a quarter to three quarters
    assert privacy()["missing"] == []
    shown = Image.open(BytesIO(preview(client, photo, recipe=fill, long_side=400, format="png").content))
    assert shown.getpixel((200, 100)) == (0, 255, 0)
    assert shown.getpixel((200, 200)) != (0, 255, 0)
    (library.settings.detectors / "broken.onnx").write_bytes(b"no model")
    answer = preview(client, photo, recipe=fill)
    assert (answer.json()["code"], "broken.onnx" in answer.json()["detail"]) == ("model_unusable", True)
    assert privacy()["missing"] != []


def test_a_decoder_that_was_ended_from_outside_costs_no_preview(client, library: Library, photo: str):
    assert preview(client, photo, recipe="- grain").status_code == 200
    for child in psutil.Process().children():
        # Others of this process may be ending right now.
        with contextlib.suppress(psutil.NoSuchProcess):
            if "darkroom.imaging.worker" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
    # It had nothing to do: whoever comes next is not to blame, and gets another one.
    assert preview(client, photo, recipe="- vignette").status_code == 200


def test_plugins_are_told_with_what_each_may_do(client, library, tmp_path):
    begin(tmp_path / "acme", "acme")
    Shelf(library.settings.plugins).install(tmp_path / "acme", lambda manifest, needed: needed)
    found = client.get("/api/v1/plugins").json()
    assert set(found["enforced"]) == {"files", "network", "processes", "memory"}
    (one,) = found["items"]
    assert (one["name"], one["operations"], one["licence"], one["golden"]) == (
        "acme",
        {"dim_edges": 1},
        "Apache-2.0",
        1,
    )
    assert one["granted"] == ([] if all(found["enforced"].values()) else ["unconfined"])
    assert (one["enabled"], one["cause"], one["asked"]) == (True, None, [])
    off = client.post("/api/v1/plugins/acme/switch", json={"enabled": False})
    assert (off.status_code, off.json()["enabled"]) == (200, False)
    assert client.get("/api/v1/plugins").json()["items"][0]["enabled"] is False
    assert client.get("/api/v1/audit?action=plugin.disabled").json()["items"][0]["resource"] == "acme"
    assert client.post("/api/v1/plugins/acme/switch", json={"enabled": True}).json()["enabled"]
    assert client.post("/api/v1/plugins/nothing/switch", json={"enabled": True}).status_code == 404
    # One whose files cannot be read is told of, and costs nobody the list.
    (library.settings.plugins / "acme" / "plugin.json").write_text("{")
    found = client.get("/api/v1/plugins").json()
    assert found["items"] == []
    assert "damaged" in found["broken"][0]["cause"]


STEP = {"key": 1, "name": "exposure", "params": {"stops": 1, "$odd.name": [None, {"a": 1}]}, "on": True}
HISTORY = {
    "steps": [STEP],
    "rests": [{}, {"raw": {"exposure": 1}}],
    "states": [{"words": "Original"}, {"words": "Added Exposure", "steps": [0], "rest": 1, "next": 2}],
    "at": 1,
    "snapshots": [{"key": 1, "words": "Light", "steps": [0]}],
}


def test_what_was_done_to_a_picture_is_kept_and_nobody_overwrites_what_they_have_not_seen(client, photo, library):
    address = f"/api/v1/images/{photo}/develop-history"
    nothing = client.get(address)
    assert (nothing.json()["states"], nothing.headers["ETag"]) == ([], '"0"')
    first = client.put(address, json=HISTORY, headers={"If-Match": '"0"'})
    assert (first.status_code, first.headers["ETag"], first.json()["steps"]) == (200, '"1"', [STEP])
    late = client.put(address, json=HISTORY | {"at": 0}, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    # What is sent twice, as by a page that goes away, is done already.
    again = client.put(address, json=HISTORY, headers={"If-Match": '"0"'})
    assert (again.status_code, again.headers["ETag"]) == (200, '"1"')
    second = client.put(address, json=HISTORY | {"at": 0}, headers={"If-Match": '"1"'})
    assert second.json()["revision"] == 2
    kept = client.get(address).json()
    assert (kept["at"], kept["states"][1]["words"], kept["snapshots"][0]["key"]) == (0, "Added Exposure", 1)
    assert client.get(address, headers={"If-None-Match": '"2"'}).status_code == 304
    assert client.get(f"/api/v1/images/{'0' * 64}/develop-history").status_code == 404
    # It is cleared by whoever made it, and by nobody who has not seen what is there.
    assert client.delete(address, headers={"If-Match": '"1"'}).json()["code"] == "precondition_failed"
    assert client.delete(address, headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(address).headers["ETag"] == '"0"'
    assert client.delete(address).status_code == 204
    assert client.delete(f"/api/v1/images/{'0' * 64}/develop-history").status_code == 404
    assert client.put(address, json=HISTORY, headers={"If-Match": '"0"'}).status_code == 200
    # It goes with its picture.
    assert client.post("/api/v1/trash", json={"ids": [photo]}).status_code == 200
    assert client.post("/api/v1/trash/purge", json={"ids": [photo]}).status_code in (200, 202)
    assert library.stores.database.collection("develop_histories").count_documents({}) == 0


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"at": 2}, 422, "`at` is 2"),
        ({"rests": []}, 422, "names a step or a rest"),
        ({"steps": []}, 422, "names a step or a rest"),
        ({"states": [{"words": "x"}] * 101, "at": 0}, 422, "at most 100"),
        ({"rests": [{}, {"output": {"x": "x" * 400_000}}]}, 413, "400,000 are kept"),
    ],
)
def test_a_history_that_cannot_be_is_refused(client, photo, wrong, status, words):
    answer = client.put(f"/api/v1/images/{photo}/develop-history", json=HISTORY | wrong)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_only_the_histories_touched_last_are_kept(library, photo):
    histories, moment = library.stores.histories, datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(4):
        histories.insert(
            DevelopHistory(id=f"ada/{number}", revision=1, owner="ada" if number < 3 else "bob", image=photo, content="{}",
                           changed_at=moment + timedelta(number)))  # fmt: skip
    assert histories.keep_newest("ada", 2) == 1
    assert [histories.find(f"ada/{number}") is None for number in range(4)] == [True, False, False, False]


def test_what_is_copied_is_the_same_everywhere(client):
    assert client.get("/api/v1/develop/clipboard").json()["copied"] is None
    given = {"name": "one.jpg", "steps": [STEP], "rest": {"raw": {"exposure": 1}}, "base": "web@1"}
    assert client.put("/api/v1/develop/clipboard", json=given).headers["ETag"] == '"1"'
    assert client.put("/api/v1/develop/clipboard", json=given | {"name": "two.jpg"}).json()["revision"] == 2
    assert client.get("/api/v1/develop/clipboard").json()["copied"] == given | {"name": "two.jpg"}
    assert client.put("/api/v1/develop/clipboard", json=given, headers={"If-Match": '"1"'}).status_code == 412
    same = client.put("/api/v1/develop/clipboard", json=given | {"name": "two.jpg"}, headers={"If-Match": '"1"'})
    assert (same.status_code, same.json()["revision"]) == (200, 2)


GLOW = {
    "name": "glow", "title": "Warm and soft.", "aliases": ["golden hour"],
    "body": {"kind": "steps", "steps": [{"name": "exposure"}, {"name": "blur", "params": {"radius": 3}}]},
    "knobs": [{"name": "light", "low": -2, "high": 2, "default": 1, "sets": ["1.stops"]}],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "given"), [("presets", {"recipe": CALM}), ("filters", {"filter": GLOW})])
def test_of_two_who_save_a_version_at_the_same_moment_one_is_told(client, library, kind, given, monkeypatch):
    assert client.post(f"/api/v1/{kind}", json=given).status_code == 201
    changed = json.loads(json.dumps(given).replace("0.2", "0.3").replace("Warm and soft.", "Warm."))
    # As for somebody who read which version is the newest before the other one saved it.
    monkeypatch.setattr(getattr(library.stores, kind), "newest", lambda name: None)
    answer = client.post(f"/api/v1/{kind}", json=changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "at the same moment" in answer.json()["detail"]


def test_steps_of_a_base_with_filters_are_told_as_inherited(client):
    assert client.post("/api/v1/filters", json={"filter": GLOW}).status_code == 201
    save(client, {"name": "base", "operations": [{"user/glow": {"light": 2}}, {"vibrance": {"amount": 0.2}}]})
    origins = save(client, {"name": "child", "extends": "base", "overrides": {"vibrance": {"amount": 0.4}}}).json()[
        "origins"
    ]
    assert [(one["name"], one["origin"]) for one in origins["steps"]] == [
        ("user/glow@1", "inherited"),
        ("vibrance", "changed"),
    ]
    assert origins["steps"][1]["changed"] == {"amount": 0.2}
    given = {"name": "bare", "extends": "base", "overrides": {"user/glow@1": None}, "operations": [{"sharpen": {}}]}
    bare = save(client, given).json()["origins"]
    assert [(one["name"], one["origin"]) for one in bare["steps"]] == [("vibrance", "inherited"), ("sharpen", "own")]
    assert bare["left_out"] == ["user/glow@1"]


def tried(client, image: str, *steps: object) -> np.ndarray:
    given = {"recipe": {"name": "trial", "operations": list(steps)}, "long_side": 200, "format": "png"}
    answer = client.post(f"/api/v1/images/{image}/recipe-preview", json=given)
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(BytesIO(answer.content))).astype(int)


def test_a_filter_of_ones_own_is_an_operation_whose_versions_never_change(client, photo):
    answer = client.post("/api/v1/filters", json={"filter": GLOW})
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/v1/filters/glow@1")
    form = {one["name"]: one for one in client.get("/api/v1/imaging/operations").json()["items"]}["user/glow"]
    assert (form["category"], form["summary"], form["aliases"]) == ("filters", "Warm and soft.", ["golden hour"])
    assert form["parameters"]["properties"]["light"]["maximum"] == 2
    plain, one = [{"exposure": {"stops": 0.5}}, {"blur": {"radius": 3}}], {"user/glow": {"light": 0.5}}
    assert np.array_equal(tried(client, photo, one), tried(client, photo, *plain))
    kept = save(client, {"name": "soft", "operations": [one]}).json()
    assert kept["recipe"]["operations"] == [{"user/glow@1": {"light": 0.5}}]
    second = {**GLOW, "knobs": [], "body": {"kind": "expression", "red": "1 - r"}}
    assert client.post("/api/v1/filters", json={"filter": second}).json()["versions"] == [2, 1]
    assert client.post("/api/v1/filters", json={"filter": second}).json()["version"] == 2  # nothing new was said
    assert client.get("/api/v1/filters/glow@1").json()["presets"] == ["soft@1"]
    same = client.post("/api/v1/recipes/validate", json={"preset": "soft"}).json()
    assert same["fingerprint"] == kept["fingerprint"]
    assert same["steps"] == ["exposure@1", "blur@1"]
    refused = client.delete("/api/v1/filters/glow")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "user/glow is used by the preset soft@1." in refused.json()["detail"]
    client.delete("/api/v1/presets/soft")
    assert client.delete("/api/v1/filters/glow").json() == {"name": "glow", "versions": 2}
    # Saved again as it was, it is back, and no new version of it.
    back = client.post("/api/v1/filters", json={"filter": second}).json()
    assert (back["version"], back["retired"], back["versions"]) == (2, False, [2, 1])
    assert not client.get("/api/v1/filters/glow@1").json()["retired"]
    assert client.delete("/api/v1/filters/glow").json() == {"name": "glow", "versions": 2}
    assert client.get("/api/v1/filters").json()["items"] == []
    assert not client.get("/api/v1/presets/soft").json()["missing"]
    wrong = {"operations": ["user/glow@1", {"resize": {"width": -1}}]}
    assert "step 2: resize" in client.post("/api/v1/recipes/validate", json={"recipe": wrong}).json()["detail"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": {"kind": "expression", "red": "__import__"}, "knobs": []}, "red: '__import__' is not known"),
        ({"body": {"kind": "steps", "steps": [{"name": "user/glow"}]}, "knobs": []}, "step 1"),
        ({"name": "No Name"}, "filter.name"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_words(client, change, words):
    answer = client.post("/api/v1/filters", json={"filter": {**GLOW, **change}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert words in answer.json()["detail"]
    unknown = client.post("/api/v1/recipes/validate", json={"recipe": "- user/nobody"}).json()
    assert unknown["code"] == "recipe_invalid"
    assert "step 1: There is no filter 'nobody'" in unknown["detail"]


def test_a_place_set_on_a_picture_stays_in_every_crop_from_now_on(client, photo, library):
    crop = {"recipe": {"name": "tall", "operations": [{"smart_crop": {"ratio": "1:3"}}]}, "images": [photo]}
    before = tried(client, photo, {"smart_crop": {"ratio": "1:3"}})
    made = client.post("/api/v1/renditions", json=crop).json()
    library.renditions.run_order(SYSTEM, made["id"], "run-1")
    assert client.post("/api/v1/renditions", json=crop | {"dry_run": True}).json()["to_compute"] == 0
    set_to = client.patch(f"/api/v1/images/{photo}", json={"focus": [0.05, 0.5]}, headers={"If-Match": "*"})
    assert set_to.json()["focus"] == [0.05, 0.5]
    wanted = tried(client, photo, {"smart_crop": {"ratio": "1:3", "focus_x": 0.05, "focus_y": 0.5}})
    assert np.array_equal(tried(client, photo, {"smart_crop": {"ratio": "1:3"}}), wanted)
    assert not np.array_equal(before, wanted)
    assert client.post("/api/v1/renditions", json=crop | {"dry_run": True}).json()["to_compute"] == 1
    client.patch(f"/api/v1/images/{photo}", json={"focus": None}, headers={"If-Match": "*"})
    assert client.post("/api/v1/renditions", json=crop | {"dry_run": True}).json()["to_compute"] == 0


def test_a_look_is_learned_from_two_pictures_and_goes_out_as_a_table(client, photo, library, add):
    before = np.asarray(Image.open(BytesIO(library.stores.blobs.read("originals", photo)))).astype(float)
    edited = BytesIO()
    Image.fromarray(np.clip(before * [1.1, 1.0, 0.8] + 8, 0, 255).astype(np.uint8)).save(edited, "PNG")
    after = hashlib.sha256(edited.getvalue()).hexdigest()
    library.stores.blobs.put("originals", after, edited.getvalue(), durable=False)
    add([image_record(2, id=after, width=1600, height=1200, format="png", media_type="image/png", renditions=())])
    given = {"name": "warm", "title": "Warm.", "before": photo, "after": after, "size": 9}
    made = client.post("/api/v1/filters/learn", json=given)
    assert (made.status_code, made.json()["kind"]) == (201, "look")
    table = client.get("/api/v1/filters/warm/table")
    assert "LUT_3D_SIZE 9" in table.text
    assert 'filename="warm.cube"' in table.headers["Content-Disposition"]
    wanted, found = tried(client, after), tried(client, photo, "user/warm")
    assert np.abs(wanted - found).mean() < 2
    assert np.abs(wanted - tried(client, photo)).mean() > 8
    chain = client.post("/api/v1/filters", json={"filter": GLOW}) and client.get("/api/v1/filters/glow/table")
    assert (chain.status_code, chain.json()["code"]) == (422, "invalid_parameter")
