"""The production build in a real browser: served by granian over a real mongod, as the supervisor does it.

The browser is Chromium. `DARKROOM_TEST_BROWSER=firefox` runs the same tests in the Firefox that is installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response, expect, sync_playwright

from frontend import build
from tests.e2e.firefox import INSERTS, firefox
from tests.e2e.site import Site
from tests.servers import MongoServer

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--font-render-hinting=none", "--force-color-profile=srgb"]  # fmt: skip

# What is awaited comes in a moment; on a machine that does other things at the same time, a moment is longer.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser."""
    for item in items:
        if {"playwright", "window"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium or Playwright's own; without one, what needs it is skipped."""
    if os.environ.get("DARKROOM_TEST_BROWSER") == "firefox":
        with firefox(playwright) as browser:
            yield browser
        return
    found = next(filter(None, map(shutil.which, PROGRAMS)), None) or playwright.chromium.executable_path
    if not Path(found).exists():
        pytest.skip("no Chromium: `make browser` obtains one")
    browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def web_build() -> None:
    """The web app, built from the present sources."""
    build.build()


@pytest.fixture(scope="session")
def site(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running web app with 36 pictures, shared by the session: leave its pictures as they are, or add to them."""
    with Site(mongod, tmp_path_factory.mktemp("site")) as site:
        site.fill(36)
        yield site


@dataclass
class Visitor:
    """Somebody with a browser window."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    """Errors on the console and exceptions of the page."""
    refused: list[str] = field(default_factory=list)
    """Method, path and status of every answer from 400 on: the browser's console names no address."""

    def note(self, got: Response) -> None:
        """Take note of an answer; one of 500 or more is a complaint."""
        if got.status < 400:
            return
        told = f"{got.request.method} {got.url.removeprefix(self.url)} {got.status}"
        self.refused.append(told)
        if got.status >= 500:
            self.complaints.append(told)

    def go(self, address: str = "/") -> Page:
        """Open a page of the app."""
        self.page.goto(self.url + address, wait_until="load")
        return self.page


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens browser windows; at the end no page may have complained."""
    visitors: list[Visitor] = []
    # What other tests did to pictures in Develop is kept for everybody here: all of them are the local person.
    site.library.stores.database.collection("develop_histories").delete_many({})

    def open_window(*, width: int = 1440, height: int = 900, dark: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            has_touch=width < 500,
        )
        context.set_default_timeout(20_000)
        # Somebody who has seen the set-up screen before and chose to go on without accounts.
        context.add_init_script("try { localStorage.setItem('darkroom.setup.later', 'true') } catch {}")
        if browser.browser_type.name == "firefox":
            context.add_init_script(INSERTS)
        visitor = Visitor(context, context.new_page(), site.url)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.on("console", lambda said: said.type == "error" and visitor.complaints.append(said.text))
        visitor.page.on("response", visitor.note)
        visitors.append(visitor)
        return visitor

    yield open_window
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    refused = [answer for visitor in visitors for answer in visitor.refused]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == [], "refused: " + ("; ".join(refused) or "nothing")
