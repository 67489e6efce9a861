"""Every page, and what opens on it, in light and dark, from a phone to a desk: usable by everybody."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from frontend.build import WEB
from tests.e2e import snapshots
from tests.e2e.axe import violations
from tests.e2e.furnished import furnish, signed_in
from tests.e2e.sights import OPENED, PAGES, TABLET, Sight, calm
from tests.e2e.site import Site
from tests.e2e.steady import picture, steady
from tests.e2e.until import until
from tests.servers import MongoServer

THEMES = ("light", "dark")
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value; })
  .observe({ type: "layout-shift", buffered: true });"""
MOST_SHIFTED = 0.1
"""Cumulative layout shift that web vitals call good."""


@dataclass(frozen=True)
class Furnished:
    """A site, ids of what addresses name, and the cookies of who looks."""

    site: Site
    ids: dict[str, str]
    cookies: StorageState


@pytest.fixture(scope="module")
def furnished(
    web_build: None, mongod: MongoServer, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Furnished]:
    """A site of its own, whose first account shuts everybody else out."""
    with Site(mongod, tmp_path_factory.mktemp("sights"), database="e2e_sights") as site:
        ids = furnish(site)
        yield Furnished(site, ids, signed_in(browser, site))


@pytest.fixture(scope="module")
def look(browser: Browser, furnished: Furnished) -> Iterator[Callable[[Sight, int], Page]]:
    """Opens sights, in one window for each kind of visitor: whose scripts are cached, whose memory is emptied."""
    windows: dict[tuple[bool, bool], tuple[BrowserContext, Page]] = {}

    def window(inside: bool, phone: bool) -> Page:
        if (inside, phone) not in windows:
            context = browser.new_context(
                reduced_motion="reduce", has_touch=phone, storage_state=furnished.cookies if inside else None
            )
            context.set_default_timeout(20_000)
            steady(context)
            context.add_init_script(SHIFTS)
            windows[inside, phone] = (context, context.new_page())
        return windows[inside, phone][1]

    def open_sight(sight: Sight, width: int) -> Page:
        page = window(sight.inside, width < 500)
        page.set_viewport_size({"width": width, "height": sight.height(width)})
        page.emulate_media(color_scheme="light")
        page.evaluate("try { localStorage.clear() } catch {}")
        page.goto(furnished.site.url + sight.address.format(**furnished.ids))
        if sight.steps:
            sight.steps(page)
        return page

    yield open_sight
    for context, _ in windows.values():
        context.close()


def themed(page: Page, theme: str) -> None:
    """Wear a theme, and wait until nothing changes any more."""
    page.emulate_media(color_scheme=theme)
    until(page, f"document.querySelector('.radix-themes')?.classList.contains('{theme}')")
    calm(page)


def test_every_page_of_the_app_is_looked_at(web_build):
    folder = WEB / "build" / "client"
    routes = {f"/{path.parent.relative_to(folder)}".replace("/.", "/") for path in folder.rglob("index.html")}
    assert {sight.route for sight in PAGES} == routes
    assert {sight.route for sight in OPENED} <= routes


BEYOND = """[...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `${one.tagName.toLowerCase()}.${one.className}`).slice(0, 5).join(", ")"""
"""The first elements that reach beyond the window."""


def wrong(page: Page, sight: Sight, width: int, kept: Callable[[str, bytes], str | None]) -> Iterator[str]:
    """What is to be said of a sight in both themes."""
    for theme in THEMES:
        themed(page, theme)
        said = [] if width == TABLET else violations(page)
        if (beyond := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            said.append(f"the page reaches {beyond} px beyond the window: {page.evaluate(BEYOND)}")
        if sight in PAGES and (complaint := kept(f"{sight.name}-{theme}-{width}", picture(page))):
            said.append(complaint)
        yield from (f"{theme}, {width} px: {one}" for one in said)


@pytest.fixture
def kept(request: pytest.FixtureRequest, browser: Browser) -> Callable[[str, bytes], str | None]:
    """Compares with the pictures that are kept, of the same release of the browser; `--snapshot-update` keeps them anew."""
    release = browser.version.partition(".")[0]
    if request.config.option.update_snapshots:
        snapshots.RELEASE.write_text(f"{release}\n")
        return snapshots.keep
    if release != snapshots.RELEASE.read_text().strip():
        warnings.warn(f"pages are not compared: the pictures are of another Chromium than {release}", stacklevel=1)
        return lambda _name, _png: None
    return snapshots.complaint


@pytest.mark.parametrize("sight", PAGES, ids=lambda sight: sight.name)
def test_a_page_is_there_for_everybody_and_looks_as_it_did(look, kept, sight):
    page = look(sight, max(sight.widths))
    said = []
    for width in sight.widths:
        page.set_viewport_size({"width": width, "height": sight.height(width)})
        said += wrong(page, sight, width, kept)
        if width == max(sight.widths) and (shifted := page.evaluate("window.shifted")) > MOST_SHIFTED:
            said.append(f"what is there moves while the rest comes: {shifted:.3f}")
    assert said == []


@pytest.mark.parametrize("sight", OPENED, ids=lambda sight: sight.name)
def test_what_opens_is_there_for_everybody(look, kept, sight):
    said = []
    for width in sight.widths:
        said += wrong(look(sight, width), sight, width, kept)
    assert said == []
