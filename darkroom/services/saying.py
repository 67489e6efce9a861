"""What the library says of many pictures, beside what their files say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darkroom.domain.image import ImageRecord
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.words import Words

_AT_ONCE = 200
"""Records with all their metadata, which may be a megabyte each."""


def words_of(stores: Stores, images: Sequence[str]) -> Iterator[tuple[ImageRecord, Words]]:
    """Pictures that are there, in that order, each with what is said of it."""
    from darkroom.imaging.words import Words

    for start in range(0, len(images), _AT_ONCE):
        for record in stores.images.many(images[start : start + _AT_ONCE], metadata=True):
            yield record, Words.of(record)
