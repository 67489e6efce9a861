"""Which versions hold a picture, told without reading their manifests again."""

from __future__ import annotations

import hashlib
import random
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from darkroom.store.blobs import MemoryBlobStore
from darkroom.store.memberships import Membership, MembershipReplica
from tests.factories import sha

WAIT = 60.0
"""Seconds that a loaded machine may take."""


class Lines:
    """What a library says of its versions, in place of the repository."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobStore()
        self.known: list[tuple[str, int, str]] = []
        self.held: dict[tuple[str, int], dict[str, str | None]] = {}

    def lines(self) -> list[tuple[str, int, str]]:
        return sorted(self.known)

    def commit(self, dataset: str, number: int, splits: dict[str, str | None]) -> str:
        data = BytesIO()
        frame = pl.DataFrame(
            {"key": list(splits), "split": list(splits.values())}, schema={"key": pl.String, "split": pl.String}
        )
        frame.write_parquet(data)
        key = hashlib.sha256(data.getvalue()).hexdigest()
        self.blobs.put("originals", key, data.getvalue(), durable=False)
        self.known.append((dataset, number, key))
        self.held[dataset, number] = splits
        return key

    def truth(self, picture: str) -> dict[str, str]:
        return {
            f"{name}@{number}": held[picture] or "" for (name, number), held in self.held.items() if picture in held
        }


@pytest.fixture
def lines() -> Lines:
    return Lines()


def opened(lines: Lines, path: Path | None = None) -> MembershipReplica:
    return MembershipReplica(lines, lines.blobs, path)  # type: ignore[arg-type]


def told(found: list[Membership], lines: Lines) -> dict[str, str]:
    last = {name: max(number for other, number, _ in lines.known if other == name) for name, _, _ in lines.known}
    return {
        f"{one.dataset}@{number}": one.split
        for one in found
        for number in range(one.since, one.until or last[one.dataset] + 1)
    }


def test_pictures_that_come_go_move_and_come_back_are_in_the_versions_that_hold_them(lines, tmp_path):
    chance = random.Random(7)
    pictures = [sha(number) for number in range(40)]
    replica = opened(lines, tmp_path / "memberships.duckdb")
    for number in range(1, 8):
        for dataset in ("cats", "dogs"):
            chosen = chance.sample(pictures, 25)
            lines.commit(dataset, number, {one: chance.choice(["train", "test", None]) for one in chosen})
        if number % 3 == 0:  # some are read one by one, some together
            assert replica.of(pictures[0], patience=WAIT)[1] == 0
    for one in pictures:
        found, unread = replica.of(one, patience=WAIT)
        assert (told(found, lines), unread) == (lines.truth(one), 0)
    replica.close()
    lines.blobs = MemoryBlobStore()  # what was read is not read again
    again = opened(lines, tmp_path / "memberships.duckdb")
    assert told(again.of(pictures[3], patience=WAIT)[0], lines) == lines.truth(pictures[3])
    again.close()


def test_what_is_the_same_in_every_version_takes_one_row(lines):
    picture = sha("one")
    for number in range(1, 6):
        lines.commit("cats", number, {picture: "train", sha(number): "test"})
    found, _ = opened(lines).of(picture, patience=WAIT)
    assert found == [Membership("cats", "train", 1, None)]
    assert opened(lines).of(sha(2), patience=WAIT)[0] == [Membership("cats", "test", 2, 3)]


def test_a_lost_manifest_is_left_out_and_the_rest_told(lines):
    picture = sha("one")
    lines.commit("cats", 1, {picture: "train"})
    lines.known.append(("cats", 2, sha("lost")))
    lines.commit("cats", 3, {sha("other"): "train"})
    found, unread = opened(lines).of(picture, patience=WAIT)
    assert (found, unread) == ([Membership("cats", "train", 1, 3)], 0)


def test_the_copy_of_another_library_is_begun_anew(lines, tmp_path):
    picture = sha("one")
    lines.commit("cats", 1, {picture: "train"})
    first = opened(lines, tmp_path / "memberships.duckdb")
    assert first.of(picture, patience=WAIT)[0]
    first.close()
    other = Lines()
    other.commit("dogs", 1, {sha("two"): "train"})
    replica = opened(other, tmp_path / "memberships.duckdb")
    assert replica.of(picture, patience=WAIT) == ([], 0)
    assert replica.of(sha("two"), patience=WAIT)[0] == [Membership("dogs", "train", 1, None)]
    replica.close()


def test_who_does_not_wait_is_told_how_much_is_left(lines):
    picture = sha("one")
    for number in range(1, 4):
        lines.commit("cats", number, {picture: "train", sha(number): "test"})
    replica = opened(lines)
    replica._reading.set()  # somebody reads already, and is slow
    assert replica.of(picture, patience=0) == ([], 3)
    replica._reading.clear()
    assert replica.of(picture, patience=WAIT)[1] == 0
