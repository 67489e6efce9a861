"""What is wrong with the pictures of a version, and how two versions differ, on figures that say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.datasets.alike import merged, near_groups
from darkroom.datasets.drift import area, drift
from darkroom.datasets.figures import SCHEMA, judged, leaks_by_cause, with_labels
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.outliers import FAR, outliers
from darkroom.domain.annotation import Classification
from darkroom.domain.dataset import Example
from darkroom.domain.dataset_quality import QualityRules
from darkroom.imaging.look import LENGTH, look
from tests.factories import sha

COUNT = 80


def figures(count: int = COUNT, **columns: list) -> pl.DataFrame:
    """Pictures with nothing wrong, and what a test changes."""
    chance = np.random.default_rng(1)
    usual = {
        "key": sorted(sha(str(at)) for at in range(count)), "width": [640] * count, "height": [480] * count,
        "score": [0.8] * count, "sharpness": chance.uniform(100, 200, count).tolist(),
        "brightness": chance.uniform(0.4, 0.6, count).tolist(), "contrast": [0.4] * count, "entropy": [7.0] * count,
        "colourfulness": [30.0] * count, "problems": [[]] * count,
        "phash": chance.integers(0, 2**63, count, dtype=np.uint64).tolist(),
        "look": [bytes(chance.integers(100, 156, LENGTH, dtype=np.uint8)) for _ in range(count)], "camera": [None] * count, "taken_at": [None] * count,
    }  # fmt: skip
    for name, changes in columns.items():
        usual[name] = [*changes, *usual[name][len(changes) :]]
    return pl.DataFrame(usual, schema=SCHEMA)


def manifest(frame: pl.DataFrame, split=lambda at: "train", label=lambda at: "sea", group=lambda at: None) -> Manifest:
    return Manifest.of(
        (
            Example(
                key=key, path=f"{at}.jpg", split=split(at), group=group(at),
                annotations=(Classification(label=label(at)),) if label(at) else (),
            )
            for at, key in enumerate(frame["key"])
        ),
        Path(),
    )  # fmt: skip


def issues(frame: pl.DataFrame) -> list[list[str]]:
    return judged(frame, manifest(frame))["issues"].to_list()


def test_of_duplicates_the_best_one_has_no_issue():
    one = bytes([128]) * LENGTH
    frame = figures(
        phash=[7, 7, 7, 6, 2**40 + 2**41 + 2**42 + 2**43 + 7], look=[one, one, one, one], score=[0.5, 0.9, 0.5]
    )
    found = issues(frame)
    assert found[:4] == [["exact_duplicate"], [], ["exact_duplicate"], ["near_duplicate"]]
    assert not any(found[4:])


def test_pictures_without_content_are_no_duplicates():
    assert issues(figures(phash=[7, 7], problems=[["low_information"], ["low_information"]]))[:2] == [
        ["low_information"], ["low_information"],
    ]  # fmt: skip


def test_odd_sizes_and_aspects_and_what_the_library_found_are_told():
    frame = figures(width=[4000, 100, 20, 1300], height=[3000, 80, 480, 400], problems=[["blurred"], ["dark"]])
    found = issues(frame)
    assert found[:4] == [["blurred", "odd_size"], ["dark", "odd_size"], ["odd_aspect", "odd_size"], ["odd_aspect"]]
    assert not any(found[4:])


def test_a_picture_unlike_its_class_is_an_outlier_and_few_strangers_do_not_hide_each_other():
    strange = [bytes([at]) * 40 + bytes([255 - at]) * 40 for at in range(4)]
    assert [at for at, one in enumerate(issues(figures(look=strange))) if "outlier" in one] == [0, 1, 2, 3]
    assert not any("outlier" in one for one in issues(figures(20, look=strange[:1])))


def planted(seed: int) -> tuple[pl.Series, np.ndarray, np.ndarray]:
    """Rows of 64 numbers as a model makes them: two classes that spread unevenly, and 30 strangers that share half of their direction."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(2, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    which = np.arange(1530) % 2
    spread = np.where(which == 0, 0.04, 0.06)[:, None] * chance.gamma(30, 1 / 30, (1530, 1))
    rows = centres[which] + chance.normal(size=(1530, 64)) * spread
    away = chance.normal(size=(30, 64))
    rows[1500:] = centres[which[1500:]] + 1.5 * away / np.linalg.norm(away, axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return pl.Series("said", [("boots", "hats")[at] for at in which]), rows.astype(np.float32), np.arange(1530) >= 1500


def test_strangers_among_what_a_model_makes_of_pictures_are_found():
    for seed in range(3):
        said, rows, strange = planted(seed)
        found = outliers(said, rows) > FAR
        precision, recall = (found & strange).sum() / found.sum(), (found & strange).sum() / strange.sum()
        assert precision >= 0.9, seed
        assert recall >= 0.9, seed


def test_pictures_that_a_model_has_not_seen_are_compared_by_their_looks():
    frame = figures(look=[bytes([0]) * 40 + bytes([255]) * 40])
    chance = np.random.default_rng(5)
    rows = np.ones((COUNT - 1, 8), np.float32) + chance.normal(scale=0.05, size=(COUNT - 1, 8)).astype(np.float32)
    rows[4] = -rows[4]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = judged(frame, manifest(frame), (frame["key"].to_list()[:0:-1], rows))["issues"].to_list()
    assert [at for at, one in enumerate(found) if "outlier" in one] == [0, COUNT - 5]


def test_classes_are_looked_at_by_themselves():
    chance = np.random.default_rng(3)
    dark, light = (chance.integers(low, low + 50, (40, LENGTH), dtype=np.uint8) for low in (0, 200))
    said = pl.Series("said", ["night"] * 40 + ["snow"] * 39 + ["night"])
    found = outliers(said, np.concatenate([dark, light]))
    assert np.flatnonzero(found > FAR).tolist() == [79]


def test_near_duplicates_and_groups_in_several_splits_leak():
    frame = figures(phash=[7, 5], look=[bytes([127]) * LENGTH])
    whole = manifest(
        frame, split=lambda at: "test" if at in (1, 3) else "train", label=lambda at: "" if at == 9 else "sea",
        group=lambda at: "walk" if at in (3, 4) else None,
    )  # fmt: skip
    found = with_labels(judged(frame, whole), whole, [frame["key"][6]])["issues"].to_list()
    assert [at for at, one in enumerate(found) if "leak" in one] == [0, 1, 3, 4]
    assert [at for at, one in enumerate(found) if "suspect" in one] == [6]
    assert [at for at, one in enumerate(found) if "unlabelled" in one] == [9]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30), st.data())
