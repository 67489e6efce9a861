"""Two doors that a person opens in the browser: letting a program in, and Dagster's own web app behind our sign-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.accounts.requests import NewUser
from tests.e2e.site import Site
from tests.e2e.test_accounts import PASSWORD, sign_in, window
from tests.servers import MongoServer
from tests.stack import wait_until

__all__ = ["window"]
API = "/api/v1"
RELOAD = "mutation { reloadWorkspace { __typename } }"
ASK = """async (query) => {
  const answer = await fetch("/dagster/graphql", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({query})});
  return [answer.status, await answer.text()];
}"""


@pytest.fixture(scope="module")
def site(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a viewer and an administrator, and Dagster's real web server behind it."""
    folder = tmp_path_factory.mktemp("doors")
    (folder / "home").mkdir()
    with Site(mongod, folder / "home", database="e2e_doors") as site:
        for role in ("administrator", "viewer"):
            site.library.users.create(LOCAL_OWNER, NewUser(email=f"{role}@example.org", role=role, password=PASSWORD))
        (folder / "dagster").mkdir()
        program = [str(Path(sys.executable).with_name("dagster-webserver")), "--empty-workspace", "-h", "127.0.0.1"]
        environment = {**os.environ, "DAGSTER_HOME": str(folder / "dagster"), "DAGSTER_DISABLE_TELEMETRY": "yes"}
        with (folder / "dagster.log").open("wb") as log:
            process = subprocess.Popen(
                [*program, "-p", str(site.settings.dagster_port)], env=environment, stdout=log, stderr=log
            )  # fmt: skip

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{site.settings.dagster_port}/server_info", timeout=20).is_success
            except httpx.TransportError:
                return False

        wait_until(answers, seconds=120, what="Dagster's web server answers")
        yield site
        process.terminate()
        process.wait(timeout=30)


def begin(site: Site, agent: str) -> dict:
    answer = httpx.post(f"{site.url}{API}/auth/device", headers={"User-Agent": agent}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def outcome(site: Site, code: dict) -> httpx.Response:
    return httpx.post(f"{site.url}{API}/auth/device/token", json={"device_code": code["device_code"]}, timeout=60)


def test_a_person_sees_which_program_asks_and_lets_it_in(site, window):
    code = begin(site, "darkroom/1 on <b>desk</b>")
    page: Page = window()
    address = code["verification_uri_complete"].removeprefix(site.url)
    assert address == f"/device?code={code['user_code']}"
    sign_in(page, site, "viewer@example.org", address=address)
    expect(page.get_by_role("heading", name="Let a program in")).to_be_visible()
    expect(page.get_by_label("Code that the program shows")).to_have_value(code["user_code"])
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#agent")).to_have_text("darkroom/1 on <b>desk</b>")  # words, never markup
    assert outcome(site, code).json()["code"] == "authorization_pending"
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("The program is let in.")
    time.sleep(code["interval"] + 1)  # sooner it would be told to slow down
    tokens = outcome(site, code)
    assert tokens.status_code == 200, tokens.text
    headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    me = httpx.get(f"{site.url}{API}/auth/me", headers=headers, timeout=60).json()
    assert me["user"]["email"] == "viewer@example.org"


def test_a_program_that_nobody_knows_is_not_let_in(site, window):
    code = begin(site, "stranger")
    page: Page = window()
    sign_in(page, site, "viewer@example.org", address="/device")
    field = page.get_by_label("Code that the program shows")
    field.fill("BBBB-BBBB")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    field.fill(code["user_code"])
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Do not allow").click()
    expect(page.get_by_role("status")).to_have_text("The program was not let in.")
    assert outcome(site, code).json()["code"] in ("device_denied", "slow_down")


def test_dagster_is_behind_the_sign_in_and_viewers_only_look(site, window):
    page: Page = window()
    page.goto(f"{site.url}/dagster/runs")
    expect(page).to_have_url(re.compile(r"/sign-in/?\?return_to=%2Fdagster%2Fruns$"))
    page.get_by_label("E-mail").fill("viewer@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/dagster/runs"))
    expect(page).to_have_title(re.compile("Runs|Dagster"), timeout=60_000)
    assert page.evaluate(ASK, "{ version }")[0] == 200
    status, words = page.evaluate(ASK, RELOAD)
    assert status == 403
    assert "system:write" in words
    other: Page = window()
    sign_in(other, site, "administrator@example.org", address="/dagster")
    expect(other).to_have_title(re.compile("Dagster|Runs|Overview"), timeout=60_000)
    assert other.evaluate(ASK, RELOAD)[0] == 200
