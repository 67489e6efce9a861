"""Everything there is to see: each page of the app, and what opens on it.

A page that is registered and not listed here fails `test_sights.py`; so nothing goes unlooked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.until import until

PHONE, TABLET, DESK = 390, 1024, 1440
WIDTHS = (DESK, TABLET, PHONE)

CALM = """(() => {
  const within = (one) => { const box = one.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth; };
  const busy = [...document.querySelectorAll(".dr-waiting, .dr-skeleton, .dr-tiles-wait, .dv-page-wait, [aria-busy=true], .dv-status[data-busy]")].filter((one) => one.offsetParent && within(one) && !one.closest(".ds-shown"));
  const images = [...document.images].filter((one) => one.offsetParent && within(one) && !one.complete);
  const moving = document.getAnimations().filter((one) => one.playState === "running" && one.effect?.getComputedTiming().iterations !== Infinity);
  const known = !document.querySelector('.dr-account-button[aria-label="Account"]');
  return known && document.querySelector("h1, [role=dialog]") && document.fonts.status === "loaded" && !busy.length && !images.length && !moving.length;
})()"""
"""Nothing that is in sight still loads or moves, and the page knows who looks."""


@dataclass(frozen=True)
class Sight:
    """A page in a state.

    Args:
        name: words for it.
        address: where it is; `{picture}`, `{run}` and `{report}` stand for ids of the site.
        steps: what is done there first.
        widths: of the windows that show it.
        inside: whether somebody who is signed in looks.
        tall: whether the window is as tall as the page.
    """

    name: str
    address: str
    steps: Callable[[Page], None] | None = None
    widths: tuple[int, ...] = WIDTHS
    inside: bool = True
    tall: bool = False

    def height(self, width: int) -> int:
        """How tall a window of a width is."""
        if self.tall:
            return 5600 if width == PHONE else 3000
        return 844 if width == PHONE else 900

    @property
    def route(self) -> str:
        """The page's own address."""
        return self.address.partition("?")[0].partition("#")[0]


def button(*names: str) -> Callable[[Page], None]:
    """Presses buttons by their names, one after the other."""

    def press(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).first.click()

    return press


def keys(*pressed: str, shows: str) -> Callable[[Page], None]:
    """Presses keys of the page, until something is there."""

    def press(page: Page) -> None:
        calm(page)
        for key in pressed:
            page.keyboard.press(key)
        expect(page.locator(shows).first).to_be_visible()

    return press


def calm(page: Page) -> None:
    """Wait until everything in sight is there."""
    until(page, CALM)


def chosen(page: Page) -> None:
    """Three pictures."""
    keys("ArrowRight", "x", "Shift+ArrowRight", "Shift+ArrowRight", shows=".dr-chosen")(page)


def tagging(page: Page) -> None:
    chosen(page)
    keys("t", shows=".dr-names")(page)


def adding(page: Page) -> None:
    """Three pictures that join a dataset."""
    chosen(page)
    keys("s", shows="[role=dialog]")(page)
    page.get_by_label("Class", exact=True).fill("lake")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("example")


def comparing(page: Page) -> None:
    """Three pictures beside each other."""
    chosen(page)
    page.get_by_role("toolbar", name="Chosen pictures").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("figure")).to_have_count(3)


def wondering(page: Page) -> None:
    """What the page asked, what it only read too."""
    keys("q", shows=".dr-asked")(page)
    page.get_by_role("checkbox", name="Show what it only read").check()
    expect(page.locator(".dr-asked li").first).to_be_visible()


def completing(page: Page) -> None:
    calm(page)
    page.get_by_role("combobox", name="Search pictures").fill("camera:")
    expect(page.get_by_role("listbox")).to_be_visible()


def developing(page: Page) -> None:
    """Two steps, the second one open."""
    expect(page.locator(".dv-panel")).to_be_visible()
    for words in ("curves", "exposure"):
        page.locator("main").press("/")
        page.get_by_role("combobox", name="Search operations").fill(words)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()


def panel(name: str) -> Callable[[Page], None]:
    """Develops, and looks at another panel."""

    def look(page: Page) -> None:
        developing(page)
        page.get_by_role("tab", name=name).click()

    return look


def new_filter(page: Page) -> None:
    """A filter of one's own, before anything is said of it."""
    panel("Presets")(page)
    page.get_by_role("region", name="Filters of your own").get_by_role("button", name="New filter").click()
    expect(page.get_by_role("dialog", name="New filter")).to_be_visible()


def pointing(page: Page) -> None:
    """The place that must stay when the picture is cropped."""
    expect(page.locator(".dr-lightbox button[aria-label='The place that must stay in crops']")).to_be_enabled()
    page.keyboard.press("k")
    expect(page.get_by_role("application", name="Choose the place that must stay")).to_be_focused()


def asked(*pressed: str) -> Callable[[Page], None]:
    """Develops, and asks for a dialog by keys."""

    def ask(page: Page) -> None:
        developing(page)
        page.get_by_role("tab", name="Steps").focus()
        keys(*pressed, shows="[role=dialog]")(page)

    return ask


def told(page: Page) -> None:
    """The answer of the page of people to what nobody has asked yet."""
    expect(page.get_by_text("The role administrator has it.")).to_be_visible()


def estimated(page: Page) -> None:
    """What a training would take, as far as that is known."""
    expect(page.get_by_text("24 pictures to learn from")).to_be_visible()