def test_hashes_that_are_close_are_in_one_group(hashes, data):
    twin = data.draw(st.sampled_from(hashes))
    for bit in data.draw(st.sets(st.integers(0, 63), max_size=3)):
        twin ^= 1 << bit
    found = near_groups(np.array([*hashes, twin], dtype=np.uint64))
    beside = [at for at, one in enumerate(hashes) if (one ^ twin).bit_count() <= 3]
    assert {int(found[at]) for at in beside} == {int(found[-1])} != {-1}


def test_what_belongs_to_several_groups_joins_them_in_any_order():
    pairs = [("a", "walk"), ("b", "walk"), ("b", "near 1"), ("c", "near 1"), ("d", "near 2")]
    expected = {"a": "near 1", "b": "near 1", "c": "near 1", "d": "near 2"}
    assert merged(pairs) == merged(pairs[::-1]) == expected


def test_versions_of_one_population_are_alike_and_darker_ones_are_told():
    frame = figures(400)
    halves = frame[::2], frame[1::2]
    said = [pl.Series([["sea"], ["land"]] * 100)] * 2
    alike = drift(*halves, (said[0], said[1]), "a@1")
    assert not alike.drifted
    assert alike.told_low < 0.5 < alike.told_high
    looks = [bytes(byte // 2 for byte in one) for one in halves[1]["look"]]
    darker = halves[1].with_columns(brightness=pl.col("brightness") / 2, look=pl.Series(looks))
    found = drift(halves[0], darker, (said[0], pl.Series([["sea"]] * 200)), "a@1")
    assert (found.features[0].feature, found.features[0].drifted) == ("brightness", True)
    assert [one.feature for one in found.features if one.drifted] == ["brightness"]
    assert (found.told_apart, found.drifted) == (pytest.approx(1, abs=0.01), True)
    assert (found.label_shift, found.labels_shifted, found.labels[0].label) == (0.5, True, "land")


def test_the_area_under_the_curve_counts_pairs_and_ties_by_half():
    assert area(np.array([1.0, 2.0]), np.array([2.0, 3.0]))[0] == 0.875


def test_looks_tell_colours_and_directions_apart():
    grey = np.full((60, 90, 3), 128, np.uint8)
    red = np.zeros_like(grey)
    red[..., 0] = 255
    across = grey.copy()
    across[::8] = 255
    plain, coloured, striped = (np.frombuffer(look(one), np.uint8).astype(int) for one in (grey, red, across))
    assert len(plain) == LENGTH
    assert abs(plain[:48] - coloured[:48]).max() > 50
    assert striped[48:].max() > 100 > plain[48:].max()


def test_a_limit_is_given_once_and_others_are_the_usual_ones():
    rules = QualityRules.model_validate({"limits": [{"issue": "dark", "most": 0.5, "blocks": True}]})
    assert rules.blocking
    limits = {one.issue: (one.most, one.blocks) for one in rules.all}
    assert (limits["dark"], limits["blurred"]) == ((0.5, True), (0.1, False))
    with pytest.raises(ValueError, match="one limit"):
        QualityRules.model_validate({"limits": [{"issue": "dark", "most": 0.5}, {"issue": "dark", "most": 0.4}]})


def test_a_burst_in_two_splits_leaks_and_says_so():
    moment = datetime(2026, 11, 27, 12, tzinfo=UTC)
    frame = figures(camera=["Aperta"] * 2, taken_at=[moment, moment + timedelta(seconds=1)])
    whole = manifest(frame, split=lambda at: "test" if at == 1 else "train")
    found = with_labels(judged(frame, whole), whole, [])
    (leak,) = leaks_by_cause(found, 5)
    assert (leak.cause, leak.groups, leak.pictures, list(leak.samples)) == (
        "burst",
        1,
        2,
        frame["key"].head(2).to_list(),
    )
