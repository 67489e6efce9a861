"""Pages and thumbnails under many clients at a time, beside a bare route of the same server that sends the same bytes.

    python -m benchmarks.bench_rest [--clients 50] [--requests 5000]

Each is asked by the same clients in this process, in turns; what they cost themselves is in all figures alike.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.bench_gallery import fill, library
from benchmarks.report import percentile, save, table
from benchmarks.stack import serving
from darkroom import logs
from darkroom.supervisor.ports import free_port

PAGE = "/api/v1/images?limit=100"
PICTURES = 100
ROUNDS = 4


def bare() -> Starlette:
    """The peer: no checks, no database, the bytes in memory."""
    folder = Path(os.environ["BENCH_FOLDER"])
    page, thumbnail = (folder / "page").read_bytes(), (folder / "thumbnail").read_bytes()

    async def answer_page(_request: object) -> Response:
        return Response(page, media_type="application/json")

    async def answer_thumbnail(_request: object) -> Response:
        return Response(thumbnail, media_type="image/webp")

    return Starlette(routes=[Route("/page", answer_page), Route("/thumbnail", answer_thumbnail)])


def ours() -> FastAPI:
    """The API, logging what it does in production."""
    from darkroom.api.app import create_app

    logs.configure("info")
    return create_app()


@contextmanager
def served(application: str, probe: str, environment: dict[str, str]) -> Iterator[str]:
    """An application served as in production."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--log-level", "error", application]
    url = f"http://127.0.0.1:{port}"
    with serving(command, f"{url}{probe}", environment=environment):
        yield url


async def ask(urls: list[str], clients: int, requests: int) -> tuple[list[float], float]:
    """Milliseconds of each request, and requests in a second."""
    times: list[float] = []
    left = iter(range(requests))

    async def one(client: httpx.AsyncClient) -> None:
        for number in left:
            begun = time.perf_counter()
            answer = await client.get(urls[number % len(urls)])
            times.append((time.perf_counter() - begun) * 1e3)
            assert answer.status_code == 200, answer.text

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        begun = time.perf_counter()
        await asyncio.gather(*(one(client) for _ in range(clients)))
        return times, requests / (time.perf_counter() - begun)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50, help="at a time")
    parser.add_argument("--requests", type=int, default=5000, help="of each kind")
    asked = parser.parse_args()
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name, library(Path(name)) as stores:
        folder = Path(name)
        fill(stores, PICTURES)
        thumbnail = os.urandom(9_000)
        uri = stores.settings.mongo_uri
        assert uri is not None
        environment = {"DARKROOM_HOME": name, "DARKROOM_MONGO_URI": uri.get_secret_value(), "BENCH_FOLDER": name}
        with served("benchmarks.bench_rest:ours", "/api/v1/images", environment) as here:
            page = httpx.get(f"{here}{PAGE}", timeout=30)
            (folder / "page").write_bytes(page.content)
            pictures = [stores.images.get(one["id"]) for one in page.json()["items"]]
            for address in {one.address for picture in pictures for one in picture.renditions}:
                stores.blobs.put("renditions", address, thumbnail, durable=False)
            (folder / "thumbnail").write_bytes(thumbnail)
            with served("benchmarks.bench_rest:bare", "/page", environment) as peer:
                kinds = {
                    "page of 100": [f"{here}{PAGE}"],
                    "page of 100, bare route": [f"{peer}/page"],
                    "thumbnail": [f"{here}/api/v1/images/{picture.id}/thumbnail" for picture in pictures],
                    "thumbnail, bare route": [f"{peer}/thumbnail"],
                }
                measured(kinds, asked.clients, asked.requests)


def measured(kinds: dict[str, list[str]], clients: int, requests: int) -> None:
    """Ask in turns and tell."""
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in kinds}
    for _ in range(ROUNDS):
        for name, urls in kinds.items():
            times, rate = asyncio.run(ask(urls, clients, requests // ROUNDS))
            found[name][0].extend(times)
            found[name][1].append(rate)
    rows = [
        (name, percentile(times, 0.5), percentile(times, 0.95), max(rates)) for name, (times, rates) in found.items()
    ]
    table(f"{clients} clients at a time, milliseconds", ("what", "p50", "p95", "requests/s"), rows)
    save("rest", {name: {"times": times, "rates": rates} for name, (times, rates) in found.items()})


if __name__ == "__main__":
    main()
