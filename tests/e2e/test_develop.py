"""Developing a picture: steps, previews, undo, refusals."""

from __future__ import annotations

import hashlib
import json
import os
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import Metric, StoredReport, TrainingRun
from darkroom.imaging.operations import learned_write
from tests.e2e.axe import violations
from tests.e2e.until import until
from tests.negatives import negative, scene
from tests.pictures import drop, encode
from tests.registered import carry, register

BRIGHTNESS = """(() => {
  const image = document.querySelector(".dv-picture > img");
  if (!image?.complete || !image.naturalWidth || document.querySelector(".dv-status[data-busy]")) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 16, 16);
  const values = context.getImageData(0, 0, 16, 16).data;
  return values.reduce((sum, value, at) => (at % 4 === 3 ? sum : sum + value), 1) / 768;
})()"""
"""Mean of the picture that is shown, once nothing is computed any more."""


@pytest.fixture
def pictures(site):
    """Ids of the pictures by name."""
    found = site.get("/api/v1/images?sort=name&limit=100").json()["items"]
    return {item["name"]: item["id"] for item in found}


def brightness(page: Page) -> float:
    return until(page, BRIGHTNESS)


def settled(page: Page, test: str) -> float:
    """The brightness, once it fits."""
    return until(page, f"(() => {{ const now = {BRIGHTNESS}; return now !== null && now {test} && now; }})()")


def add(page: Page, words: str) -> None:
    """Add a step by searching for it."""
    page.locator("main").press("/")
    page.get_by_role("combobox", name="Search operations").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()


def expect_steps(page: Page, names: list[str]) -> None:
    expect(page.locator(".dv-row-name strong")).to_have_text(names)


