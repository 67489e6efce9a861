"""Cost of a blob in the local store as it fills: it must not grow with the number of files.

Run as `python -m benchmarks.bench_blobs [--million]`. Every figure is microseconds a file over the last thousand files
put (or that many read and examined) when the store has that many.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import save, table
from darkroom.store.blobs import LocalBlobStore

SIZES = (1_000, 10_000, 100_000)
SAMPLE = 1_000


def key_of(number: int) -> str:
    """The address of a blob."""
    return hashlib.sha256(number.to_bytes(8, "big")).hexdigest()


def per_file(work: Iterator[object]) -> float:
    """Microseconds for each step of `work`."""
    began, steps = time.perf_counter(), 0
    for _ in work:
        steps += 1
    return (time.perf_counter() - began) / steps * 1e6


def measure(store: LocalBlobStore, sizes: tuple[int, ...]) -> list[list[object]]:
    """Fill the store and measure at each size."""
    chance = random.Random(1)
    # As large as a thumbnail; an original's cost is its bytes, which grow with nothing.
    data = chance.randbytes(8_000)
    rows: list[list[object]] = []
    stored = 0
    for size in sizes:
        for number in range(stored, size - SAMPLE):
            store.put("renditions", key_of(number), data, durable=False)
        last = range(size - SAMPLE, size)
        put = per_file(store.put("renditions", key_of(number), data, durable=False) for number in last)
        again = per_file(store.put("renditions", key_of(number), data, durable=False) for number in last)
        seen = [key_of(chance.randrange(size)) for _ in range(SAMPLE)]
        read = per_file(store.read("renditions", key) for key in seen)
        stat = per_file(store.stat("renditions", key) for key in seen)
        began = time.perf_counter()
        listed = sum(1 for _ in store.keys("renditions"))
        assert listed == size
        rows.append([f"{size:,}", put, again, read, stat, (time.perf_counter() - began) / size * 1e6])
        stored = size
    return rows


def durable(store: LocalBlobStore) -> list[list[object]]:
    """The same for originals, which are on the disk when `put` returns."""
    contents = [random.Random(number).randbytes(100_000) for number in range(200)]
    keys = [hashlib.sha256(data).hexdigest() for data in contents]
    pairs = list(zip(keys, contents, strict=True))
    safe = per_file(store.put("originals", key, data, durable=True) for key, data in pairs)
    for key in keys:
        store.delete("originals", key)
    quick = per_file(store.put("originals", key, data, durable=False) for key, data in pairs)
    return [["durable (synced)", safe], ["not durable", quick]]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="fill the store up to a million files (8 GB)")
    parser.add_argument("--home", type=Path, help="folder on the disk to measure; a temporary one when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.home) as folder:
        store = LocalBlobStore(Path(folder))
        rows = measure(store, (*SIZES, 1_000_000) if options.million else SIZES)
        safe = durable(store)
    columns = ["files in the store", "put new", "put known", "read", "stat", "list"]
    table("Local blob store, microseconds a file of 8 kB", columns, rows)
    table("Originals of 100 kB, microseconds a file", ["", "put"], safe)
    growth = max(float(str(row[1])) for row in rows[1:]) / float(str(rows[0][1]))
    print(f"\nA new file in the fullest store costs {growth:.2f} times what it costs among the first thousand.")
    save("blobs", {"columns": columns, "rows": rows, "originals": safe, "growth": growth})


if __name__ == "__main__":
    main()
