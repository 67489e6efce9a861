"""Bringing files in from the browser, and what Activity tells of them."""

from __future__ import annotations

import base64
import random
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.pictures import jpeg

DROP = """files => {
  const carried = new DataTransfer();
  for (const [name, data] of files) carried.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


def upload(page: Page, files: dict[str, bytes]) -> None:
    """Drop files onto the page."""
    page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in files.items()])


def test_a_dropped_file_is_seen_without_reload(visit, site):
    page = visit().go()
    page.wait_for_selector(".dr-cell img.dr-seen")
    upload(page, {"dropped-501.jpg": jpeg(501, width=900, height=600)})
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("dropped-501.jpg")).to_be_visible()
    expect(page.locator(".dr-cell").first).to_have_attribute("aria-label", re.compile("^dropped-501.jpg"))
    expect(uploads.get_by_text("1 added")).to_be_visible()
    page.locator(".dr-cell").first.click()
    shown = page.get_by_role("dialog", name="dropped-501.jpg")
    expect(shown).to_be_visible()
    expect(shown.get_by_text("900 \u00d7 600")).to_be_visible()


def test_chosen_files_go_as_one_batch(visit, site):
    page = visit().go()
    page.wait_for_selector(".dr-cell")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload pictures").click()
    files = [{"name": f"chosen-{n}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(600 + n)} for n in range(5)]
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/images")
    ) as answer:
        chooser.value.set_files([*files, {**files[0], "name": "again.jpg"}])
    assert answer.value.status == 202
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("5 added · 1 known already")).to_be_visible()
    uploads.get_by_role("button", name="Dismiss").click()
    expect(uploads).to_be_hidden()


def test_while_scrolled_down_new_pictures_are_offered(visit, site):
    page = visit(height=560).go()
    page.wait_for_selector(".dr-cell img.dr-seen")
    page.locator(".dr-grid").evaluate("grid => grid.scrollTo(0, 400)")
    page.wait_for_timeout(300)
    before = page.locator(".dr-grid").evaluate("grid => grid.scrollTop")
    upload(page, {"later-701.jpg": jpeg(701)})
    offer = page.get_by_role("button", name="1 new picture")
    expect(offer).to_be_visible()
    assert page.locator(".dr-grid").evaluate("grid => grid.scrollTop") == before
    offer.click()
    expect(page.locator(".dr-cell").first).to_have_attribute("aria-label", re.compile("^later-701.jpg"))


def test_an_unreadable_file_is_explained_and_can_be_dismissed(visit, site):
    page = visit().go("/activity")
    page.wait_for_selector(".dr-tile")
    upload(page, {"letter-801.jpg": b"Dear Sir or Madam, " * 40})
    failures = page.get_by_role("region", name="Could not be read")
    row = failures.get_by_role("listitem").filter(has_text="letter-801.jpg")
    expect(row).to_contain_text("The file is not a picture")
    expect(row).to_contain_text("Remove it, or convert it to a picture first.")
    batches = page.get_by_role("region", name="Batches")
    expect(batches.get_by_role("listitem").first).to_contain_text("1 failed")
    row.get_by_role("button", name="Dismiss").click()
    expect(row).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Dismiss").click()
    expect(row).to_be_hidden()
    counts = site.get("/api/v1/failures?state=dismissed").json()["items"]
    assert [one["key"] for one in counts if "letter-801" in one["key"]] != []


def test_activity_leads_to_the_pictures_of_a_batch(visit, site):
    page = visit().go("/activity")
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    expect(page.get_by_text("In the queue")).to_be_visible()
    page.get_by_role("link", name="36 files from inbox").click()
    expect(page.locator(".dr-context p")).to_have_text("36 pictures")


def choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload pictures").click()
    chooser.value.set_files(file)


def large(folder: Path, seed: int) -> Path:
    """A picture of three parts."""
    data = jpeg(seed, width=900, height=600)
    path = folder / f"large-{seed}.jpg"
    # Behind its end: it stays a picture.
    path.write_bytes(data + random.Random(seed).randbytes((17 << 20) - len(data)))
    return path


def test_a_large_file_outlives_a_broken_line_and_a_reload(visit, site, tmp_path):
    file = large(tmp_path, 901)
    visitor = visit()
    page = visitor.go()
    page.on("dialog", lambda dialog: dialog.accept())
    page.wait_for_selector(".dr-cell")
    page.route("**/uploads/*/parts/2", lambda route: route.abort())
    choose(page, file)
    uploads = page.get_by_role("region", name="Uploads", exact=True)
    expect(uploads.get_by_text("No connection. It goes on by itself where it was.")).to_be_visible(timeout=60_000)
    [begun] = site.get("/api/v1/uploads").json()["items"]
    assert (begun["name"], begun["bytes"], begun["received"]) == ("large-901.jpg", 17 << 20, 9 << 20)
    page.reload(wait_until="load")
    expect(page.get_by_text("1 upload broke off")).to_be_visible()
    sent, refused = [], iter([True, True])
    page.unroute("**/uploads/*/parts/2")
    page.route("**/uploads/*/parts/*", lambda route: route.abort() if next(refused, False) else route.continue_())
    page.on("requestfinished", lambda done: sent.append(done.url[-7:]) if done.method == "PUT" else None)
    choose(page, file)
    expect(uploads.get_by_text("1 added")).to_be_visible(timeout=60_000)
    assert sent == ["parts/2"]
    uploads.get_by_role("button", name="Dismiss").click()
    choose(page, file)
    expect(uploads.get_by_text("1 already in the library")).to_be_visible(timeout=60_000)
    assert sent == ["parts/2"]
    # What the browser says of the requests that were cut on purpose.
    assert all("ERR_FAILED" in one for one in visitor.complaints)
    visitor.complaints.clear()


def test_small_files_that_are_known_are_not_sent(visit, site):
    page = visit().go()
    page.wait_for_selector(".dr-cell")
    upload(page, {"small-911.jpg": jpeg(911)})
    uploads = page.get_by_role("region", name="Uploads", exact=True)
    expect(uploads.get_by_text("1 added")).to_be_visible(timeout=30_000)
    uploads.get_by_role("button", name="Dismiss").click()
    posted = []
    page.on("request", lambda asked: posted.append(asked.url) if asked.url.endswith("/images") else None)
    upload(page, {"copy-of-911.jpg": jpeg(911)})
    expect(uploads.get_by_text("1 already in the library")).to_be_visible(timeout=30_000)
    assert [one for one in posted if "/api/v1/images" in one] == []
