"""A library far larger than a test can make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, Route

from tests.e2e.site import Site


def pretend(page: Page, site: Site, total: int, begun: Callable[[], bool] = lambda: False) -> list[str]:
    """Answer for a library of `total` pictures, all of which look like the few that are there.

    Args:
        page: whose requests are answered.
        site: that has thirty pictures at least.
        total: of the library.
        begun: whether it is not known yet where pages begin, as while the columnar copy is being built.

    Returns:
        The addresses that were asked for.
    """
    known = site.get("/api/v1/images?limit=30").json()["items"]
    asked: list[str] = []

    def answer(route: Route) -> None:
        address = urlparse(route.request.url)
        query = parse_qs(address.query)
        asked.append(route.request.url)
        if address.path.endswith("/index"):
            every = int(query["every"][0])
            if begun():
                known_yet = {"total": total, "every": every, "anchors": [None], "marks": [], "seq": 1, "whole": False}
                route.fulfill(json=known_yet)
                return
            anchors = [None, *(f"at-{start}" for start in range(every, total, every))]
            marks = [{"position": start, "value": "2026-01-01T00:00:00Z"} for start in range(every, total, total // 20)]
            route.fulfill(json={"total": total, "every": every, "anchors": anchors, "marks": marks, "seq": 1})
            return
        start = int(query.get("cursor", ["at-0"])[0].removeprefix("at-")) + int(query.get("skip", ["0"])[0])
        items = [
            {**known[at % 30], "name": f"number-{at}"}
            for at in range(start, min(total, start + int(query["limit"][0])))
        ]
        route.fulfill(
            body=json.dumps({"items": items, "total": total, "next_cursor": None}), content_type="application/json"
        )

    page.route(re.compile(r"/api/v1/images(/index)?\?"), answer)
    return asked
