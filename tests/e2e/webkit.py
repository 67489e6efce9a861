"""The WebKit that is installed (WebKitGTK), on a screen that nobody sees.

WebKitGTK speaks the classic WebDriver, which Playwright does not: Selenium drives it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

DRIVER = "WebKitWebDriver"
BROWSERS = "webkit2gtk-4.*/MiniBrowser"
WAIT = 20.0


@contextmanager
def screen() -> Iterator[str]:
    """A screen in memory; gives its name."""
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1600x1100x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writes,), stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as said:
            yield f":{said.readline().strip()}"
    finally:
        server.terminate()
        server.wait(20)


def found() -> tuple[str, str]:
    """The driver and the browser; without them, what needs them is skipped."""
    driver = shutil.which(DRIVER)
    browser = next((str(path) for folder in Path("/usr/lib").glob("*") for path in sorted(folder.glob(BROWSERS))), None)
    if driver is None or browser is None or shutil.which("Xvfb") is None:
        pytest.skip("no WebKit: `make browser` obtains one (packages webkit2gtk-driver and xvfb)")
    return driver, browser


@contextmanager
def webkit() -> Iterator[WebKitGTK]:
    """Start it, 1440 pixels wide."""
    driver, browser = found()
    options = Options()
    options.binary_location = browser
    options.add_argument("--automation")
    with screen() as display:
        # Its sandbox needs user namespaces, which containers and root seldom have; it meets our own pages only.
        variables = {**os.environ, "DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        try:
            window = WebKitGTK(options=options, service=Service(driver, env=variables))
        except WebDriverException as error:
            pytest.skip(f"WebKit does not start here: {error.msg}")
        try:
            window.set_window_size(1440, 900)
            yield window
        finally:
            window.quit()


def until(window: WebKitGTK, look: str | Callable[[], Any], words: str = "") -> Any:
    """Ask again and again: an expression of the page, or a function; the first true value."""
    ask = (lambda: window.execute_script(f"return {look}")) if isinstance(look, str) else look
    end = time.monotonic() + WAIT
    while True:
        try:
            if value := ask():
                return value
        except StaleElementReferenceException:
            pass
        assert time.monotonic() < end, f"never true: {words or look}"
        time.sleep(0.05)
