"""Every page, and what opens on it, in light and dark, from a phone to a desk: usable by everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from frontend.build import WEB
from tests.e2e.axe import violations
from tests.e2e.furnished import furnish, signed_in
from tests.e2e.sights import OPENED, PAGES, TABLET, Sight, calm
from tests.e2e.site import Site
from tests.e2e.until import until
from tests.servers import MongoServer

THEMES = ("light", "dark")


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
            windows[inside, phone] = (context, context.new_page())
        return windows[inside, phone][1]

    def open_sight(sight: Sight, width: int) -> Page:
        page = window(sight.inside, width < 500)
        page.set_viewport_size({"width": width, "height": 844 if width < 500 else 900})
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


@pytest.mark.parametrize("sight", [*PAGES, *OPENED], ids=lambda sight: sight.name)
def test_axe_finds_nothing(look, sight):
    found = {}
    for width in (width for width in sight.widths if width != TABLET):
        page = look(sight, width)
        for theme in THEMES:
            themed(page, theme)
            if wrong := violations(page):
                found[f"{theme}, {width} px"] = wrong
    assert found == {}
