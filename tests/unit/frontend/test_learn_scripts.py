"""The scripts of the pages about learning that need no browser, run by Node."""

from __future__ import annotations

import json

import pytest

from darkroom.domain.follow import Follow
from darkroom.domain.query import ImageQuery
from darkroom.domain.search import SPACES, dimension_of
from darkroom.domain.training import TrainingWanted
from tests.node import run


@pytest.mark.parametrize(
    ("value", "words"),
    [("0", "0"), ("0.0194512", "0.0195"), ("12345", "12.3k"), ("1e12", "1.0e+12"), ("0.00001", "1.0e-5"), ("2", "2")],
)
def test_numbers_stay_short(node, value, words):
    assert run(node, "learn/ticks.js", f"return m.short({value});") == words


def test_a_long_curve_is_smoothed_and_a_short_one_is_not(node):
    body = """
      const zigzag = Array.from({ length: 80 }, (_, at) => [at, at % 2]);
      const few = zigzag.slice(0, 10);
      const smooth = m.smoothed(zigzag);
      return [m.smoothed(few) === few, smooth.length, Math.max(...smooth.slice(5, 75).map((one) => Math.abs(one[1] - 0.5))) < 0.2, m.nearest(zigzag, 41.4)[0]];"""
    assert run(node, "learn/ticks.js", body) == [True, 80, True, 41]


def test_only_what_differs_from_the_defaults_is_sent(node):
    chosen = {"dataset": "shoes@2", "task": "classification", "budget": None}
    body = f"return m.bodyOf({json.dumps(chosen)}, {{ ...m.NOTHING, %s }});"
    plain = {"dataset": "shoes@2", "task": "classification", "budget_seconds": None}
    assert run(node, "learn/given.js", body % "") == plain
    more = 'epochs: "3", class_weights: "balanced", seed: "0", name: "boots", promote: true, search: true, trials: "8", minutes: "2"'
    assert run(node, "learn/given.js", body % more) == plain | {
        "options": {"epochs": 3, "class_weights": "balanced"}, "seed": 0, "name": "boots", "promote": True,
        "search": {"trials": 8, "budget_seconds": 120},
    }  # fmt: skip


def test_a_policy_is_sent_as_far_as_it_differs_and_the_preview_is_told_what_it_needs(node):
    more = '{ ...m.NOTHING, image_size: "64", epochs: "3", augment: { strength: "light", values: { rotate: 40 } } }'
    augment = {"strength": "light", "rotate": 40}
    assert run(node, "learn/given.js", f"return m.optionsOf({more});") == {
        "image_size": 64,
        "epochs": 3,
        "augment": augment,
    }
    shown = run(node, "learn/given.js", f'return m.optionsOf({more}, ["augment", "image_size"]);')
    assert shown == {"image_size": 64, "augment": augment}


def test_following_is_sent_whole_and_keeps_what_the_form_does_not_show(node):
    plain = run(node, "learn/given.js", "return m.followOf(m.EMPTY_FOLLOW);")
    assert Follow.model_validate(plain) == Follow(labels_from="folders")
    before = Follow(
        query=ImageQuery(q="sea", rating_min=3), labels_from="tags", classes=("a", "b"), seed=4, every_days=9,
        training=TrainingWanted(options={"epochs": 3}, seed=2),
    )  # fmt: skip
    form = (
        '{ ...m.EMPTY_FOLLOW, from: "tags", classes: ["a", "c"], task: "classification", minutes: "2", at_least: "5" }'
    )
    found = run(node, "learn/given.js", f"return m.followOf({form}, {before.model_dump_json()});")
    assert Follow.model_validate(found) == Follow(
        query=ImageQuery(rating_min=3), labels_from="tags", classes=("a", "c"), seed=4, at_least=5,
        training=TrainingWanted(options={"epochs": 3}, seed=2, budget_seconds=120, promote=True),
    )  # fmt: skip


def test_trainings_that_differ_in_their_seed_alone_are_a_set(node):
    items = [
        {"id": name, "dataset": "a@1", "task": "classification", "options": {"seed": seed, "rate": rate}}
        for name, seed, rate in (("one", 0, 0.1), ("two", 1, 0.1), ("again", 1, 0.1), ("other", 1, 0.2))
    ]
    found = run(
        node,
        "learn/seeds.js",
        f'return m.setsOf({json.dumps(items)}, ["rate", "seed"]).map((set) => set.map((one) => one.id));',
    )
    assert found == [["one", "two"], ["other"]]


def test_curves_of_seeds_have_a_mean_and_its_interval_over_the_steps_that_all_reached(node):
    body = "return m.across([[[0, 1], [10, 3]], [[0, 3], [5, 4], [10, 5], [20, 9]], []]);"
    found = run(node, "learn/seeds.js", body)
    assert found["points"] == [[0, 2], [5, 3], [10, 4]]
    # Two values that are two apart: t of one degree of freedom times the standard error, which is 1.
    assert found["band"][0] == [0, pytest.approx(2 - 12.706), pytest.approx(2 + 12.706)]
    assert run(node, "learn/seeds.js", "return m.meanOf([0.9]);") == {"mean": 0.9, "low": 0.9, "high": 0.9}


