"""A browser sends a large file straight to a bucket of another origin, which must allow it (CORS)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site
from tests.e2e.test_upload import choose, large
from tests.object_servers import ObjectServer, start_moto
from tests.servers import MongoServer


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """A bucket on a server that allows every origin."""
    server = start_moto(tmp_path_factory.mktemp("bucket"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def direct(
    web_build: None, mongod: MongoServer, bucket: ObjectServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A Darkroom whose pictures lie there."""
    more = {"storage": bucket.url(), "storage_credentials": bucket.settings().storage_credentials}
    with Site(mongod, tmp_path_factory.mktemp("direct"), "direct", upload_direct=True, **more) as site:
        yield site


@pytest.fixture
def page(browser: Browser, direct: Site) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script("localStorage.setItem('darkroom.setup.later', 'true')")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(direct.url, wait_until="load")
    yield page
    context.close()


def host(bucket: ObjectServer) -> str:
    return urlsplit(bucket.options.partition("endpoint=")[2].partition("&")[0]).netloc


def test_parts_go_to_the_bucket_and_on_after_a_broken_line(page: Page, bucket: ObjectServer, tmp_path: Path) -> None:
    file, there = large(tmp_path, 951), f"http://{host(bucket)}/bucket/**"
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "PUT" else None)
    # Part 3, the small one, arrives; the line breaks for the others.
    page.route(there, lambda route: route.continue_() if "/3?" in route.request.url else route.abort())
    choose(page, file)
    uploads = page.get_by_role("region", name="Uploads", exact=True)
    expect(uploads.get_by_text("No connection")).to_be_visible(timeout=60_000)
    page.reload(wait_until="load")
    broken = page.get_by_role("region", name="Uploads that broke off")
    expect(broken.get_by_text("large-951.jpg")).to_be_visible()
    page.unroute(there)
    asked.clear()
    choose(page, file)
    expect(uploads.get_by_text("1 added")).to_be_visible(timeout=60_000)
    # What was there is not sent again, and nothing goes by way of us.
    assert {urlsplit(one).netloc for one in asked} == {host(bucket)}
    assert {urlsplit(one).path.rpartition("/")[2] for one in asked} == {"1", "2"}


def test_a_bucket_that_lets_no_page_in_is_named_with_what_to_do(
    page: Page, direct: Site, bucket: ObjectServer, tmp_path: Path
) -> None:  # fmt: skip
    # A browser tells no more of a missing CORS rule than of a line that is cut: this is what it looks like.
    page.route(f"http://{host(bucket)}/bucket/**", lambda route: route.abort())
    page.clock.install()
    choose(page, large(tmp_path, 952))
    uploads = page.get_by_role("region", name="Uploads", exact=True)
    expect(uploads.get_by_text("No connection")).to_be_visible(timeout=60_000)
    for _ in range(8):
        page.clock.fast_forward(20_000)
        page.wait_for_timeout(150)
    expect(uploads.get_by_text("CORS rules")).to_be_visible(timeout=20_000)
    assert direct.url in uploads.inner_text()
