"""Buckets that pictures are dropped into: what is new there comes into the library, and stays there untouched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path

from pydantic import Field

from darkroom import logs
from darkroom.access import require
from darkroom.connectors.bucket import BucketConnector, RemoteFile
from darkroom.domain.access import UNPLACED, Principal
from darkroom.domain.base import Model, new_id
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.errors import Error
from darkroom.services.inbox import folder_tags
from darkroom.services.ingest import IngestService
from darkroom.services.uploads.files import check_room, clean_name, mapped
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.arrivals import ArrivalRepository
from darkroom.store.blobs.clients import make_client
from darkroom.store.blobs.location import credentials_for, parse_location
from darkroom.store.blobs.rules import parse_names
from darkroom.store.lease import Lease

_CHUNK = 500
_MOST_BYTES = 4 << 30
"""Bytes brought here for one batch: the disk need not hold a whole bucket."""
_OVERLAP_NS = 300 * 10**9
"""Clocks of a store's machines differ: what was written shortly before the newest known is looked at again."""
_log = logs.get(__name__)


class Collected(Model):
    """What came of looking at a bucket."""

    batches: tuple[str, ...] = ()
    """Batches made."""
    files: int = Field(0, ge=0)
    """Files in them."""
    bytes: int = Field(0, ge=0)
    """Their size."""
    too_large: int = Field(0, ge=0)
    """Files beyond DARKROOM_MAX_FILE_BYTES, left alone."""
    failed: int = Field(0, ge=0)
    """Files that could not be read now; the next look tries them again."""


class BucketService:
    """Watches the buckets of DARKROOM_BUCKETS.

    Args:
        settings: which, and limits.
        stores: what was taken in before.
        ingest: takes batches in.
    """

    def __init__(self, settings: Settings, stores: Stores, ingest: IngestService) -> None:
        self._settings = settings
        self._stores = stores
        self._ingest = ingest
        self._arrivals = ArrivalRepository(stores.database)

    @cached_property
    def _connectors(self) -> dict[str, BucketConnector]:
        found = {}
        for name, url in parse_names(self._settings.buckets or "").items():
            location = parse_location(url, setting="DARKROOM_BUCKETS")
            if location.scheme == "file":
                raise Error(
                    "invalid_setting", f"DARKROOM_BUCKETS: {name} is a folder.", setting="DARKROOM_BUCKETS",
                    remedy="Put folders, or links to them, into the inbox.",
                )  # fmt: skip
            client = make_client(location, credentials_for(location, self._settings))
            found[name] = BucketConnector(client, f"bucket:{name}")
        return found

    def names(self, principal: Principal) -> tuple[str, ...]:
        """The buckets that are watched.

        Raises:
            Error: `invalid_setting`.
        """
        require(principal, "images:write", UNPLACED)
        return tuple(self._connectors)

    def look(self, principal: Principal, name: str, since_ns: int | None) -> tuple[bool, int | None]:
        """Whether anything is new, and where the next look may begin: cheap, nothing is brought here.

        Args:
            principal: who watches.
            name: of the bucket.
            since_ns: what the look before returned.

        Raises:
            Error: `source_*`.
        """
        require(principal, "images:write", UNPLACED)
        since = None if since_ns is None else since_ns - _OVERLAP_NS
        newest = since_ns
        connector = self._connectors[name]
        files = (one for one in connector.list(since) if one.bytes <= self._settings.most_bytes(one.key))
        for chunk in _chunks(files, _CHUNK):
            if any(True for _ in self._unknown(connector.name, chunk)):
                return True, since_ns
            newest = max(newest or 0, *(one.modified_ns for one in chunk))
        return False, newest

    def collect(self, principal: Principal, name: str) -> Collected:
        """Bring what is new here and have it taken in, batch by batch; safe to repeat after being killed at any moment.

        Raises:
            Error: `conflict` while another process does it, `source_*`, `storage_full`.
        """
        require(principal, "images:write", UNPLACED)
        connector, report = self._connectors[name], Collected()
        with Lease(self._stores.database, f"bucket-{name}", patience=5.0):
            files = (one for chunk in _chunks(connector.list(), _CHUNK) for one in self._unknown(connector.name, chunk))
            for group in self._groups(files):
                fitting = [one for one in group if one.bytes <= self._settings.most_bytes(one.key)]
                report = self._take(principal, connector, fitting, report)
                report = report.model_copy(update={"too_large": report.too_large + len(group) - len(fitting)})
        if report.too_large:
            _log.warning("objects_too_large", bucket=name, count=report.too_large)
        return report

    def _unknown(self, connector: str, files: list[RemoteFile]) -> Iterator[RemoteFile]:
        known = self._arrivals.known(connector, [one.key for one in files])
        return (one for one in files if known.get(one.key) != (one.bytes, one.modified_ns))

    def _groups(self, files: Iterable[RemoteFile]) -> Iterator[list[RemoteFile]]:
        group: list[RemoteFile] = []
        size = 0
        for one in files:
            counted = min(one.bytes, self._settings.most_bytes(one.key))
            if group and (len(group) >= self._settings.batch_max_files or size + counted > _MOST_BYTES):
                yield group
                group, size = [], 0
            group.append(one)
            size += counted
        if group:
            yield group

    def _take(
        self, principal: Principal, connector: BucketConnector, files: list[RemoteFile], report: Collected
    ) -> Collected:
        batch_id = new_id("b")
        folder = self._settings.uploads / batch_id
        items: list[BatchItem] = []
        failed = 0
        try:
            check_room(folder, sum(one.bytes for one in files))
            for number, one in enumerate(files):
                try:
                    items.append(_fetched(connector, one, folder / str(number)))
                except Error as error:
                    if not error.code.startswith("source_"):
                        raise
                    _log.warning("object_not_read", bucket=connector.name, key=one.key, code=error.code)
                    failed += 1
            batch = self._submit(principal, connector.name, items, batch_id)
        except BaseException:
            if self._stores.batches.find(batch_id) is None:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        return Collected(
            batches=(*report.batches, batch.id) if batch else report.batches, files=report.files + len(items),
            bytes=report.bytes + sum(item.bytes for item in items), too_large=report.too_large,
            failed=report.failed + failed,
        )  # fmt: skip

    def _submit(self, principal: Principal, connector: str, items: list[BatchItem], batch_id: str) -> Batch | None:
        if not items:
            shutil.rmtree(self._settings.uploads / batch_id, ignore_errors=True)
            return None
        batch = self._ingest.submit(principal, items, connector=connector, launch=True, batch_id=batch_id)
        # After the batch: a crash in between brings the same files once more, which the library knows by their bytes.
        self._arrivals.record(items, connector=connector, batch=batch.id)
        return batch


def _fetched(connector: BucketConnector, file: RemoteFile, folder: Path) -> BatchItem:
    """Bring a file here."""
    path = folder / clean_name(file.key)
    with mapped():
        folder.mkdir(parents=True, exist_ok=True)
        target = path.open("wb", buffering=0)
    with target:
        for piece in connector.pieces(file):
            with mapped():
                target.write(piece)
        with mapped():
            os.fsync(target.fileno())
    os.utime(path, ns=(file.modified_ns, file.modified_ns))
    return BatchItem(
        key=file.key, path=str(path), bytes=file.bytes, modified_ns=file.modified_ns, tags=folder_tags(file.key)
    )


def _chunks(files: Iterable[RemoteFile], size: int) -> Iterator[list[RemoteFile]]:
    left = iter(files)
    while chunk := list(islice(left, size)):
        yield chunk
