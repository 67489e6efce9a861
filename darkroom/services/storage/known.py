"""Every blob that the records of the library name, with what rules about places ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from darkroom.domain.image import ImageRecord
from darkroom.domain.query import ImageQuery
from darkroom.store import Stores
from darkroom.store.blobs.rules import Facts
from darkroom.store.references import BlobReferences

_PAGE = 500
_DAY = 86_400.0


@dataclass(frozen=True)
class KnownBlob:
    """A blob that a record names."""

    namespace: str
    """`originals` or `renditions`."""
    key: str
    """Its key."""
    bytes: int
    """Its size."""
    since: datetime
    """When its picture came into the library; of a file of a dataset or a model, when that was first written."""
    tags: frozenset[str] = frozenset()
    """Of its picture."""

    def facts(self, moment: datetime) -> Facts:
        """What rules ask, at a moment."""
        return Facts(self.namespace, self.bytes, (moment - self.since).total_seconds() / _DAY, self.tags)


def known_blobs(stores: Stores) -> Iterator[KnownBlob]:
    """Of pictures, those in the trash too, with what recipes made of them; then the files of datasets, models and reports.

    Always in the same order, as long as nothing comes in.
    """
    references = BlobReferences(stores.database)
    for images in chain(_library(stores), _trash(stores)):
        made = references.made_of([one.id for one in images])
        for image in images:
            yield from _of(image, made.get(image.id, ()))
    for key, size, since in references.dated_files():
        yield KnownBlob("originals", key, size, since)


def _of(image: ImageRecord, made: Iterable[tuple[str, int]]) -> Iterator[KnownBlob]:
    tags = frozenset(image.tags)
    yield KnownBlob("originals", image.id, image.bytes, image.ingested_at, tags)
    for address, size in (*((one.address, one.bytes) for one in image.renditions), *made):
        yield KnownBlob("renditions", address, size, image.ingested_at, tags)


def _library(stores: Stores) -> Iterator[list[ImageRecord]]:
    cursor = None
    while True:
        page = stores.images.page(ImageQuery(sort="ingested_at"), limit=_PAGE, cursor=cursor)
        yield list(page.items)
        if (cursor := page.next_cursor) is None:
            return


def _trash(stores: Stores) -> Iterator[list[ImageRecord]]:
    cursor = None
    while True:
        page = stores.trash.list(limit=_PAGE, cursor=cursor)
        yield [one.image for one in page.items]
        if (cursor := page.next_cursor) is None:
            return
