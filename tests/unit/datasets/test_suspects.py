"""Labels that are probably wrong, by what models say that never saw the pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from darkroom.datasets.manifest import Manifest
from darkroom.datasets.suspects import FOLDS, folds, is_several, judge, one_each, several_each, still, telling
from darkroom.domain.annotation import Box, Classification, Detection
from darkroom.domain.dataset import Example
from darkroom.errors import Error
from tests.factories import sha

KEYS = ["a", "b", "c", "d"]


def manifest(*said: str, groups: tuple[str | None, ...] = ()) -> Manifest:
    return Manifest.of(
        (
            Example(
                key=sha(str(at)), path=f"{at}.jpg", group=groups[at] if groups else None,
                annotations=tuple(Classification(label=label) for label in words.split("+") if label),
            )
            for at, words in enumerate(said)
        ),
        Path(),
    )  # fmt: skip


def test_a_label_is_suspicious_where_another_class_is_as_sure_as_that_class_is_on_average():
    said = np.array([0, 0, 1, 1])
    found = judge(said, np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.45, 0.55]]))
    # Class 0 is given 0.55 on average, class 1 0.575: only the second picture is confidently of another class.
    assert found.thresholds == pytest.approx([0.55, 0.575])
    assert found.suspect.tolist() == [False, True, False, False]
    assert found.own == pytest.approx([0.9, 0.2, 0.6, 0.55])
    assert found.guess.tolist() == [0, 1, 1, 1]


def test_a_class_that_nobody_says_is_never_what_a_picture_is_confidently_of():
    found = judge(np.array([0, 0]), np.array([[0.1, 0.9], [0.2, 0.8]]))
    assert found.suspect.tolist() == [False, False]


def test_the_most_suspicious_come_first_and_then_the_least_sure():
    scores = np.array([[0.9, 0.1], [0.3, 0.7], [0.4, 0.6], [0.1, 0.9], [0.2, 0.8]])
    found = one_each([*KEYS, "e"], [0, 0, 1, 1, 0], ["cat", "dog"], scores)
    assert found["key"].to_list() == ["e", "b", "c", "a", "d"]
    assert found.row(0) == ("e", "cat", "dog", pytest.approx(0.8), pytest.approx(0.2), True)


def test_of_several_classes_one_may_be_missing_and_one_too_much():
    said = np.array([[True, False], [True, True], [True, False], [False, True]])
    scores = np.array([[0.9, 0.1], [0.9, 0.9], [0.05, 0.1], [0.95, 0.9]])
    found = {row["key"]: row for row in several_each(KEYS, said, ["sea", "sky"], scores).iter_rows(named=True)}
    assert sorted(found) == KEYS
    assert (found["c"]["said"], found["c"]["guess"], found["c"]["suspect"]) == ("sea", "", True)
    assert (found["d"]["said"], found["d"]["guess"], found["d"]["suspect"]) == ("", "sea", True)
    assert not found["a"]["suspect"]


def test_folds_keep_groups_whole_and_spread_each_class():
    said = ["cat"] * 20 + ["dog"] * 10
    groups = tuple("burst" if at in (3, 4, 25) else None for at in range(30))
    whole = manifest(*said, groups=groups)
    found = folds(whole)
    assert (found == folds(whole)).all()
    of = dict(zip(whole.frame["path"], found, strict=True))
    assert of["3.jpg"] == of["4.jpg"] == of["25.jpg"]
    cats = np.bincount([of[f"{at}.jpg"] for at in range(20)], minlength=FOLDS)
    assert cats.tolist() == [4] * FOLDS
    assert np.bincount(found, minlength=FOLDS).max() <= 7


def test_findings_hold_later_for_pictures_of_which_the_same_is_said():
    before = manifest("cat", "dog", "cat", "dog")
    keys = before.frame["key"].to_list()
    labels = before.frame["labels"].explode().to_list()
    scores = np.array([[0.1, 0.9] if one == "cat" else [0.9, 0.1] for one in labels])
    scores[0] = scores[0][::-1]
    found = one_each(keys, [int(one == "dog") for one in labels], ["cat", "dog"], scores)
    wrong = found.filter("suspect")["key"].to_list()
    assert len(wrong) == 3
    other = {"cat": "dog", "dog": "cat"}
    after = Manifest.of(
        [
            one.model_copy(update={"annotations": (Classification(label=other[one.annotations[0].label]),)})
            if one.key == wrong[0] else one
            for one in before.examples() if one.key != wrong[1]
        ], Path(),
    )  # fmt: skip
    assert still(found, after, []).filter("suspect")["key"].to_list() == [wrong[2]]
    assert still(found, after, wrong).filter("suspect").is_empty()


def test_models_that_know_no_more_than_the_commonest_class_doubt_nothing():
    rows = {
        "key": KEYS,
        "said": ["cat", "cat", "cat", "dog"],
        "confidence": [0.9] * 4,
        "own": [0.1] * 4,
        "suspect": [True] * 4,
    }
    guessing = pl.DataFrame({**rows, "guess": ["dog", "cat", "dog", "cat"]})
    assert telling(guessing)["suspect"].sum() == 0
    knowing = pl.DataFrame({**rows, "guess": ["cat", "cat", "cat", "dog"]})
    assert telling(knowing)["suspect"].sum() == 4


def test_boxes_and_a_single_class_are_refused_with_a_reason():
    box = Detection(label="cell", box=Box(x=0, y=0, width=0.5, height=0.5))
    drawn = Manifest.of([Example(key=sha("1"), path="1.jpg", annotations=(box,))], Path())
    with pytest.raises(Error, match="classes of whole pictures, and this says detection"):
        is_several(drawn)
    with pytest.raises(Error, match="two classes at least"):
        is_several(manifest("cat", "cat"))
    assert not is_several(manifest("cat", "dog", ""))
    assert is_several(manifest("cat", "cat+dog"))