def test_what_a_search_varies_is_written_as_the_command_line_has_it(node):
    spaces = run(node, "learn/given.js", "return m.SPACES;")
    read = {task: {name: dimension_of(f"{name}={words}")[1] for name, words in rows} for task, rows in spaces.items()}
    assert read == SPACES
    words = ["0.005..0.08:log", "40..80:whole", "-1..1", "30,60,120", "muon, sgd", "true,false"]
    found = run(node, "learn/given.js", f"return {json.dumps(words)}.map(m.dimensionOf);")
    assert found == [dimension_of(f"x={one}")[1].model_dump(mode="json") for one in words]
    assert run(node, "learn/given.js", 'return ["", "5", "3..1", "a..b", "1,,2"].map(m.dimensionOf);') == [None] * 5
    chosen = {"dataset": "shoes@2", "task": "multilabel", "budget": 60}
    more = 'search: true, space: [["epochs", "4..8:whole"]], weights: m.HUB, hub: " a/b ", tune: "lora", lora_rank: "4", model: "residual-tiny"'
    body = run(node, "learn/given.js", f"return m.bodyOf({json.dumps(chosen)}, {{ ...m.NOTHING, {more} }});")
    assert body["search"]["space"] == {"epochs": {"low": 4, "high": 8, "log": False, "whole": True}}
    assert body["options"] == {"weights": "hub:a/b", "tune": "lora", "lora_rank": 4}
    detection = run(
        node,
        "learn/given.js",
        f"return m.bodyOf({json.dumps(chosen | {'task': 'detection'})}, {{ ...m.NOTHING, {more} }});",
    )
    assert detection["options"] == {"model": "residual-tiny"}


def test_a_style_is_looked_at_through_what_was_chosen_and_nothing_else_is(node):
    chosen = {"dataset": "shoes@2", "task": "style", "budget": 60}
    body = f"return m.bodyOf({json.dumps(chosen)}, {{ ...m.NOTHING, style: ' a1 ', %s }}).options;"
    assert run(node, "learn/given.js", body % "weights: 'vit'") == {"style": "a1"}
    assert run(node, "learn/given.js", body % "features: 'model:shapes@3'") == {
        "style": "a1",
        "features": "model:shapes@3",
    }
    hub = body % "features: m.HUB, features_hub: ' a/b '"
    assert run(node, "learn/given.js", hub) == {"style": "a1", "features": "hub:a/b"}
    other = body.replace('"style"', '"detection"') % "features: 'vgg'"
    assert run(node, "learn/given.js", other.replace(").options", ").options ?? {}")) == {}
    asked = "[undefined, {}, { style: '' }, { style: 'a', features: 'hub:' }, { weights: 'hub:a/' }, { style: 'a', features: 'hub:a/b' }]"
    assert run(node, "learn/given.js", f"return {asked}.map(m.unsaid);") == [False, False, True, True, True, False]


def test_classifiers_of_the_library_and_folders_of_the_machine_are_offered_to_look_through(node):
    models = [
        {"id": "shapes", "task": "classification", "latest": 3, "aliases": {"champion": 2, "candidate": 3}},
        {"id": "boxes", "task": "detection", "latest": 1, "aliases": {"champion": 1}},
        {"id": "moods", "task": "multilabel", "latest": 1, "aliases": {"candidate": 1}},
    ]
    said = f"return m.eyesOf({json.dumps(models)}, %s);"
    found = run(node, "learn/given.js", said % '[{ name: "vgg", bytes: 2_000_000 }]')
    assert [words for words, _ in found] == ["Classifiers of the library", "Weights on this machine"]
    assert found[0][1] == [
        ["model:shapes@2", "shapes@2, champion"], ["model:shapes@3", "shapes@3, newest"], ["model:moods@1", "moods@1, newest"],
    ]  # fmt: skip
    assert found[1][1][0][0] == "vgg"
    assert run(node, "learn/given.js", said % "[]")[0][0] == "Classifiers of the library"
    assert run(node, "learn/given.js", "return m.eyesOf([], []);") == []


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (
            "learning_rate: Input should be greater than 0.",
            {"field": "learning_rate", "words": "Input should be greater than 0."},
        ),
        ("augment.rotate: too much.", {"field": "augment.rotate", "words": "too much."}),
        ("There is nothing to learn: no.", None),
    ],
)
def test_a_refusal_is_said_at_its_field(node, message, found):
    error = json.dumps({"code": "training_invalid", "message": message})
    assert run(node, "learn/given.js", f"return m.wrongField({error});") == found


def test_a_part_of_a_drawing_is_asked_for_and_told_in_words(node):
    body = """
      const part = m.meant("brightness", { x: [0.5, 0.1234], y: [-0.03, 0.4] });
      const density = { low: 10, step: 2, right_low: 0, right_step: 0.5 };
      return [m.asked(part), m.told(part), m.told({ label: "cat", predicted: "dog" }), m.told({ by: "sure", low: 0.9, predicted: "dog" }), m.asked(m.meant("iso", null)), m.cellOf("iso", density, { x: 15, y: 0.75 }), m.told(m.meant("iso", null, true))];"""
    assert run(node, "learn/region.js", body) == [
        "by=brightness&low=0.1234&high=0.5&right_low=0&right_high=0.4",
        "brightness 0.123 to 0.5, probability 0 to 0.4",
        "cat taken for dog",
        "called dog, how sure it was 0.9 or more",
        "by=iso",
        {"by": "iso", "low": 14, "high": 16, "right_low": 0.5, "right_high": 1},
        "all pictures",
    ]
