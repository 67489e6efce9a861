from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.search import (
    SPACES,
    Between,
    OneOf,
    Search,
    Trial,
    checked_space,
    dimension_of,
    usual_space,
    with_options,
)
from darkroom.domain.train_config import TrainConfig, options_of
from darkroom.errors import Error


@pytest.mark.parametrize("task", SPACES)
def test_what_varies_by_default_fits_the_defaults_of_the_task(task):
    config = TrainConfig(task=task)
    checked_space(SPACES[task], config)
    defaults = config.model_dump()
    for name, dimension in SPACES[task].items():
        group, _, inner = name.partition(".")
        assert dimension.holds(defaults[group][inner] if inner else defaults[group]), name


def test_what_somebody_chose_does_not_vary():
    said = {"learning_rate": 0.01, "augment": {"mixup": 0.1}}
    assert set(SPACES["classification"]) - set(usual_space("classification", said)) == {
        "learning_rate",
        "augment.mixup",
    }
    assert usual_space("style", {}) == {}, "there is no search of it"


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({"learning_speed": Between(low=1, high=2)}, "learning_speed"),
        ({"augment.blur": Between(low=0, high=1)}, "augment.blur"),
        ({"seed": OneOf(values=(1, 2))}, "seed is the same in every trial"),
        ({"label_smoothing": Between(low=0, high=1)}, "label_smoothing"),
        ({"optimizer": OneOf(values=("muon", "adagrad"))}, "optimizer"),
        ({"batch_size": Between(low=10.5, high=20)}, "batch_size"),
    ],
)
def test_what_could_never_be_tried_is_refused_by_name(space, words):
    with pytest.raises(Error, match=words) as refused:
        checked_space(space, TrainConfig())
    assert refused.value.code == "training_invalid"


def test_options_reach_into_groups_and_leave_the_rest():
    found = with_options(TrainConfig(epochs=7), {"augment.mixup": 0.1, "learning_rate": 0.5})
    assert (found.epochs, found.learning_rate, found.augment.mixup) == (7, 0.5, 0.1)
    assert found.augment.cutmix == TrainConfig().augment.cutmix


def test_a_group_is_not_given_whole_and_in_parts():
    with pytest.raises(Error, match="augment is a group"):
        options_of(["augment=3", "augment.mixup=0"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("learning_rate=0.005..0.08:log", ("learning_rate", Between(low=0.005, high=0.08, log=True))),
        ("epochs=40..80:whole", ("epochs", Between(low=40, high=80, whole=True))),
        ("augment.mixup=0..0.5", ("augment.mixup", Between(low=0, high=0.5))),
        ("batch_size=30, 60", ("batch_size", OneOf(values=(30, 60)))),
        ("model=residual,residual-deep", ("model", OneOf(values=("residual", "residual-deep")))),
    ],
)
def test_people_write_what_varies(words, expected):
    assert dimension_of(words) == expected


@pytest.mark.parametrize(
    "words", ["learning_rate", "=1..2", "a=1..2:cubic", "a=2..1", "a=0..1:log", "a=1", "a=1..x", "a=0.5..3:whole"]
)
def test_what_is_no_range_is_refused(words):
    with pytest.raises(Error) as refused:
        dimension_of(words)
    assert refused.value.code == "training_invalid"


@given(st.lists(st.lists(st.floats(0, 1), max_size=4), max_size=8))
def test_leaders_are_those_that_came_to_something_the_best_first(scores):
    found = tuple(Trial(number=n, options={}, scores=tuple(one)) for n, one in enumerate(scores, 1))
    leaders = Search(found=found).leaders()
    assert {one.number for one in leaders} == {n for n, one in enumerate(scores, 1) if one}
    assert [one.score for one in leaders] == sorted((max(one) for one in scores if one), reverse=True)