def test_a_picture_is_developed_from_the_lightbox_by_keyboard_and_undone_after_a_reload(visit, site, pictures):
    visitor = visit()
    page = visitor.go(f"/?tag=forest&image={pictures['picture-003.jpg']}")
    expect(page.get_by_role("dialog", name="picture-003.jpg")).to_be_visible()
    page.keyboard.press("d")
    page.wait_for_url("**/develop?image=*view=tag*")
    expect(page.get_by_role("heading", name="Develop picture-003.jpg")).to_be_attached()
    before = brightness(page)

    add(page, "brightness")  # another word for exposure
    expect_steps(page, ["Exposure"])
    brighter = settled(page, f"> {before} + 8")
    number = page.get_by_label("Stops", exact=True).last
    number.fill("-2")
    darker = settled(page, f"< {before} - 20")
    page.keyboard.press("Control+z")
    expect(number).to_have_value("0.5")
    settled(page, f"> {before} + 8")
    assert abs(brightness(page) - brighter) < 1
    page.reload()
    settled(page, f"> {before} + 8")
    page.get_by_role("tab", name="History").click()
    entries = page.locator(".dv-history li").all_inner_texts()
    assert entries[0] == "Original"
    assert entries[1] == "Added Exposure"
    page.get_by_role("button", name="Exposure: Stops").first.click()
    assert abs(settled(page, f"< {before} - 15") - darker) < 8
    page.get_by_role("button", name="Copy settings").click()
    expect(page.get_by_text("Copied what is done to picture-003.jpg.")).to_be_visible()
    page.get_by_role("button", name="Original", exact=True).click()
    assert abs(settled(page, f"> {before} - 2") - before) < 1

    # All of it is there in another browser, too, and what is copied is pasted there.
    at = f"fetch('/api/v1/images/{pictures['picture-003.jpg']}/develop-history').then((one) => one.json()).then((one) => one.at)"
    until(page, f"{at}.then((one) => one === 0)")
    other = visit().go(f"/develop?image={pictures['picture-003.jpg']}")
    other.get_by_role("tab", name="History").click()
    other.get_by_role("button", name="Added Exposure", exact=True).click()
    until(other, f"{at}.then((one) => one === 1)")
    # This window has not heard of it: what is done here follows what was done there.
    page.get_by_role("tab", name="Steps").click()
    add(page, "sepia")
    expect(page.get_by_text("This picture was developed in another window, too.")).to_be_visible()
    expect_steps(page, ["Sepia"])
    page.locator("main").press("Control+z")
    expect_steps(page, ["Exposure"])
    assert all("412" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
    other.goto(f"{site.url}/develop?image={pictures['picture-012.jpg']}")
    other.get_by_role("button", name="Paste settings").click()
    other.get_by_role("tab", name="Steps").click()
    expect_steps(other, ["Exposure"])


def test_what_is_wrong_is_said_at_the_field(visit, site, pictures):
    visitor = visit()
    page = visitor.go(f"/develop?image={pictures['picture-004.jpg']}")
    before = brightness(page)
    add(page, "exposure")
    settled(page, f"> {before} + 5")
    stops = page.locator("[data-field=stops]")
    stops.get_by_role("textbox").fill("40")
    expect(stops.get_by_role("alert")).to_have_text("At most 10 EV.")
    assert stops.get_by_role("textbox").get_attribute("aria-invalid") == "true"
    stops.get_by_role("slider").press("ArrowRight")
    expect(stops.get_by_role("textbox")).to_have_value("0.6")
    expect(stops.get_by_role("alert")).to_be_hidden()
    # What only the server knows comes back to the step that it is about.
    add(page, "levels black point")
    page.locator("[data-field=black]").get_by_role("textbox").fill("0.9")
    page.locator("[data-field=white]").get_by_role("textbox").fill("0.3")
    expect(page.locator(".dv-row-bad")).to_contain_text("white must be", ignore_case=True)
    # At the field that it is about, and the other one is marked, too.
    expect(page.locator("[data-field=white]").get_by_role("alert")).to_have_text("White must be greater than black.")
    expect(page.locator("[data-field=black]").get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".dv-status")).to_contain_text("The picture shows what was before")
    add(page, "double exposure")
    expect(page.locator(".dv-row-bad small").last).to_have_text("Needs picture: left out until then.")
    assert all("422" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_steps_are_moved_switched_off_copied_and_deleted_from_the_keyboard(visit, site, pictures):
    page = visit(dark=False).go(f"/develop?image={pictures['picture-005.jpg']}")
    brightness(page)
    for words in ("exposure", "blur", "sepia"):
        add(page, words)
    expect_steps(page, ["Exposure", "Blur", "Sepia"])
    # The step that was added last has the focus.
    page.keyboard.press("Alt+ArrowUp")
    expect_steps(page, ["Exposure", "Sepia", "Blur"])
    page.keyboard.press("Alt+Home")
    expect_steps(page, ["Sepia", "Exposure", "Blur"])
    page.get_by_role("button", name="Switch Sepia off").click()
    expect(page.get_by_role("button", name="Step 1: Sepia, switched off")).to_be_visible()
    page.get_by_role("button", name="Duplicate Sepia").click()
    expect_steps(page, ["Sepia", "Sepia", "Exposure", "Blur"])
    page.locator("[data-row='1']").press("Delete")
    expect_steps(page, ["Sepia", "Exposure", "Blur"])
    assert page.evaluate("document.activeElement.dataset.row") == "0"

    grip = page.locator(".dv-grip").nth(2)
    box = grip.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, page.locator(".dv-row").nth(0).bounding_box()["y"] + 5, steps=6)
    page.mouse.up()
    expect_steps(page, ["Blur", "Sepia", "Exposure"])
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard").get_by_text("Original, while held")).to_be_visible()


