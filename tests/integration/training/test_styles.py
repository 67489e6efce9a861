"""Styles that are learnt through a network of one's own: folders of weights of every kind, and classifiers of the registry."""

from __future__ import annotations

import hashlib

import pytest
import torch
from safetensors.torch import save, save_file

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.errors import Error
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.training.views import Promotion
from darkroom.services.training.work import put_network, unpack
from tests.integration.training.test_trainings import given, measured, trained
from tests.networks import drawn_vgg, save_resnet

PAINTER = {
    "model": "painter-tiny", "image_size": 64, "batch_size": 4, "epochs": 1, "validations": 1, "threads": 1,
    "precision": "float32",
}  # fmt: skip


@pytest.fixture
def style(library, committed) -> str:
    """The key of a picture; the library has the dataset `photographs` and the classifier `eyes`, too."""
    committed("photographs")
    trained(library, dataset="photographs", name="eyes", promote=True)
    return str(library.datasets.read(library.datasets.resolve("photographs")).frame["key"][0])


def test_a_style_is_learnt_through_a_network_of_ones_own_of_every_kind(library, style):
    backbones = library.settings.backbones
    for name in ("vgg", "resnet"):
        (backbones / name).mkdir(parents=True)
    save_file(drawn_vgg(), backbones / "vgg" / "model.safetensors")
    save_resnet(backbones / "resnet")
    kept = library.stores.checkpoints.get(library.stores.model_versions.get("eyes@1").checkpoint)
    unpack(library.stores.blobs, kept.files, backbones / "ours")
    weights, keys = set(), library.datasets.read(library.datasets.resolve("photographs")).frame["key"].to_list()
    for number, words in enumerate(("vgg", "resnet", "ours", "model:eyes", "model:eyes@1", None)):
        options = PAINTER | {"style": style} | ({"features": words} if words else {})
        ended = trained(library, f"run-{number}", dataset="photographs", task="style", name="paint", options=options)
        assert (ended.state, ended.config["features"]) == ("done", "model:eyes@1" if words == "model:eyes" else words)
        files = library.stores.checkpoints.get(ended.checkpoint).files
        weights.add(next(one.key for one in files if one.name == "weights.safetensors"))
    assert len(weights) == 4, "the same network teaches the same, wherever it comes from; another one something else"
    recipe = {"operations": [{"style_learned": {"model": "paint@4"}}], "output": {"format": "png"}}
    order = library.renditions.order(LOCAL_OWNER, OrderGiven(recipe=recipe, images=(keys[1],)))
    done = library.renditions.run_order(SYSTEM, order.id, "run-s")
    assert (done.state, done.made, done.failed) == ("done", 1, 0), "the painter does without what it was learnt by"


def test_a_classifier_that_cuts_pictures_in_patches_is_refused(library, style):
    kept = library.stores.checkpoints.get(library.stores.model_versions.get("eyes@1").checkpoint)
    patches = save({"embeddings.weight": torch.zeros(8, 3, 16, 16), "head": torch.zeros(2, 8)})
    key = hashlib.sha256(patches).hexdigest()
    library.stores.blobs.put("originals", key, patches, durable=True)
    files = [
        one.model_copy(update={"key": key, "bytes": len(patches)}) if one.name == "weights.safetensors" else one
        for one in kept.files
    ]
    library.stores.checkpoints.replace(kept.model_copy(update={"files": tuple(files)}))
    options = PAINTER | {"style": style, "features": "model:eyes"}
    with pytest.raises(Error, match="features: eyes@1 looks at pictures in patches"):
        library.trainings.start(LOCAL_OWNER, given(dataset="photographs", task="style", options=options))


def test_a_model_to_look_through_is_the_one_of_the_moment_and_stays_as_long_as_it_is_needed(library, style):
    wanted = PAINTER | {"style": style, "features": "model:eyes@champion"}
    asked = {"dataset": "photographs", "task": "style", "name": "paint", "options": wanted}
    done = measured(library, **asked)
    assert (done.state, done.error_cause) == ("done", None)
    assert library.estimates.estimate(LOCAL_OWNER, given(**asked)).measured_by == done.id
    started = library.trainings.start(LOCAL_OWNER, given(**asked)).training
    assert started.config["features"] == "model:eyes@1"
    trained(library, "run-b", dataset="photographs", name="eyes", seed=1)
    library.models.promote(LOCAL_OWNER, "eyes", Promotion(number=2, alias="champion", force=True))
    with pytest.raises(Error, match=f"the training of a style that looks through it {started.id}"):
        library.removals.version(LOCAL_OWNER, "eyes", 1)
    library.trainings.cancel(LOCAL_OWNER, started.id)
    library.removals.version(LOCAL_OWNER, "eyes", 1)
    with pytest.raises(Error, match="features: the model eyes@1 was deleted since"):
        put_network(library.stores, "eyes@1", library.settings.home_path / "network")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("model:gone", "features: There is no model 'gone' in the library"),
        ("model:eyes@7", "features: There is no model 'eyes@7' in the library"),
        ("model:paint@1", "features: paint@1 learnt style; styles are told apart by a model that tells classes apart"),
    ],
)
def test_what_no_style_can_be_looked_at_through_is_refused_when_it_is_asked_for(library, style, words, why):
    if words == "model:paint@1":
        trained(library, "run-p", dataset="photographs", task="style", name="paint", options=PAINTER | {"style": style})
    options = PAINTER | {"style": style, "features": words}
    with pytest.raises(Error, match=why) as refused:
        library.trainings.start(LOCAL_OWNER, given(dataset="photographs", task="style", options=options))
    assert refused.value.remedy
