"""What a visitor with Firefox meets: the same, from the depth of a large library to a picture that is developed.

All other tests can be run there, too: `DARKROOM_TEST_BROWSER=firefox pytest tests/e2e`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.e2e.firefox import firefox
from tests.e2e.pretended import pretend
from tests.e2e.test_develop import add, brightness, settled
from tests.e2e.test_upload import upload
from tests.e2e.until import THUMBNAILS, until
from tests.pictures import jpeg


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Stands before the Chromium of the other tests."""
    with firefox(playwright) as browser:
        yield browser


def first_seen(page: Page) -> int:
    """The position of the first picture that is drawn, once those in sight are there."""
    until(page, THUMBNAILS)
    return int(page.locator(".dr-cell").first.get_attribute("id").removeprefix("dr-cell-"))


def test_any_depth_of_a_large_library_is_reached(visit, site):
    visitor = visit()
    pretend(visitor.page, site, 1_000_000)
    page = visitor.go()
    expect(page.locator(".dr-context p")).to_have_text(re.compile(r"1.000.000 pictures"))
    page.locator(".dr-grid").focus()
    page.keyboard.press("End")
    last = page.locator("#dr-cell-999999")
    expect(last).to_have_attribute("aria-label", re.compile("^number-999999"))
    box, grid = last.bounding_box(), page.locator(".dr-grid").bounding_box()
    assert grid["y"] <= box["y"]
    assert box["y"] + box["height"] <= grid["y"] + grid["height"]
    page.locator(".dr-grid").evaluate("grid => grid.scrollTo(0, (grid.scrollHeight - grid.clientHeight) / 2)")
    until(page, "Number(document.querySelector('.dr-cell').id.slice(8)) < 900000")
    assert 480_000 < first_seen(page) < 520_000
    rail = page.get_by_role("slider", name="Place in the view")
    box = rail.bounding_box()
    rail.click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    until(page, "Number(document.querySelector('.dr-cell').id.slice(8)) < 300000")
    assert 230_000 < first_seen(page) < 270_000


def test_pictures_are_chosen_by_keys_and_seen_as_large_as_they_are(visit, site):
    page = visit().go("/?sort=name&tag=ocean")
    until(page, THUMBNAILS)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".dr-chosen strong")).to_have_text("3 chosen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="picture-007.jpg")).to_be_visible()
    page.keyboard.press("z")
    until(page, "document.querySelectorAll('.dr-picture img.dr-seen').length === 2")
    assert page.locator(".dr-picture").evaluate("one => new DOMMatrix(getComputedStyle(one).transform).a") > 1
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    until(page, "document.activeElement.getAttribute('role') === 'grid'")


def test_what_is_dropped_appears_by_itself_and_is_developed(visit, site):
    page = visit().go()
    until(page, THUMBNAILS)
    upload(page, {"fox-1401.jpg": jpeg(1401, width=900, height=600)})
    expect(page.locator(".dr-cell").first).to_have_attribute("aria-label", re.compile("^fox-1401.jpg"))
    expect(page.get_by_role("region", name="Uploads").get_by_text("1 added")).to_be_visible()
    page.locator(".dr-cell").first.click()
    expect(page.get_by_role("dialog", name="fox-1401.jpg")).to_be_visible()
    page.keyboard.press("d")
    before = brightness(page)
    add(page, "exposure")
    brighter = settled(page, f"> {before} + 5")
    slider = page.locator("[data-field=stops]").get_by_role("slider")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    settled(page, f"< {brighter} - 10")
    page.keyboard.press("Control+z")
    settled(page, f"> {brighter} - 2")
