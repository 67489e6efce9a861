"""Reading an archive of labelled pictures: unpacked, looked at, taken in, committed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal, Warrant
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.work import OVER, LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.imports.keeping import archive_of, clear, is_kept, report_of
from darkroom.services.imports.reading import read
from darkroom.services.imports.reporting import report
from darkroom.services.imports.views import ImportGiven
from darkroom.services.taken_in import take_in
from darkroom.services.uploads.files import mapped
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Lost, Progress
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.datasets.importers import Import
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.ingest import IngestService

CONNECTOR = "import"
"""Name kept in the sources of the pictures; their keys there name the dataset and the file in the archive."""
MOST = 100_000
"""Pictures that one archive brings."""
_AT_ONCE = 1000
_LOOK_SECONDS = 1.0


class ImportKind(WholeKind):
    """Reads an archive; begun again it finds what was unpacked and taken in, and the version that it made.

    Args:
        settings: folders and limits.
        stores: pictures, and where the work is.
        datasets: makes the version.
        ingest: takes the pictures in.
        guard: vouches for who asked.
    """

    name = "import"
    permission = "datasets:write"

    def __init__(
        self, settings: Settings, stores: Stores, datasets: Callable[[], DatasetService],
        ingest: Callable[[], IngestService], guard: Callable[[], Warrant],
    ) -> None:  # fmt: skip
        super().__init__(stores)
        self._settings = settings
        self._datasets = datasets
        self._ingest = ingest
        self._guard = guard

    def do(self, work: LongWork, progress: Progress) -> None:
        """Read all of it, and count the problems; of a look nothing comes into the library.

        Raises:
            Error: `dataset_invalid`, `payload_too_large`, `storage_full`; otherwise as `DatasetService.create`.
        """
        try:
            self._do(work, progress)
        except Lost:
            # Cancelled: nobody needs it any more. Taken over by another run: that one does.
            if self.stores.work.get(work.id).state in OVER:
                clear(self._settings, work.id)
            raise

    def afterwards(self, work: LongWork) -> None:
        """Nothing of the archive stays, but of one that was looked at what was unpacked, for a day."""
        if is_kept(work):
            archive_of(self._settings, work.id).unlink(missing_ok=True)
        else:
            clear(self._settings, work.id)

    def _do(self, work: LongWork, progress: Progress) -> None:
        params = json.loads(work.params)
        given = ImportGiven.model_validate(params["given"])
        who = Principal.model_validate(params["principal"]).model_copy(update={"warrant": self._guard()})
        found, layout = read(self._settings, work.id, given.format, _now_and_then(progress))
        if len(found.examples) > MOST:
            raise Error("dataset_invalid", f"The archive has {len(found.examples):,} pictures; {MOST:,} are taken at once.")  # fmt: skip
        before = self._known(list(found.examples), EVERYTHING)
        progress.of(len(found.examples) + len(found.problems))
        if given.dry_run:
            progress.add(len(found.examples))
        else:
            progress.add(len(before))
            self._take_in(who, given, found, before, progress)
            self._leave_out_strange(who, found)
        told = report(work.id, given, found, layout, len(before))
        with mapped():
            report_of(self._settings, work.id).write_text(told.model_dump_json())
        failures = [_failure(one.file, one.line, one.cause) for one in found.problems]
        progress.of(progress.done + len(failures))
        progress.add(len(failures), failures=failures, examples=told.examples, problems=told.count)
        progress.save()
        if not found.examples:
            first = f" The first problem: {found.problems[0].file}: {found.problems[0].cause}" if found.problems else ""
            raise Error("dataset_invalid", f"No picture of the archive can be used.{first}")
        if not given.dry_run:
            self._commit(who, work, given, found, progress)

    def _take_in(
        self, who: Principal, given: ImportGiven, found: Import, before: set[str], progress: Progress
    ) -> None:  # fmt: skip
        items = []
        for one in found.examples.values():
            if one.key not in before:
                path = found.root / one.path
                info = path.stat()
                name = f"{given.name}/{one.path}"
                items.append(BatchItem(key=name, path=str(path), bytes=info.st_size, modified_ns=info.st_mtime_ns))
        begun = progress.done
        for batch in self._ingest().submit_all(who, items, connector=CONNECTOR, launch=False) if items else ():
            self._run(batch, progress)
        progress.add(begun + len(items) - progress.done)

    def _run(self, batch: Batch, progress: Progress) -> None:
        start = progress.done

        def tell(one: Batch) -> None:
            progress.add(start + one.done - progress.done)

        take_in(self._ingest(), batch, "import", progress, tell)

    def _leave_out_strange(self, who: Principal, found: Import) -> None:
        """Leave out what could not be taken in, or is a picture that may not be seen by who asked."""
        there = self._known(list(found.examples), scope_of(who, "images:read"))
        for key, one in list(found.examples.items()):
            if key not in there:
                found.refuse(one.path, "It could not be taken into the library; the failures tell why.")
                del found.examples[key]

    def _commit(
        self, who: Principal, work: LongWork, given: ImportGiven, found: Import, progress: Progress
    ) -> None:  # fmt: skip
        from darkroom.services.datasets.views import ExampleGiven, NewVersion

        examples = tuple(
            ExampleGiven(
                image=one.key, annotations=one.annotations, split=one.split, weight=one.weight, group=one.group
            )
            for one in found.examples.values()
        )
        wanted = NewVersion(name=given.name, examples=examples, seed=given.seed, message=given.message)
        made = self._datasets().create(who, wanted)
        version = made.version
        # Killed after it committed, it finds its own version.
        new = made.new or (version.created_by == who.id and version.created_at >= work.created_at)
        progress.add(0, changed=version.total if new else 0, version=version.number)

    def _known(self, keys: Sequence[str], scope: Scope) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(keys), _AT_ONCE):
            found |= self.stores.images.known(keys[start : start + _AT_ONCE], scope=scope)
        return found


def _failure(file: str, line: int | None, cause: str) -> WorkFailure:
    return WorkFailure(id=f"{file}:{line}" if line else file, code="dataset_invalid", cause=cause)


def _now_and_then(progress: Progress) -> Callable[[], None]:
    """Writes down once in a while that it goes on, which finds out whether it was cancelled."""
    last = time.monotonic()

    def look() -> None:
        nonlocal last
        if time.monotonic() - last >= _LOOK_SECONDS:
            last = time.monotonic()
            progress.save()

    return look
