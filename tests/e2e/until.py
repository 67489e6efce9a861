"""Waiting for what a page comes to.

Playwright's own `wait_for_function` evaluates strings inside the page, which our Content-Security-Policy forbids.
"""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

THUMBNAILS = "document.querySelectorAll('.dr-cell img.dr-seen').length > 10"
"""A screen full of pictures has been decoded."""


def until(page: Page, expression: str, seconds: float = 20) -> Any:
    """Ask the page again and again; the first true value."""
    end = time.monotonic() + seconds
    while True:
        if value := page.evaluate(expression):
            return value
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(50)


def settled(page: Page, expression: str, seconds: float = 20) -> Any:
    """What an expression comes to once it stays the same for half a second."""
    end = time.monotonic() + seconds
    found, same = page.evaluate(expression), 0
    while same < 10:
        page.wait_for_timeout(50)
        now = page.evaluate(expression)
        found, same = now, same + 1 if now == found else 0
        assert time.monotonic() < end, f"never settled: {expression}"
    return found
