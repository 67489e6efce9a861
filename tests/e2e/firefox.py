"""The Firefox that is installed, driven by Playwright."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright

PROGRAMS = ("firefox-esr", "firefox")
PREFERENCES = {
    "ui.prefersReducedMotion": 1,
    "ui.systemUsesDarkTheme": 1,
    "layout.css.prefers-color-scheme.content-override": 0,
}
"""What its visitors want: it can't be told for each window (`tests/e2e/bidi.py`)."""
INSERTS = """Object.defineProperty(window, "__pw_bidiInsertText", {
  get: () => (text) => void document.execCommand("insertText", false, text), set() {} })"""
"""Puts text into fields as somebody who pastes it: Playwright's own way, past the page's keys, is none that React hears of."""
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """Start it; without one, what needs it is skipped."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip("no Firefox: `make browser` obtains one")
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "firefox"
        start.write_text(f"#!/bin/sh\ncd '{ROOT}' && exec '{sys.executable}' -m tests.e2e.bidi '{found}' \"$@\"\n")
        start.chmod(stat.S_IRWXU)
        try:
            browser = playwright.firefox.launch(
                channel="moz-firefox", executable_path=start, firefox_user_prefs=PREFERENCES, timeout=60_000
            )
        except Error as error:
            pytest.skip(f"Firefox does not start here: {error.message}")
        yield browser
        browser.close()
