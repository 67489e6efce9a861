"""A slider on the page *Develop*, over HTTP: `python -m benchmarks.bench_preview [--moves N]`.

One 12-megapixel picture of a library, a recipe of seven steps, a preview of 1024 pixels for every move of a slider: of
the first step (everything after it runs again), of the middle one and of the last one, in turns. Beside the time that
whoever moves it waits stands the processor time of the server with its decoder processes. The floor is the same preview
asked again, of which every step is remembered.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.bench_gallery import library, template
from benchmarks.bench_rest import served
from benchmarks.corpus import CAMERA, draw_corpus
from benchmarks.report import percentile, save, table
from darkroom import logs
from darkroom.store import Stores

LONG_SIDE = 1024
KINDS = ("first step", "middle step", "last step", "nothing")


def recipe(kind: str, move: int) -> dict[str, Any]:
    """The recipe after a move of a slider."""
    moved = 0.1 + move / 1000
    first, middle, last = (moved if kind == one else 0.3 for one in KINDS[:3])
    steps = [
        {"exposure": {"stops": first}},
        "white_balance",
        "denoise",
        {"contrast": {"amount": middle}},
        {"vibrance": {"amount": 0.3}},
        "clarity",
        {"sharpen": {"amount": last}},
    ]
    return {"name": "slider", "operations": steps}


def picture(stores: Stores, folder: Path) -> str:
    """Id of a picture that is in the library."""
    data = draw_corpus(folder, 1, CAMERA)[0].read_bytes()
    made = template(random.Random(1), 1)
    found = made.model_copy(update={"id": hashlib.sha256(data).hexdigest(), "bytes": len(data), "format": "jpeg"})
    stores.blobs.put("originals", found.id, data, durable=False)
    stores.database.run(lambda session: stores.images.upsert_many(session, [found]))
    return found.id


def spent(pid: int) -> float:
    """Processor seconds of a process and all below it."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(sum(one.cpu_times().user + one.cpu_times().system for one in processes))


def moves(client: httpx.Client, address: str, pid: int, count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of waiting and of the processor for each kind of move."""
    waits: dict[str, list[float]] = {kind: [] for kind in KINDS}
    work = dict.fromkeys(KINDS, 0.0)
    for move in range(count + 1):
        for kind in KINDS:
            begun, before = time.perf_counter(), spent(pid)
            asked = {"recipe": recipe(kind, move), "long_side": LONG_SIDE, "format": "jpeg"}
            answer = client.post(address, json=asked)
            assert answer.status_code == 200, answer.text
            if move:  # the first of each kind starts processes and decodes
                waits[kind].append((time.perf_counter() - begun) * 1e3)
                work[kind] += (spent(pid) - before) * 1e3 / count
    return {
        kind: {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95), "least": min(took), "cpu_ms": work[kind]}
        for kind, took in waits.items()
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=60, help="of each slider")
    count = parser.parse_args().moves
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name, library(Path(name)) as stores:
        image = picture(stores, Path(name) / "corpus")
        uri = stores.settings.mongo_uri
        assert uri is not None
        environment = {"DARKROOM_HOME": name, "DARKROOM_MONGO_URI": uri.get_secret_value(), "BENCH_FOLDER": name}
        with (
            served("benchmarks.bench_rest:ours", "/api/v1/images", environment) as here,
            httpx.Client(base_url=here, timeout=60) as client,
        ):
            pid = next(one.pid for one in psutil.Process().children() if "granian" in " ".join(one.cmdline()))
            found = moves(client, f"/api/v1/images/{image}/recipe-preview", pid, count)
    rows = [[kind, one["p50"], one["p95"], one["least"], one["cpu_ms"]] for kind, one in found.items()]
    table(f"a move of a slider, {LONG_SIDE} px of 12 MP, ms", ("what moves", "p50", "p95", "least", "CPU"), rows)
    save("preview", found)


if __name__ == "__main__":
    main()