def test_a_model_of_the_library_is_chosen_for_a_step(visit, site, pictures):
    register(site.library.stores, "softer", 1, learned_write.identity(), licence="cc-by-4.0")
    page = visit().go(f"/develop?image={pictures['picture-013.jpg']}")
    before = brightness(page)
    add(page, "enhance learned")
    expect(page.locator(".dv-row-bad small")).to_have_text("Needs model: left out until then.")
    page.locator("[data-field=model]").get_by_role("combobox").select_option("softer@champion")
    expect(page.locator(".dv-row-bad")).to_have_count(0)
    assert abs(brightness(page) - before) < 1
    expect(page.get_by_text("Licence of the weights it began with: cc-by-4.0")).to_be_visible()
    # A model that does nothing is not used, and the step says why.
    left = page.locator(".dv-row-left")
    expect(left).to_contain_text("Left as it was: with softer@1 ")
    expect(left).to_contain_text("at least 5% is wanted")
    assert violations(page) == []
    page.get_by_label("Min gain", exact=True).last.fill("0")
    expect(left).to_have_count(0)


def test_a_model_that_others_trained_is_chosen_with_its_licence(visit, site, pictures):
    carry(
        site.library.stores,
        "theirs",
        learned_write.identity(),
        licence="AGPL-3.0",
        about="From a friend",
        tile=64,
        overlap=16,
    )
    page = visit().go(f"/develop?image={pictures['picture-014.jpg']}")
    add(page, "enhance learned")
    field = page.locator("[data-field=model]")
    expect(field.locator("optgroup[label='Trained by others'] option")).to_have_text(["theirs", "theirs@1"])
    field.get_by_role("combobox").select_option("theirs")
    expect(
        field.get_by_text("Licence: AGPL-3.0. From a friend. Unless it is changed here: tile 64; overlap 16")
    ).to_be_visible()
    expect(page.locator(".dv-row-left")).to_contain_text("Left as it was: with theirs@1 ")


def test_what_a_model_made_is_compared_with_what_it_was_in_every_way(visit, site, pictures):
    stores, image = site.library.stores, pictures["picture-013.jpg"]
    for name in ("keeper", "keeper-too"):
        register(stores, name, 1, learned_write.identity(), task="enhancement")
        line = stores.models.get(name)
        stores.models.replace(line.model_copy(update={"task": "enhancement"}))
    facts = {
        "principal": "p",
        "owner": "p",
        "dataset": "set@1",
        "dataset_hash": "0" * 64,
        "config": {},
        "created_at": now(),
    }
    stores.trainings.insert(
        TrainingRun(
            id="t-keeper",
            waits_since=now(),
            model_line="keeper",
            task="enhancement",
            state="done",
            model="keeper@1",
            **facts,
        )
    )
    details = json.dumps({"mistakes": [{"key": image, "psnr_before": 20.0, "psnr": 21.5, "ssim": 0.9}]}).encode()
    key = hashlib.sha256(details).hexdigest()
    stores.blobs.put("originals", key, details, durable=False)
    stores.reports.insert(
        StoredReport(
            id="r-keeper", training="t-keeper", checkpoint="k-keeper-1", dataset="set@1", split="test", count=1,
            metrics=(Metric(name="psnr", value=21.5),), created_at=now(),
            details=StoredFile(name="report.json", key=key, bytes=len(details)),
        )
    )  # fmt: skip
    page = visit().go("/report?id=r-keeper")
    page.get_by_role("button", name="Compare").click()
    box = page.get_by_role("dialog", name="What keeper@1 made")
    until(page, "document.querySelectorAll('.dv-shown img').length === 2")
    expect(box.get_by_role("figure", name="keeper@1")).to_contain_text("SSIM 1 to What it was")
    box.get_by_role("combobox", name="Another model beside it").select_option("keeper-too@1")
    until(page, "document.querySelectorAll('.dv-shown img').length === 3")
    page.keyboard.press("y")
    expect(box.get_by_role("slider", name="Boundary between the two")).to_be_visible()
    box.get_by_role("button", name="Where they are unlike (SSIM)").click()
    expect(box.locator("canvas.dv-heat")).to_be_visible()
    assert violations(page) == []


