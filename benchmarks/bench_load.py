"""A hundred people who scroll and search in the gallery while programs ask the API, beside a bare route asked as often.

    python -m benchmarks.bench_load [--sessions 100] [--rates 50,100,200] [--seconds 15] [--records 100000]

Each session follows live events and does what the gallery does: it opens a view, scrolls through it page by page with its
thumbnails, jumps, filters and searches, with pauses as people make them. The programs ask at a rate that does not wait for
answers, so that a server which falls behind shows it: times count from when a request was due. Clients, server and database
share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.bench_browser import pictures
from benchmarks.bench_gallery import PLACES, THINGS, fill, library
from benchmarks.bench_rest import served
from benchmarks.report import percentile, save, table
from darkroom import logs

PAGE = 50
EVERY = 200
SCROLLED = 0.7
"""Seconds between two pages of somebody who scrolls."""
MOST_OPEN = 2000
"""Requests of programs that may be under way; beyond that they count as refused."""
MIX = {"thumbnail": 40, "page of 100": 20, "one picture": 20, "counts": 8, "completion": 8, "rating": 4}
"""What programs ask for, in parts of a hundred."""


@dataclass
class Told:
    """What was measured."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0
    heard: int = 0

    async def ask(self, kind: str, coming: Awaitable[httpx.Response], due: float | None = None) -> Any:
        """Wait for one answer, and count it."""
        begun = due or time.perf_counter()
        try:
            answer = await coming
        except httpx.HTTPError:
            self.failed += 1
            return None
        self.times[kind].append((time.perf_counter() - begun) * 1e3)
        if answer.status_code >= 400:
            self.failed += 1
            return None
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.content


