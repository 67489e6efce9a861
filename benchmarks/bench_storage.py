"""Small objects put and got per provider, beside obstore and the provider's own SDK on the same server in the same run.

Run as `python -m benchmarks.bench_storage [--objects 2000] [--large-mb 2000] [--quick]`. Amazon's SDK is boto3, Microsoft's azure-storage-blob,
Google's google-cloud-storage (`pip install -e '.[bench]'`), which asks our test server in JSON where we ask in XML. The last table stores and
reads one large object and tells how much memory this process takes more than before. Servers are those of the tests, on this machine: they and not
the network are the limit, so what counts is how our store does beside its peers. Objects of 20 kB under their sha256;
what ours adds is checksums, keys, conditional writes and errors. Each figure is the best of three rounds, in which the ways take
turns.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.report import save, table
from darkroom.store.blobs import BlobStore, LocalBlobStore, open_blobs
from tests.object_servers import SERVERS, ObjectServer

SIZE = 20_000
_LARGE_ON = "s3 rclone"
"""It keeps objects on disk: what memory is taken is ours."""
ROUNDS = 3
Put = Callable[[str, bytes], object]
Get = Callable[[str], object]


def contents(count: int, seed: int) -> list[tuple[str, bytes]]:
    """Objects by key."""
    chance = random.Random(seed)
    found = (chance.randbytes(SIZE) for _ in range(count))
    return [(hashlib.sha256(data).hexdigest(), data) for data in found]


def measure(seed: str, way: tuple[Put, Get], count: int, threads: int) -> list[float]:
    """Objects a second put and got, and milliseconds of this process's CPU for each, in one round."""
    objects = contents(count // ROUNDS, hash(seed))
    put, get = way
    calls: tuple[Callable[[tuple[str, bytes]], object], ...] = (lambda one: put(*one), lambda one: get(one[0]))
    rates, cpu = [], []
    for call in calls:
        began, spent = time.perf_counter(), time.process_time()
        if threads == 1:
            for one in objects:
                call(one)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(call, objects))
        rates.append(len(objects) / (time.perf_counter() - began))
        cpu.append((time.process_time() - spent) / len(objects) * 1e3)
    return rates + cpu


def taking_turns(provider: str, ways: dict[str, tuple[Put, Get]], count: int, threads: int) -> list[list[object]]:
    """The best of some rounds of each way, in which they take turns: what else the machine does meets them alike."""
    found: dict[str, list[list[float]]] = {way: [] for way in ways}
    for number in range(ROUNDS):
        for way, pair in ways.items():
            found[way].append(measure(f"{provider} {way} {threads} {number}", pair, count, threads))
    rows: list[list[object]] = []
    for way, rounds in found.items():
        puts, gets, put_cpu, get_cpu = zip(*rounds, strict=True)
        name = f"{provider}: {way}{', 8 threads' if threads > 1 else ''}"
        rows.append([name, max(puts), max(gets), f"{min(put_cpu):.2f}", f"{min(get_cpu):.2f}"])
    return rows


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


def azure(server: ObjectServer) -> tuple[Put, Get]:
    """Microsoft's own library for Python."""
    from azure.storage.blob import ContainerClient

    endpoint = server.options.split("endpoint=")[1].split("&")[0]
    client = ContainerClient(endpoint, server.bucket, credential=server.credentials)
    return (
        lambda key, data: client.upload_blob(f"sdk/{key}", data),
        lambda key: client.download_blob(f"sdk/{key}").readall(),
    )


def google(server: ObjectServer) -> tuple[Put, Get]:
    """Google's own library for Python."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    endpoint = server.options.split("endpoint=")[1].split("&")[0]
    client = Client("tests", AnonymousCredentials(), client_options={"api_endpoint": endpoint})
    bucket = client.bucket(server.bucket)
    return (
        lambda key, data: bucket.blob(f"sdk/{key}").upload_from_string(data),
        lambda key: bucket.blob(f"sdk/{key}").download_as_bytes(),
    )


SDKS: dict[str, tuple[str, str, Callable[[ObjectServer], tuple[Put, Get]]]] = {
    "s3": ("boto3", "boto3", boto),
    "gs": ("google-cloud-storage", "google.cloud.storage", google),
    "az": ("azure-storage-blob", "azure.storage.blob", azure),
}
"""Scheme -> name, module and calls of the provider's own library."""


