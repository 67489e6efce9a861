"""The gallery in a real Chromium over a large library, beside a plain page of the same pictures.

    python -m benchmarks.bench_browser                     # 100,000 pictures
    python -m benchmarks.bench_browser --records 1000000   # the size the targets are set for

The production build over a real mongod. The peer is what comes without an effort: one page of `<img loading=lazy>`, which no
browser carries beyond some ten thousand pictures, so it gets that many and no more. Without a graphics card Chromium paints
with the processor that everything else runs on: frames a second are those of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from pydantic import SecretStr

from benchmarks.bench_gallery import PLACES, THINGS, fill, library
from benchmarks.report import percentile, save, table
from benchmarks.stack import serving
from darkroom import logs
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.supervisor.ports import free_port
from frontend import build
from frontend.serve import serve_command
from scripts.browser import on_path

PEER = 10_000
JUMPS = 20
FACES = 64
TEMPLATES = 4000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--js-flags=--expose-gc",
]

WATCH = """
localStorage.setItem('darkroom.setup.later', 'true');
window.bench = { longest: 0, tasks: 0, first: null, shifted: 0 };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.bench.shifted += one.value;
}).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) { window.bench.tasks += 1; window.bench.longest = Math.max(window.bench.longest, one.duration); }
}).observe({ type: 'longtask', buffered: true });
(function look() {
  const image = document.querySelector('.dr-cell img.dr-seen, .peer img');
  if (image && image.complete && image.naturalWidth) window.bench.first = performance.now();
  else requestAnimationFrame(look);
})();
"""

SCROLL = """async ([selector, seconds]) => {
  const grid = document.querySelector(selector) || document.scrollingElement, frames = [];
  let last = performance.now();
  for (const end = last + seconds * 1000; last < end;) {
    grid.scrollTop += 60;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames;
}"""

JUMP = """async ([selector, share, cells]) => {
  const grid = document.querySelector(selector) || document.scrollingElement, begun = performance.now();
  grid.scrollTo(0, (grid.scrollHeight - grid.clientHeight) * share);
  for (;;) {
    await new Promise(requestAnimationFrame);
    const box = (document.querySelector(selector) || document.documentElement).getBoundingClientRect();
    const shown = [...document.querySelectorAll(cells)].filter((one) => {
      const at = one.getBoundingClientRect();
      return at.bottom > box.top && at.top < Math.min(innerHeight, box.top + grid.clientHeight);
    });
    const ready = shown.filter((one) => {
      const image = one.matches('img') ? one : one.querySelector('img.dr-seen');
      return image && image.complete && image.naturalWidth;
    });
    if (shown.length > 8 && ready.length === shown.length) return performance.now() - begun;
    if (performance.now() - begun > 20000) return 20000;
  }
}"""


@dataclass(frozen=True)
class Shown:
    """A page to be measured."""

    url: str
    scroller: str
    """Selector of what scrolls."""
    cells: str
    """Selector of what shows a picture."""


def pictures(stores: Stores) -> list[bytes]:
    """Put a thumbnail where each of the templates that the records are made from looks for its own."""
    rng = np.random.default_rng(5)
    faces = []
    for _ in range(FACES):
        small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), np.uint8)).resize((256, 192), Image.Resampling.BICUBIC)
        out = BytesIO()
        small.save(out, "WEBP", quality=80)
        faces.append(out.getvalue())
    for number in range(TEMPLATES):
        stores.blobs.put("renditions", f"{number:064x}", faces[number % FACES], durable=False)
    return faces


@contextmanager
def served(home: Path, uri: SecretStr) -> Iterator[str]:
    """The web app as in production."""
    settings = Settings.load(home=home, mongo_uri=uri, web_port=free_port(), dagster_port=free_port(), samples=False)
    arguments, variables, folder = serve_command(settings)
    probe = f"{settings.web_url}/api/v1/health"
    with serving(arguments, probe, environment=variables, folder=folder):
        yield settings.web_url


@contextmanager
def peer_page(folder: Path, faces: list[bytes]) -> Iterator[Shown]:
    """A page of lazy pictures, from a server that does nothing else."""
    for number, face in enumerate(faces):
        (folder / f"{number}.webp").write_bytes(face)
    images = "".join(f'<img loading=lazy width=200 height=150 src="{at % FACES}.webp?{at}">' for at in range(PEER))
    (folder / "index.html").write_text(f"<!doctype html><body class=peer style='background:#111'>{images}")
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    url = f"http://127.0.0.1:{port}/"
    with serving(command, url):
        yield Shown(url, "no-such-element", "img")


def heap_mb(session: CDPSession) -> float:
    """Memory of scripts once what is no longer needed is gone."""
    session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(found["JSHeapUsedSize"]) / 1e6


class Wire:
    """Counts the bytes that come to a page, as they travel: compressed, with their headers."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        session.on("Network.loadingFinished", lambda one: self._add(one["encodedDataLength"]))
        session.send("Network.enable")

    def _add(self, more: float) -> None:
        self.bytes += int(more)

    def kb(self) -> float:
        """Those since this was asked last."""
        found, self.bytes = self.bytes / 1e3, 0
        return found


def opened(browser: Browser, shown: Shown) -> tuple[Page, CDPSession, Wire]:
    """The page in a browser that has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    wire = Wire(session)
    page.goto(shown.url)
    end = time.monotonic() + 60
    while page.evaluate("window.bench.first") is None:
        assert time.monotonic() < end, f"no picture on {shown.url}"
        page.wait_for_timeout(20)
    return page, session, wire


def looked_at(browser: Browser, shown: Shown, seconds: float) -> dict[str, Any]:
    """First picture, frames, jumps, tasks, bytes on the wire, heap and elements."""
    firsts = []
    for _ in range(3):
        page, session, wire = opened(browser, shown)
        firsts.append(page.evaluate("window.bench.first"))
        if len(firsts) < 3:
            page.context.close()
    loading = page.evaluate("window.bench.longest")
    page.wait_for_timeout(1500)
    shifted = page.evaluate("window.bench.shifted")
    begin = wire.kb()
    page.evaluate("window.bench.longest = 0")
    frames = page.evaluate(SCROLL, [shown.scroller, seconds])
    rolled = wire.kb()
    shares = [(number * 7919 % 1000) / 1000 for number in range(1, JUMPS + 1)]
    jumps = [page.evaluate(JUMP, [shown.scroller, share, shown.cells]) for share in shares]
    figures = {
        "first picture, ms": percentile(firsts, 0.5),
        "frames a second": 1000 * len(frames) / sum(frames),
        "frame p95, ms": percentile(frames, 0.95),
        "jump p50, ms": percentile(jumps, 0.5),
        "jump p95, ms": percentile(jumps, 0.95),
        "longest task while loading, ms": loading,
        "longest task after it, ms": page.evaluate("window.bench.longest"),
        "layout shift while loading, thousandths": 1000 * shifted,
        "to the first screen, kB": begin,
        "while scrolling, kB a second": rolled / seconds,
        "a jump, kB": wire.kb() / JUMPS,
        "heap, MB": heap_mb(session),
        "elements": page.evaluate("document.querySelectorAll('*').length"),
    }
    page.context.close()
    return figures


def grouped(browser: Browser, shown: Shown, seconds: float) -> dict[str, dict[str, float]]:
    """Frames while scrolling where headings stand between the pictures, in each layout that has them."""
    found = {}
    for name, query in (("by day", "?group=day"), ("by tag, in rows", "?group=tag&layout=rows")):
        page, *_ = opened(browser, replace(shown, url=f"{shown.url}/{query}"))
        page.wait_for_timeout(1500)
        page.evaluate("window.bench.longest = 0")
        frames = page.evaluate(SCROLL, [shown.scroller, seconds])
        found[name] = {
            "frames a second": 1000 * len(frames) / sum(frames), "frame p95, ms": percentile(frames, 0.95),
            "longest task, ms": page.evaluate("window.bench.longest"),
        }  # fmt: skip
        page.context.close()
    return found


def asked(browser: Browser, shown: Shown) -> dict[str, float]:
    """From a word or a click to its count and its pictures."""
    page, *_ = opened(browser, shown)
    times: dict[str, list[float]] = {"search, ms": [], "filter, ms": []}
    number = "document.querySelector('.dr-context p')?.textContent"
    ready = "[...document.querySelectorAll('.dr-cell')].length > 8 && document.querySelectorAll('.dr-cell img.dr-seen').length > 8"
    for thing, place in zip(THINGS, PLACES, strict=True):
        for kind, address in (("search, ms", f"?q={thing}"), ("filter, ms", f"?tag={place}")):
            before = page.evaluate(number)
            begun = time.perf_counter()
            page.evaluate(f"history.pushState({{}}, '', '/{address}'); dispatchEvent(new PopStateEvent('popstate'))")
            while page.evaluate(number) == before or not page.evaluate(ready):
                page.wait_for_timeout(5)
                if time.perf_counter() - begun > 20:
                    break
            times[kind].append((time.perf_counter() - begun) * 1e3)
    page.context.close()
    return {kind: percentile(found, 0.5) for kind, found in times.items()}


async def followed(url: str, sessions: int, changes: int) -> dict[str, float]:
    """Sessions that follow what happens while a picture is changed again and again."""
    clients = [httpx.AsyncClient(timeout=60) for _ in range(sessions)]
    asking = httpx.AsyncClient(timeout=60)
    got = [0] * sessions
    times: list[float] = []
    begun = {"at": 0.0}
    ready = asyncio.Semaphore(0)
    arrived = asyncio.Semaphore(0)

    async def follow(number: int) -> None:
        async with clients[number].stream("GET", f"{url}/api/v1/events") as answer:
            ready.release()
            async for line in answer.aiter_lines():
                got[number] += len(line) + 1
                if line.startswith("event: images.updated"):
                    times.append((time.perf_counter() - begun["at"]) * 1e3)
                    arrived.release()

    tasks = [asyncio.create_task(follow(number)) for number in range(sessions)]
    for _ in tasks:
        await ready.acquire()
    await asyncio.sleep(1)
    image = (await asking.get(f"{url}/api/v1/images?limit=1")).json()["items"][0]["id"]
    for change in range(changes):
        begun["at"] = time.perf_counter()
        answer = await asking.patch(
            f"{url}/api/v1/images/{image}", json={"rating": change % 5 + 1}, headers={"If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text
        for _ in tasks:
            await asyncio.wait_for(arrived.acquire(), 30)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for client in [*clients, asking]:
        await client.aclose()
    return {
        "sessions": sessions,
        "change to session p50, ms": percentile(times, 0.5),
        "change to session p95, ms": percentile(times, 0.95),
        "bytes a change and session": sum(got) / sessions / changes,
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=100, help="that follow what happens")
    parser.add_argument("--seconds", type=float, default=5, help="of scrolling")
    given = parser.parse_args()
    logs.configure("error")
    build.build()
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as name, library(Path(name)) as stores:
        fill(stores, given.records)
        faces = pictures(stores)
        (Path(name) / "peer").mkdir()
        uri = stores.settings.mongo_uri
        assert uri is not None
        with served(Path(name), uri) as url, sync_playwright() as playwright:
            # What a library has from the day it began: the columnar copy of its records, which takes minutes for a million.
            httpx.get(f"{url}/api/v1/images?limit=1", timeout=900).raise_for_status()
            browser = playwright.chromium.launch(executable_path=on_path(), args=ARGUMENTS)
            ours = Shown(url, ".dr-grid", ".dr-cell")
            figures: dict[str, Any] = {"records": given.records, "ours": looked_at(browser, ours, given.seconds)}
            with peer_page(Path(name) / "peer", faces) as peer:
                figures["peer"] = looked_at(browser, peer, given.seconds)
            figures["grouped"] = grouped(browser, ours, given.seconds)
            figures["asked"] = asked(browser, ours)
            browser.close()
        with served(Path(name), uri) as url:
            figures["live"] = asyncio.run(followed(url, given.sessions, 10))
    rows = [(what, value, figures["peer"][what]) for what, value in figures["ours"].items()]
    table(f"{given.records:,} pictures, beside {PEER:,} in a plain page", ("what", "Darkroom", "plain page"), rows)
    groups = [(name, *found.values()) for name, found in figures["grouped"].items()]
    table("Scrolled with groups", ("groups", "frames a second", "frame p95, ms", "longest task, ms"), groups)
    table("From a word or a filter to its pictures", ("what", "p50"), list(figures["asked"].items()))
    table("Followed live", ("what", ""), list(figures["live"].items()))
    save(f"browser-{given.records}", json.loads(json.dumps(figures)))


if __name__ == "__main__":
    main()