@asynccontextmanager
async def following(url: str, told: Told) -> AsyncIterator[None]:
    """Live events, as an open page follows them."""

    async def follow() -> None:
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("GET", f"{url}/api/v1/events") as answer,
        ):
            async for line in answer.aiter_lines():
                told.heard += line.startswith("event: images")

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def session(url: str, number: int, seconds: float, told: Told) -> None:
    """One person: opens a view, scrolls, jumps, filters, searches."""
    rng = random.Random(number)
    await asyncio.sleep(rng.random() * 2)
    end = time.perf_counter() + seconds
    async with following(url, told), httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as client:
        while time.perf_counter() < end:
            thing, place = rng.choice(THINGS), rng.choice(PLACES)
            view = rng.choice(({}, {}, {"q": thing}, {"tag": place}))
            index, *_ = await asyncio.gather(
                told.ask("index of a view", client.get("/images/index", params={"every": EVERY, **view})),
                told.ask("counts", client.get("/facets", params=view)),
                told.ask("gallery page", client.get("/images", params={"limit": PAGE, "thumbnails": True, **view})),
            )  # fmt: skip
            anchors = (index or {}).get("anchors") or [None]
            place_in_view = 0
            for step in range(10):
                if time.perf_counter() > end:
                    return
                # Mostly on, now and then somewhere else.
                place_in_view = rng.randrange(len(anchors)) * EVERY if step % 4 == 3 else place_in_view + PAGE
                anchor = min(place_in_view // EVERY, len(anchors) - 1)
                asked = {"limit": PAGE, "skip": place_in_view % EVERY, "thumbnails": True, **view}
                if anchors[anchor]:
                    asked["cursor"] = anchors[anchor]
                await told.ask("gallery page", client.get("/images", params=asked))
                await asyncio.sleep(SCROLLED * rng.uniform(0.5, 1.5))


def mixed(client: httpx.AsyncClient, ids: list[str], rng: random.Random) -> tuple[str, Awaitable[httpx.Response]]:
    """What a program asks for next."""
    kind = rng.choices(list(MIX), list(MIX.values()))[0]
    one = rng.choice(ids)
    if kind == "thumbnail":
        return kind, client.get(f"/images/{one}/thumbnail")
    if kind == "page of 100":
        return kind, client.get("/images", params={"limit": 100, "tag": rng.choice(PLACES)})
    if kind == "one picture":
        return kind, client.get(f"/images/{one}")
    if kind == "counts":
        return kind, client.get("/facets", params={"q": rng.choice(THINGS)})
    if kind == "completion":
        return kind, client.get("/query/complete", params={"q": f"tag:{rng.choice(PLACES)[:2]}"})
    return kind, client.patch(f"/images/{one}", json={"rating": rng.randrange(6)}, headers={"If-Match": "*"})


async def programs(url: str, ids: list[str], rate: float, seconds: float, told: Told, *, bare: bool = False) -> float:
    """Ask at a rate, whatever the answers do; returns how many a second were answered."""
    rng = random.Random(7)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    root = url if bare else f"{url}/api/v1"
    under_way: set[asyncio.Task[Any]] = set()
    async with httpx.AsyncClient(base_url=root, timeout=60, limits=limits) as client:
        begun = time.perf_counter()
        for number in itertools.count():
            due = begun + number / rate
            if due - begun > seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if len(under_way) >= MOST_OPEN:
                told.failed += 1
                continue
            kind, coming = ("bare route", client.get("/page")) if bare else mixed(client, ids, rng)
            task = asyncio.create_task(told.ask(kind, coming, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        return sum(map(len, told.times.values())) / (time.perf_counter() - begun)


async def loaded(url: str, ids: list[str], sessions: int, rate: float, seconds: float) -> dict[str, Any]:
    """Sessions and programs at a time."""
    people, asking = Told(), Told()
    everyone = [asyncio.create_task(session(url, number, seconds, people)) for number in range(sessions)]
    await asyncio.sleep(2)
    answered = await programs(url, ids, rate, seconds - 2, asking)
    await asyncio.gather(*everyone)
    return {
        "answered a second": answered, "failed": people.failed + asking.failed, "events heard": people.heard,
        "people": dict(people.times), "programs": dict(asking.times),
    }  # fmt: skip


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=100, help="people with an open gallery")
    parser.add_argument("--rates", default="50,100,200", help="requests of programs a second, one run after the other")
    parser.add_argument("--seconds", type=float, default=15, help="of each run")
    given = parser.parse_args()
    logs.configure("error")
    figures: dict[str, Any] = {"records": given.records, "sessions": given.sessions, "runs": {}}
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name, library(Path(name)) as stores:
        fill(stores, given.records)
        faces = pictures(stores)
        uri = stores.settings.mongo_uri
        assert uri is not None
        environment = {"DARKROOM_HOME": name, "DARKROOM_MONGO_URI": uri.get_secret_value(), "BENCH_FOLDER": name}
        with served("benchmarks.bench_rest:ours", "/api/v1/images", environment) as here:
            page = httpx.get(f"{here}/api/v1/images?limit=500", timeout=60)
            ids = [one["id"] for one in page.json()["items"]]
            # The first question after a start makes the columnar copy.
            httpx.get(f"{here}/api/v1/facets", timeout=300)
            (Path(name) / "page").write_bytes(httpx.get(f"{here}/api/v1/images?limit=100").content)
            (Path(name) / "thumbnail").write_bytes(faces[0])
            with served("benchmarks.bench_rest:bare", "/page", environment) as peer:
                for rate in map(float, given.rates.split(",")):
                    run = asyncio.run(loaded(here, ids, given.sessions, rate, given.seconds))
                    plain = Told()
                    run["bare route a second"] = asyncio.run(
                        programs(peer, ids, rate, given.seconds - 2, plain, bare=True)
                    )
                    run["bare route"] = dict(plain.times)
                    figures["runs"][f"{rate:g}"] = run
    told(figures)
    save("load", json.loads(json.dumps(figures)))


def told(figures: dict[str, Any]) -> None:
    """Tables of what was measured."""
    for rate, run in figures["runs"].items():
        rows = [
            (f"{who}: {kind}", float(len(times)), percentile(times, 0.5), percentile(times, 0.95))
            for who in ("people", "programs")
            for kind, times in sorted(run[who].items())
        ]
        plain = run["bare route"]["bare route"]
        rows.append(
            ("a bare route alone, as often", float(len(plain)), percentile(plain, 0.5), percentile(plain, 0.95))
        )
        table(
            f"{figures['sessions']} sessions and {rate} requests a second: {run['answered a second']:.0f} answered a second, "
            f"{run['failed']} failed, {run['events heard']} events heard",
            ("milliseconds", "requests", "p50", "p95"), rows,
        )  # fmt: skip


if __name__ == "__main__":
    main()
