"""Changing many pictures: told before, changed in steps that are each whole with the way back kept, given back; beside a plain `update_many`.

python -m benchmarks.bench_bulk              # 100,000 pictures changed of 1,000,000
python -m benchmarks.bench_bulk --quick      # 5,000 of 20,000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bench_gallery import fill, library
from benchmarks.report import milliseconds, percentile, save, table
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.query import ImageQuery
from darkroom.domain.run import RunRecord
from darkroom.domain.selection import Selection
from darkroom.services.edit_views import ImageChange
from darkroom.services.library import Library
from darkroom.services.runs import INGEST_JOB, OrchestratorHealth
from darkroom.services.work.bulk_views import BulkGiven, EditAction
from darkroom.store import Stores

EVERYTHING = Selection(query=ImageQuery())
PREVIEWS: dict[str, dict[str, Any]] = {
    "a tag that few have": {"add_tags": ("keep",)},
    "a tag away": {"remove_tags": ("oslo",)},
    "a rating": {"rating": 4},
    "a title": {"title": "Quay"},
}


class _Nobody:
    """Starts no runs: the benchmark does the work itself."""

    def launch(self, batch_id: str, *, trace_id: str | None = None, job: str = INGEST_JOB) -> str:
        return batch_id

    def recent(self, limit: int = 20) -> list[RunRecord]:
        return []

    def cancel(self, run_id: str) -> bool:
        return True

    def health(self) -> OrchestratorHealth:
        return OrchestratorHealth(reachable=True)


def given(selection: Selection, **edit: Any) -> BulkGiven:
    """A change of pictures."""
    return BulkGiven(selection=selection, action=EditAction(type="edit", edit=ImageChange(**edit)))


def seconds(work: Callable[[], object]) -> float:
    """How long something takes once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def previews(found: Library, records: int) -> dict[str, Any]:
    """How long it takes to be told."""
    rows = []
    for name, edit in PREVIEWS.items():
        asked = given(EVERYTHING, **edit)

        def ask(asked: BulkGiven = asked) -> object:
            found.stores.columns.forget()
            return found.bulk.preview(LOCAL_OWNER, asked)

        times = milliseconds(ask, 5)
        rows.append((name, percentile(times, 0.5), max(times)))
    table(f"Told what would be done to {records:,} pictures, milliseconds", ("change", "p50", "worst"), rows)
    return {name: {"p50": p50, "worst": worst} for name, p50, worst in rows}


def changes(found: Library, count: int) -> dict[str, float]:
    """Pictures a second: tagged, given back, and the plain ways."""
    images = found.stores.database.collection("images")
    chosen = [one for piece in found.stores.selections.ids(EVERYTHING) for one in piece][:count]
    images.update_many({"_id": {"$in": chosen}}, {"$set": {"batch": "b-bulk"}})
    found.stores.database.run(
        lambda session: found.stores.events.append(session, type="images.updated", principal="x", ids=chosen)
    )
    some = Selection(query=ImageQuery(batch="b-bulk"))
    names: list[str] = []

    def begin() -> None:
        names.append(found.bulk.begin(LOCAL_OWNER, given(some, add_tags=("bulk/new",))).id)

    def run() -> None:
        work = found.work.run(SYSTEM, names[-1], "bench")
        assert (work.state, work.changed) == ("done", count), work

    def undo() -> None:
        names.append(found.work.undo(LOCAL_OWNER, names[-1]).id)
        run()

    plain: list[dict[str, Any]] = [{"$set": {"tags": {"$setUnion": ["$tags", ["bulk/new"]]}}}]
    whole: list[dict[str, Any]] = [{"$set": {
        "tags": {"$sortArray": {"input": {"$setUnion": ["$tags", ["bulk/new"]]}, "sortBy": 1}},
        "tag_keys": {"$setUnion": ["$tag_keys", ["bulk", "bulk/new"]]},
        "words": {"$setUnion": ["$words", ["bulk", "new"]]}, "revision": {"$add": ["$revision", 1]},
    }}]  # fmt: skip
    steps: dict[str, Callable[[], object]] = {
        "writing down which pictures": begin,
        "changing them, with the way back": run,
        "giving them back": undo,
        "update_many: the tag alone": lambda: images.update_many({"batch": "b-bulk"}, plain),
        "update_many: tag, keys, words, revision": lambda: images.update_many({"batch": "b-bulk"}, whole),
    }
    rows = [(name, took := seconds(step), count / took) for name, step in steps.items()]
    table(f"A tag on {count:,} pictures", ("what", "seconds", "pictures/s"), rows)
    return {name: rate for name, _, rate in rows}


def measure(stores: Stores, records: int, count: int) -> dict[str, Any]:
    """All tables, as figures."""
    found = Library(stores.settings, stores, _Nobody())
    stores.columns.count(ImageQuery())
    return {"records": records, "previews": previews(found, records), "changes": changes(found, count)}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    records, count = (20_000, 5_000) if asked.quick else (asked.records, asked.count)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, library(Path(folder)) as stores:
        fill(stores, records)
        save(f"bulk-{records}", measure(stores, records, count))


if __name__ == "__main__":
    main()
