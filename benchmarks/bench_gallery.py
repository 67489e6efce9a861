"""Gallery pages, facets and search over a large library, beside the plain ways of asking MongoDB the same.

python -m benchmarks.bench_gallery                     # 100,000 records
python -m benchmarks.bench_gallery --records 1000000   # the size the targets are set for
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pymongo import IndexModel

from benchmarks import likeness
from benchmarks.report import milliseconds, percentile, save, table
from darkroom.domain.image import Capture, Colour, ImageRecord, Quality, Rendition, Source
from darkroom.domain.query import ImageQuery
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.images import ImageRepository

CAMERAS = [f"{maker} {model}" for maker in ("Nordlicht", "Halden", "Meridian") for model in ("One", "Two", "Pro", "Go")]
PLACES = ("oslo", "bergen", "lima", "kyoto", "cairo", "quito", "turin", "leeds", "split", "perth")
THINGS = ("shoe", "lamp", "chair", "bottle", "bicycle", "harbour", "market", "ridge", "meadow", "street")
BEGIN = datetime(2019, 1, 1, tzinfo=UTC)


@contextmanager
def library(folder: Path) -> Iterator[Stores]:
    """A library on a mongod of its own, with the current schema."""
    from darkroom.store.database import Database
    from darkroom.store.migrations import migrate
    from darkroom.supervisor.mongod import ensure_replica_set, find_mongod, local_uri, start_mongod
    from darkroom.supervisor.ports import free_port

    settings = Settings.load(home=folder)
    port = free_port()
    server = start_mongod(find_mongod(settings), folder / "mongo", port, folder / "mongod.log")
    try:
        ensure_replica_set(port)
        settings = Settings.load(home=folder, mongo_uri=SecretStr(local_uri(port)))
        database = Database.connect(local_uri(port), settings.mongo_database)
        migrate(database)
        database.close()
        stores = Stores.open(settings)
        yield stores
        stores.close()
    finally:
        server.terminate()
        server.wait(30)


def template(rng: random.Random, number: int) -> ImageRecord:
    """One of the pictures that a library is filled with."""
    place, thing = rng.choice(PLACES), rng.choice(THINGS)
    score = rng.random()
    return ImageRecord(
        id=f"{number:064x}",
        name=f"{place}_{thing}_{number:07d}.jpg",
        media_type="image/jpeg",
        format=rng.choices(("jpeg", "png", "webp", "nef"), (80, 10, 6, 4))[0],
        bytes=rng.randrange(200_000, 9_000_000),
        width=4000,
        height=3000,
        capture=Capture(taken_at=BEGIN, camera=rng.choice(CAMERAS), iso=float(rng.choice((100, 200, 400, 1600)))),
        phash=f"{rng.getrandbits(64):016x}",
        quality=Quality(score=score, sharpness=rng.uniform(0, 900), brightness=rng.random(), contrast=rng.random(),
                        entropy=rng.uniform(2, 8), colourfulness=rng.uniform(0, 90),
                        problems=("blurred",) if score < 0.15 else ()),
        colours=(Colour(hex="#405060", share=0.6), Colour(hex="#a0b0c0", share=0.3)),
        placeholder="UklGRlIAAABXRUJQVlA4IEYAAAAwAwCdASoQAAwAAUAmJZgCdAEO",
        renditions=tuple(
            Rendition(kind=kind, address=f"{number:064x}", recipe=f"{kind}@1", media_type="image/webp", width=256, height=192, bytes=9_000)  # type: ignore[arg-type]
            for kind in ("thumbnail", "preview")
        ),
        tags=tuple(sorted({place, thing, *(("keep",) if rng.random() < 0.02 else ())})),
        sources=(Source(connector="inbox", key=f"{place}/{thing}.jpg", batch="b-0"),),
        batch="b-0",
        ingested_at=BEGIN,
    )  # fmt: skip


def documents(count: int, images: ImageRepository) -> Iterator[dict[str, Any]]:
    """`count` documents made from 4,000 templates, each with its own id, name, dates, size, hash and score."""
    rng = random.Random(7)
    templates = [images._encode(template(rng, number)) for number in range(min(4000, count))]
    for number in range(count):
        one = dict(templates[number % len(templates)])
        taken = BEGIN + timedelta(seconds=rng.randrange(7 * 365 * 86_400))
        one |= {
            "_id": f"{rng.getrandbits(256):064x}",
            "bytes": rng.randrange(200_000, 9_000_000),
            "ingested_at": BEGIN + timedelta(seconds=number),
            "capture": {**one["capture"], "taken_at": taken},
            "quality": {**one["quality"], "score": rng.random()},
            "phash_bands": [band << 16 | rng.getrandbits(16) for band in range(4)],
            "batch": f"b-{number // 5000}",
        }
        name = f"{one['name'][:-11]}{number:07d}.jpg"
        yield one | {"name": name, "sort_name": name}


def fill(stores: Stores, count: int) -> None:
    """Write the documents straight into the collection: the benchmark is about reading."""
    collection = stores.database.collection("images")
    indexes = [one for name, one in collection.index_information().items() if name != "_id_"]
    collection.drop_indexes()  # made at the end in a tenth of the time
    source = documents(count, stores.images)
    while chunk := list(islice(source, 10_000)):
        collection.insert_many(chunk, ordered=False, bypass_document_validation=True)
    collection.create_indexes([IndexModel(one["key"], **_options(one)) for one in indexes])


def _options(index: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in index.items() if name not in {"v", "key", "ns"}}


def walk(stores: Stores, query: ImageQuery, pages: int) -> list[float]:
    """Milliseconds of each of the first `pages` pages of 100, by cursor."""
    times: list[float] = []
    cursor: str | None = None
    for _ in range(pages):
        box: list[Any] = []
        times += milliseconds(lambda: box.append(stores.page(query, limit=100, cursor=cursor)), 1)  # noqa: B023
        cursor = box[0].next_cursor
        if cursor is None:
            break
    return times


VIEWS: dict[str, ImageQuery] = {
    "everything, newest first": ImageQuery(),
    "everything, by name": ImageQuery(sort="name"),
    "everything, best first": ImageQuery(sort="-quality"),
    "a common tag": ImageQuery(tag=("oslo",)),
    "two tags, by date taken": ImageQuery(tag=("oslo", "lamp"), sort="-taken_at"),
    "a rare tag, largest first": ImageQuery(tag=("keep",), sort="-bytes"),
    "camera and quality": ImageQuery(camera=("Halden Pro",), quality_min=0.7),
    "one month": ImageQuery(taken_from=datetime(2023, 5, 1, tzinfo=UTC), taken_to=datetime(2023, 5, 31, tzinfo=UTC)),
    "search: one word": ImageQuery(q="harbour"),
    "search: two words": ImageQuery(q="kyo bicy"),
    "blurred ones": ImageQuery(problem=("blurred",)),
    "language: an index follows": ImageQuery(where="tag:oslo -tag:lamp"),
    "language: words and numbers": ImageQuery(where='camera:"Halden Pro" quality>=0.7 (width>4000 or tag:keep)'),
    "language: held in a name": ImageQuery(where="name:harb or title:kyo"),
}


def measure(stores: Stores, records: int) -> dict[str, Any]:
    """All tables, as figures."""
    figures: dict[str, Any] = {"records": records}
    rows = []
    for name, query in VIEWS.items():
        times = walk(stores, query, 40)
        anchors = stores.columns.anchors(query, 200)
        deep = anchors[len(anchors) * 9 // 10] if anchors else None
        jump = milliseconds(_anew(stores, lambda: stores.page(query, limit=200, cursor=deep)), 20)  # noqa: B023
        rows.append(
            (name, percentile(times, 0.5), percentile(times, 0.95), percentile(jump, 0.5), percentile(jump, 0.95))
        )
        figures[f"page: {name}"] = {
            "p50": rows[-1][1],
            "p95": rows[-1][2],
            "jump_p50": rows[-1][3],
            "jump_p95": rows[-1][4],
        }
    table(f"Pages of 100 of {records:,} records, milliseconds", ("view", "p50", "p95", "jump p50", "jump p95"), rows)
    figures["facets"] = _facets(stores, records)
    figures["likeness"] = likeness.measure(stores, records)
    figures["peer"] = _peer(stores, records)
    return figures


def _facets(stores: Stores, records: int) -> dict[str, Any]:
    rows = []
    for name, query in VIEWS.items():
        facets = milliseconds(_anew(stores, lambda: stores.columns.facets(query)), 20)  # noqa: B023
        count = milliseconds(_anew(stores, lambda: stores.columns.count(query)), 20)  # noqa: B023
        index = milliseconds(_anew(stores, lambda: stores.columns.anchors(query, 200)), 5)  # noqa: B023
        rows.append(
            (name, percentile(facets, 0.5), percentile(facets, 0.95), percentile(count, 0.5), percentile(index, 0.5))
        )
    table(f"Filters of {records:,} records, milliseconds", ("view", "facets p50", "facets p95", "count", "index"), rows)
    return {row[0]: {"p50": row[1], "p95": row[2], "count": row[3], "index": row[4]} for row in rows}


def _anew(stores: Stores, ask: Callable[[], object]) -> Callable[[], object]:
    """Ask without remembered answers, as after every event."""

    def call() -> object:
        stores.columns.forget()
        return ask()

    return call


def _peer(stores: Stores, records: int) -> dict[str, Any]:
    """The same questions asked of MongoDB in the plain way: skip for pages, $facet for counts, a regular expression for search."""
    images = stores.database.collection("images")
    facet: dict[str, Any] = {key: [{"$sortByCount": f"${field}"}] for key, field in
                             (("type", "format"), ("camera", "capture.camera"), ("problem", "problem_keys"))}  # fmt: skip
    facet["tag"] = [{"$unwind": "$tags"}, {"$sortByCount": "$tags"}]
    ours = {
        "page at 90 % by skip": lambda: list(images.find().sort([("ingested_at", -1), ("_id", -1)]).skip(records * 9 // 10).limit(200)),
        "facets by $facet": lambda: list(images.aggregate([{"$facet": facet}])),
        "search by unanchored regex": lambda: list(images.find({"name": {"$regex": "harbour"}}).sort("ingested_at", -1).limit(100)),
        "exact count of a tag": lambda: images.count_documents({"tags": "oslo"}),
    }  # fmt: skip
    rows = [(name, percentile(milliseconds(call, 5), 0.5)) for name, call in ours.items()]
    table(f"The plain ways, {records:,} records, milliseconds", ("what", "p50"), rows)
    return dict(rows)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, library(Path(folder)) as stores:
        steps: dict[str, Callable[[], object]] = {
            "write the records": lambda: fill(stores, arguments.records),
            "build the columnar copy": lambda: stores.columns.count(ImageQuery()),
            "open it again": lambda: stores.columns.count(ImageQuery()),
            "make rows of the pictures": lambda: likeness.embed(stores),
        }
        rows = [(name, milliseconds(call, 1)[0] / 1e3) for name, call in steps.items()]
        table("Preparation, seconds", ("step", "s"), rows)
        save(f"gallery-{arguments.records}", measure(stores, arguments.records) | {"preparation": dict(rows)})


if __name__ == "__main__":
    main()
