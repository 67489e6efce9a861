"""What is shown where something is wrong with a page, or there is none; and what explains a button."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.until import until

CONTRAST = """(() => {
  const found = document.querySelector(".rt-TooltipContent");
  if (!found) return null;
  const light = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((one) => { const s = one / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [one, other] = [light(getComputedStyle(found).backgroundColor), light(getComputedStyle(found.querySelector(".rt-TooltipText")).color)].sort((a, b) => b - a);
  return [(one + 0.05) / (other + 0.05)];
})()"""
"""The contrast of a tooltip by WCAG 2.2."""


def test_an_address_that_leads_nowhere_says_so_within_the_frame(visit):
    visitor = visit()
    page = visitor.go("/no/such/page")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    expect(page.get_by_text("/no/such/page")).to_be_visible()
    page.get_by_role("link", name="To the gallery").click()
    expect(page.locator(".dr-cell").first).to_be_visible()
    visitor.complaints.clear()  # the browser tells of the 404 itself


def test_a_page_that_fails_leaves_the_way_to_others(visit):
    visitor = visit()
    page = visitor.page
    page.route("**/api/v1/trash?*", lambda route: route.fulfill(json={"items": [{}], "total": 1, "bytes": 0}))
    visitor.go("/trash")
    expect(page.get_by_role("heading", name="This page failed")).to_be_visible()
    assert "Reflex" not in page.locator("body").inner_text()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    assert visitor.complaints
    visitor.complaints.clear()


def test_what_explains_a_button_can_be_read(visit):
    for dark in (True, False):
        page = visit(dark=dark).go("/")
        page.get_by_role("button", name="Keyboard help").hover()
        (contrast,) = until(page, CONTRAST)
        assert contrast >= 4.5
