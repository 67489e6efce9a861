"""Developing a picture: steps, previews, undo, refusals."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.until import until

BRIGHTNESS = """(() => {
  const image = document.querySelector(".dv-picture > img");
  if (!image?.complete || !image.naturalWidth || document.querySelector(".dv-status[data-busy]")) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 16, 16);
  const values = context.getImageData(0, 0, 16, 16).data;
  return values.reduce((sum, value, at) => (at % 4 === 3 ? sum : sum + value), 1) / 768;
})()"""
"""Mean of the picture that is shown, once nothing is computed any more."""


@pytest.fixture
def pictures(site):
    """Ids of the pictures by name."""
    found = site.get("/api/v1/images?sort=name&limit=100").json()["items"]
    return {item["name"]: item["id"] for item in found}


def brightness(page: Page) -> float:
    return until(page, BRIGHTNESS)


def settled(page: Page, test: str) -> float:
    """The brightness, once it fits."""
    return until(page, f"(() => {{ const now = {BRIGHTNESS}; return now !== null && now {test} && now; }})()")


def add(page: Page, words: str) -> None:
    """Add a step by searching for it."""
    page.locator("main").press("/")
    page.get_by_role("combobox", name="Search operations").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()


def steps(page: Page) -> list[str]:
    return page.locator(".dv-row-name strong").all_inner_texts()


def test_a_picture_is_developed_from_the_lightbox_by_keyboard_and_undone_after_a_reload(visit, site, pictures):
    visitor = visit()
    page = visitor.go(f"/?tag=forest&image={pictures['picture-003.jpg']}")
    expect(page.get_by_role("dialog", name="picture-003.jpg")).to_be_visible()
    page.keyboard.press("d")
    page.wait_for_url("**/develop?image=*view=tag*")
    expect(page.get_by_role("heading", name="Develop picture-003.jpg")).to_be_attached()
    before = brightness(page)

    add(page, "brightness")  # another word for exposure
    assert steps(page) == ["Exposure"]
    brighter = settled(page, f"> {before} + 8")
    number = page.get_by_label("Stops", exact=True).last
    number.fill("-2")
    darker = settled(page, f"< {before} - 20")
    page.keyboard.press("Control+z")
    expect(number).to_have_value("0.5")
    settled(page, f"> {before} + 8")
    assert abs(brightness(page) - brighter) < 1
    page.reload()
    settled(page, f"> {before} + 8")
    page.get_by_role("tab", name="History").click()
    entries = page.locator(".dv-history li").all_inner_texts()
    assert entries[0] == "Original"
    assert entries[1] == "Added Exposure"
    page.get_by_role("button", name="Exposure: Stops").first.click()
    assert abs(settled(page, f"< {before} - 15") - darker) < 8
    page.get_by_role("button", name="Original", exact=True).click()
    assert abs(settled(page, f"> {before} - 2") - before) < 1


def test_what_is_wrong_is_said_at_the_field(visit, site, pictures):
    visitor = visit()
    page = visitor.go(f"/develop?image={pictures['picture-004.jpg']}")
    before = brightness(page)
    add(page, "exposure")
    settled(page, f"> {before} + 5")
    stops = page.locator("[data-field=stops]")
    stops.get_by_role("textbox").fill("40")
    expect(stops.get_by_role("alert")).to_have_text("At most 10 EV.")
    assert stops.get_by_role("textbox").get_attribute("aria-invalid") == "true"
    stops.get_by_role("slider").press("ArrowRight")
    expect(stops.get_by_role("textbox")).to_have_value("0.6")
    expect(stops.get_by_role("alert")).to_be_hidden()
    # What only the server knows comes back to the step that it is about.
    add(page, "levels black point")
    page.locator("[data-field=black]").get_by_role("textbox").fill("0.9")
    page.locator("[data-field=white]").get_by_role("textbox").fill("0.3")
    expect(page.locator(".dv-row-bad")).to_contain_text("white must be", ignore_case=True)
    expect(page.locator(".dv-status")).to_contain_text("The picture shows what was before")
    add(page, "double exposure")
    expect(page.locator(".dv-row-bad small").last).to_have_text("Needs picture: left out until then.")
    assert all("422" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_steps_are_moved_switched_off_copied_and_deleted_from_the_keyboard(visit, site, pictures):
    page = visit(dark=False).go(f"/develop?image={pictures['picture-005.jpg']}")
    brightness(page)
    for words in ("exposure", "blur", "sepia"):
        add(page, words)
    assert steps(page) == ["Exposure", "Blur", "Sepia"]
    # The step that was added last has the focus.
    page.keyboard.press("Alt+ArrowUp")
    assert steps(page) == ["Exposure", "Sepia", "Blur"]
    page.keyboard.press("Alt+Home")
    assert steps(page) == ["Sepia", "Exposure", "Blur"]
    page.get_by_role("button", name="Switch Sepia off").click()
    expect(page.get_by_role("button", name="Step 1: Sepia, switched off")).to_be_visible()
    page.get_by_role("button", name="Duplicate Sepia").click()
    assert steps(page) == ["Sepia", "Sepia", "Exposure", "Blur"]
    page.locator("[data-row='1']").press("Delete")
    assert steps(page) == ["Sepia", "Exposure", "Blur"]
    assert page.evaluate("document.activeElement.dataset.row") == "0"

    grip = page.locator(".dv-grip").nth(2)
    box = grip.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, page.locator(".dv-row").nth(0).bounding_box()["y"] + 5, steps=6)
    page.mouse.up()
    assert steps(page) == ["Blur", "Sepia", "Exposure"]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard").get_by_text("Original, while held")).to_be_visible()


def test_without_a_picture_one_is_chosen(visit, site):
    page = visit(width=390, height=844).go("/develop")
    expect(page.get_by_role("heading", name="Choose a picture to develop")).to_be_visible()
    page.get_by_role("searchbox", name="Search pictures").fill("picture-011")
    page.get_by_role("button", name="picture-011.jpg").click()
    expect(page).to_have_url(re.compile("image="))
    brightness(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
