"""A day's work by keys alone: no click, no field that is filled without having been reached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.furnished import EMAIL, PASSWORD, people, taught
from tests.e2e.site import Site
from tests.e2e.test_develop import brightness, settled
from tests.e2e.until import until
from tests.servers import MongoServer

FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || !document.hasFocus()) return null;
  const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const lit = (at) => at && (ring(getComputedStyle(at)) || /rgb\\(178, 94, 0\\)/.test(getComputedStyle(at).boxShadow));
  const here = one.getAttribute("aria-activedescendant");
  const around = [one.firstElementChild, one.parentElement, one.parentElement?.parentElement, here && document.getElementById(here)];
  const box = one.getBoundingClientRect();
  const name = one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || one.title || "";
  return {
    name: name.replace(/\\s+/g, " ").trim(),
    role: one.getAttribute("role") || one.tagName.toLowerCase(),
    shows: lit(one) || around.some(lit) || one.matches("#content, [role=dialog], [role^=menu]"),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
"""What has the focus: what it is called, whether it shows it, and whether it is in sight."""
STOPS = 90
TAG, COLLECTION, PRESET = "seen/by-hand", "By hand", "Darker by hand"


@pytest.fixture(scope="module")
def quiet(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A site with pictures, a report and an administrator; and the report's id."""
    with Site(mongod, tmp_path_factory.mktemp("quiet"), database="e2e_quiet") as site:
        site.fill(24)
        _, report = taught(site.library)
        people(site.library)
        yield site, report