def test_without_a_picture_one_is_chosen(visit, site):
    page = visit(width=390, height=844).go("/develop")
    expect(page.get_by_role("heading", name="Choose a picture to develop")).to_be_visible()
    page.get_by_role("searchbox", name="Search pictures").fill("picture-011")
    page.get_by_role("button", name="picture-011.jpg").click()
    expect(page).to_have_url(re.compile("image="))
    brightness(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def drag(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()


def test_a_crop_is_dragged_on_the_picture_and_a_line_makes_it_level(visit, site, pictures):
    page = visit().go(f"/develop?image={pictures['picture-006.jpg']}")
    brightness(page)
    add(page, "crop")
    brightness(page)  # what is beneath the box has its last size
    overlay = page.locator(".dv-overlay").bounding_box()
    drag(page, overlay["x"], overlay["y"], overlay["width"] * 0.25, overlay["height"] * 0.5)
    left, top = (float(page.get_by_label(name, exact=True).last.input_value()) for name in ("Left", "Top"))
    assert 0.22 < left < 0.28
    assert 0.46 < top < 0.54
    # Keeping a ratio, and with the keyboard.
    page.get_by_role("radio", name="1:1").check()
    page.get_by_role("button", name="Bottom right corner of the crop").press("ArrowLeft")
    page.get_by_role("button", name="Show the result").click()
    until(page, "(() => { const box = document.querySelector('.dv-picture').getBoundingClientRect(); return Math.abs(box.width - box.height) < 4; })()")  # fmt: skip

    add(page, "horizon")
    page.get_by_role("button", name="Adjust on the picture").click()
    overlay = page.locator(".dv-overlay").bounding_box()
    drag(page, overlay["x"] + 80, overlay["y"] + 200, 300, 30)
    expect(page.locator("[data-field=angle]").get_by_role("textbox")).to_have_value(re.compile(r"^-5\.[678]$"))


def test_a_colour_is_picked_from_the_picture_beside_a_handle(visit, site, pictures):
    page = visit().go(f"/develop?image={pictures['picture-002.jpg']}")
    brightness(page)
    add(page, "gradient")
    # A direction is dragged, and its angle follows.
    overlay = page.locator(".dv-overlay").bounding_box()
    page.mouse.click(overlay["x"] + overlay["width"] * 0.9, overlay["y"] + overlay["height"] / 2)
    expect(page.locator("[data-field=angle]").get_by_role("textbox")).to_have_value("0")
    field = page.locator("[data-field=start]")
    field.get_by_role("button", name="Pick").click()
    asked = page.get_by_text("Click the colour in the picture")
    expect(asked).to_be_visible()
    while asked.is_visible():  # while the preview is being drawn anew there is no colour to take
        page.mouse.click(overlay["x"] + overlay["width"] / 2, overlay["y"] + overlay["height"] / 3)
        page.wait_for_timeout(250)
    colour = field.get_by_label("Start", exact=True)
    expect(colour).not_to_have_value("#ff7e5f")
    expect(colour).to_have_value(re.compile("^#[0-9a-f]{6}$"))
    # Handles are moved by keys as well: a direction, a corner, a place that must stay.
    page.get_by_role("button", name="Direction, 0°").press("Shift+ArrowUp")
    expect(page.locator("[data-field=angle]").get_by_role("textbox")).not_to_have_value("0")
    add(page, "perspective")
    page.get_by_role("button", name="Top left corner").press("Shift+ArrowRight")
    expect(page.locator("[data-field=top_left]").get_by_label("x", exact=False).first).to_have_value("0.05")
    add(page, "smart crop")
    page.get_by_role("button", name=re.compile("^Place: 50 %")).press("ArrowDown")
    expect(page.get_by_role("button", name="Place: 50 % from the left, 51 % from the top")).to_be_visible()


def test_before_and_after_are_compared_by_keyboard(visit, site, pictures):
    page = visit().go(f"/develop?image={pictures['picture-007.jpg']}")
    brightness(page)
    add(page, "exposure")
    page.locator("main").press("y")
    boundary = page.get_by_role("slider", name="Boundary between before and after")
    expect(boundary).to_have_attribute("aria-valuenow", "50")
    boundary.press("ArrowLeft")
    boundary.press("Shift+ArrowLeft")
    expect(boundary).to_have_attribute("aria-valuetext", "38 % before")
    expect(page.locator(".dv-likeness")).to_contain_text(re.compile(r"SSIM 0[.,]\d+"))
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(".dv-pane")).to_have_count(2)
    # Both are zoomed as one.
    page.locator(".dv-pane").first.dblclick()
    zooms = page.eval_on_selector_all(".dv-picture", "all => all.map((one) => one.style.transform)")
    assert zooms[0] == zooms[1] != "translate(0px, 0px) scale(1)"
    page.get_by_role("button", name="What differs").click()
    expect(page.locator("canvas.dv-heat")).to_be_visible()
    page.locator("main").press("y")
    expect(page.get_by_role("button", name="Where it is unlike (SSIM)")).to_have_attribute("aria-pressed", "true")
    # Windows of eight pixels every four.
    until(
        page,
        "document.querySelector('canvas.dv-heat')?.width < document.querySelector('.dv-picture > img').naturalWidth / 3",
    )


def test_variants_of_two_values_tell_size_and_likeness_and_one_is_used(visit, site, pictures):
    page = visit().go(f"/develop?image={pictures['picture-008.jpg']}")
    brightness(page)
    add(page, "exposure")
    add(page, "saturation")
    page.locator("main").press("x")
    grid = page.get_by_role("dialog", name="Variants")
    cells = grid.locator(".dv-cell")
    expect(cells).to_have_count(9)
    expect(grid.get_by_text(re.compile(r"B · SSIM"))).to_have_count(9)
    likeness = [float(words.split("SSIM ")[1]) for words in grid.locator(".dv-cell-words > span").all_inner_texts()]
    assert max(likeness) == pytest.approx(likeness[4], abs=0.01)
    assert min(likeness) < likeness[4]
    # By keys alone: the first one, all of them closer, and beside what is there now.
    page.keyboard.press("ArrowRight")
    expect(cells.nth(0)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("+")
    zooms = "[...document.querySelectorAll('.dv-cell img')].map((one) => one.style.transform)"
    until(page, f"{zooms}.every((one) => one === 'scale(1.4)')")
    page.keyboard.press("c")
    closer = page.get_by_role("dialog", name=re.compile("and what you have now"))
    expect(closer.get_by_role("slider", name="Boundary between the two")).to_be_visible()
    expect(closer.get_by_text(re.compile("SSIM 0[.,]"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(closer).to_be_hidden()
    grid.get_by_role("button", name="Use these values").click()
    expect(page.locator(".dv-row-name small").first).to_have_text("Stops -0.7 EV")


def test_presets_are_tried_on_this_picture_saved_and_applied_to_many(visit, site, pictures):
    one, other = (pictures[f"picture-{number:03}.jpg"] for number in (9, 10))
    page = visit().go(f"/develop?ids={one},{other}")
    expect(page.get_by_role("heading", name="Develop picture-009.jpg")).to_be_attached()
    brightness(page)
    page.get_by_role("tab", name="Presets").click()
    panel = page.get_by_role("tabpanel")
    # Each is shown on this picture.
    until(page, "document.querySelectorAll('.dv-preset-shot img').length > 2")
    panel.get_by_role("button", name="Use the preset Web", exact=True).click()
    page.get_by_role("tab", name="Steps").click()
    expect_steps(page, ["Auto orient", "Convert profile", "Resize", "Sharpen"])
    add(page, "sepia")

    page.get_by_role("button", name="Save preset").click()
    dialog = page.get_by_role("dialog", name="Save as preset")
    dialog.get_by_label("Name", exact=True).fill("Web")
    expect(dialog.get_by_text("web comes with Darkroom. Choose another name.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Old web")
    expect(dialog.get_by_role("checkbox", name="Made from web")).to_be_checked()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    saved = site.get("/api/v1/presets/old-web").json()
    assert (saved["extends"], saved["title"], saved["version"]) == ("web", "Old web", 1)
    assert saved["recipe"]["operations"][-1] == "sepia"
    assert saved["recipe"]["output"]["format"] == "webp"

    # The same as an operation of its own, with a knob; it is there as a step at once.
    page.locator("main").press("s")
    page.get_by_role("button", name="As an operation instead").click()
    dialog = page.get_by_role("dialog", name="Save as an operation")
    dialog.get_by_label("What it does").fill("Old paper")
    dialog.get_by_role("checkbox", name=re.compile("^Sharpen: Amount")).check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    assert site.get("/api/v1/filters/old_paper").json()["knobs"] == ["amount"]
    page.locator("main").press("/")
    page.get_by_role("combobox", name="Search operations").fill("old paper")
    expect(page.get_by_role("option", name=re.compile("^Old paper"))).to_be_visible()
    page.keyboard.press("Escape")

    page.locator("main").press("Control+Enter")
    dialog = page.get_by_role("dialog", name="Make the pictures")
    expect(dialog.get_by_role("radio", name="The 2 chosen")).to_be_checked()
    expect(dialog.locator(".dv-estimate")).to_contain_text("2 to compute", timeout=30_000)
    expect(dialog.locator(".dv-estimate")).to_contain_text(re.compile(r"Size\s*[\d.,]+ k?B"))
    # What a quality costs: measured, chosen with a click, and taken back by a purpose.
    dialog.get_by_role("button", name="Sizes").click()
    bars = dialog.locator(".dv-qualities-plot button")
    expect(bars).to_have_count(7)
    dialog.get_by_role("button", name=re.compile("^Quality 45: ")).click()
    expect(dialog.get_by_label("Quality", exact=True)).to_have_value("45")
    expect(dialog.locator(".dv-qualities-plot [aria-pressed=true]")).to_contain_text("45")
    dialog.get_by_role("button", name="Web", exact=True).click()
    expect(dialog.get_by_label("Quality", exact=True)).to_have_value("80")
    expect(dialog.locator(".dv-estimate")).to_contain_text("2 to compute")
    # Tried on them before it is made.
    until(page, "document.querySelectorAll('.dv-trials img').length === 2")
    # With the size of each result, and how alike it is to itself before it was written.
    figures = dialog.get_by_role("region", name="Tried on some of them").locator("small")
    expect(figures.filter(has_text=re.compile(r"B · (1|0[.,]9)"))).to_have_count(2)
    dialog.get_by_role("button", name="Make 2 pictures").click()
    expect(dialog.get_by_role("status")).to_contain_text("Done 2 of 2 pictures", timeout=60_000)
    with page.expect_download() as got:
        dialog.get_by_role("link", name="This picture").click()
    assert got.value.path().read_bytes()[8:12] == b"WEBP"
    dialog.get_by_role("button", name="Close").last.click()
    assert site.get(f"/api/v1/images/{other}/renditions").json()["items"][0]["format"] == "webp"

    # Where it is used; the settings go to the next picture.
    page.get_by_role("tab", name="Presets").click()
    page.get_by_role("button", name="About Old web").click()
    about = page.get_by_role("dialog", name="Old web")
    expect(about).to_contain_text("Made from")
    origins = about.locator(".dv-origins li")
    expect(origins.filter(has_text="inherited")).to_have_count(4)
    expect(origins.last).to_have_text(re.compile("^Sepia its own"))
    page.keyboard.press("Escape")

    # A change is judged without knowing which is which before it is what the name leads to.
    page.get_by_role("tab", name="Steps").click()
    add(page, "grain")
    page.get_by_role("button", name="Save preset").click()
    dialog = page.get_by_role("dialog", name="Save as preset")
    dialog.get_by_label("Name", exact=True).fill("Old web")
    dialog.get_by_role("button", name="Judge first").click()
    contest = page.get_by_role("dialog", name="Which is better? old-web")
    expect(contest.get_by_role("status")).to_have_text("1 of 2")
    until(page, "document.querySelectorAll('.dv-outputs .dv-pair img').length === 2")
    assert "old-web@" not in contest.inner_html()
    newest = site.get("/api/v1/preset-contests?preset=old-web").json()["items"][0]
    for picture in newest["pictures"]:
        page.keyboard.press("ArrowLeft" if picture["left"] == "b" else "ArrowRight")
        if picture is newest["pictures"][0]:
            expect(contest.get_by_role("status")).to_have_text("2 of 2")
    expect(contest).to_contain_text("was preferred")
    contest.get_by_role("button", name="Make it the newest version").click()
    expect(contest.get_by_role("status")).to_have_text("old-web@2 is what the name leads to.")
    page.keyboard.press("Escape")
    assert site.get("/api/v1/presets/old-web").json()["recipe"]["operations"][-1] == "grain"
    page.get_by_role("tab", name="Steps").click()
    page.get_by_role("button", name=re.compile("Step .*: Grain")).press("Delete")
    page.keyboard.press("Control+c")
    page.locator("main").press("ArrowRight")
    expect(page.get_by_role("heading", name="Develop picture-010.jpg")).to_be_attached()
    page.keyboard.press("Control+v")
    page.get_by_role("tab", name="Steps").click()
    expect(page.locator(".dv-row-name strong").last).to_have_text("Sepia")


def test_what_was_tried_is_kept_compared_and_gone_back_to(visit, site, pictures):
    page = visit().go(f"/develop?image={pictures['picture-011.jpg']}")
    before = brightness(page)
    add(page, "exposure")
    lighter = settled(page, f"> {before} + 8")
    page.locator("main").press("k")
    expect(page.get_by_text("Kept as a snapshot.")).to_be_visible()
    add(page, "sepia")
    page.locator("main").press("k")
    page.get_by_role("tab", name="History").click()
    kept = page.get_by_role("region", name="Snapshots")
    name = kept.get_by_label("Name of Snapshot 2")
    name.fill("Old paper")
    name.press("Enter")
    page.reload()
    expect(kept.get_by_label("Name of Old paper")).to_be_visible()
    page.get_by_role("tab", name="Steps").click()
    page.get_by_role("button", name="Step 2: Sepia").click()
    page.get_by_role("button", name="Delete Sepia").click()
    add(page, "grain")
    page.locator("main").press("c")
    dialog = page.get_by_role("dialog", name="Snapshots")
    until(page, "document.querySelectorAll('.dv-shown img').length === 3")
    expect(dialog.get_by_role("figure", name="Snapshot 1")).to_contain_text(re.compile(r"SSIM [01].* to Now"))
    expect(dialog.get_by_role("button", name="Go on with this")).to_be_disabled()
    dialog.get_by_role("button", name="Take Now").click()
    expect(dialog.get_by_role("button", name="Go on with this")).to_be_disabled()
    dialog.get_by_role("button", name="Take Snapshot 1").click()
    dialog.get_by_role("button", name="Go on with this").click()
    expect(dialog).to_be_hidden()
    expect_steps(page, ["Exposure"])
    assert abs(settled(page, f"> {before} + 8") - lighter) < 1
    # What led there is forgotten, and comes back.
    page.get_by_role("tab", name="History").click()
    entries = page.locator(".dv-history > ol li")
    long = entries.count()
    page.get_by_role("button", name="Clear history").click()
    expect(entries).to_have_text(["What is done now"])
    expect(kept.get_by_label("Name of Old paper")).to_have_count(0)
    page.locator("[data-sonner-toast]", has_text="The history is cleared.").get_by_role("button", name="Undo").click()
    expect(entries).to_have_count(long)
    # Where nothing is done, nothing is kept either.
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Clear history").click()
    expect(entries).to_have_text(["Original"])
    address = f"fetch('/api/v1/images/{pictures['picture-011.jpg']}/develop-history').then((one) => one.json())"
    until(page, f"{address}.then((one) => one.revision === 0)")


def touched(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    """A finger that drags."""
    session = page.context.new_cdp_session(page)
    for at in range(6):
        point = {"x": x + dx * at / 5, "y": y + dy * at / 5}
        kind = "touchMove" if at else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.skipif(os.environ.get("DARKROOM_TEST_BROWSER") == "firefox", reason="fingers are those of Chromium")
def test_on_a_phone_handles_follow_the_finger(visit, site, pictures):
    page = visit(width=390, height=844).go(f"/develop?image={pictures['picture-001.jpg']}")
    brightness(page)
    add(page, "crop")
    brightness(page)
    overlay = page.locator(".dv-overlay").bounding_box()
    grip = page.get_by_role("button", name="Top left corner of the crop").bounding_box()
    assert min(grip["width"], grip["height"]) >= 24
    touched(page, overlay["x"] + 1, overlay["y"] + 1, overlay["width"] * 0.3, overlay["height"] * 0.4)
    until(page, "Math.abs(document.querySelector('.dv-overlay').style.getPropertyValue('--l') - 0.3) < 0.05")
    add(page, "vignette")
    brightness(page)
    overlay = page.locator(".dv-overlay").bounding_box()
    touched(page, overlay["x"] + overlay["width"] / 2, overlay["y"] + overlay["height"] / 2, overlay["width"] / 4, 0)
    expect(page.get_by_role("button", name=re.compile("^Place: 7[3-7] % from the left"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_whoever_looks_closely_sees_the_picture_in_full_size(visit, site):
    image = Image.effect_noise((3000, 2000), 60).convert("RGB")
    drop(site.settings.inbox, "wide-open.jpg", encode(image, "jpeg", quality=80))
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    wide = site.get("/api/v1/images?where=name:wide-open").json()["items"][0]["id"]
    page = visit().go(f"/develop?image={wide}")
    size = "document.querySelector('.dv-picture > img')?.naturalWidth"
    until(page, f"{size} === 2048")
    page.locator("main").press("z")
    until(page, f"{size} === 3000")
    expect(page.locator(".dv-status")).to_contain_text("in full size")
    add(page, "exposure")
    until(page, f"{size} === 3000 && !document.querySelector('.dv-status[data-busy]')")


def test_a_raw_file_is_developed_before_the_first_step_and_that_is_saved_with_the_preset(visit, site):
    drop(site.settings.inbox, "negative.dng", negative(scene() * 0.4, seen=(0.6, 1.0, 0.7)))
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    found = site.get("/api/v1/images?where=name:negative.dng").json()["items"][0]["id"]
    visitor = visit(width=390, height=844)
    page = visitor.go(f"/develop?image={found}")
    before = brightness(page)
    row = page.get_by_role("button", name="RAW file: how it is developed")
    expect(row).to_contain_text("As the camera set it")
    row.click()
    field = page.locator("[data-field=exposure]").get_by_role("textbox")
    field.fill("9")
    expect(page.locator("[data-field=exposure]").get_by_role("alert")).to_have_text("At most 3 EV.")
    field.fill("-1.5")
    settled(page, f"< {before} - 8")
    expect(page.locator("[data-field=temperature]")).to_have_count(0)
    page.get_by_label("White balance", exact=True).select_option("kelvin")
    expect(page.locator("[data-field=temperature]").get_by_role("textbox")).to_have_value("5500")
    page.get_by_label("White balance", exact=True).select_option("picked")
    knob = page.get_by_role("button", name="Place: 50 % from the left, 50 % from the top")
    knob.press("ArrowRight")
    expect(page.locator("[data-field=grey_at]").get_by_label("x", exact=False)).to_have_value("0.51")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("main").press("s")
    dialog = page.get_by_role("dialog", name="Save as preset")
    dialog.get_by_label("Name").fill("Night negative")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    raw = site.get("/api/v1/presets/night-negative").json()["recipe"]["raw"]
    assert raw == {"exposure": -1.5, "white_balance": "picked", "grey_at": [0.51, 0.5]}
