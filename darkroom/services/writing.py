"""Writing what became of files: one transaction for each chunk of results, and only then the files are moved."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from darkroom import logs
from darkroom.connectors.folder import path_to_text, text_to_path
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.develop import DevelopSettings
from darkroom.domain.edit import salvaged_tag
from darkroom.domain.event import EventType
from darkroom.domain.image import Capture, ImageRecord, Source
from darkroom.domain.ingest import Batch, BatchItem, Failure
from darkroom.errors import Error
from darkroom.imaging.picture import PictureResult
from darkroom.imaging.words import Words, said
from darkroom.services.landing import Landing, Seen
from darkroom.services.likeness import Links, find_links
from darkroom.services.reading import Result
from darkroom.services.tally import Standing, Tally, standing
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.arrivals import ArrivalRepository
from darkroom.store.database import Session
from darkroom.store.failures import failure_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_log = logs.get(__name__)


class Lost(Exception):  # noqa: N818 - not an error: somebody cancelled the batch or took it over
    """The batch no longer belongs to this run."""


@dataclass(frozen=True)
class _Chunk:
    """Results as documents."""

    records: Sequence[ImageRecord]
    failures: Sequence[Failure]
    links: Links
    keywords: Mapping[str, Sequence[str]]
    resolves: Sequence[tuple[str, str]]
    bytes: int


class BatchWriter:
    """Writes results of one run of one batch.

    Args:
        settings: folders, retries.
        stores: where it all goes.
        principal: who the events name.
        batch: as claimed by the run.
        run_id: of the orchestrator.
    """

    def __init__(self, settings: Settings, stores: Stores, principal: Principal, batch: Batch, run_id: str) -> None:
        self.batch = batch
        self.rendition_bytes = 0
        self.items = stores.batches.manifest(batch.id).items
        self._settings = settings
        self._stores = stores
        self._principal = principal
        self._run_id = run_id
        self._landing = Landing(settings)
        self._arrivals = ArrivalRepository(stores.database)
        self._tally = Tally()
        self._unresolved: set[str] = set()

    def resume(self) -> list[BatchItem]:
        """Count and settle what earlier runs committed; returns the files that are left."""
        found = standing(self._stores, self.batch.id, self.items)
        self._tally = found.tally
        for item in self.items:
            if found.covers(item.key):
                self._land(item, Seen(item.bytes, item.modified_ns), found)
        if found.tally.done:
            self._guarded(lambda: self._progress(found.tally))
        self._unresolved = self._unresolved_failures()
        return [item for item in self.items if not found.covers(item.key)]

    def announce(self) -> None:
        """Tell readers that the run begins."""
        data = {"run_id": self._run_id, "attempt": self.batch.attempt, "total": self.batch.total}
        self._stores.database.run(lambda session: self._event(session, "batch.started", [self.batch.id], data))

    def commit(self, results: Sequence[Result]) -> None:
        """Write results, then move their files; outlasts a database that is being restarted.

        Raises:
            Error: `database_unavailable` when it does not come back.
            Lost: when the batch is somebody else's.
        """
        for tries in range(self._settings.retry_attempts + 1):
            try:
                self._write(results)
            except Error as error:
                self._check_ownership(error)
                if error.code not in {"database_unavailable", "conflict"} or tries == self._settings.retry_attempts:
                    raise
                _log.warning("commit_repeated", batch=self.batch.id, cause=error.cause)
                time.sleep(random.uniform(0, self._settings.retry_base_seconds * 2**tries))  # noqa: S311 - no secret
                results = self._not_written(results)
            else:
                return

    def finish(self) -> Batch:
        """Mark the batch done."""
        self._landing.sweep(self.batch.id)

        def work(session: Session) -> Batch:
            batch = self._stores.batches.finish(session, self.batch.id, self._run_id)
            data = {"state": batch.state, "total": batch.total, "added": batch.added, "failed": batch.failed}
            self._event(session, "batch.finished", [batch.id], data)
            return batch

        self.batch = self._guarded(lambda: self._stores.database.run(work))
        return self.batch

    # Transactions

    def _write(self, results: Sequence[Result]) -> None:
        results, stored = self._with_bytes(results)
        chunk = self._chunk(results)

        def work(session: Session) -> tuple[Tally, Batch]:
            tally = self._store(session, chunk, stored)
            # In the same transaction: it fails, and all of it, when the batch is no longer this run's.
            return tally, self._progress(tally, session)

        self._tally, self.batch = self._stores.database.run(work)
        found = Standing(
            self._tally,
            {one.item.key: one.picture.sha256 for one in results if one.picture},
            {one.key: one.path for one in chunk.failures},
        )
        for one in results:
            self.rendition_bytes += sum(made.bytes for made in one.picture.renditions) if one.picture else 0
            self._land(one.item, one.seen, found)

    def _with_bytes(self, results: Sequence[Result]) -> tuple[Sequence[Result], set[str]]:
        """Look after pictures that were removed for good lately: their bytes may have been deleted just as they came in.

        Returns:
            The results, those without bytes as errors after which the file is read again; and those seen to have them.
        """
        marks = self._stores.released.among({one.picture.sha256 for one in results if one.picture})
        gone = {
            one.picture.sha256: one.picture
            for one in results
            if one.picture and marks.get(one.picture.sha256) == "gone"
        }
        stored = {image for image, picture in gone.items() if self._has_bytes(picture)}
        lost = gone.keys() - stored
        if lost:
            results = [_once_more(one) if one.picture and one.picture.sha256 in lost else one for one in results]
        return results, stored

    def _has_bytes(self, picture: PictureResult) -> bool:
        keys = [("originals", picture.sha256), *(("renditions", made.address) for made in picture.renditions)]
        return all(self._stores.blobs.stat(namespace, key) for namespace, key in keys)

    def _chunk(self, results: Sequence[Result]) -> _Chunk:
        words = [_words(one.picture, one.words) for one in results if one.picture]
        pictures = [(one.item, one.picture, one.settings) for one in results if one.picture]
        records = [self._record(*pair, said) for pair, said in zip(pictures, words, strict=True)]
        links = find_links(self._stores.images, records, self._settings.near_duplicate_distance)
        entries = [(self._entry(one.item), one.picture.sha256) for one in results if one.picture]
        return _Chunk(
            [one.model_copy(update={"duplicate_group": links.groups.get(one.id)}) for one in records],
            [self._failure(one, one.error) for one in results if one.error],
            links,
            {one.id: said.tags for one, said in zip(reversed(records), reversed(words), strict=True)},
            [one for one in entries if one[0] in self._unresolved],
            sum(one.item.bytes for one in results),
        )

    def _store(self, session: Session, chunk: _Chunk, stored_bytes: set[str]) -> Tally:
        """Everything that belongs to the results; returns the counters after it."""
        stored = self._stores.images.upsert_many(
            session, chunk.records, stored_bytes=stored_bytes, keywords=chunk.keywords
        )
        for founder in chunk.links.founders:
            self._stores.images.set_group(session, [founder], founder)
        for failure in chunk.failures:
            self._stores.failures.record(session, failure)
        for entry, image in chunk.resolves:
            self._stores.failures.resolve(session, entry, image)
        changed = dict.fromkeys((*stored.duplicates, *chunk.links.founders))
        self._event(session, "images.added", stored.added)
        self._event(session, "images.added", stored.restored, {"batch": self.batch.id, "restored": True})
        self._event(session, "images.updated", [one for one in changed if one not in stored.added])
        self._event(session, "failures.added", [one.id for one in chunk.failures])
        self._event(session, "failures.updated", [entry for entry, _ in chunk.resolves])
        return self._tally.plus(
            added=len(stored.added),
            duplicates=len(stored.duplicates) + len(stored.replayed) + len(stored.restored),
            bytes=chunk.bytes,
            codes=[one.code for one in chunk.failures],
        )

    def _event(self, session: Session, kind: EventType, ids: Iterable[str], data: dict[str, Any] | None = None) -> None:
        if found := list(ids):
            self._stores.events.append(
                session, type=kind, principal=self._principal, ids=found, data=data or {"batch": self.batch.id},
                trace_id=self.batch.trace_id,
            )  # fmt: skip

    def _progress(self, tally: Tally, session: Session | None = None) -> Batch:
        return self._stores.batches.progress(
            self.batch.id, self._run_id, done=tally.done, added=tally.added, duplicates=tally.duplicates,
            failed=tally.failed, bytes=tally.bytes, failures_by_code=dict(tally.codes), session=session,
        )  # fmt: skip

    def _guarded(self, write: Callable[[], Batch]) -> Batch:
        try:
            return write()
        except Error as error:
            self._check_ownership(error)
            raise

    def _check_ownership(self, error: Error) -> None:
        """Tell a batch that was taken away from two writes that met."""
        if error.code == "conflict" and "state" in error.context:
            raise Lost from error

    def _not_written(self, results: Sequence[Result]) -> list[Result]:
        """Those that are not in the database: a commit whose answer was lost may have happened all the same."""
        found = standing(self._stores, self.batch.id, self.items)
        self._tally = found.tally
        for one in results:
            if found.covers(one.item.key):
                self._land(one.item, one.seen, found)
        return [one for one in results if not found.covers(one.item.key)]

    def _unresolved_failures(self) -> set[str]:
        """Ids of ledger entries that a file which comes in now may resolve."""
        found = {item.failure for item in self.items if item.failure}
        cursor = None
        while True:
            page = self._stores.failures.list(state="open", limit=500, cursor=cursor)
            found.update(one.id for one in page.items)
            if (cursor := page.next_cursor) is None:
                return found

    # Files

    def _land(self, item: BatchItem, seen: Seen | None, found: Standing) -> None:
        if item.key in found.succeeded:
            moved = self._landing.done(item, seen, self.batch.id)
        else:
            moved = self._landing.failed(item, text_to_path(found.failed[item.key]), seen)
        if not moved:
            # It had to stay where it is: from now on it must not count as new.
            self._arrivals.record([item], connector=self._connector(item), batch=self.batch.id)

    # Documents

    def _connector(self, item: BatchItem) -> str:
        return item.connector or self.batch.connector

    def _entry(self, item: BatchItem) -> str:
        """The file's place in the ledger."""
        if item.failure:
            return item.failure
        connector = self._connector(item)
        # Names of uploads are not places: two uploads of IMG_0001.jpg are two files.
        return failure_id(connector, f"{self.batch.id}/{item.key}" if connector == "upload" else item.key)

    def _record(
        self, item: BatchItem, picture: PictureResult, settings: DevelopSettings | None, words: Words
    ) -> ImageRecord:
        source = Source(
            connector=self._connector(item), key=item.key, batch=self.batch.id, modified_at=_moment(item.modified_ns)
        )
        fields = picture.record_fields()
        return ImageRecord(
            **fields | {"capture": _captured(picture, words)},
            # Tags of the words are for a picture that is new alone: somebody may have taken them away since.
            **replace(words, tags=()).plain(),
            tags=tuple(sorted({tag for one in item.tags if (tag := salvaged_tag(one))})),
            develop=settings,
            sources=(source,),
            batch=self.batch.id,
            run_id=self._run_id,
            ingested_at=now(),
        )

    def _failure(self, result: Result, error: Error) -> Failure:
        item, moment = result.item, now()
        # What is not there, or still being written, stays where it is and is found again by the next look.
        stays = error.code in {"source_missing", "source_changed"}
        target = text_to_path(item.path) if stays else self._landing.aside(item, self.batch.id)
        return Failure(
            id=self._entry(item),
            code=error.code,
            title=error.row.title,
            cause=error.cause,
            remedy=error.remedy,
            retryable=error.retryable,
            connector=self._connector(item),
            key=item.key,
            path=path_to_text(target),
            bytes=item.bytes,
            tags=item.tags,
            batch=self.batch.id,
            run_id=self._run_id,
            attempts=result.tries,
            first_at=moment,
            last_at=moment,
        )


def _words(picture: PictureResult, beside: Words | None) -> Words:
    """What is said of a picture: by its sidecar, else by itself."""
    within = said(picture.metadata)
    return beside.over(within) if beside is not None else within


def _captured(picture: PictureResult, words: Words) -> Capture:
    """When and where, as a sidecar says; not a time without an offset in place of one that has it."""
    found: dict[str, Any] = {}
    if words.location:
        found["location"] = words.location
    if words.taken_at and "OffsetTimeOriginal" not in picture.metadata.exif:
        found["taken_at"] = words.taken_at
    return picture.capture.model_copy(update=found)


def _once_more(result: Result) -> Result:
    cause = f"The bytes of {result.item.key} were being removed from the trash for good just as it came in."
    return replace(result, picture=None, error=Error("source_changed", cause))


def _moment(nanoseconds: int) -> datetime | None:
    """The time, or None when a broken clock put it outside the calendar."""
    try:
        return _EPOCH + timedelta(milliseconds=nanoseconds // 1_000_000)
    except OverflowError:
        return None
