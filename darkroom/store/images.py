"""The pictures of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from darkroom.domain.image import ImageRecord, Quality, Rendition
from darkroom.domain.query import ImageQuery
from darkroom.store.database import Database, Session
from darkroom.store.paging import Page
from darkroom.store.repository import Repository


@dataclass(frozen=True)
class Upserted:
    """What became of records handed to `ImageRepository.upsert_many`: each record is in exactly one of the three."""

    added: tuple[str, ...]
    """Ids that were new."""
    duplicates: tuple[str, ...]
    """Ids that were there already (or twice among the records) and got a further source."""
    replayed: tuple[str, ...]
    """Ids whose record with this very source was there already: nothing changed."""


@dataclass(frozen=True)
class Arrived:
    """A file that a batch has brought in."""

    image: str
    """Id of the image it became."""
    added: bool
    """True when the image came in with this file, False when its bytes were known before."""


@dataclass(frozen=True)
class Near:
    """A picture whose perceptual hash is close to one asked for."""

    id: str
    """The image."""
    group: str | None
    """Its group of near duplicates."""
    phash: str
    """Its hash."""
    distance: int
    """Bits in which the hashes differ."""


class ImageRepository(Repository[ImageRecord]):
    """Images by id, by page and by likeness. Pages and lists come without `metadata`; `get` has all."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "images", ImageRecord)

    def upsert_many(self, session: Session, records: Sequence[ImageRecord]) -> Upserted:
        """Store new images; give known ones the new sources and tags and change nothing else of them."""
        raise NotImplementedError

    def page(self, query: ImageQuery, *, limit: int, cursor: str | None = None) -> Page[ImageRecord]:
        """A page of the images that fit `query`, in its order.

        Raises:
            Error: `invalid_cursor`.
        """
        raise NotImplementedError

    def many(self, ids: Sequence[str]) -> list[ImageRecord]:
        """The images with those ids that exist, in that order, without `metadata`."""
        raise NotImplementedError

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those ids that are in the library."""
        raise NotImplementedError

    def arrived(self, batch: str) -> dict[str, Arrived]:
        """The files of `batch` that are in the library, by their key within the connector."""
        raise NotImplementedError

    def near(self, phashes: Sequence[str], distance: int) -> dict[str, list[Near]]:
        """For each hash the images at most `distance` (0 to 7) bits away, nearest first."""
        raise NotImplementedError

    def set_group(self, session: Session, ids: Sequence[str], group: str | None) -> int:
        """Put images into a group of near duplicates; returns how many changed."""
        raise NotImplementedError

    def add_tags(self, session: Session, ids: Sequence[str], tags: Sequence[str]) -> int:
        """Add tags; returns how many images changed."""
        raise NotImplementedError

    def put_renditions(
        self, session: Session, image: str, renditions: Sequence[Rendition], *, quality: Quality | None = None,
        placeholder: str | None = None,
    ) -> ImageRecord:  # fmt: skip
        """Replace the renditions, and the quality when given, of an image.

        Raises:
            Error: `not_found`.
        """
        raise NotImplementedError

    def estimated_count(self) -> int:
        """About how many images there are, at once."""
        raise NotImplementedError
