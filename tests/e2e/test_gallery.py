"""Finding and looking at pictures."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.until import THUMBNAILS, settled, until


def total(page: Page) -> int:
    """The number of pictures that the page names."""
    words = page.locator(".dr-context p")
    expect(words).to_contain_text(re.compile(r"\d"))
    return int(re.sub(r"\D", "", words.inner_text()))


def loaded(page: Page) -> list[bool]:
    """Whether each thumbnail in sight was decoded."""
    until(page, THUMBNAILS)
    return page.eval_on_selector_all(".dr-cell img.dr-seen", "all => all.map(one => one.naturalWidth > 100)")


def test_pictures_are_there_with_their_thumbnails(visit, site):
    page = visit().go("/?q=picture")  # others add pictures of other names
    expect(page).to_have_title("Gallery · Darkroom")
    assert total(page) >= 36
    assert all(loaded(page))
    assert page.locator(".dr-cell").first.get_attribute("aria-label").startswith("picture-")


def test_a_filter_narrows_the_view_and_the_address_brings_it_back(visit, site):
    visitor = visit()
    page = visitor.go()
    all_of_them = total(page)
    page.get_by_role("checkbox", name="ocean").click()
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")
    page.get_by_role("checkbox", name="Lumen X2").click()
    expect(page.locator(".dr-context p")).to_have_text("6 pictures")
    assert page.url.endswith("/?tag=ocean&camera=Lumen+X2")

    page.reload()
    expect(page.locator(".dr-context p")).to_have_text("6 pictures")
    assert page.get_by_role("checkbox", name="ocean").get_attribute("aria-checked") == "true"

    page.go_back()
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")
    page.get_by_role("button", name="Remove filter ocean").click()
    until(page, f"document.querySelector('.dr-context p').innerText.startsWith('{all_of_them}')")


def test_search_from_the_keyboard(visit, site):
    page = visit().go()
    loaded(page)
    page.keyboard.press("/")
    page.keyboard.type("picture-007")
    expect(page.locator(".dr-context p")).to_have_text("1 picture")
    assert page.locator(".dr-cell").count() == 1
    assert "q=picture-007" in page.url
    page.keyboard.press("Escape")
    until(page, "document.querySelectorAll('.dr-cell').length > 10")


def test_the_box_takes_the_query_language_and_says_what_may_stand_there(visit, site):
    window = visit()
    page = window.go()
    loaded(page)
    box = page.get_by_role("combobox", name="Search pictures")
    box.press_sequentially("ta")
    expect(page.get_by_role("option").first).to_be_visible()
    while "tag:" not in (page.locator("[role=option][aria-selected=true]").all_inner_texts() or [""])[0]:
        box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("tag:")
    expect(page.get_by_role("option").filter(has_text="ocean")).to_be_visible()
    box.press_sequentially("ocea")
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("ArrowDown")
    box.press("Tab")
    expect(box).to_have_value("tag:ocean ")
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")
    assert "where=tag%3Aocean" in page.url
    box.press_sequentially("rating>=x")
    expect(page.locator(".dr-search-mistake mark")).to_have_text("x")
    expect(page.locator(".dr-context p")).to_have_text("12 pictures")
    window.go("/?where=-tag:ocean")
    loaded(page)
    expect(box).to_have_value("-tag:ocean")
    page.get_by_role("button", name="Remove filter -tag:ocean").click()
    expect(box).to_have_value("")


def test_two_handles_set_from_where_to_where_and_the_bars_stay(visit, site):
    found = site.get("/api/v1/facets?tag=ocean").json()
    one = next(one for one in found["measured"] if len(one["counts"]) > 1)
    name = {"size": "file size"}.get(one["field"], one["field"])
    page = visit().go("/?tag=ocean")
    least = page.get_by_role("slider", name=f"Least {name}")
    least.focus()
    page.keyboard.press("ArrowRight")
    left = found["total"] - one["counts"][0]
    expect(page.locator(".dr-context p")).to_have_text(f"{left} picture{'' if left == 1 else 's'}")
    assert f"where={one['field']}" in page.url
    expect(least).to_have_attribute("max", str(len(one["counts"])))
    expect(least).to_have_value("1")
    expect(page.get_by_role("slider", name="Latest date")).to_be_visible()
    page.get_by_role("button", name=f"Clear {name}", exact=True).click()
    expect(page.locator(".dr-context p")).to_have_text(f"{found['total']} pictures")


def test_a_view_that_nothing_fits_says_so(visit, site):
    page = visit().go("/?q=nosuchthing")
    expect(page.get_by_role("heading", name="No picture fits")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    assert len(loaded(page)) > 10


def test_a_month_is_one_click(visit, site):
    page = visit().go()
    page.get_by_role("button", name=re.compile("^June 2026, 9 pictures")).click()
    expect(page.locator(".dr-context p")).to_have_text("9 pictures")
    assert "taken_from=2026-06-01&taken_to=2026-06-30" in page.url


def test_order_is_chosen_in_the_menu(visit, site):
    page = visit().go("/?tag=forest")
    page.get_by_role("button", name="Sort: Newest first").click()
    page.get_by_role("menuitemradio", name="Name, A to Z").click()
    page.wait_for_url("**sort=name*")
    expect(page.locator(".dr-cell").first).to_have_attribute("aria-label", re.compile("^picture-000.jpg"))
    expect(page.locator(".dr-cell").nth(1)).to_have_attribute("aria-label", re.compile("^picture-003.jpg"))


def test_arrows_enter_and_escape_lead_through_the_lightbox(visit, site):
    page = visit().go("/?sort=name&tag=ocean")
    loaded_names = page.locator(".dr-cell")
    expect(loaded_names.first).to_have_attribute("aria-label", re.compile("^picture-001"))
    page.locator(".dr-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog", name="picture-004.jpg")
    expect(box).to_be_visible()
    expect(box.get_by_text("2 of 12")).to_be_visible()

    page.keyboard.press("ArrowRight")
    box = page.get_by_role("dialog", name="picture-007.jpg")
    expect(box).to_be_visible()
    details = box.get_by_role("complementary", name="Details")
    expect(details.get_by_text("ocean/picture-007.jpg", exact=True)).to_be_visible()
    page.keyboard.press("i")
    expect(details).to_be_hidden()
    page.keyboard.press("i")
    expect(details).to_be_visible()

    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "grid"
    assert page.locator(".dr-cell-active").get_attribute("aria-label").startswith("picture-007")
    assert "image=" not in page.url


def test_details_tell_what_is_known(visit, site):
    page = visit().go("/?q=picture-010")
    page.locator(".dr-cell").first.click()
    details = page.get_by_role("complementary", name="Details")
    expect(details.get_by_text("480 \u00d7 320 · 0.2 MP")).to_be_visible()
    record = site.get("/api/v1/images?q=picture-010").json()["items"][0]
    expect(details.get_by_role("button", name="Copy SHA-256")).to_have_attribute("title", record["id"])
    expect(details.locator(".dr-shot")).to_contain_text("Halide One")
    expect(details.get_by_text("11 August 2026 at 10:00")).to_be_visible()
    expect(details.get_by_role("link", name="Run in Dagster")).to_have_attribute(
        "href", re.compile(f"^{site.settings.dagster_url}/runs/")
    )
    expect(details.get_by_text("The original itself")).to_be_visible()
    width = page.eval_on_selector(".dr-picture img.dr-seen", "one => one.naturalWidth")
    assert width == 480


def test_full_size_shows_the_original(visit, site):
    page = visit().go("/?q=picture-010")
    page.locator(".dr-cell").first.click()
    page.wait_for_selector(".dr-picture img.dr-seen")
    with page.expect_response("**/original") as answer:
        page.keyboard.press("z")
    assert answer.value.headers["content-type"] == "image/jpeg"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_an_address_opens_a_picture(visit, site):
    record = site.get("/api/v1/images?q=picture-020").json()["items"][0]
    page = visit().go(f"/?image={record['id']}")
    expect(page.get_by_role("dialog", name="picture-020.jpg")).to_be_visible()


def test_back_closes_the_picture(visit, site):
    page = visit().go()
    loaded(page)
    page.locator(".dr-cell").nth(2).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_size_of_pictures_is_kept(visit, site):
    page = visit().go()
    loaded(page)
    before = page.locator(".dr-cell").first.bounding_box()["width"]
    for _ in range(3):
        page.keyboard.press("+")
    until(page, f"document.querySelector('.dr-cell').getBoundingClientRect().width > {before} + 40")
    width = "document.querySelector('.dr-cell')?.getBoundingClientRect().width"
    wider = settled(page, width)
    page.reload()
    loaded(page)
    assert settled(page, width) == wider


def test_the_picture_stays_in_the_middle_without_its_details(visit, site):
    page = visit().go()
    loaded(page)
    page.locator(".dr-cell").first.click()
    picture = page.locator(".dr-picture")
    expect(picture).to_be_visible()
    page.keyboard.press("i")
    for _ in range(2):  # with and without, whichever came first
        page.keyboard.press("i")
        page.wait_for_timeout(250)
        box = picture.bounding_box()
        width = page.locator(".dr-lightbox-stage").bounding_box()["width"]
        assert box["width"] > 300
        assert box["height"] > 200
        assert abs(box["x"] + box["width"] / 2 - width / 2) < 4


def test_arrows_reach_the_pictures_from_anywhere_on_the_page(visit, site):
    page = visit().go()
    loaded(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".dr-grid").get_attribute("aria-activedescendant") == "dr-cell-1"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
