"""Replaying and closing entries of the failure ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from darkroom.connectors.folder import text_to_path
from darkroom.domain.ingest import BatchItem, Failure
from darkroom.services.landing import Seen
from darkroom.store import Stores

RECIPE = "recipe"
"""Who brought a picture to the ledger that a recipe broke on."""


def open_failures(
    stores: Stores, ids: Sequence[str] | None, code: str | None, most: int | None = None
) -> list[Failure]:
    """Open entries: the ones named, or all of one code, or all; without those whose batch is still at work.

    A batch that is at work may be taken up by another run, which asks the ledger what became of its files.
    """
    busy: dict[str, bool] = {}

    def counts(one: Failure) -> bool:
        # What a recipe broke on is in the library: it is ordered again, not taken in again.
        if one.connector == RECIPE:
            return False
        if one.batch not in busy:
            batch = stores.batches.find(one.batch)
            busy[one.batch] = batch is not None and batch.state in {"queued", "running"}
        return not busy[one.batch]

    found = _named(stores, ids) if ids is not None else _all(stores, code)
    return list(islice(filter(counts, found), most))


def _named(stores: Stores, ids: Sequence[str]) -> list[Failure]:
    return [one for one in stores.failures.many(list(dict.fromkeys(ids))) if one.state == "open"]


def _all(stores: Stores, code: str | None) -> Iterable[Failure]:
    cursor = None
    while True:
        page = stores.failures.list(state="open", code=code, limit=500, cursor=cursor)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def retry_items(failures: Sequence[Failure]) -> list[BatchItem]:
    """Manifest items that read the files where the ledger says they lie now."""
    return [_item(one) for one in failures]


def _item(failure: Failure) -> BatchItem:
    there = Seen.of(text_to_path(failure.path))
    return BatchItem(
        key=failure.key,
        path=failure.path,
        bytes=there.bytes if there else failure.bytes,
        modified_ns=there.modified_ns if there else 0,
        tags=failure.tags,
        failure=failure.id,
        connector=failure.connector,
    )
