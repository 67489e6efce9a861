"""Gallery pages, search, counts and facets over a large library on a real mongod.

Run as `python -m benchmarks.bench_gallery [--records 100000]`. Targets: pages under 50 ms at the 95th percentile, facets
under 300 ms, both at a million records.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo import IndexModel

from darkroom import logs
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.columns import ColumnarReplica
from darkroom.store.database import Database
from darkroom.store.documents import to_mongo
from darkroom.store.image_fields import derive, sort_name, tokens
from darkroom.store.images import ImageRepository
from darkroom.store.likeness import bands
from darkroom.store.migrations import migrate
from darkroom.store.migrations.m0001_initial import INDEXES
from darkroom.supervisor.mongod import ensure_replica_set, find_mongod, local_uri, start_mongod
from darkroom.supervisor.mongod_download import obtain_mongod
from tests.factories import BASE, image_record
from tests.servers import free_port

CAMERAS = [f"Camera {number}" for number in range(40)]
TAGS = [f"tag{number}" for number in range(300)]
FORMATS = ["jpeg"] * 7 + ["heic", "png", "webp"]
NAMES = ("IMG", "DSC", "Holiday", "Scan", "Urlaub", "Screenshot")


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Image documents that differ in everything that is asked for; tags and cameras are unevenly frequent."""
    chance = random.Random(1)
    record = image_record(1)
    template = to_mongo(record) | derive(record)
    for number in range(count):
        image = hashlib.sha256(str(number).encode()).hexdigest()
        kind = chance.choice(FORMATS)
        name = f"{chance.choice(NAMES)}_{number:06d}.{kind}"
        tags = sorted({TAGS[int(299 * chance.random() ** 3)] for _ in range(chance.randrange(4))})
        camera = CAMERAS[int(39 * chance.random() ** 2)]
        taken = BASE - timedelta(minutes=chance.randrange(5_000_000)) if chance.random() < 0.9 else None
        problems = ["blurred"] if chance.random() < 0.1 else []
        phash = f"{chance.getrandbits(64):016x}"
        yield template | {
            "_id": image, "name": name, "format": kind, "media_type": f"image/{kind}", "bytes": chance.randrange(1, 10**7),
            "capture": template["capture"] | {"taken_at": taken, "camera": camera}, "tags": tags, "phash": phash,
            "quality": template["quality"] | {"score": chance.random(), "problems": problems},
            "batch": f"b-{number // 5000:04d}", "ingested_at": BASE + timedelta(milliseconds=20 * number),
            "words": [*tokens(name), *tokens(camera), *tags], "types": [kind, f"image/{kind}"],
            "problem_keys": problems or ["none"], "sort_name": sort_name(name), "phash_bands": bands(phash),
        }  # fmt: skip


def fill(database: Database, count: int) -> float:
    """Store the documents; returns documents a second."""
    began, batch = time.perf_counter(), []
    collection = database.collection("images")
    collection.drop_indexes()  # made at the end, which is much faster for a million
    for document in documents(count):
        batch.append(document)
        if len(batch) == 2000:
            collection.insert_many(batch, ordered=False)
            batch = []
    if batch:
        collection.insert_many(batch, ordered=False)
    collection.create_indexes([IndexModel([(one, 1) for one in f], **more) for f, more in INDEXES["images"]])
    return count / (time.perf_counter() - began)


def timed(call: Callable[[], object], rounds: int) -> str:
    """Median and 95th percentile of a call, in milliseconds; the first call, which warms caches, is left out."""
    call()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"{statistics.median(took):9.1f} {took[min(len(took) - 1, int(len(took) * 0.95))]:9.1f}"


VIEWS: dict[str, dict[str, Any]] = {
    "newest": {},
    "oldest taken first": {"sort": "taken_at"},
    "by name": {"sort": "name"},
    "common tag": {"tag": ("tag0",)},
    "rare tag": {"tag": ("tag298",)},
    "middling tag by quality": {"tag": ("tag60",), "sort": "-quality"},
    "two tags": {"tag": ("tag0", "tag20")},
    "camera, by date taken": {"camera": ("Camera 20",), "sort": "-taken_at"},
    "type png, by size": {"type": ("png",), "sort": "-bytes"},
    "blurred, camera": {"problem": ("blurred",), "camera": ("Camera 10",)},
    "quality >= 0.95": {"quality_min": 0.95},
    "a month taken, by name": {
        "taken_from": BASE - timedelta(days=400), "taken_to": BASE - timedelta(days=370), "sort": "name"
    },
    "one batch": {"batch": "b-0003"},
    "search: common word": {"q": "holi"},
    "search: rare word": {"q": "004999"},
    "search: two words": {"q": "urlaub tag29"},
}  # fmt: skip


def fresh_answers(columns: ColumnarReplica, call: Callable[[], object]) -> Callable[[], object]:
    """The call without the memory of earlier answers."""

    def run() -> object:
        columns.forget()
        return call()

    return run


def report(database: Database, home: Path, rounds: int) -> None:
    """Measure and print the table."""
    images, columns = ImageRepository(database), ColumnarReplica(database, home / "columns.duckdb")
    began = time.perf_counter()
    columns.count(ImageQuery())
    print(f"columnar copy built in {time.perf_counter() - began:.1f} s\n")
    print(
        f"{'view':26} {'fits':>9} | {'page 1':>9} {'p95':>9} | {'deep':>9} {'p95':>9} | {'facets':>9} {'p95':>9} | anchors"
    )
    for name, filters in VIEWS.items():
        query = ImageQuery(**filters)
        anchors = columns.anchors(query, 200)
        deep = anchors[len(anchors) * 3 // 4]
        few = max(3, rounds // 8)
        cells = [
            timed(lambda query=query: images.page(query, limit=100), rounds),
            timed(lambda query=query, deep=deep: images.page(query, limit=200, cursor=deep), rounds),
            timed(fresh_answers(columns, lambda query=query: columns.facets(query)), few),
            timed(fresh_answers(columns, lambda query=query: columns.anchors(query, 200)), few),
        ]
        print(f"{name:26} {columns.count(query):9} | {' | '.join(cells)}")
    phashes = [found.phash for found in images.page(ImageQuery(), limit=256).items]
    print(f"\nnear duplicates of 256 new pictures: {timed(lambda: images.near(phashes, 6), 3)} ms")
    columns.close()


def main() -> None:
    """Start a mongod of our own, fill it and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    logs.configure("warning")
    try:
        program = find_mongod(Settings())
    except Error:
        program = obtain_mongod(tell=print)
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        server = start_mongod(program, home / "db", port, home / "mongod.log")
        try:
            ensure_replica_set(port)
            database = Database.connect(local_uri(port), "bench")
            migrate(database)
            print(
                f"{options.records} records, {fill(database, options.records):.0f} records a second stored and indexed"
            )
            report(database, home, options.rounds)
            database.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
