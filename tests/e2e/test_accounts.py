"""Accounts in the browser: from set-up over roles and tokens to the audit log, as several people see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pydantic import SecretStr

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.audit_views import AuditQuery
from darkroom.services.accounts.requests import NewRule, NewUser
from tests.e2e.site import Site
from tests.e2e.test_shell import NAMELESS
from tests.e2e.test_upload import upload
from tests.pictures import jpeg
from tests.servers import MongoServer

PASSWORD = "correct horse battery"
ADMINISTRATOR = "ada@example.org"
PROVIDER = {"oidc_google_client_id": "darkroom", "oidc_google_client_secret": SecretStr("secret")}


@pytest.fixture(scope="module")
def guarded(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, because the first account shuts everybody else out."""
    with Site(mongod, tmp_path_factory.mktemp("guarded"), database="e2e_accounts", **PROVIDER) as site:
        site.fill(3)
        yield site


@pytest.fixture
def untouched(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site in which nobody has an account yet."""
    with Site(mongod, tmp_path_factory.mktemp("untouched"), database="e2e_untouched") as site:
        site.fill(3)
        yield site


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens windows of people who have nothing in common: no cookie, no storage. No page may throw."""
    contexts: list[BrowserContext] = []
    thrown: list[str] = []

    def open_window(width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert thrown == []


def sign_in(page: Page, site: Site, email: str, password: str = PASSWORD, address: str = "/sign-in") -> None:
    """Open a page, and sign in where it leads."""
    page.goto(site.url + address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def account_menu(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Account")).click()


def choose_password(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("Once more").fill(password)


def first_visit(page: Page, site: Site) -> None:
    """An administrator is offered and not insisted on."""
    page.goto(site.url)
    page.wait_for_selector(".dr-cell")
    steps = page.get_by_role("complementary", name="First steps")
    steps.get_by_role("link", name="Make an administrator").click()
    page.get_by_role("button", name="Later, only this machine").click()
    page.wait_for_selector(".dr-cell")
    expect(page.get_by_role("button", name=re.compile("^Account"))).to_be_visible()
    expect(steps).to_be_hidden()
    page.reload()
    page.wait_for_selector(".dr-cell")
    expect(steps).to_be_hidden()
    account_menu(page)
    page.get_by_role("menuitem", name="Make an administrator").click()
    expect(page.get_by_role("heading", name="Welcome to Darkroom")).to_be_visible()


def test_from_the_first_visit_to_the_audit_log(untouched, window):
    ada = window()
    first_visit(ada, untouched)
    make_administrator(ada, untouched)
    sign_out_and_in(ada, untouched)
    link = invite_a_viewer(ada)
    refused_viewer(window(), untouched, link)
    token = make_a_token(ada, untouched)
    assert ask(untouched, token).status_code == 200
    ada.get_by_role("button", name="Revoke from the test").click()
    ada.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(ada.get_by_text("Revoked")).to_be_visible()
    assert ask(untouched, token).json()["code"] == "unauthenticated"
    audit_shows_it(ada)


def make_administrator(page: Page, site: Site) -> None:
    page.goto(site.url + "/setup")
    page.get_by_role("button", name="Make an administrator").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill(ADMINISTRATOR)
    page.get_by_label("New password").fill("short")
    expect(page.get_by_text("5 more characters")).to_be_visible()
    expect(page.get_by_role("button", name="Make it and sign in")).to_be_disabled()
    choose_password(page)
    page.get_by_role("button", name="Make it and sign in").click()
    page.wait_for_selector(".dr-cell")
    expect(page.get_by_role("button", name="Account: Ada, Administrator")).to_be_visible()


def sign_out_and_in(page: Page, site: Site) -> None:
    """A wrong password is said in words; one comes back to where one was."""
    account_menu(page)
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    sign_in(page, site, ADMINISTRATOR, "wrong password", address="/activity")
    assert "return_to=%2Factivity" in page.url
    expect(page.get_by_role("alert")).to_contain_text("There is no account with this address and password.")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Show the password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Activity", exact=True)).to_be_visible()


def invite_a_viewer(page: Page) -> str:
    """Returns the one-time link."""
    account_menu(page)
    page.get_by_role("menuitem", name="People").click()
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("vera@example.org")
    dialog.get_by_label("Name").fill("Vera")
    dialog.get_by_role("button", name="Invite").click()
    link = page.get_by_label("One-time link").input_value()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Invited")).to_be_visible()
    return link


def refused_viewer(page: Page, site: Site, link: str) -> None:
    """Somebody who may only look chooses a password, sees pictures, and is told why there is no more."""
    page.goto(link)
    choose_password(page, PASSWORD + " of Vera")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The new password is set.")).to_be_visible()
    sign_in(page, site, "vera@example.org", PASSWORD + " of Vera")
    page.wait_for_selector(".dr-cell")
    button = page.get_by_role("button", name="Upload pictures")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "It takes the role editor; there is only the role viewer.")
    upload(page, {"not-mine.jpg": jpeg(77)})
    expect(page.get_by_text("You may not bring pictures in")).to_be_visible()
    page.goto(site.url + "/people")
    expect(page.get_by_role("alert")).to_contain_text("Vera lacks the permission users:read")
    account_menu(page)
    expect(page.get_by_role("menuitem", name="Your account")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Audit log")).to_have_count(0)
    page.keyboard.press("Escape")
    # The link was good once.
    page.goto(link)
    page.reload()
    page.goto(site.url + "/reset#" + link.partition("#")[2])
    choose_password(page)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_contain_text("The link is no longer good")


def make_a_token(page: Page, site: Site) -> str:
    page.goto(site.url + "/account")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("from the test")
    dialog.get_by_role("button", name="Make the token").click()
    token = page.get_by_label("API token", exact=True).input_value()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("never used")).to_be_visible()
    return token


def ask(site: Site, token: str) -> httpx.Response:
    return httpx.get(f"{site.url}/api/v1/images", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def audit_shows_it(page: Page) -> None:
    account_menu(page)
    page.get_by_role("menuitem", name="Audit log").click()
    for words in ("revoked an API token", "made an API token", "was refused users:read", "created an account",
                  "failed to sign in", "made the first administrator"):  # fmt: skip
        expect(page.get_by_role("cell", name=words).first).to_be_visible()
    page.get_by_label("Outcome").select_option("denied")
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    lines = started.value.path().read_text().splitlines()
    assert [line.split(",")[5] for line in lines[1:]] == ["users:read"]


@pytest.fixture(scope="module")
def people(guarded: Site) -> Site:
    """The site with its administrator."""
    new = NewUser(email=ADMINISTRATOR, name="Ada", role="administrator", password=PASSWORD)
    guarded.library.users.create(LOCAL_OWNER, new)
    return guarded


def test_a_session_that_is_ended_elsewhere_leads_to_sign_in_and_back(people, window):
    here, there = window(), window()
    sign_in(here, people, ADMINISTRATOR)
    here.wait_for_selector(".dr-cell img.dr-seen")
    sign_in(there, people, ADMINISTRATOR, address="/account")
    there.get_by_role("button", name=re.compile("^End")).last.wait_for()
    others = there.get_by_role("button", name=re.compile("^End all others|^End the session"))
    others.first.click()
    expect(others).to_have_count(0)
    expect(here.get_by_role("heading", name="Sign in")).to_be_visible(timeout=40_000)
    expect(there.get_by_text("This one")).to_be_visible()


def test_other_providers_are_offered_and_their_answers_said_in_words(people, window):
    page = window()
    page.goto(people.url + "/sign-in?return_to=%2Faudit&error=no_account")
    expect(
        page.get_by_role("alert").filter(has_text="You have no account here. Ask an administrator for one.")
    ).to_be_visible()
    start = page.get_by_role("link", name="Sign in with Google").get_attribute("href")
    assert start == "/api/v1/auth/oidc/google/start?return_to=%2Faudit"
    sign_in(page, people, ADMINISTRATOR, address="/sign-in?return_to=%2Faccount")
    expect(page.get_by_role("button", name="Link Google")).to_be_visible()


def test_who_may_not_follow_what_happens_is_not_told_that_the_server_is_gone(people, window):
    library = people.library
    fay = library.users.create(
        LOCAL_OWNER, NewUser(email="fay@example.org", name="Fay", role="viewer", password=PASSWORD)
    )
    library.policies.add(
        LOCAL_OWNER, NewRule(subject=fay.id, permission="events:read", effect="deny", reason="Too much")
    )
    page = window()
    sign_in(page, people, "fay@example.org")
    page.wait_for_selector(".dr-cell")
    # Longer than a lost connection takes to be shown, and than a stream waits before it tries again.
    page.wait_for_timeout(5000)
    expect(page.get_by_text("Darkroom does not answer.")).to_be_hidden()
    refused = library.audit.list(LOCAL_OWNER, AuditQuery(principal=fay.id, action="events:read")).items
    assert len(refused) == 1
    page.goto(people.url + "/account")
    expect(page.get_by_text("(Too much)")).to_be_visible()


def test_caps_lock_is_noticed(people, window):
    page = window()
    page.goto(people.url + "/sign-in")
    field = page.get_by_label("Password", exact=True)
    press = "(one, on) => one.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', bubbles: true, modifierCapsLock: on }))"
    field.evaluate(press, True)
    expect(page.get_by_text("Caps lock is on")).to_be_visible()
    field.evaluate(press, False)
    expect(page.get_by_text("Caps lock is on")).to_be_hidden()


def test_too_many_wrong_passwords_say_how_long_to_wait(people, window):
    page = window()
    sign_in(page, people, "nobody@example.org", "wrong password 0")
    for number in range(1, 6):
        expect(page.get_by_role("alert")).to_contain_text("There is no account with this address")
        page.get_by_label("Password", exact=True).fill(f"wrong password {number}")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_timeout(150)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Too many failed attempts.*possible in \d+ min"))
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_disabled()


def test_only_pages_of_this_site_are_returned_to(people, window):
    page = window()
    sign_in(page, people, ADMINISTRATOR, address="/sign-in?return_to=%2F%2Fevil.example%2F")
    page.wait_for_selector(".dr-cell")
    assert page.url == f"{people.url}/"


@pytest.mark.parametrize("width", [390, 1024])
def test_pages_of_accounts_fit_and_everything_has_a_name(people, window, width):
    page = window(width)
    for address, heading in (
        ("/sign-in", "Sign in"),
        ("/reset#dr", "Choose a password"),
        ("/setup", "Darkroom is set up"),
    ):
        page.goto(people.url + address)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        fits(page, width)
    sign_in(page, people, ADMINISTRATOR)
    page.wait_for_selector(".dr-cell")
    for address, ready in (
        ("/account", ".dr-rights li"),
        ("/people", ".dr-verdict-box"),
        ("/audit", ".dr-audit tbody tr"),
    ):
        page.goto(people.url + address)
        page.wait_for_selector(ready)
        fits(page, width)


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.querySelectorAll('main')].every(one => one.scrollWidth <= one.clientWidth)")
    assert page.evaluate(NAMELESS) == []
    assert page.locator("h1").count() == 1
