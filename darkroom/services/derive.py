"""Making renditions and quality measures again from the stored originals of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import Field

from darkroom.connectors.folder import path_to_text
from darkroom.domain.access import Principal
from darkroom.domain.base import Model
from darkroom.domain.image import ImageRecord
from darkroom.domain.ingest import BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.reading import Reading, Result, open_pool
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

_PAGE = 500


class DerivedReport(Model):
    """What making things again came to."""

    images: int = Field(0, ge=0)
    """Pictures dealt with."""
    rendition_bytes: int = Field(0, ge=0)
    """Size of the renditions."""
    failures_by_code: dict[str, int] = Field(default_factory=dict)
    """Originals that could not be read again, by error code."""


def batch_images(stores: Stores, batch: str) -> Iterator[ImageRecord]:
    """Every image that a batch brought in, oldest first."""
    cursor = None
    while True:
        page = stores.images.page(ImageQuery(batch=batch, sort="ingested_at"), limit=_PAGE, cursor=cursor)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def derive_again(
    settings: Settings,
    stores: Stores,
    principal: Principal,
    batch: str,
    *,
    quality: bool,
    on_progress: Callable[[int], None] | None = None,
) -> DerivedReport:
    """Decode the originals of a batch once more and store what comes of it.

    Args:
        settings: limits and sizes.
        stores: where originals are and results go.
        principal: who the events name.
        batch: whose images.
        quality: replace the measures too, not only the renditions.
        on_progress: told the number of pictures dealt with.
    """
    images, size, codes = 0, 0, Counter[str]()
    with TemporaryDirectory() as scratch, open_pool(settings, stores.blobs, isolate_all=False) as pool:
        items = [_original(stores, one, Path(scratch)) for one in batch_images(stores, batch)]
        with closing(Reading(pool, items).results(1.0)) as results:
            for result in results:
                if result is None:
                    continue
                images += 1
                if result.error is not None:
                    codes[result.error.code] += 1
                else:
                    size += _store(stores, principal, result, quality=quality)
                if on_progress:
                    on_progress(images)
    return DerivedReport(images=images, rendition_bytes=size, failures_by_code=dict(codes))


def _original(stores: Stores, image: ImageRecord, scratch: Path) -> BatchItem:
    path = stores.blobs.local_path("originals", image.id)
    if path is None:
        path = scratch / image.id
        try:
            path.write_bytes(stores.blobs.read("originals", image.id))
        except Error as error:
            if error.code != "blob_missing":
                raise  # a missing one is reported as source_missing when it is read
    return BatchItem(key=f"{image.id}/{image.name}", path=path_to_text(path), bytes=image.bytes, modified_ns=0)


def _store(stores: Stores, principal: Principal, result: Result, *, quality: bool) -> int:
    picture = result.picture
    if picture is None:
        return 0

    def work(session: Session) -> None:
        stores.images.put_renditions(
            session, picture.sha256, picture.renditions, quality=picture.quality if quality else None,
            placeholder=picture.placeholder,
        )  # fmt: skip
        stores.events.append(session, type="images.updated", principal=principal, ids=[picture.sha256])

    try:
        stores.database.run(work)
    except Error as error:
        if error.code != "not_found":
            raise
        return 0  # it went into the trash meanwhile
    return sum(one.bytes for one in picture.renditions)
