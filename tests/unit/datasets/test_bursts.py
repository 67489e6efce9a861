"""Bursts: what one camera took within seconds stays in one split, with near duplicates and what somebody said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkroom.datasets.bursts import LONGEST, bursts, together
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.splits import leaks, split
from darkroom.domain.dataset import Example
from tests.factories import sha

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def shot(key: str, seconds: float, camera: str | None = "Aperta 1"):
    return key, camera, NOON + timedelta(seconds=seconds)


def test_pictures_of_one_camera_that_follow_each_other_are_a_burst():
    taken = [shot("a", 0), shot("b", 1.5), shot("c", 3), shot("d", 5.5), shot("e", 1, "Other"), ("f", None, NOON)]
    found = bursts(taken)
    assert set(found) == {"a", "b", "c"}
    assert len(set(found.values())) == 1
    assert found == bursts(taken[::-1])
    # The JPEG of a RAW file, and a copy that was retouched, have its moment.
    assert set(bursts([shot("raw", 0), shot("jpeg", 0)])) == {"raw", "jpeg"}


def test_a_camera_that_never_rests_makes_many_bursts():
    found = bursts([shot(str(at), at) for at in range(100)])
    sizes = [list(found.values()).count(name) for name in set(found.values())]
    assert max(sizes) == LONGEST.seconds + 1
    assert sum(sizes) == 100


def manifest(groups: list[str | None]) -> Manifest:
    return Manifest.of(
        (Example(key=sha(str(at)), path=f"{at}.jpg", group=group) for at, group in enumerate(groups)), Path()
    )


def test_groups_that_share_a_picture_are_one_and_keep_the_name_that_somebody_gave():
    keys = [sha(str(at)) for at in range(5)]
    whole = manifest([None, "walk", None, None, None])
    near = [(keys[0], "first"), (keys[1], "first")]
    found = together(whole, near, [shot(keys[0], 0), shot(keys[2], 1), shot(keys[3], 100)])
    groups = dict(found.frame.select("key", "group").iter_rows())
    assert [groups[key] for key in keys] == ["walk", "walk", "walk", None, None]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["x", "y", None])), min_size=1, max_size=40))
def test_splits_never_part_a_burst_and_new_pictures_move_none(moments):
    keys = [sha(str(at)) for at in range(len(moments))]
    taken = [shot(key, at, camera) for key, (at, camera) in zip(keys, moments, strict=True)]
    whole = together(manifest([None] * len(keys)), [], taken)
    done = split(whole)
    assert leaks(done) == []
    half = set(keys[::2])
    part = Manifest(whole.frame.filter(whole.frame["key"].is_in(list(half))), whole.root)
    before = dict(split(part).frame.select("key", "split").iter_rows())
    after = dict(split(whole, before=before).frame.select("key", "split").iter_rows())
    assert {key: after[key] for key in half} == before
