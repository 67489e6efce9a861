"""Bringing files in from the browser, and what Activity tells of them."""

from __future__ import annotations

import base64
import re
import time

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
    begun = time.monotonic()
    upload(page, {"dropped-501.jpg": jpeg(501, width=900, height=600)})
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("dropped-501.jpg")).to_be_visible()
    expect(page.locator(".dr-cell").first).to_have_attribute(
        "aria-label", re.compile("^dropped-501.jpg"), timeout=15_000
    )
    assert time.monotonic() - begun < 15
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
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
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
    expect(offer).to_be_visible(timeout=15_000)
    assert page.locator(".dr-grid").evaluate("grid => grid.scrollTop") == before
    offer.click()
    expect(page.locator(".dr-cell").first).to_have_attribute("aria-label", re.compile("^later-701.jpg"))


def test_an_unreadable_file_is_explained_and_can_be_dismissed(visit, site):
    page = visit().go("/activity")
    page.wait_for_selector(".dr-tile")
    upload(page, {"letter-801.jpg": b"Dear Sir or Madam, " * 40})
    failures = page.get_by_role("region", name="Could not be read")
    row = failures.get_by_role("listitem").filter(has_text="letter-801.jpg")
    expect(row).to_contain_text("The file is not a picture", timeout=15_000)
    expect(row).to_contain_text("Remove it, or convert it to a picture first.")
    batches = page.get_by_role("region", name="Batches")
    expect(batches.get_by_role("listitem").first).to_contain_text("1 failed")
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
