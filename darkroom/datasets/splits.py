"""Divides a dataset into training, validation and test: stratified, groups kept whole, old pictures never moved."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import polars as pl

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import SPLITS, Split, SplitRatios

_NOTHING = "\0"  # stands for the label of an example that has none


def split(
    manifest: Manifest,
    ratios: SplitRatios | None = None,
    *,
    seed: int = 0,
    before: Mapping[str, Split] | None = None,
) -> Manifest:
    """The manifest with every example in a split.

    Groups are taken in the order of a hash of seed and name, so that neither the order of the input nor the names of
    files matter, and each goes where its classes lack most. What already has a split keeps it, as does what `before`
    (key to split, of the parent version) names; the new members of a group that holds such an example follow it.

    Args:
        manifest: what to divide.
        ratios: shares; 70, 15 and 15 % without them.
        seed: another seed gives another division.
        before: where examples were in the version before.
    """
    wanted = (ratios or SplitRatios()).model_dump()
    members = _groups(manifest)
    settled = _settled(manifest, before or {})
    have: dict[str, Counter[str]] = defaultdict(Counter)
    chosen: dict[str, Split] = {}
    fresh = []
    for name, group in members.items():
        places = [settled[key] for key, _ in group if key in settled]
        if places:
            # Should a group have been torn apart earlier, training takes it: nothing judged may have been learnt from.
            chosen[name] = min(places, key=SPLITS.index)
            _count(have, group, chosen[name])
        else:
            fresh.append(name)
    for name in sorted(fresh, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest()):
        chosen[name] = _neediest(have, members[name], wanted)
        _count(have, members[name], chosen[name])
    by_key = {key: settled.get(key, chosen[name]) for name, group in members.items() for key, _ in group}
    return manifest.with_splits([by_key[key] for key in manifest.frame["key"]])


def hold_out(manifest: Manifest, share: float = 0.15, *, seed: int = 0) -> Manifest:
    """The manifest with a part of its training examples as validation, for a dataset that came without one."""
    parts = SplitRatios(train=1 - share, validation=share, test=0)
    learnt = manifest.part("train")
    divided = split(learnt.with_splits([None] * len(learnt)), parts, seed=seed)
    taken = dict(divided.frame.select("key", "split").iter_rows())
    return manifest.with_splits(
        [taken.get(key, place) for key, place in manifest.frame.select("key", "split").iter_rows()]
    )


def leaks(manifest: Manifest) -> list[str]:
    """Groups that lie in more than one split: what is judged was partly learnt from."""
    parts = manifest.frame.drop_nulls("group").group_by("group").agg(pl.col("split").n_unique().alias("splits"))
    return sorted(parts.filter(pl.col("splits") > 1)["group"].to_list())


def _groups(manifest: Manifest) -> dict[str, list[tuple[str, str]]]:
    """Members (key and first label) of each group; an example without a group is one by itself."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, group, labels in manifest.frame.select("key", "group", "labels").iter_rows():
        # The two kinds of names cannot meet: one begins with a letter that the other never has.
        found[f"k{key}" if group is None else f"g{group}"].append((key, labels[0] if labels else _NOTHING))
    return found


def _settled(manifest: Manifest, before: Mapping[str, Split]) -> dict[str, Split]:
    own = {key: place for key, place in manifest.frame.select("key", "split").iter_rows() if place is not None}
    return {**before, **own}


def _count(have: dict[str, Counter[str]], group: Iterable[tuple[str, str]], place: Split) -> None:
    for _, label in group:
        have[label][place] += 1


def _neediest(have: dict[str, Counter[str]], group: list[tuple[str, str]], wanted: Mapping[str, float]) -> Split:
    """The split that its classes are furthest short of, should the group go there."""
    total = dict.fromkeys(SPLITS, 0.0)
    for label, count in Counter(label for _, label in group).items():
        size = have[label].total() + count
        for place in SPLITS:
            total[place] += wanted[place] * size - have[label][place]
    return max((place for place in SPLITS if wanted[place] > 0), key=lambda place: (total[place], wanted[place]))