class Hands:
    """Somebody at a keyboard. Wherever Tab leads must show that it has the focus, and be in sight."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def focus(self) -> dict[str, str]:
        """What has the focus; it is never lost."""
        return until(self.page, f"({FOCUS})()")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, name: str) -> None:
        """Wait until what is called so has the focus."""
        until(self.page, f"({FOCUS})()?.name.startsWith({json.dumps(name)})")

    def write(self, text: str, field: str = "") -> None:
        """Type into the field of that name, once it has the focus."""
        self.at(field)
        self.page.keyboard.type(text)

    def tab(self, *, back: bool = False) -> dict[str, str]:
        """One stop on."""
        self.press("Shift+Tab" if back else "Tab")
        stop = self.page.evaluate(FOCUS)
        if stop is None:  # past the last of the page; the next begins anew
            return {"name": "", "role": ""}
        try:
            until(self.page, f"(() => {{ const stop = ({FOCUS})(); return !stop || (stop.shows && stop.inside); }})()")
        except AssertionError as error:
            raise AssertionError(f"not shown or out of sight: {self.page.evaluate(FOCUS)}, before {stop}") from error
        return stop

    def reach(self, name: str, *, back: bool = False) -> None:
        """Go on by Tab to what is called so."""
        met = []
        for _ in range(STOPS):
            stop = self.tab(back=back)
            if re.search(name, stop["name"]):
                return
            met.append(stop["name"])
        raise AssertionError(f"no way to {name}: {met}")

    def take(self, name: str, *, back: bool = False) -> None:
        """Reach a button or link, and press it."""
        self.reach(name, back=back)
        self.press("Enter")


def test_a_day_without_a_mouse(quiet: tuple[Site, str], browser: Browser) -> None:
    site, report = quiet
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    hands = Hands(page)
    page.goto(f"{site.url}/sign-in")
    signed_in(hands)
    found_and_sorted(hands)
    looked_at_and_developed(hands)
    learned(hands, site, report)
    thrown_away_and_brought_back(hands)
    signed_out(hands)
    assert thrown == []
    context.close()


def signed_in(hands: Hands) -> None:
    page = hands.page
    expect(page.get_by_label("E-mail")).to_be_focused()
    hands.write(EMAIL)
    hands.reach("^Password$")
    hands.write(PASSWORD)
    hands.press("Enter")
    expect(page.locator(".dr-cell").nth(10)).to_be_visible()
    # The first stop of a page leads past its navigation.
    hands.take("^Skip to content$")
    until(page, "document.activeElement.id === 'content'")
    assert hands.tab()["name"] == "Pictures"


def found_and_sorted(hands: Hands) -> None:
    """Search, a range, a tag, a collection, and back again by undo."""
    page = hands.page
    hands.press("/")
    hands.write("tag:ocean ", "Search pictures")
    expect(page.locator(".dr-context p")).to_have_text("8 pictures")
    hands.reach("^Pictures$")
    hands.press("ArrowRight", "x", "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator(".dr-chosen strong")).to_have_text("3 chosen")
    hands.press("t")
    hands.write(TAG, "Add a tag")
    hands.press("Enter")
    expect(page.get_by_text(f"3 pictures tagged {TAG}")).to_be_visible()
    hands.at("Pictures")
    hands.press("Control+z")
    expect(page.get_by_text("Undone: 3 pictures")).to_be_visible()
    hands.press("ArrowLeft", "ArrowLeft", "x", "Shift+ArrowRight", "c")
    hands.write(COLLECTION, "Add to a collection")
    hands.press("Enter")
    expect(page.get_by_text(f"added to {COLLECTION}")).to_be_visible()
    hands.at("Pictures")
    hands.press("Escape")
    expect(page.locator(".dr-chosen")).to_be_hidden()


def looked_at_and_developed(hands: Hands) -> None:
    """The lightbox, a step with another value, before and after, a preset."""
    page = hands.page
    hands.press("Enter")
    dialog = page.get_by_role("dialog", name=re.compile("^picture-"))
    expect(dialog).to_be_focused()
    hands.reach("^Full size$")  # Tab goes round within
    hands.press("Enter", "Escape", "Escape")
    expect(dialog).to_be_hidden()
    hands.at("Pictures")
    hands.press("Enter")
    expect(dialog).to_be_focused()
    hands.press("d")
    before = brightness(page)
    hands.press("/")
    hands.write("exposure", "Search operations")
    hands.press("Enter")
    settled(page, f"> {before} + 5")
    hands.at("Step 1: Exposure")
    hands.reach("^Stops$")
    hands.press("PageDown")
    settled(page, f"< {before} - 3")
    hands.press("y")
    hands.reach("^Boundary between", back=True)
    hands.press("ArrowRight")
    expect(page.get_by_role("slider", name=re.compile("^Boundary"))).to_have_attribute("aria-valuetext", "52 % before")
    hands.press("y", "y", "y", "y")
    hands.press("s")
    expect(page.get_by_role("dialog", name="Save as preset")).to_be_visible()
    hands.write(PRESET, "Name")
    hands.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    hands.focus()
    hands.press("Control+z", "Control+z")  # what is saved is a step of the history, too
    settled(page, f"> {before} + 5")


def learned(hands: Hands, site: Site, report: str) -> None:
    """What a training would take, and what another was worth."""
    page = hands.page
    hands.press("l")
    expect(page.get_by_text(re.compile("pictures to learn from"))).to_be_visible()
    hands.reach("8 min")
    hands.press("ArrowUp")
    expect(page.get_by_role("radio", name=re.compile("^2 min"))).to_be_checked()
    hands.reach("^Start training$")
    hands.take("^Models$", back=True)
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^scenes classification"))).to_be_visible()
    until(page, "document.activeElement.id === 'content'")
    hands.take("^scenes classification")
    expect(page.get_by_role("heading", name="scenes", level=1)).to_be_visible()
    # What was pressed is gone: the focus is with the page, and goes on from there.
    until(page, "document.activeElement.id === 'content'")
    hands.take("^Report$")
    expect(page).to_have_url(re.compile(report))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def thrown_away_and_brought_back(hands: Hands) -> None:
    page = hands.page
    hands.press("g")
    expect(page.locator(".dr-cell").nth(10)).to_be_visible()
    hands.press("ArrowRight", "Delete")
    expect(page.get_by_text("1 picture moved to the trash")).to_be_visible()
    hands.press("Control+k")
    hands.write("trash", "Find pages, commands, pictures")
    hands.press("Enter")
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    hands.take("put away on")
    hands.take("^Restore$", back=True)
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(page.get_by_text("1 picture is back.")).to_be_visible()
    hands.focus()


def signed_out(hands: Hands) -> None:
    page = hands.page
    hands.take("^Account")
    expect(page.get_by_role("menu")).to_be_visible()
    hands.press("Escape")
    hands.at("Account")
    hands.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    hands.press("End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    hands.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
