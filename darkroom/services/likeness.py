"""Linking near duplicates as pictures arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from darkroom.domain.image import ImageRecord
from darkroom.store.images import ImageRepository


@dataclass(frozen=True)
class Links:
    """Groups of near duplicates that new records make or join."""

    groups: dict[str, str]
    """New image -> the group it belongs to."""
    founders: tuple[str, ...]
    """Images already stored that become the first of a group by this."""


@dataclass(frozen=True)
class _Candidate:
    id: str
    group: str | None
    distance: int


def find_links(images: ImageRepository, records: Sequence[ImageRecord], distance: int) -> Links:
    """For records about to be stored, the groups that perceptual hashes put them in.

    A picture joins the group of the one nearest to it; groups are never merged, since chains of small steps would put
    pictures together that have nothing in common. Pictures without content (one colour) are left out: their hashes are all
    alike.
    """
    fresh = {one.id: one for one in records if "low_information" not in one.quality.problems}
    if not fresh:
        return Links({}, ())
    stored = images.near([one.phash for one in fresh.values()], distance)
    groups: dict[str, str] = {}
    founders: set[str] = set()
    before: list[tuple[str, int]] = []
    for record in fresh.values():
        found = stored.get(record.phash, [])
        if any(one.id == record.id for one in found):
            continue  # in the library already: nothing about it changes
        bits = int(record.phash, 16)
        near = [_Candidate(one.id, one.group, one.distance) for one in found]
        near += [
            _Candidate(other, groups.get(other), apart)
            for other, its_bits in before
            if (apart := (bits ^ its_bits).bit_count()) <= distance
        ]
        before.append((record.id, bits))
        if near:
            best = min(near, key=lambda one: (one.distance, one.group is None))
            groups[record.id] = best.group or best.id
            if best.group is None:
                _found(best.id, groups, founders, stored=best.id not in fresh)
    return Links(groups, tuple(sorted(founders)))


def _found(first: str, groups: dict[str, str], founders: set[str], *, stored: bool) -> None:
    """The first of a group belongs to it as well."""
    if stored:
        founders.add(first)
    else:
        groups[first] = first