def is_there(module: str) -> bool:
    """Whether a library is installed."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def large(name: str, server: ObjectServer, folder: Path, megabytes: int) -> list[object]:
    """One large object put from a file and read through: seconds of each, and memory beyond what was there before."""
    import psutil

    store = open_blobs(server.url("large"), server.settings())
    store.stat("originals", "0" * 64)  # the connection is made
    own, path = psutil.Process(), folder / "large.bin"
    piece = random.Random(1).randbytes(1 << 20)
    with path.open("wb") as file:
        for number in range(megabytes):
            file.write(number.to_bytes(8, "big") + piece[8:])
    before, most, stop = own.memory_info().rss, [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            most[0] = max(most[0], own.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    key = store.put_file("originals", path)
    put, began = time.perf_counter() - began, time.perf_counter()
    store.verify("originals", key)
    got = time.perf_counter() - began
    stop.set()
    watcher.join()
    path.unlink()
    return [name, f"{megabytes:,} MB", put, got, f"{most[0] / 1e6:.0f} MB"]


def disk(folder: Path) -> tuple[Put, Get]:
    """Plain files, one folder, no order kept by anybody."""
    folder.mkdir()
    return (lambda key, data: (folder / key).write_bytes(data), lambda key: (folder / key).read_bytes())


def provider(name: str, folder: Path, count: int) -> list[list[object]]:
    """All ways to one provider."""
    if name == "folder":
        ways = {"ours": ours(LocalBlobStore(folder / "ours")), "plain files": disk(folder / "plain")}
        return taking_turns(name, ways, count, 1)
    try:
        server = SERVERS[name](folder)
    except BaseException as error:  # noqa: BLE001 - a test server that is missing skips, with its own kind of exception
        print(f"{name}: {error}")
        return []
    try:
        ways = {"ours": ours(open_blobs(server.url("ours"), server.settings())), "obstore alone": bare(server)}
        sdk, module, make = SDKS.get(server.scheme, ("", "none", boto))
        if sdk and is_there(module):
            ways[sdk] = make(server)
        return [row for threads in (1, 8) for row in taking_turns(name, ways, count, threads)]
    finally:
        server.stop()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=2_000, help="objects put and got in each row")
    parser.add_argument("--large-mb", type=int, default=2_000, help="size of the one large object; 0 for none")
    parser.add_argument("--quick", action="store_true", help="a few small ones, to see that it works")
    parser.add_argument("--only", choices=["folder", *SERVERS], help="one provider")
    options = parser.parse_args()
    if options.quick:
        options.objects, options.large_mb = 60, 64
    columns = ["way", "put/s", "got/s", "CPU ms a put", "CPU ms a get"]
    rows: list[list[object]] = []
    for name in [options.only] if options.only else ["folder", *SERVERS]:
        with tempfile.TemporaryDirectory() as folder:
            found = provider(name, Path(folder), options.objects)
        # Some take minutes: each is shown when it is done.
        table(f"{name}: {options.objects:,} objects of {SIZE // 1000} kB", columns, found)
        rows += found
    save("storage", {"columns": columns, "rows": rows, "objects": options.objects})
    if options.large_mb and options.only in (None, _LARGE_ON):
        with tempfile.TemporaryDirectory() as folder:
            server = SERVERS[_LARGE_ON](Path(folder))
            try:
                row = large(f"{_LARGE_ON}: ours", server, Path(folder), options.large_mb)
            finally:
                server.stop()
        columns = ["way", "object", "put, s", "read, s", "memory beyond"]
        table("One large object", columns, [row])
        save("storage-large", {"columns": columns, "rows": [row]})


if __name__ == "__main__":
    main()
