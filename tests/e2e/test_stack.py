"""The whole of Darkroom as `darkroom up` starts it: a file arrives, Dagster takes it in, the browser shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.test_upload import upload
from tests.pictures import drop, jpeg
from tests.running import Stack


@pytest.fixture(scope="module")
def stack(web_build: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, with an empty library, on ports of its own."""
    stack = Stack(tmp_path_factory.mktemp("stack") / "home")
    stack.up("--no-samples")
    yield stack
    stack.down()


@pytest.mark.stack
@pytest.mark.slow
def test_from_an_empty_library_to_pictures_with_lineage(browser: Browser, stack: Stack):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(stack.web_url)
    expect(page.get_by_role("complementary", name="First steps")).to_be_visible()
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    expect(page.get_by_text(str(stack.home / "inbox"))).to_be_visible()
    expect(page.get_by_role("button", name="Status: All services work")).to_be_visible(timeout=60_000)

    # Dropped into the watched folder: the sensor finds it.
    drop(stack.home / "inbox", "alps/ridge.jpg", jpeg(1, width=900, height=600))
    first = page.locator(".dr-cell").first
    expect(first).to_have_attribute("aria-label", re.compile("^ridge.jpg"), timeout=60_000)

    # Dropped onto the page: no waiting for the sensor.
    upload(page, {"valley.jpg": jpeg(2, width=900, height=600)})
    expect(first).to_have_attribute("aria-label", re.compile("^valley.jpg"), timeout=60_000)

    page.get_by_role("checkbox", name="alps").click()
    expect(page.locator(".dr-context p")).to_have_text("1 picture")
    page.locator(".dr-cell").first.click()
    details = page.get_by_role("complementary", name="Details")
    expect(details.get_by_text("alps/ridge.jpg", exact=True)).to_be_visible()
    run = details.get_by_role("link", name="Run in Dagster").get_attribute("href")
    assert run.startswith(f"{stack.dagster_url}/runs/")
    assert httpx.get(run, follow_redirects=True, timeout=30).status_code == 200

    page.goto(f"{stack.web_url}/activity")
    runs = page.get_by_role("region", name="Recent runs").get_by_role("link")
    expect(runs).to_have_count(2, timeout=30_000)
    expect(page.get_by_role("region", name="Services").get_by_text("mongod")).to_be_visible()
    context.close()
    assert complaints == []
