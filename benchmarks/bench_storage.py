"""Small objects put and got per provider, beside obstore and boto3 alone on the same server in the same run.

Run as `python -m benchmarks.bench_storage [--objects 2000]`. Servers are those of the tests, on this machine: they and not
the network are the limit, so what counts is how our store does beside its peers. Objects of 20 kB under their sha256;
what ours adds is checksums, keys, conditional writes and errors. Each figure is the best of three rounds.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.report import save, table
from darkroom.store.blobs import BlobStore, LocalBlobStore, open_blobs
from tests.object_servers import SERVERS, ObjectServer

SIZE = 20_000
ROUNDS = 3
Put = Callable[[str, bytes], object]
Get = Callable[[str], object]


def contents(count: int, seed: int) -> list[tuple[str, bytes]]:
    """Objects by key."""
    chance = random.Random(seed)
    found = (chance.randbytes(SIZE) for _ in range(count))
    return [(hashlib.sha256(data).hexdigest(), data) for data in found]


def measure(name: str, put: Put, get: Get, count: int, threads: int) -> list[object]:
    """Objects a second, and milliseconds of this process's CPU an object."""
    best: dict[str, float] = {"put": 0.0, "get": 0.0}
    cpu: dict[str, float] = {"put": float("inf"), "get": float("inf")}
    for number in range(ROUNDS):
        objects = contents(count // ROUNDS, hash((name, number)))
        calls: dict[str, Callable[[tuple[str, bytes]], object]] = {
            "put": lambda one: put(*one),
            "get": lambda one: get(one[0]),
        }
        for what, call in calls.items():
            began, spent = time.perf_counter(), time.process_time()
            if threads == 1:
                for one in objects:
                    call(one)
            else:
                with ThreadPoolExecutor(threads) as pool:
                    list(pool.map(call, objects))
            best[what] = max(best[what], len(objects) / (time.perf_counter() - began))
            cpu[what] = min(cpu[what], (time.process_time() - spent) / len(objects) * 1e3)
    return [name, best["put"], best["get"], f"{cpu['put']:.2f}", f"{cpu['get']:.2f}"]


def ours(store: BlobStore) -> tuple[Put, Get]:
    """As Darkroom does it."""
    return (
        lambda key, data: store.put("originals", key, data, durable=False),
        lambda key: store.read("originals", key),
    )


def bare(server: ObjectServer) -> tuple[Put, Get]:
    """The library below ours, alone."""
    import obstore

    store: Any = open_blobs(server.url("bare"), server.settings())
    client = store.client
    return (
        lambda key, data: obstore.put(client, key, data, use_multipart=False),
        lambda key: obstore.get(client, key).bytes().to_bytes(),
    )


def boto(server: ObjectServer) -> tuple[Put, Get]:
    """Amazon's own library for Python."""
    import boto3

    endpoint = server.options.split("endpoint=")[1].split("&")[0]
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=server.credentials["access_key_id"],
        aws_secret_access_key=server.credentials["secret_access_key"],
    )  # fmt: skip
    return (
        lambda key, data: client.put_object(Bucket=server.bucket, Key=f"boto/{key}", Body=data),
        lambda key: client.get_object(Bucket=server.bucket, Key=f"boto/{key}")["Body"].read(),
    )


def disk(folder: Path) -> tuple[Put, Get]:
    """Plain files, one folder, no order kept by anybody."""
    folder.mkdir()
    return (lambda key, data: (folder / key).write_bytes(data), lambda key: (folder / key).read_bytes())


def provider(name: str, folder: Path, count: int) -> list[list[object]]:
    """All ways to one provider."""
    if name == "folder":
        ways = {"ours": ours(LocalBlobStore(folder / "ours")), "plain files": disk(folder / "plain")}
        return [measure(f"{name}: {way}", *pair, count, 1) for way, pair in ways.items()]
    try:
        server = SERVERS[name](folder)
    except BaseException as error:  # noqa: BLE001 - a test server that is missing skips, with its own kind of exception
        print(f"{name}: {error}")
        return []
    try:
        ways = {"ours": ours(open_blobs(server.url("ours"), server.settings())), "obstore alone": bare(server)}
        if server.scheme == "s3":
            ways["boto3"] = boto(server)
        return [
            measure(f"{name}: {way}{', 8 threads' if threads > 1 else ''}", *pair, count, threads)
            for threads in (1, 8)
            for way, pair in ways.items()
        ]
    finally:
        server.stop()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=2_000, help="objects put and got in each row")
    parser.add_argument("--only", choices=["folder", *SERVERS], help="one provider")
    options = parser.parse_args()
    columns = ["way", "put/s", "got/s", "CPU ms a put", "CPU ms a get"]
    rows: list[list[object]] = []
    for name in [options.only] if options.only else ["folder", *SERVERS]:
        with tempfile.TemporaryDirectory() as folder:
            found = provider(name, Path(folder), options.objects)
        # Some take minutes: each is shown when it is done.
        table(f"{name}: {options.objects:,} objects of {SIZE // 1000} kB", columns, found)
        rows += found
    save("storage", {"columns": columns, "rows": rows, "objects": options.objects})


if __name__ == "__main__":
    main()
