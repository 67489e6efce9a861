"""Pictures that a report draws, and what comes of calling only those that the model is sure of."""

from __future__ import annotations

import polars as pl
import pytest

from darkroom.services.training.points import curve, drawn


def table(rows: list[tuple[float, bool]]) -> pl.DataFrame:
    return pl.DataFrame({
        "key": [f"k{number:03}" for number in range(len(rows))], "label": ["cat"] * len(rows),
        "predicted": ["cat" if hit else "dog" for _, hit in rows], "right": [sure if hit else 1 - sure for sure, hit in rows],
        "hit": [hit for _, hit in rows], "sure": [sure for sure, _ in rows], "brightness": [0.5] * len(rows), "unknown": [1] * len(rows),
    })  # fmt: skip


def test_all_are_drawn_where_there_is_room():
    found = drawn(table([(0.9, True), (0.8, False), (0.6, True)]))
    assert [(one.key, one.hit, one.predicted, one.brightness) for one in found] == [
        ("k001", False, "dog", 0.5), ("k002", True, "cat", 0.5), ("k000", True, "cat", 0.5),
    ]  # fmt: skip
    assert found[0].right == pytest.approx(0.2)


def test_of_many_the_most_wrong_are_drawn_and_the_others_evenly():
    right = [(0.5 + number / 400, True) for number in range(190)]
    wrong = [(0.5 + number / 40, False) for number in range(10)]
    found = drawn(table([*right, *wrong]), most=24, wrong=5)
    assert [one.sure for one in found if not one.hit] == pytest.approx([0.725, 0.7, 0.675, 0.65, 0.625])
    good = [one.sure for one in found if one.hit]
    assert 15 <= len(good) <= 19
    assert (good[0], good[-1]) == (pytest.approx(0.5), pytest.approx(0.975, abs=0.03))


def test_the_curve_tells_how_many_are_called_and_how_many_of_those_right():
    found = curve(table([(0.95, True), (0.94, True), (0.75, False), (0.55, True)]))
    assert [(one.threshold, one.kept, round(one.accuracy, 3)) for one in found] == [
        (0.55, 1.0, 0.75), (0.75, 0.75, 0.667), (0.94, 0.5, 1.0), (0.95, 0.25, 1.0),
    ]  # fmt: skip
    assert curve(table([]).clear()) == ()
    assert curve(table([(0.9, True)]).drop("sure")) == (), "older reports do not know how sure a model was"
