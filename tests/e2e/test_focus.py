"""The place that must stay when a picture is cropped, put on the picture."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations


def focus_of(site, picture: str) -> list[float] | None:
    found = site.get(f"/api/v1/images/{picture}")
    return found.json()["focus"]


@pytest.fixture
def picture(site) -> str:
    """A picture without such a place."""
    (found,) = site.get("/api/v1/images?q=picture-017").json()["items"]
    return found["id"]


def opened(visit, picture: str, **how) -> Page:
    page = visit(**how).go(f"/?q=picture&image={picture}")
    until_ready(page)
    return page


def until_ready(page: Page) -> None:
    expect(page.get_by_role("dialog").get_by_role("button", name="Details", exact=True)).to_be_visible()
    expect(page.locator(".dr-lightbox button[aria-label='The place that must stay in crops']")).to_be_enabled()


def test_it_is_pointed_at_dragged_moved_by_keys_taken_away_and_taken_back(visit, site, picture):
    page = opened(visit, picture)
    page.keyboard.press("k")
    area = page.get_by_role("application", name="Choose the place that must stay")
    expect(area).to_be_focused()
    bar = page.get_by_role("group", name="The place that must stay")
    expect(bar.get_by_role("status")).to_have_text("50 % from the left, 50 % from the top")
    expect(bar.get_by_role("button", name="Take it away")).to_be_disabled()
    box = page.locator(".dr-picture").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3, steps=4)
    page.mouse.up()
    expect(bar.get_by_role("status")).to_have_text("80 % from the left, 30 % from the top")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect(bar.get_by_role("status")).to_have_text("70 % from the left, 31 % from the top")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(area).to_be_hidden()
    expect(page.get_by_text("Crops keep the place 70 % from the left, 31 % from the top")).to_be_visible()
    assert focus_of(site, picture) == pytest.approx([0.7, 0.31], abs=0.01)
    expect(
        page.get_by_label("Details", exact=True).get_by_text("70 % from the left, 31 % from the top")
    ).to_be_visible()

    # It is there after everything is loaded anew, and decides what a crop keeps.
    page.reload()
    until_ready(page)
    page.keyboard.press("k")
    expect(bar.get_by_role("status")).to_have_text("70 % from the left, 31 % from the top")
    page.keyboard.press("Delete")
    expect(page.get_by_text("Crops look for themselves what to keep")).to_be_visible()
    assert focus_of(site, picture) is None
    page.get_by_role("button", name="Undo").click()
    expect(
        page.get_by_label("Details", exact=True).get_by_text("70 % from the left, 31 % from the top")
    ).to_be_visible()
    assert focus_of(site, picture) == pytest.approx([0.7, 0.31], abs=0.01)
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    expect(area).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_visible()
    cleared = httpx.patch(
        f"{site.url}/api/v1/images/{picture}", json={"focus": None}, headers={"If-Match": "*", "Origin": site.url}
    )
    assert cleared.status_code == 200


def test_on_a_phone_it_is_put_by_a_finger(visit, site, picture):
    page = opened(visit, picture, width=390, height=844)
    page.get_by_role("button", name="Details", exact=True).click()
    page.get_by_role("button", name="Choose the place that must stay in crops").click()
    bar = page.get_by_role("group", name="The place that must stay")
    box = page.locator(".dr-picture").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75)
    expect(bar.get_by_role("status")).to_have_text("25 % from the left, 75 % from the top")
    across = bar.bounding_box()
    assert across["x"] >= 0
    assert across["x"] + across["width"] <= 390
    bar.get_by_role("button", name="Cancel").click()
    expect(bar).to_be_hidden()
    assert focus_of(site, picture) is None
