"""One run of one order: pictures in, transactions of results out.

What makes it safe to kill at any moment: bytes are stored before the transaction that tells of them, results and
counters are written in one transaction, and a run that follows asks the results which pictures are done.
"""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.ingest import Failure
from darkroom.domain.rendition import RecipeRendition, RenditionOrder
from darkroom.domain.scope import EVERYTHING
from darkroom.errors import Error
from darkroom.services.batch_run import SYSTEMIC
from darkroom.services.heartbeat import Heartbeat
from darkroom.services.ledger import RECIPE
from darkroom.services.recipes.apart import Assignment, Spread
from darkroom.services.recipes.keys import keys_of
from darkroom.services.recipes.material import open_lane, resources_of
from darkroom.services.recipes.pool import RecipePool, Result, Subject, Work
from darkroom.services.recipes.presets import recipe_of
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.failures import failure_id

if TYPE_CHECKING:
    from darkroom.imaging.recipes.compile import Program

_CHUNK = 128
_CHUNK_SECONDS = 0.5
_LOOK_UP = 1000
_GIANT_SHARE = 4


class OrderRun:
    """Works on an order that was claimed.

    Args:
        settings: limits.
        stores: where pictures are and results go.
        principal: who the events name.
        order: as claimed by this run.
        run_id: of the orchestrator.
        on_progress: told after every transaction.
        spread: runs it on other machines; without one, it runs on the cores of this one.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        principal: Principal,
        order: RenditionOrder,
        run_id: str,
        *,
        on_progress: Callable[[RenditionOrder], None] | None = None,
        spread: Spread | None = None,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._principal = principal
        self._order = order
        self._run_id = run_id
        self._tell = on_progress or (lambda _: None)
        self._spread = spread
        self._codes: Counter[str] = Counter()
        self._made = self._bytes = self._reused = self._new = 0
        # Written in the transactions that tell of the results, so a run that follows goes on from there.
        self._sources, self._short = order.source_bytes, order.short
        self._begun = time.monotonic()
        self._away: deque[Subject] = deque()

    def work(self) -> RenditionOrder:
        """Deal with every picture that is not dealt with yet, and finish the order.

        Raises:
            Error: of `SYSTEMIC`, when going on makes no sense; another run does the rest.
        """
        from darkroom.imaging.limits import Limits
        from darkroom.imaging.recipes.compile import compile_recipe

        program = compile_recipe(recipe_of(self._order.recipe, self._order.recipe_name))
        # Whoever ordered it was shown to see them.
        resources = resources_of(self._settings, self._stores, program, EVERYTHING)
        beat = Heartbeat(self._stores.orders, self._order.id, self._run_id, self._settings.heartbeat_seconds)
        self._recall()
        if self._spread is not None:
            limits = Limits.of(self._settings), self._settings.decode_memory_mb, self._settings.recipe_timeout_seconds
            far = Assignment(*limits, program.recipe, resources, self._stores.blobs)
            with beat:
                return self._worked(self._spread(far, self._subjects(program)), beat)
        # A run that died may have died of a picture: then all of them are worked on where that costs one picture.
        lane = open_lane(self._settings, isolate_all=self._order.attempt > 1, keep_stages=True)
        pool = RecipePool(Work(program, resources, lane, self._stores.blobs), self._settings.workers)
        try:
            with beat:
                return self._worked(pool.run(self._subjects(program)), beat)
        finally:
            lane.close()

    def _recall(self) -> None:
        """What earlier runs of the order have done."""
        self._made, self._bytes = self._stores.renditions.made_for(self._order.id)
        for failure in self._failed_before():
            self._codes[failure.code] += 1

    def _failed_before(self) -> Iterator[Failure]:
        cursor = None
        while self._order.attempt > 1:
            page = self._stores.failures.list(state="open", batch=self._order.id, limit=500, cursor=cursor)
            yield from page.items
            if (cursor := page.next_cursor) is None:
                return

    def _subjects(self, program: Program) -> Iterator[Subject]:
        """Pictures that have no result yet; those that have are counted."""
        from darkroom.imaging.operations.base import Shape
        from darkroom.imaging.recipes.predict import steps_mb

        failed = {one.key.partition("/")[0] for one in self._failed_before()}
        for part in self._stores.orders.images(self._order.id):
            found = keys_of(self._stores, program, self._order.fingerprint, part)
            keys = found.images
            known = self._known(list(keys))
            self._reused += sum(order != self._order.id for order in known.values())
            left = {image: key for key, image in keys.items() if key not in known and image not in failed}
            sizes = self._stores.images.sizes(list(left))
            for image, key in left.items():
                if image not in sizes:
                    self._away.append(Subject(image, image[:12], key, 0.0, False))
                    continue
                name, width, height = sizes[image]
                need = steps_mb(program, Shape(width, height, 3, "uint8")) if width else 0.0
                giant = need + width * height * 4e-6 > self._settings.decode_memory_mb / _GIANT_SHARE
                yield Subject(
                    image, name, key, width * height / 1e6, giant, need + width * height * 4e-6,
                    found.words.get(image), found.settings.get(image),
                )  # fmt: skip

    def _known(self, keys: Sequence[str]) -> dict[str, str]:
        """Results that are there, bytes and all."""
        known = self._stores.renditions.known(keys)
        if self._stores.blobs.capabilities.local_path:
            for key in [key for key in known if self._stores.blobs.stat("renditions", key) is None]:
                self._stores.renditions.remove(key)
                del known[key]
        self._stores.renditions.touch(list(known))
        return known

    def _worked(self, found: Generator[Result | None, None, None], beat: Heartbeat) -> RenditionOrder:
        chunk: list[Result] = []
        since = time.monotonic()
        with closing(found) as results:
            for result in results:
                if result is not None:
                    if result.error is not None and result.error.code in SYSTEMIC:
                        raise result.error
                    chunk.append(result)
                chunk += self._put_away()
                if len(chunk) >= _CHUNK or (chunk and time.monotonic() - since >= _CHUNK_SECONDS):
                    if not self._commit(chunk):
                        return self._stores.orders.get(self._order.id)
                    chunk, since = [], time.monotonic()
                if beat.lost:
                    return self._stores.orders.get(self._order.id)
        if not self._commit([*chunk, *self._put_away()]):
            return self._stores.orders.get(self._order.id)
        return self._finished()

    def _put_away(self) -> list[Result]:
        """Pictures that went into the trash since they were ordered: each is told, none holds the others up."""
        found = []
        while self._away:
            subject = self._away.popleft()
            error = Error(
                "not_found", f"The picture {subject.image[:12]} is no longer in the library.",
                remedy="Restore it from the trash, then order again.",
            )  # fmt: skip
            found.append(Result(subject, None, error, 0.0))
        return found

    def _commit(self, chunk: Sequence[Result]) -> bool:
        """Write results and counters in one transaction; False when the order is no longer this run's."""
        made = [self._rendition(one) for one in chunk if one.made]
        failures = [self._failure(one) for one in chunk if one.error]
        totals = self._made + len(made), self._bytes + sum(one.bytes for one in made)
        sources = self._sources + self._stores.images.bytes_of([one.image for one in made])
        short = self._short + sum(one.search is not None and not one.search["met"] for one in made)
        codes = self._codes + Counter(one.code for one in failures)
        self._new += len(made)
        seconds = time.monotonic() - self._begun
        failed = sum(codes.values())
        counts = {
            "made": totals[0], "made_bytes": totals[1], "reused": self._reused, "failed": failed,
            "done": min(self._order.total, totals[0] + self._reused + failed),
            "source_bytes": sources, "short": short, "failures_by_code": dict(codes), "rate": self._new / seconds if self._new else None,
        }  # fmt: skip

        entries = {failure_id(RECIPE, one.id): one.image for one in made}
        mended = {entry: entries[entry] for entry in self._stores.failures.open_among(list(entries))}

        def work(session: Session) -> RenditionOrder:
            self._stores.renditions.put_many(session, made)
            for failure in failures:
                self._stores.failures.record(session, failure)
            for entry, image in mended.items():
                self._stores.failures.resolve(session, entry, image)
            return self._stores.orders.progress(session, self._order.id, self._run_id, counts)

        try:
            order = self._stores.database.run(work)
        except Error as error:
            if error.code != "conflict":
                raise
            return False
        (self._made, self._bytes), self._codes = totals, codes
        self._sources, self._short = sources, short
        self._tell(order)
        return True

    def _finished(self) -> RenditionOrder:
        def work(session: Session) -> RenditionOrder | None:
            ended = self._stores.orders.end(session, self._order.id, "done", run_id=self._run_id)
            if ended is not None:
                self._stores.events.append(
                    session, type="renditions.changed", principal=self._principal, ids=[ended.id],
                    data={"state": "done", "made": ended.made, "failed": ended.failed}, trace_id=ended.trace_id,
                )  # fmt: skip
            return ended

        return self._stores.database.run(work) or self._stores.orders.get(self._order.id)

    def _rendition(self, result: Result) -> RecipeRendition:
        made, subject, moment = result.made, result.subject, now()
        assert made is not None  # noqa: S101 - the caller has looked
        search = json.loads(json.dumps(vars_of(made.search))) if made.search else None
        width, height = made.shape.width, made.shape.height
        return RecipeRendition(
            id=subject.address, image=subject.image, recipe=self._order.recipe_name, preset=self._order.preset,
            fingerprint=self._order.fingerprint, order=self._order.id, format=made.format, media_type=made.media_type,
            extension=made.extension, width=width, height=height, bytes=len(made.data), encoder=made.encoder,
            quality=made.quality, notes=made.notes, search=search, seconds=result.seconds,
            megapixels=subject.megapixels, created_at=moment, used_at=moment,
        )  # fmt: skip

    def _failure(self, result: Result) -> Failure:
        error, subject, moment = result.error, result.subject, now()
        assert error is not None  # noqa: S101 - the caller has looked
        return Failure(
            id=failure_id(RECIPE, subject.address), code=error.code, title=error.row.title, cause=error.cause,
            remedy=error.remedy, retryable=error.retryable, connector=RECIPE, key=f"{subject.image}/{subject.name}", path="",
            bytes=0, batch=self._order.id, run_id=self._run_id, first_at=moment, last_at=moment,
        )  # fmt: skip


def vars_of(search: object) -> dict[str, object]:
    """A search with its steps as JSON values."""
    from dataclasses import asdict

    return asdict(search)  # type: ignore[call-overload, no-any-return]
