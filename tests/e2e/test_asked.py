"""What a page asked, copied and run outside of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import httpx
import pytest
from playwright.sync_api import expect

from darkroom.domain.access import SYSTEM
from tests.e2e.site import photograph
from tests.pictures import drop


@pytest.fixture(scope="module")
def picture(site) -> str:
    """A picture of this module, because it is changed."""
    drop(site.settings.inbox, "asked/asked.jpg", photograph(9100, camera="Lumen X2", taken="2023:05:03 08:00:00"))
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    found: str = site.get("/api/v1/images?tag=asked").json()["items"][0]["id"]
    return found


def test_what_was_done_is_copied_and_does_it_again_from_a_shell_and_from_python(visit, site, picture):
    made = httpx.post(f"{site.url}/api/v1/tokens", json={"name": "asked", "scopes": ["write"]}, timeout=60).json()
    variables = {**os.environ, "DARKROOM_TOKEN": made["token"]}
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page = visitor.go("/?tag=asked")
    expect(page.locator(".dr-cell")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    expect(page.get_by_text("rated 4 stars").first).to_be_visible()

    page.keyboard.press("q")
    dialog = page.get_by_role("dialog", name="What this page asked")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog.locator("code", has_text="POST /images/bulk")).to_be_visible()
    summary = site.get("/api/v1/openapi.json").json()["paths"]["/api/v1/images/bulk"]["post"]["summary"]
    expect(dialog.get_by_text(summary, exact=True)).to_be_visible()

    def copied(name: str) -> str:
        button = dialog.get_by_role("button", name=f"Copy as {name}")
        button.click()
        expect(button.get_by_role("status")).to_have_text("Copied")
        text: str = page.evaluate("navigator.clipboard.readText()")
        return text

    def rated() -> int:
        stars: int = site.get(f"/api/v1/images/{picture}").json()["rating"]
        return stars

    def run(*command: str) -> str:
        given = {"selection": {"ids": [picture]}, "action": {"type": "edit", "edit": {"rating": 0}}}
        httpx.post(f"{site.url}/api/v1/images/bulk", json=given, timeout=60).raise_for_status()
        assert rated() == 0
        done = subprocess.run(command, check=False, env=variables, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert rated() == 4
        return done.stdout

    program = copied("Python")
    assert "dr_" not in program
    run(sys.executable, "-c", program)
    if shutil.which("curl"):
        command = copied("curl").strip()
        assert run("bash", "-c", f"{command} --silent --output /dev/null --write-out '%{{http_code}}'") == "200"

    dialog.get_by_role("checkbox", name="Show what it only read").check()
    expect(dialog.locator("code", has_text="GET /images").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="What this page asked").click()
    expect(dialog).to_be_visible()
