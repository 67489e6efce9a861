"""Recipes of the library with models of the registry: aliases, versions, what training decided, who may."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.access import SYSTEM
from darkroom.domain.scope import EVERYTHING, NOTHING
from darkroom.errors import Error
from darkroom.imaging.operations import learned_write
from darkroom.services.library import Library
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.recipes.views import RecipeGiven
from tests.factories import image_record
from tests.pictures import jpeg
from tests.registered import register


@pytest.fixture
def library(library: Library):
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


def steps(*given) -> dict:
    return {"name": "learned", "operations": list(given), "output": {"format": "png"}}


def rendered(client, library: Library, image: str, recipe: dict, run_id: str) -> list[np.ndarray]:
    answer = client.post("/api/v1/renditions", json={"recipe": recipe, "images": [image]})
    assert answer.status_code == 202, answer.text
    done = library.renditions.run_order(SYSTEM, answer.json()["id"], run_id)
    assert (done.state, done.failed) == ("done", 0)
    made = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
    files = [client.get(f"/api/v1/images/{image}/renditions/{one['id']}").content for one in made]
    return [np.asarray(Image.open(BytesIO(file))) for file in files]


def test_a_recipe_follows_the_champion_and_a_new_one_makes_new_results(client, library, image):
    register(library.stores, "softer", 1, learned_write.identity())
    recipe = steps({"enhance_learned": {"model": "softer@champion", "min_gain": 0}})
    (plain,) = rendered(client, library, image, recipe, "run-1")
    assert len(rendered(client, library, image, recipe, "run-2")) == 1
    assert (
        len(rendered(client, library, image, steps({"enhance_learned": {"model": "softer@1", "min_gain": 0}}), "run-3"))
        == 1
    )
    register(library.stores, "softer", 2, learned_write.box_blur(9))
    newest, older = rendered(client, library, image, recipe, "run-4")
    assert np.array_equal(older, plain)
    assert newest.std() < plain.std()
    # The order keeps the version, so that a run which comes later makes what was asked for.
    order = client.get("/api/v1/renditions").json()["items"][0]["id"]
    assert '"softer@2"' in library.stores.orders.get(order).recipe


def test_a_model_that_does_not_help_a_picture_leaves_it_and_says_so(client, library, image):
    register(library.stores, "softer", 1, learned_write.box_blur(9))
    recipe = steps({"enhance_learned": {"model": "softer"}})
    (made,) = rendered(client, library, image, recipe, "run-1")
    (told,) = client.get(f"/api/v1/images/{image}/renditions").json()["items"]
    assert len(told["notes"]) == 1
    assert told["notes"][0].startswith("step 1 (enhance_learned) left as it was: with softer@1 ")
    plain, _ = rendered(client, library, image, steps({"denoise": {"strength": 0}}), "run-2")
    assert np.array_equal(made, plain)
    asked = {"recipe": recipe, "long_side": 96}
    for _ in range(2):  # the second one finds the step done, and still tells
        shown = client.post(f"/api/v1/images/{image}/recipe-preview", json=asked)
        assert json.loads(shown.headers["X-Notes"]) == told["notes"]


def test_the_licence_of_a_model_is_told_where_it_is_chosen(client, library):
    register(library.stores, "softer", 1, learned_write.identity(), licence="cc-by-nc-4.0")
    register(library.stores, "softer", 2, learned_write.identity())
    found = client.get("/api/v1/models/softer").json()
    assert found["licences"] == {"1": "cc-by-nc-4.0", "2": "none"}


def test_a_preview_shows_a_registered_detector_with_what_its_training_decided(client, library, image):
    register(library.stores, "cats", 1, learned_write.fixed_detector(), labels=("cat",))
    recipe = steps({"detection_overlay": {"model": "cats"}})
    answer = client.post(f"/api/v1/images/{image}/recipe-preview", json={"recipe": recipe, "long_side": 96})
    assert answer.status_code == 200, answer.text
    plain = client.post(f"/api/v1/images/{image}/recipe-preview", json={"recipe": steps("flip"), "long_side": 96})
    assert answer.content != plain.content
    chosen = library.presets.choose(RecipeGiven(recipe=recipe))
    pinned = ModelShelf(library.stores, EVERYTHING).pinned(chosen).recipe.operations[0].params
    assert pinned == {"model": "cats@1", "labels": ["cat"], "values": "0..1", "side": 64}


@pytest.mark.parametrize("words", ["absent", "softer@9", "softer@rising", "../x", "unexported"])
def test_what_the_library_does_not_have_is_refused_with_what_to_do(client, library, image, words):
    register(library.stores, "softer", 1, learned_write.identity())
    register(library.stores, "unexported", 1, None)
    recipe = steps({"enhance_learned": {"model": words}})
    answer = client.post("/api/v1/renditions", json={"recipe": recipe, "images": [image]})
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["code"] == ("model_unusable" if words == "unexported" else "not_found")
    saved = client.post("/api/v1/presets", json={"name": "mine", "recipe": recipe}).json()
    assert saved["missing"] == [f"Enhance learned needs the model {words}, which the library does not have."]
    known = client.post(
        "/api/v1/presets", json={"name": "ours", "recipe": steps({"enhance_learned": {"model": "softer"}})}
    )
    assert known.json()["missing"] == []


def test_a_model_is_for_those_who_may_see_what_it_learnt_from(library):
    register(library.stores, "softer", 1, learned_write.identity())
    with pytest.raises(Error) as caught:
        ModelShelf(library.stores, NOTHING).get("softer")
    assert caught.value.code == "not_found"
    assert "softer" not in ModelShelf(library.stores, NOTHING)
