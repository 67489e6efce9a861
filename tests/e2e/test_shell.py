"""The frame: theme, navigation, help, small screens, and names for everything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from frontend.build import WEB
from tests.e2e.until import until

NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, select, textarea, [role=checkbox]")]
  .filter(one => one.offsetParent !== null)
  .filter(one => !(one.getAttribute("aria-label") || one.innerText.trim() || one.title || one.labels?.length))
  .map(one => one.outerHTML.slice(0, 120))"""


BACKGROUND = "getComputedStyle(document.querySelector('.radix-themes')).backgroundColor"


def test_the_theme_is_chosen_and_kept(visit, site):
    page = visit(dark=False).go()
    until(page, f"{BACKGROUND} === 'rgb(251, 251, 251)'")
    page.get_by_role("button", name="Account: Local owner").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    until(page, f"{BACKGROUND} === 'rgb(15, 15, 15)'")
    page.reload()
    until(page, f"{BACKGROUND} === 'rgb(15, 15, 15)'")


def test_a_dark_page_never_begins_white(visit, site):
    visitor = visit(dark=True)
    # Without scripts of the app, what is painted first stays.
    visitor.page.route("**/assets/*.js", lambda route: route.abort())
    page = visitor.go()
    assert page.evaluate("document.documentElement.className") == "dark"
    assert page.evaluate(BACKGROUND) == "rgb(15, 15, 15)"
    visitor.complaints.clear()


def test_state_reaches_the_page_on_any_port(visit, site):
    """The address of Dagster comes over Reflex's socket, which the build knows under another port."""
    page = visit().go()
    expect(page.get_by_role("link", name="Dagster")).to_have_attribute("href", site.settings.dagster_url)


def test_keys_lead_between_pages_and_to_help(visit, site):
    page = visit().go()
    page.wait_for_selector(".dr-cell")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    expect(help_.get_by_text("Size of pictures")).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    expect(page.get_by_role("link", name="Activity")).to_have_attribute("aria-current", "page")
    page.keyboard.press("g")
    page.wait_for_selector(".dr-cell")


def test_status_names_what_does_not_work(visit, site):
    page = visit().go()
    # No Dagster runs beside this site.
    page.get_by_role("button", name="Status: Something needs attention").click()
    expect(page.get_by_role("dialog").get_by_text("Database")).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/activity"])
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_page_is_wider_than_the_window_and_everything_has_a_name(visit, site, width, address):
    page = visit(width=width, height=844).go(address)
    page.wait_for_selector(".dr-cell img.dr-seen" if address == "/" else ".dr-batch")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(NAMELESS) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("[...document.images].filter(one => !one.hasAttribute('alt')).length") == 0


def test_on_a_phone_filters_open_as_a_drawer(visit, site):
    page = visit(width=390, height=844).go()
    page.wait_for_selector(".dr-cell img.dr-seen")
    columns = page.eval_on_selector(".dr-row", "row => row.children.length")
    assert columns == 3
    bar = page.get_by_role("navigation", name="Main").bounding_box()
    assert bar["y"] + bar["height"] == 844
    page.get_by_role("button", name="Filters").click()
    drawer = page.get_by_role("dialog", name="Filters")
    drawer.get_by_role("checkbox", name="forest").click()
    drawer.get_by_role("button", name="Show 12 pictures").click()
    expect(drawer).to_be_hidden()
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")


def test_only_what_is_public_is_published(site, web_build):
    """Reflex publishes `<working directory>/assets`; at the root that would be the Dagster sources."""
    assert list((WEB / "build" / "client").rglob("*.py")) == []
    for path in ("/assets/images.py", "/assets/__init__.py", "/images.py", "/rxconfig.py", "/app.py"):
        answer = site.get(path)
        assert answer.status_code == 404, path
        assert "import" not in answer.text.split("<body")[0].replace("importmap", "")[:200]


def test_the_page_is_whole_without_the_network(visit, site):
    """Nothing is fetched from elsewhere: fonts, scripts and styles are ours."""
    visitor = visit()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.go()
    page.wait_for_selector(".dr-cell img.dr-seen")
    foreign = [url for url in asked if not url.startswith((site.url, "data:", "blob:"))]
    assert foreign == []
    assert page.evaluate("document.fonts.check('14px \"Inter Variable\"')") is True


def test_on_a_phone_details_open_as_a_sheet_over_the_picture(visit, site):
    page = visit(width=390, height=844).go("/?q=picture-010")
    page.locator(".dr-cell").first.click()
    box = page.get_by_role("dialog", name="picture-010.jpg")
    box.get_by_role("button", name="Details").click()
    sheet = box.get_by_role("complementary", name="Details")
    expect(sheet.get_by_text("Lumen X2").or_(sheet.get_by_text("Halide One")).first).to_be_visible()
    place = sheet.bounding_box()
    assert (place["x"], place["width"]) == (0, 390)
    assert 300 < place["y"] < 844


def test_a_server_that_went_away_is_noticed_and_found_again(visit, site):
    visitor = visit()
    page = visitor.go()
    page.wait_for_selector(".dr-cell img.dr-seen")
    # Live events must be on their way before their end can be noticed.
    page.wait_for_timeout(1500)
    site.end()
    try:
        expect(page.get_by_text("Darkroom does not answer. It is tried again by itself.")).to_be_visible(timeout=20_000)
        assert page.locator(".dr-cell").count() > 10
    finally:
        site.start()
    expect(page.get_by_text("Darkroom does not answer.")).to_be_hidden(timeout=30_000)
    page.get_by_role("checkbox", name="ocean").click()
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")
    # The browser itself complains of requests that nobody answered.
    visitor.complaints.clear()
