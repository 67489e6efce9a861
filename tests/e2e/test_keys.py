"""Keys: the help is made of what handles them, and the palette leads anywhere."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.sights import calm
from tests.e2e.site import photograph
from tests.e2e.until import until
from tests.pictures import drop

LISTEN = """addEventListener("keydown", (event) => setTimeout(() => (window.pressed = [...(window.pressed || []), event.defaultPrevented])), { capture: true })"""
BUSY = "document.querySelectorAll('[role=dialog], [role=menu]').length"


@pytest.fixture(scope="module", autouse=True)
def ids(site) -> dict[str, str]:
    """Three pictures of this module, by name, because keys that are tried change them."""
    from darkroom.domain.access import SYSTEM

    for number in range(3):
        data = photograph(9000 + number, camera="Lumen X2", taken=f"2023:0{1 + number}:03 08:00:00")
        drop(site.settings.inbox, f"keyed/key-{number}.jpg", data)
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    found = site.get("/api/v1/images?tag=keyed&limit=10").json()["items"]
    return {one["name"]: one["id"] for one in found}


def told(page: Page) -> list[tuple[list[str], bool]]:
    """What the help tells: keys, and whether there is something to do with them now."""
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    expect(help_).to_be_visible()
    rows = help_.locator("[data-keys]").evaluate_all(
        "rows => rows.map(row => [row.dataset.keys, row.className.includes('off')])"
    )
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    return [(json.loads(keys), off) for keys, off in rows]


def handled(page: Page, key: str) -> bool:
    """Whether the page takes a key for itself."""
    page.evaluate("window.pressed = []")
    page.keyboard.press(key.replace("Mod", "Control"))
    held = 1 if key == "+" else len(key.split("+"))  # what is held is pressed, too
    return until(page, f"window.pressed.length >= {held} && [window.pressed.at(-1)]")[0]


@pytest.mark.parametrize(
    "place",
    [
        ("/?tag=keyed", ".dr-cell", {"x", "/", "Mod+k", "?", "5", "Mod+a", "g"}),
        ("/?tag=keyed&image={}", ".dr-lightbox", {"z", "i", "Delete", "Escape", "ArrowRight", "?"}),
        ("/develop?image={}", ".dv-panel", {"Mod+z", "j", "k", "Escape", "Mod+k"}),
        ("/trash", "h1", {"Mod+a", "a", "?"}),
    ],
    ids=["gallery", "lightbox", "develop", "trash"],
)  # fmt: skip
def test_every_key_that_the_help_tells_does_something(visit, site, ids, place):
    address, there, some = place
    visitor = visit()
    address = address.format(ids["key-1.jpg"])

    def opened() -> Page:
        page = visitor.go(address)
        expect(page.locator(there).first).to_be_visible()
        calm(page)
        page.evaluate(LISTEN)
        return page

    page = opened()
    rows = told(page)
    assert some <= {key for keys, _ in rows for key in keys}
    before, dialogs = page.url, page.evaluate(BUSY)
    deaf = []
    # What deleting does is shown where pictures go to the trash; here it would take away what other keys act on.
    for key in (key for keys, off in rows if not off for key in keys[:1] if key != "Delete"):
        if not handled(page, key):
            deaf.append(key)
        page.wait_for_timeout(60)
        page.evaluate("document.activeElement.matches('input') && document.activeElement.blur()")
        if page.url != before or page.evaluate(BUSY) != dialogs:
            page = opened()
    assert deaf == []


def ask(page: Page, words: str) -> None:
    """Open the palette and type."""
    expect(page.get_by_role("button", name="Keyboard help")).to_be_visible()
    calm(page)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find pages, commands, pictures").fill(words)


def test_the_palette_leads_to_pages_and_things_and_does_what_the_page_can(visit, site):
    page = visit().go("/?tag=keyed")
    expect(page.locator(".dr-cell")).to_have_count(3)
    page.keyboard.press("/")
    ask(page, "tra")  # from within a field, too
    palette = page.get_by_role("dialog", name="Go anywhere, do anything")
    expect(palette.get_by_role("option").first).to_contain_text("Training")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    ask(page, "keyed")
    palette.get_by_role("option", name="keyed Tag").click()
    expect(page).to_have_url(re.compile("tag=keyed"))
    ask(page, "choose all")
    page.keyboard.press("Enter")
    expect(page.locator(".dr-chosen strong")).to_have_text("3 chosen")
    ask(page, "key-1")
    expect(palette.get_by_role("option", name="key-1.jpg")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="key-1.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    ask(page, "theme light")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.radix-themes').classList.contains('light')")
    ask(page, "nothing is called so")
    expect(palette.get_by_text("Nothing is called that.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