def judged(page: Page) -> None:
    """What models are worth, which comes after their list, and what is found by words."""
    for name in ("Worth on each dataset", "Searching by words"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()


def drawn(page: Page) -> None:
    """What a strong policy does to pictures."""
    estimated(page)
    page.get_by_text("Advanced").click()
    page.get_by_text("How pictures are changed").click()
    page.get_by_label("How much").select_option("strong")
    # PyTorch is started for it.
    expect(page.locator(".dl-draw")).to_have_count(24, timeout=90_000)
    expect(page.get_by_label("Turned, at most")).to_have_value("23")


NARROW_AND_WIDE = (DESK, PHONE)
DESK_ONLY = (DESK,)
PHONE_ONLY = (PHONE,)

PAGES = (
    Sight("gallery", "/?sort=name"),
    Sight("collections", "/collections"),
    Sight("tags", "/tags"),
    Sight("rules", "/rules"),
    Sight("develop", "/develop"),
    Sight("trainings", "/training", estimated),
    Sight("datasets", "/datasets"),
    Sight("annotate", "/annotate"),
    Sight("experiments", "/experiments"),
    Sight("models", "/models", judged),
    Sight("reports", "/report"),
    Sight("activity", "/activity"),
    Sight("account", "/account"),
    Sight("people", "/people", told),
    Sight("audit", "/audit"),
    Sight("trash", "/trash"),
    Sight("plugins", "/plugins"),
    Sight("design", "/design", tall=True),
    Sight("sign-in", "/sign-in", inside=False),
    Sight("set-up", "/setup", inside=False),
    Sight("reset", "/reset#nobody", inside=False),
)
"""Every page as it is found."""

OPENED = (
    Sight("lightbox", "/?image={picture}", widths=NARROW_AND_WIDE),
    Sight("the place that must stay", "/?image={picture}", pointing, NARROW_AND_WIDE),
    Sight("filters", "/", button("Filters"), PHONE_ONLY),
    Sight("chosen pictures", "/", chosen, NARROW_AND_WIDE),
    Sight("tagging", "/", tagging, DESK_ONLY),
    Sight("adding to a dataset", "/", adding, DESK_ONLY),
    Sight("comparing", "/", comparing, NARROW_AND_WIDE),
    Sight("completion", "/", completing, NARROW_AND_WIDE),
    Sight("list", "/", lambda page: page.get_by_role("radio", name="List").click(), DESK_ONLY),
    Sight("orders", "/", button("Sort"), DESK_ONLY),
    Sight("groups", "/?group=tag", button("Groups"), DESK_ONLY),
    Sight("nothing fits", "/?q=nowhere", widths=DESK_ONLY),
    Sight("keep a view", "/?tag=forest", button("Keep"), DESK_ONLY),
    Sight("account menu", "/", button("Account"), NARROW_AND_WIDE),
    Sight("status", "/activity", button("Status"), DESK_ONLY),
    Sight("keys", "/", keys("?", shows="[role=dialog]"), NARROW_AND_WIDE),
    Sight("palette", "/", keys("Control+k", shows=".dr-command li"), NARROW_AND_WIDE),
    Sight("what was asked", "/", wondering, NARROW_AND_WIDE),
    Sight("keys of a picture", "/?image={picture}", keys("?", shows=".dr-keys"), DESK_ONLY),
    Sight("steps", "/develop?image={picture}", developing, NARROW_AND_WIDE),
    Sight("presets", "/develop?image={picture}", panel("Presets"), DESK_ONLY),
    Sight("new filter", "/develop?image={picture}", new_filter, DESK_ONLY),
    Sight("history", "/develop?image={picture}", panel("History"), DESK_ONLY),
    Sight("operations", "/develop?image={picture}", asked("/"), NARROW_AND_WIDE),
    Sight("variants", "/develop?image={picture}", asked("x"), DESK_ONLY),
    Sight("save a preset", "/develop?image={picture}", asked("s"), NARROW_AND_WIDE),
    Sight("snapshots", "/develop?image={picture}", asked("k", "c"), DESK_ONLY),
    Sight("make pictures", "/develop?image={picture}", asked("Control+Enter"), DESK_ONLY),
    Sight("new collection", "/collections", button("New collection"), NARROW_AND_WIDE),
    Sight("more for a collection", "/collections", button("More for"), DESK_ONLY),
    Sight("a rule", "/rules?rule=woods", widths=NARROW_AND_WIDE),
    Sight("what a rule does", "/rules?new=1", button("Action"), DESK_ONLY),
    Sight("more for a rule", "/rules", button("More"), DESK_ONLY),
    Sight("a dataset", "/datasets?name=scenes&version=2&before=1", widths=NARROW_AND_WIDE),
    Sight("quality", "/datasets?name=scenes&look=quality", widths=NARROW_AND_WIDE),
    Sight("labelling", "/annotate?name=scenes", widths=NARROW_AND_WIDE),
    Sight("new dataset", "/datasets", button("New dataset"), DESK_ONLY),
    Sight("import a dataset", "/datasets", button("Import"), NARROW_AND_WIDE),
    Sight("following", "/datasets?name=scenes", button("Let it follow"), NARROW_AND_WIDE),
    Sight("how pictures are changed", "/training?dataset=scenes@2", drawn, NARROW_AND_WIDE),
    Sight("a training", "/training?run={run}", widths=NARROW_AND_WIDE),
    Sight("a model", "/models?name=scenes", widths=NARROW_AND_WIDE),
    Sight("a report", "/report?id={report}", widths=NARROW_AND_WIDE),
    Sight("new token", "/account", button("New token"), DESK_ONLY),
    Sight("invite", "/people", button("Invite"), DESK_ONLY),
    Sight("more about somebody", "/people", button("More about"), DESK_ONLY),
)
"""What opens on them."""
