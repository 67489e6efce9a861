"""The page of rules: written, tried, applied to what is there, switched, taken away and brought back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import photograph
from tests.pictures import drop


@pytest.fixture(scope="module", autouse=True)
def _pictures(site):
    """Four pictures of this module, in a folder of their own, and none of its rules afterwards."""
    from darkroom.domain.access import SYSTEM

    for number in range(4):
        data = photograph(7000 + number, camera="Lumen X2", taken=f"2024:0{1 + number}:03 08:00:00")
        drop(site.settings.inbox, f"ruled/rule-{number}.jpg", data)
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    yield
    for rule in site.library.rules.list(SYSTEM).items:
        site.library.rules.delete(SYSTEM, rule.id)


def ruled(site, more: str = "") -> int:
    return site.get(f"/api/v1/images?tag=ruled{more}").json()["total"]


def add(page: Page, field: str, value: str, how: str | None = None) -> None:
    page.get_by_label("Field").select_option(field)
    if how:
        page.get_by_label("How").select_option(how)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Add", exact=True).click()


def test_a_rule_is_built_tried_applied_and_taken_back(visit, site):
    page = visit().go("/rules")
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name").fill("Spring")
    add(page, "tag", "ruled")
    add(page, "taken", "2024-03", "<")
    expect(page.get_by_role("list", name="All of these").get_by_role("listitem")).to_have_text(
        ["tag:ruled", "taken<2024-03"]
    )
    trial = page.get_by_role("complementary", name="Dry run")
    expect(trial).to_contain_text("2 pictures fit now")
    page.get_by_role("button", name="Action").click()
    page.get_by_role("menuitem", name="Label").click()
    expect(trial).to_contain_text("2 would change")
    expect(trial.get_by_role("img")).to_have_count(2)
    page.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_role("link", name="Spring")).to_be_visible()
    assert ruled(site, "&label=red") == 0  # what is here already stays until somebody asks
    page.get_by_role("button", name="Apply Spring to what is here").click()
    done = page.get_by_text("2 pictures filed by Spring")
    expect(done).to_be_visible()
    assert ruled(site, "&label=red") == 2
    page.locator("[data-sonner-toast]", has=done).get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 2 pictures")).to_be_visible()
    assert ruled(site, "&label=red") == 0


def test_an_expression_is_completed_and_what_is_wrong_with_it_is_said(visit, site):
    page = visit().go("/rules?new=1")
    box = page.get_by_role("combobox", name="Condition")
    box.press_sequentially("came")
    page.get_by_role("option", name="camera:").click()
    box.press_sequentially("lum")
    page.get_by_role("option", name="Lumen X2").click()
    expect(box).to_have_value('camera:"Lumen X2" ')
    box.press_sequentially("camra>5")
    expect(page.get_by_text("there is no field 'camra'").first).to_be_visible()


def test_rules_contradict_are_switched_and_come_back(visit, site):
    page = visit(width=390).go("/rules")
    for name, label in (("Blue", "blue"), ("Green", "green")):
        made = page.request.post(
            f"{site.url}/api/v1/rules", data={"name": name, "where": "tag:ruled", "edit": {"label": label}}
        )
        assert made.status == 201
    page.reload()
    page.get_by_role("link", name="Green").click()
    expect(page.get_by_role("complementary", name="Dry run")).to_contain_text(
        "Blue wants something else (label) of 4 pictures"
    )
    page.get_by_role("link", name="All rules").click()
    page.get_by_role("switch", name="Blue looks at what comes in").click()
    expect(page.get_by_role("switch", name="Blue looks at what comes in")).not_to_be_checked()
    assert page.request.get(f"{site.url}/api/v1/rules/blue").json()["enabled"] is False
    page.get_by_role("button", name="More for Blue").click()
    page.get_by_role("menuitem", name="Take away").click()
    expect(page.get_by_role("link", name="Blue")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Blue")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_condition_may_be_a_pattern_and_a_mistake_in_it_has_its_place(visit, site):
    page = visit().go("/rules")
    page.get_by_role("button", name="New rule").click()
    add(page, "tag", "ruled")
    add(page, "camera", "^lumen [x-z](1|2)$", "/")
    add(page, "name", r"rule-[0-2]\.jpg$", "/")
    parts = page.get_by_role("list", name="All of these").get_by_role("listitem")
    expect(parts).to_have_text(["tag:ruled", "camera:/^lumen [x-z](1|2)$/", r"name:/rule-[0-2]\.jpg$/"])
    expect(page.get_by_role("complementary", name="Dry run")).to_contain_text("3 pictures fit now")
    box = page.get_by_role("combobox", name="Condition")
    box.fill("camera:/lumen (x/")
    expect(page.get_by_text("this parenthesis is never closed")).to_be_visible()
