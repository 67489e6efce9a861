"""Pictures that a report draws, and what comes of calling only those that the model is sure of."""

from __future__ import annotations

import polars as pl
import pytest

from darkroom.services.training.point_views import PointRegion
from darkroom.services.training.points import class_curves, curve, density, drawn, within


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


def test_a_region_is_a_part_of_the_drawing_or_a_cell_of_the_confusion():
    given = table([(0.95, True), (0.9, False), (0.7, True), (0.6, False)])
    found = within(given, PointRegion(by="sure", low=0.65, high=0.93))
    assert found["key"].to_list() == ["k001", "k002"]
    found = within(given, PointRegion(by="sure", right_low=0.05, right_high=0.5))
    assert found["key"].to_list() == ["k001", "k003"]
    assert within(given, PointRegion(label="cat", predicted="dog"))["key"].to_list() == ["k001", "k003"]
    assert len(within(given, PointRegion())) == 4
    assert len(within(given, PointRegion(by="iso"))) == 0, "of an axis that is not known there is none"


def test_where_all_lie_is_counted_in_a_grid():
    given = table([(0.995, True)] * 30 + [(0.995, False)] * 10 + [(0.5, True)] * 5)
    found = density(given, PointRegion(by="sure"))
    assert (found.low, found.right_low) == (0.5, 0)
    assert sum(map(sum, found.count)) == 45
    assert (found.count[-1][-1], found.wrong[-1][-1], found.count[0][-1], found.wrong[0][-1]) == (30, 0, 10, 10)
    assert found.count[30][0] == 5
    part = density(given, PointRegion(by="sure", low=0.0, high=1.0, right_low=0.5, right_high=1.0))
    assert (part.low, part.step * 120, part.right_low, part.right_step * 60) == pytest.approx((0, 1, 0.5, 0.5))
    assert density(given, PointRegion()) is None
    assert density(given, PointRegion(by="iso")) is None


def test_of_each_class_precision_and_recall_follow_how_sure_it_must_be():
    given = table([(0.9, True), (0.8, True), (0.7, False), (0.6, True)]).with_columns(
        label=pl.Series(["cat", "cat", "dog", "cat"]), predicted=pl.Series(["cat", "cat", "cat", "cat"])
    )
    cat, dog = class_curves(given)
    assert (cat.label, cat.count, dog.label, dog.points) == ("cat", 3, "dog", ())
    assert [(one.threshold, round(one.precision, 3), round(one.recall, 3)) for one in cat.points] == [
        (0.6, 0.75, 1.0), (0.7, 0.667, 0.667), (0.8, 1.0, 0.667), (0.9, 1.0, 0.333),
    ]  # fmt: skip
