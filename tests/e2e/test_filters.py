"""Filters made, changed and taken away on a page."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Visitor
from tests.e2e.test_develop import expect_steps, settled


@pytest.fixture
def picture(site) -> str:
    (found,) = site.get("/api/v1/images?q=picture-019").json()["items"]
    return found["id"]


def listed(page: Page):
    return page.get_by_role("region", name="Filters of your own")


def opened(visitor: Visitor, picture: str) -> Page:
    page = visitor.go(f"/develop?image={picture}")
    page.get_by_role("tab", name="Presets").click()
    expect(listed(page).get_by_role("button", name="New filter")).to_be_visible()
    return page


def test_a_filter_is_made_used_changed_and_taken_away_unless_it_is_used(visit, site, picture):
    visitor = visit()
    page = opened(visitor, picture)
    listed(page).get_by_role("button", name="New filter").click()
    dialog = page.get_by_role("dialog", name="New filter")
    dialog.get_by_label("What it does", exact=True).fill("Darken it all")
    expect(dialog).to_contain_text("user/darken_it_all")
    for channel in ("Red", "Green", "Blue"):
        dialog.get_by_label(f"{channel} becomes").fill(f"{channel[0].lower()} * (1 - depth)")
    dialog.get_by_role("button", name="Add a knob").click()
    dialog.get_by_label("Name in formulas").fill("Depth")
    expect(dialog.get_by_text("Small letters, digits and _.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Name in formulas").fill("depth")
    assert violations(page) == []
    dialog.get_by_label("Red becomes").fill("r *")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert").filter(has_text="red:")).to_be_visible()
    dialog.get_by_label("Red becomes").fill("r * (1 - depth)")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as user/darken_it_all, version 1.")).to_be_visible()

    row = listed(page).get_by_role("button", name="Darken it all")
    expect(row).to_contain_text("Formula · version 1")
    row.click()
    about = page.get_by_role("dialog", name="Darken it all")
    expect(about).to_contain_text("r * (1 - depth)")
    assert violations(page) == []
    about.get_by_role("button", name="Add it as a step").click()
    expect_steps(page, ["Darken it all"])
    half = settled(page, "> 0")

    page.get_by_role("tab", name="Presets").click()
    row.click()
    about.get_by_role("button", name="Edit as a new version").click()
    editing = page.get_by_role("dialog", name="Edit Darken it all")
    expect(editing.get_by_label("Red becomes")).to_have_value("r * (1 - depth)")
    editing.get_by_label("Usual").fill("0.8")
    editing.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Formula · version 2")
    row.click()
    about.get_by_label("Version").select_option("1")
    expect(about.get_by_label("Version")).to_have_value("1")
    page.keyboard.press("Escape")
    assert half > 0

    # What uses it keeps it in the list.
    recipe = {"name": "dim", "operations": [{"user/darken_it_all": {}}]}
    made = httpx.post(
        f"{site.url}/api/v1/presets", json={"name": "dim", "recipe": recipe}, headers={"Origin": site.url}
    )
    assert made.status_code == 201
    row.click()
    expect(about).to_contain_text("1 preset (dim@1)")
    about.get_by_role("button", name="Take out of the list").click()
    asked = page.get_by_role("dialog", name="Take user/darken_it_all out of the list?")
    asked.get_by_role("button", name="Take it out").click()
    expect(asked.get_by_role("alert")).to_contain_text("user/darken_it_all is used by the preset dim@1.")
    asked.get_by_role("button", name="Cancel").click()
    httpx.delete(f"{site.url}/api/v1/presets/dim", headers={"Origin": site.url})
    about.get_by_role("button", name="Take out of the list").click()
    asked.get_by_role("button", name="Take it out").click()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(row).to_contain_text("Formula · version 2")
    httpx.delete(f"{site.url}/api/v1/filters/darken_it_all", headers={"Origin": site.url})
    assert all("422" in one or "409" in one for one in visitor.complaints)
    visitor.complaints.clear()


def test_a_look_is_learnt_on_the_page_and_kernels_fit_a_phone(visit, site, picture):
    page = opened(visit(width=390, height=844, dark=False), picture)
    listed(page).get_by_role("button", name="New filter").click()
    dialog = page.get_by_role("dialog", name="New filter")
    dialog.get_by_label("What it does", exact=True).fill("Edges alone")
    dialog.get_by_label("Made of").select_option("kernel")
    dialog.get_by_label("Weights").fill("1 2\n3 4")
    expect(dialog.get_by_text("Both sides need an odd number of weights")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    dialog.get_by_label("Made of").select_option("look")
    for label in ("The picture before", "The same picture after"):
        dialog.get_by_label(label).click()
        chooser = page.get_by_role("dialog", name=label)
        chooser.get_by_label("Search pictures").fill("picture-019")
        chooser.get_by_role("button", name="picture-019.jpg").click()
    dialog.get_by_role("button", name="Save").click()
    row = listed(page).get_by_role("button", name="Edges alone")
    expect(row).to_contain_text("Look · version 1")
    row.click()
    expect(page.get_by_role("link", name="edges_alone.cube")).to_be_visible()
    assert violations(page) == []
    httpx.delete(f"{site.url}/api/v1/filters/edges_alone", headers={"Origin": site.url})
