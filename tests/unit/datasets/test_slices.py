from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from darkroom.datasets.shares import difference, wilson
from darkroom.datasets.slices import LEAST, every, slices, weakest


def table(count: int = 400) -> pl.DataFrame:
    """Right nine times of ten, but half of the time on pictures of one camera, and on dark ones."""
    chance = np.random.default_rng(3)
    cameras = np.array(["Alpha", "Beta", None])[chance.integers(0, 3, count)]
    brightness = chance.random(count)
    hit = chance.random(count) < np.where((cameras == "Beta") | (brightness < 0.2), 0.5, 0.95)
    return pl.DataFrame({
        "key": [f"{number:064x}" for number in range(count)], "label": ["cat"] * count, "predicted": ["cat"] * count,
        "right": chance.random(count), "hit": hit, "camera": cameras.tolist(), "brightness": brightness,
        "tag": [["all", "odd"] if number % 2 else ["all"] for number in range(count)],
    })  # fmt: skip


def test_words_are_told_apart_and_what_has_none_is_left_out():
    found = slices(table(), "camera")
    assert [one.value for one in found] == ["Beta", "Alpha"]
    weak, good = found
    assert weak.telling
    assert weak.apart_low <= weak.apart <= weak.apart_high < 0
    mine = table().filter(pl.col("camera") == "Beta")
    assert (weak.share.count, weak.share.value) == (len(mine), pytest.approx(mine["hit"].mean()))
    assert weak.share.count + good.share.count < 400


def test_the_wrong_pictures_come_those_first_of_which_it_was_surest():
    (weak, _) = slices(table(), "camera")
    wrong = table().filter((pl.col("camera") == "Beta") & ~pl.col("hit")).sort("right")
    assert list(weak.wrong) == wrong["key"].head(12).to_list()


def test_numbers_are_cut_into_quarters():
    found = sorted(slices(table(), "brightness"), key=lambda one: one.low)
    assert [one.share.count for one in found] == pytest.approx([100] * 4, abs=1)
    assert all(one.high < other.low for one, other in pairwise(found))
    assert found[0].telling
    assert found[0].apart < 0


def test_a_picture_counts_for_each_of_its_tags():
    found = {one.value: one.share.count for one in slices(table(), "tag")}
    assert found == {"all": 400, "odd": 200}
    assert not next(one for one in slices(table(), "tag") if one.value == "all").telling  # there are no others


def test_what_few_pictures_share_says_nothing():
    few = table().with_columns(pl.Series("lens", ["rare"] * (LEAST - 1) + [None] * (401 - LEAST), pl.String()))
    assert slices(few, "lens") == []
    assert slices(table(), "iso") == []


def test_the_weakest_parts_cost_most():
    found = weakest(every(table()))
    assert [one.dimension for one in found][:1] == ["camera"]
    assert {one.dimension for one in found} == {"camera", "brightness"}
    assert all(one.telling and one.apart < 0 for one in found)
    assert weakest(every(table().with_columns(hit=pl.lit(True)))) == []


def test_the_interval_of_a_difference_is_that_of_newcombe():
    # Table II, row a of Newcombe (1998): 56/70 - 48/80.
    found = difference(wilson(56, 70), wilson(48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
