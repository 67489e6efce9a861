"""What a visitor with WebKit (Safari's engine) meets: the depth of a large library, choosing, an upload, and Develop."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Keys, WebKitGTK
from selenium.webdriver.common.by import By

from tests.e2e.site import Site
from tests.e2e.test_develop import BRIGHTNESS
from tests.e2e.test_upload import DROP
from tests.e2e.until import THUMBNAILS
from tests.e2e.webkit import until, webkit
from tests.pictures import jpeg

PRETEND = """
const [known, total] = arguments, real = window.fetch;
const json = (value) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
window.fetch = async (asked, ...more) => {
  const address = new URL(asked.url || asked, location);
  const every = Number(address.searchParams.get("every") || 0), limit = Number(address.searchParams.get("limit") || 0);
  if (/images\\/index$/.test(address.pathname)) {
    const anchors = Array.from({ length: total / every }, (_, at) => (at ? `at-${at * every}` : null));
    return json({ total, every, anchors, marks: [{ position: every, value: "2026-01-01T00:00:00Z" }], seq: 1 });
  }
  if (!/v1\\/images$/.test(address.pathname)) return real(asked, ...more);
  const start = Number((address.searchParams.get("cursor") || "at-0").slice(3)) + Number(address.searchParams.get("skip") || 0);
  const items = Array.from({ length: Math.min(limit, total - start) }, (_, at) => ({ ...known[(start + at) % known.length], name: `number-${start + at}` }));
  return json({ items, total, next_cursor: null });
};
"""
"""Answer in the page for a library of a size; WebDriver has no way to stand between a page and its server."""


@pytest.fixture(scope="module")
def window() -> Iterator[WebKitGTK]:
    with webkit() as window:
        yield window


@pytest.fixture
def gallery(window: WebKitGTK, site: Site) -> WebKitGTK:
    """The gallery, sorted by name, with pictures that other tests leave alone; by somebody who goes on without accounts."""
    window.get(site.url)
    window.execute_script("localStorage.setItem('darkroom.setup.later', 'true')")
    window.get(f"{site.url}/?sort=name&tag=ocean")
    until(window, THUMBNAILS)
    return window


def press(window: WebKitGTK, *keys: str) -> None:
    """Keys for what has the focus."""
    chain = ActionChains(window)
    for key in keys:
        chain.send_keys(key)
    chain.perform()


def dialog(window: WebKitGTK, name: str) -> None:
    """Wait for a dialog of that name."""
    until(
        window, f"document.querySelector('[role=dialog]')?.getAttribute('aria-label')?.startsWith({json.dumps(name)})"
    )


def test_any_depth_of_a_large_library_is_reached(gallery: WebKitGTK, site: Site) -> None:
    known = site.get("/api/v1/images?limit=30").json()["items"]
    gallery.execute_script(PRETEND, known, 1_000_000)
    gallery.execute_script(
        "history.pushState({}, '', '/?sort=-name'); dispatchEvent(new PopStateEvent('popstate', { state: {} }))"
    )
    until(gallery, "/1.000.000 pictures/.test(document.querySelector('.dr-context p').textContent)")
    gallery.execute_script("document.querySelector('.dr-grid').focus()")
    press(gallery, Keys.END)
    until(gallery, "document.getElementById('dr-cell-999999')?.getAttribute('aria-label')?.startsWith('number-999999')")
    until(gallery, """(() => {
      const cell = document.getElementById('dr-cell-999999').getBoundingClientRect();
      const grid = document.querySelector('.dr-grid').getBoundingClientRect();
      return grid.top <= cell.top && cell.bottom <= grid.bottom;
    })()""")  # fmt: skip
    gallery.execute_script(
        "const one = document.querySelector('.dr-grid'); one.scrollTo(0, (one.scrollHeight - one.clientHeight) / 2)"
    )
    first = "Number(document.querySelector('.dr-cell').id.slice(8))"
    until(gallery, f"{first} > 480000 && {first} < 520000 && {THUMBNAILS}")


def test_pictures_are_chosen_by_keys_and_seen_as_large_as_they_are(gallery: WebKitGTK) -> None:
    gallery.execute_script("document.querySelector('.dr-grid').focus()")
    press(gallery, Keys.ARROW_RIGHT, "x")
    ActionChains(gallery).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_up(
        Keys.SHIFT
    ).perform()
    until(gallery, "document.querySelector('.dr-chosen strong')?.textContent === '3 chosen'")
    press(gallery, Keys.ENTER)
    dialog(gallery, "picture-007.jpg")
    press(gallery, "z")
    until(gallery, "new DOMMatrix(getComputedStyle(document.querySelector('.dr-picture')).transform).a > 1")
    press(gallery, Keys.ESCAPE, Keys.ESCAPE)
    until(gallery, "!document.querySelector('[role=dialog]')")


def test_what_is_dropped_appears_by_itself_and_is_developed(gallery: WebKitGTK, site: Site) -> None:
    gallery.get(site.url)
    until(gallery, THUMBNAILS)
    data = base64.b64encode(jpeg(1701, width=900, height=600)).decode()
    gallery.execute_script(f"({DROP})(arguments[0])", [["kit-1701.jpg", data]])
    until(gallery, "/^kit-1701.jpg/.test(document.querySelector('.dr-cell').getAttribute('aria-label'))")
    gallery.find_element(By.CSS_SELECTOR, ".dr-cell").click()
    dialog(gallery, "kit-1701.jpg")
    press(gallery, "d")
    before = until(gallery, BRIGHTNESS)
    press(gallery, "/")
    until(gallery, "document.activeElement.matches('[role=combobox], input')")
    press(gallery, *"exposure", Keys.ENTER)
    until(gallery, f"{BRIGHTNESS} > {before} + 5")
    assert re.search(r"/develop\?", gallery.current_url)
