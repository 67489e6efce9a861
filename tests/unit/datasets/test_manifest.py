from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from darkroom.datasets.manifest import Manifest
from darkroom.datasets.splits import hold_out, leaks, split
from darkroom.domain.annotation import Box, Classification, Detection
from darkroom.domain.dataset import Example, SplitRatios
from darkroom.errors import Error


def one(number: int, label: str = "cat", **fields: object) -> Example:
    said = (Classification(label=label),)
    return Example.model_validate({"key": f"{number:064x}", "path": f"{number}.jpg", "annotations": said, **fields})


def many(count: int, **fields: object) -> list[Example]:
    return [one(number, "cat" if number % 3 else "dog", **fields) for number in range(count)]


def manifest(examples: list[Example]) -> Manifest:
    return Manifest.of(examples, Path("/pictures"))


def places(found: Manifest) -> dict[str, str]:
    return dict(found.frame.select("key", "split").iter_rows())


def test_a_manifest_reads_back_as_it_was_written(tmp_path: Path):
    box = Box(x=0.1, y=0.2, width=0.3, height=0.4)
    seen = Example(key="f" * 64, path="b.jpg", annotations=(Detection(label="fox", box=box, confidence=0.5),), weight=2)
    written = Manifest.of([seen, one(1, split="test", group="g")], tmp_path)
    written.write(tmp_path / "deep/manifest.parquet")
    found = Manifest.read(tmp_path / "deep/manifest.parquet")
    assert list(found.examples()) == [one(1, split="test", group="g"), seen]
    assert found.hash == written.hash
    assert found.labels == ("cat", "fox")
    assert found.paths() == [tmp_path / "1.jpg", tmp_path / "b.jpg"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["manifest.parquet"]


def test_the_hash_is_of_what_is_said_and_not_of_order_or_place():
    examples = many(20)
    shuffled = random.Random(1).sample(examples, 20)
    assert manifest(examples).hash == Manifest.of(shuffled, Path("/elsewhere")).hash
    for changed in (one(5, "fox"), one(5, split="test"), one(5, weight=2.0), one(5, group="g")):
        assert manifest([*examples[:5], changed, *examples[6:]]).hash != manifest(examples).hash


def test_a_version_counts_its_splits():
    version = split(manifest(many(40))).version(parent="a" * 64)
    assert version.labels == ("cat", "dog")
    assert sum(version.counts.values()) == 40
    assert version.parent == "a" * 64


@pytest.mark.parametrize("harm", ["twice", "empty"])
def test_a_manifest_that_cannot_be_is_refused(harm: str):
    with pytest.raises(Error) as caught:
        manifest([one(1), one(1, path="copy.jpg")] if harm == "twice" else [])
    assert caught.value.code == "dataset_invalid"


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"key": ["a"]}), "is no manifest"),
        (None, "is no manifest"),
        (manifest([one(1)]).frame.with_columns(split=pl.lit("later")), "has a split"),
        (manifest([one(1)]).frame.with_columns(weight=pl.lit("heavy")), "other types"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, frame: pl.DataFrame | None, says: str):
    path = tmp_path / "manifest.parquet"
    path.write_bytes(b"PAR1 no") if frame is None else frame.write_parquet(path)
    with pytest.raises(Error, match=says) as caught:
        Manifest.read(path)
    assert caught.value.code == "dataset_invalid"


@pytest.mark.parametrize("harm", ["x", "width"])
def test_a_box_outside_the_picture_is_refused(harm: str):
    with pytest.raises(ValidationError, match="outside"):
        Box.model_validate({"x": 0.5, "y": 0, "width": 0.5, "height": 1} | {harm: 0.6})


def test_splits_are_stratified():
    found = split(manifest(many(300)), SplitRatios(train=0.6, validation=0.2, test=0.2))
    counts = {
        (label, place): count
        for label, place, count in found.frame.group_by(pl.col("labels").list.first(), "split").len().iter_rows()
    }
    assert counts == {
        ("dog", "train"): 60, ("dog", "validation"): 20, ("dog", "test"): 20,
        ("cat", "train"): 120, ("cat", "validation"): 40, ("cat", "test"): 40,
    }  # fmt: skip


def test_splits_do_not_depend_on_order_or_names_but_on_the_seed():
    examples = many(60)
    renamed = [example.model_copy(update={"path": f"x/{example.path}"}) for example in reversed(examples)]
    assert places(split(manifest(examples))) == places(split(manifest(renamed)))
    assert places(split(manifest(examples), seed=1)) != places(split(manifest(examples)))


@settings(deadline=None, max_examples=30)
@given(st.integers(5, 60), st.integers(1, 60), st.integers(0, 5), st.integers(1, 7))
def test_new_pictures_never_move_old_ones_and_groups_stay_whole(old: int, new: int, seed: int, size: int):
    examples = [
        one(number, "cat" if number % 3 else "dog", group=f"g{number // size}" if number % 2 else None)
        for number in range(old + new)
    ]
    before = split(manifest(examples[:old]), seed=seed)
    after = split(manifest(examples), seed=seed, before=places(before))
    assert places(before).items() <= places(after).items()
    assert leaks(after) == []
    assert after.frame["split"].null_count() == 0


def test_a_torn_group_is_reported_and_its_new_members_are_learnt_from():
    torn = manifest([one(1, group="g", split="test"), one(2, group="g", split="train"), one(3, group="g"), one(4)])
    found = split(torn)
    assert leaks(found) == ["g"]
    assert places(found)[f"{3:064x}"] == "train"


def test_validation_is_taken_from_training_where_a_dataset_came_without():
    examples = [one(number, split="test" if number % 4 == 0 else "train") for number in range(80)]
    before, after = places(manifest(examples)), places(hold_out(manifest(examples)))
    moved = {key for key, place in after.items() if place != before[key]}
    assert {after[key] for key in moved} == {"validation"}
    assert {before[key] for key in moved} == {"train"}
    assert len(moved) == 9


def test_a_split_without_a_share_stays_empty():
    found = split(manifest(many(50)), SplitRatios(train=0.8, validation=0.2, test=0))
    assert set(places(found).values()) == {"train", "validation"}


def test_ratios_must_come_to_one():
    with pytest.raises(ValidationError, match="come to 1"):
        SplitRatios(train=0.5, validation=0.1, test=0.1)


def test_what_tells_annotations_apart_is_sent_even_if_it_was_not_given():
    said = Classification(label="a")
    assert said.model_dump_json(exclude_unset=True) == '{"label":"a","kind":"classification"}'
