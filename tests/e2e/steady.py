"""A window in which the same site always looks the same: the clock stands, and so does what was measured."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Route

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
BEFORE = "2026-12-01T11:00:00Z"
_MEASURED = re.compile("/(training|models|reports|datasets|queue|batches|runs|health|failures|uploads)")
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+]00:00)")
_TOLD = re.compile(r"/api/v1/(?!events)[a-z-]+(?!.*/(thumbnail|preview|original|tiles|recipe-preview))")
SAME = {
    "agent": "A browser",
    "address": "127.0.0.1",
    "inbox": "/home/ada/inbox",
    "version": "1.0.0",
    "cause": "It does not answer.",
}
DYNAMIC = (
    "code",
    ".dr-empty-path",
    ".dr-failure-path",
    ".dr-audit-facts",
    ".dv-empty img",
    ".dr-collection-cover img",
    "[data-sonner-toaster]",
    ".dl-charts",
    ".ds-shown .dl-chart",
    ".dl-matrix",
    ".dl-calibration",
)
"""What no two machines show alike: paths in the system's typeface, curves of a training, pictures in the order in which they came."""

_PLUGIN = {
    "name": "acme", "version": "1.2.0", "summary": "Frames and edges for shops", "licence": "Apache-2.0", "author": "Acme",
    "operations": {"dim_edges": 1, "frame": 3}, "asked": [], "granted": [], "memory_mb": 512, "seconds": 30, "golden": 4,
    "digest": "5f" * 32, "enabled": True, "cause": None,
}  # fmt: skip
_LACKING = {"name": "telling", "summary": "Captions from elsewhere", "author": "", "asked": ["network"], "cause": "It needs network here, which was not granted; install it again."}  # fmt: skip
PLUGINS = {
    "items": [_PLUGIN, _PLUGIN | {"name": "older", "enabled": False}, _PLUGIN | _LACKING],
    "broken": [{"name": "torn", "cause": "The folder of the plug-in torn is damaged; install it again."}],
    "enforced": {"files": True, "network": True, "processes": True, "memory": False},
}
"""Plug-ins in each of their states; what a system holds them to differs."""


def steady(context: BrowserContext) -> None:
    """Let the clock of its pages stand, and what is measured or dated be told alike each time."""
    context.clock.set_fixed_time(NOW)
    context.route(_TOLD, _tell)
    context.route("**/develop-history", _nothing_done)
    context.route("**/api/v1/plugins", lambda route: route.fulfill(json=PLUGINS))


def _nothing_done(route: Route) -> None:
    """Nothing was done to any picture in another window, and what is done here is kept."""
    nothing = {"steps": [], "rests": [], "states": [], "at": 0, "snapshots": [], "revision": 0, "changed_at": None}
    route.fulfill(json=nothing if route.request.method == "GET" else nothing | {"revision": 1})


def _tell(route: Route) -> None:
    if route.request.method != "GET":
        route.continue_()
        return
    try:
        answer = route.fetch()
        if "json" not in answer.headers.get("content-type", ""):
            route.fulfill(response=answer)
            return
        measured = bool(_MEASURED.search(route.request.url))
        route.fulfill(response=answer, body=json.dumps(_same(answer.json(), measured)))
    except Error:
        # The page that asked is gone.
        return


def _same(value: Any, measured: bool, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _same(one, measured, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_same(one, measured, key) for one in value]
    if isinstance(value, str):
        if key in SAME:
            return SAME[key]
        return BEFORE if key != "taken_at" and _MOMENT.fullmatch(value) else value
    if measured and isinstance(value, float):
        return 0.75
    return value


def picture(page: Page) -> bytes:
    """What the window shows, without what differs from machine to machine."""
    return page.screenshot(
        animations="disabled", caret="hide", mask=[page.locator(one) for one in DYNAMIC], mask_color="#888"
    )
