"""Choosing pictures and changing them."""

from __future__ import annotations

import re
import zipfile

import httpx
import pytest
from playwright.sync_api import Page, expect

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.services.training.search_views import SearchModelUse
from tests import towers
from tests.e2e.site import photograph
from tests.e2e.until import until
from tests.pictures import drop

NAMES = [f"choose-{number}.jpg" for number in range(8)]


@pytest.fixture(scope="module", autouse=True)
def _pictures(site):
    """Eight pictures of this module, in a folder of their own."""
    for number, name in enumerate(NAMES):
        data = photograph(5000 + number, camera="Halide One", taken=f"2025:0{1 + number}:03 08:00:00")
        drop(site.settings.inbox, f"choosing/{name}", data)
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])


def opened(visit, more: str = "") -> Page:
    page = visit().go(f"/?tag=choosing&sort=name{more}")
    expect(page.locator(".dr-cell")).to_have_count(8)
    return page


def chosen(page: Page) -> list[str]:
    """Names of the pictures that are marked."""
    found = page.locator('[role=gridcell][aria-selected="true"]')
    return [re.sub(r",.*", "", name) for name in found.evaluate_all("all => all.map(one => one.ariaLabel)")]


def says(page: Page, words: str) -> None:
    expect(page.locator(".dr-chosen strong")).to_have_text(words)


def record(site, name: str) -> dict:
    return site.get(f"/api/v1/images?q={name.removesuffix('.jpg')}").json()["items"][0]


def test_a_click_on_the_mark_a_range_and_single_ones(visit, site):
    page = opened(visit)
    cells = page.locator(".dr-cell")
    cells.nth(1).hover()
    cells.nth(1).get_by_role("button", name="Choose").click()
    says(page, "1 chosen")
    cells.nth(4).click(modifiers=["Shift"])
    assert chosen(page) == NAMES[1:5]
    cells.nth(2).click()  # while pictures are chosen, a click chooses
    cells.nth(7).click(modifiers=["Control"])
    assert chosen(page) == [NAMES[1], NAMES[3], NAMES[4], NAMES[7]]
    page.keyboard.press("Escape")
    expect(page.locator(".dr-chosen")).to_have_count(0)
    assert "tag=choosing" in page.url  # the filters stay for a second Escape


def test_the_keyboard_alone_chooses(visit, site):
    page = opened(visit)
    page.locator(".dr-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "document.querySelectorAll('[aria-selected=true]').length === 3")
    assert chosen(page) == NAMES[:3]
    page.keyboard.press("Control+a")
    says(page, "8 chosen")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    says(page, "7 chosen")
    assert NAMES[1] not in chosen(page)


def test_a_rectangle_chooses_what_it_touches(visit, site):
    page = opened(visit)
    first, last = (page.locator(".dr-cell").nth(at).bounding_box() for at in (1, 2))
    page.mouse.move(first["x"] + 80, first["y"] + 80)
    page.mouse.down()
    page.mouse.move(last["x"] + 60, last["y"] + 90, steps=4)
    expect(page.locator(".dr-marquee")).to_be_visible()
    page.mouse.up()
    says(page, "2 chosen")
    assert chosen(page) == NAMES[1:3]
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_rows_and_list_show_the_same_pictures(visit, site):
    page = opened(visit)
    page.get_by_role("radio", name="List").click()
    expect(page.locator(".dr-row-line")).to_have_count(8)
    page.get_by_role("button", name="Order by taken").click()
    page.wait_for_url("**sort=-taken_at*")
    expect(page.locator(".dr-row-line").first).to_have_attribute("aria-label", re.compile("^choose-7.jpg"))
    page.locator(".dr-row-line").first.get_by_role("button", name="Choose").click()
    columns(page)
    page.get_by_role("radio", name="Rows").click()
    expect(page.locator(".dr-row-uneven .dr-cell")).to_have_count(8)
    assert chosen(page) == ["choose-7.jpg"]
    page.get_by_role("radio", name="Tiles").click()
    expect(page.locator(".dr-row-uneven")).to_have_count(0)


def test_what_is_pressed_before_the_last_press_is_drawn_counts_too(visit, site):
    page = opened(visit)
    expect(page.get_by_role("button", name="Colour green")).to_be_visible()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.evaluate("""async () => {
      const moment = (wait = 0) => new Promise((done) => setTimeout(done, wait));
      const press = (label) => document.querySelector(`[aria-label^="${label}"]`).click();
      const drawn = async (label) => { while (!document.querySelector(`[aria-label="${label}"]`)) await moment(); };
      press("List");
      await drawn("Order by taken");
      await moment(245);  // the layout is about to be written into the address
      press("Order by taken");
      await moment();
      press("Colour green");
      await moment();
      press("January 2025");
    }""")
    for part in ("layout=list", "sort=-taken_at", "where=colour%3Agreen", "taken_from=2025-01-01", "tag=choosing"):
        page.wait_for_url(f"**{part}*")


def columns(page: Page) -> None:
    """Choose columns of the list, order them, and make one wider; by keys, and the address says so."""
    heads = page.get_by_role("group", name="Columns").locator(".dr-list-column")
    page.get_by_role("button", name="Columns", exact=True).click()
    menu = page.get_by_role("dialog", name="Columns")
    menu.get_by_role("checkbox", name="Format").press("Space")
    menu.get_by_role("checkbox", name="Camera").press("Space")
    for _ in range(6):
        before = page.url
        menu.get_by_role("button", name="Format further left").press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)  # the next press is of what the page shows then
    page.keyboard.press("Escape")
    expect(heads.nth(1)).to_have_text("Format")
    expect(heads.filter(has_text="Camera")).to_have_count(0)
    expect(page.locator(".dr-row-line").first.locator("> span").nth(2)).to_have_text("JPEG")
    edge = page.get_by_role("separator", name="Width of Format")
    edge.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", "80")
    page.wait_for_url("**columns=name%2Cformat.80%2C*")
    page.reload()
    expect(heads.nth(1)).to_have_text("Format")
    assert heads.nth(1).bounding_box()["width"] == 80  # type: ignore[index]
    expect(page.locator('[role=gridcell][aria-selected="true"]')).to_have_count(0)
    page.locator(".dr-row-line").first.get_by_role("button", name="Choose").click()


def test_a_tag_for_all_of_them_is_taken_back(visit, site):
    page = opened(visit)
    page.keyboard.press("Control+a")
    page.keyboard.press("t")
    page.get_by_role("combobox", name="Add a tag").fill("trip / north")
    page.keyboard.press("Enter")
    expect(page.get_by_text("8 pictures tagged trip/north")).to_be_visible()
    assert record(site, NAMES[0])["tags"] == ["choosing", "trip/north"]
    expect(page.get_by_role("checkbox", name="trip/north")).to_be_visible()  # in the tree of tags
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 8 pictures")).to_be_visible()
    assert record(site, NAMES[0])["tags"] == ["choosing"]


def test_stars_favourites_and_labels_from_the_keyboard_are_filters_at_once(visit, site):
    plain = {"type": "edit", "edit": {"rating": 0, "favourite": False}}
    ids = [one["id"] for one in site.get("/api/v1/images?tag=choosing").json()["items"]]
    given = {"selection": {"ids": ids}, "action": plain}
    httpx.post(f"{site.url}/api/v1/images/bulk", json=given, timeout=60).raise_for_status()
    page = opened(visit)
    page.locator(".dr-grid").focus()
    page.keyboard.press("ArrowRight")
    for key, field, value in (("4", "rating", 4), ("f", "favourite", True), ("8", "label", "green")):
        page.keyboard.press(key)
        until_record(site, NAMES[0], field, value)
    expect(page.locator(".dr-cell").first).to_have_attribute(
        "aria-label", re.compile("4 of 5 stars, favourite, green label")
    )
    filters = page.get_by_role("complementary", name="Filters")
    filters.get_by_role("button", name="At least 4 stars").click()
    expect(page.locator(".dr-context p")).to_have_text("1 picture")
    filters.get_by_role("button", name=re.compile("^Favourites")).click()
    filters.get_by_role("button", name=re.compile("^Green")).click()
    expect(page.locator(".dr-context p")).to_have_text("1 picture")
    assert all(part in page.url for part in ("rating_min=4", "favourite=true", "label=green"))
    page.keyboard.press("Control+z")
    until_record(site, NAMES[0], "label", None)


def until_record(site, name: str, field: str, value: object) -> None:
    import time

    end = time.monotonic() + 20
    while record(site, name)[field] != value:
        assert time.monotonic() < end, record(site, name)
        time.sleep(0.1)


def test_what_is_said_of_a_picture_is_changed_where_it_is_shown(visit, site):
    page = opened(visit)
    page.locator(".dr-cell").nth(5).click()
    box = page.get_by_role("dialog", name=NAMES[5])
    box.get_by_label("Title").fill("Evening at the lake")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The title is changed.")).to_be_visible()
    box.get_by_label("Caption").fill("x 5 f: keys that mean something elsewhere")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The caption is changed.")).to_be_visible()
    box.get_by_role("button", name="Tag", exact=True).click()
    page.keyboard.type("water")
    page.keyboard.press("Enter")
    expect(box.get_by_role("link", name="water")).to_be_visible()
    found = site.get(f"/api/v1/images/{record(site, NAMES[5])['id']}").json()
    assert (found["title"], found["caption"]) == ("Evening at the lake", "x 5 f: keys that mean something elsewhere")
    assert (found["tags"], found["rating"], found["favourite"]) == (["choosing", "water"], 0, False)
    expect(page.get_by_text("The caption is changed.")).to_have_count(
        0
    )  # the last thing alone is offered to be taken back
    page.get_by_role("button", name="Undo").click()
    expect(box.get_by_role("link", name="water")).to_have_count(0)


def test_a_picture_goes_to_the_trash_and_comes_back(visit, site):
    page = opened(visit)
    page.locator(".dr-cell").nth(6).click()
    expect(page.get_by_role("dialog", name=NAMES[6])).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog", name=NAMES[7])).to_be_visible()  # the next one
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)  # keys are the gallery's again
    expect(page.locator(".dr-context p")).to_have_text("7 pictures")
    expect(page.get_by_text("1 picture moved to the trash")).to_be_visible()  # from now on it can be taken back
    page.keyboard.press("Control+z")
    expect(page.locator(".dr-context p")).to_have_text("8 pictures")


def test_metadata_of_several_shows_what_differs_and_what_will_change(visit, site):
    from darkroom.domain.edit import Edit

    for name, stars in zip(NAMES[4:6], (4, 0), strict=True):
        site.library.editing.edit_many(SYSTEM, [record(site, name)["id"]], Edit(title="", rating=stars))
    page = opened(visit)
    cells = page.locator(".dr-cell")
    cells.nth(4).click(modifiers=["Control"])
    cells.nth(5).click(modifiers=["Control"])
    says(page, "2 chosen")
    page.keyboard.press("e")
    form = page.get_by_role("dialog", name="Metadata of 2 pictures")
    rating = form.get_by_role("group", name="Rating").first
    expect(rating).to_contain_text("2 different values")
    expect(form.get_by_role("button", name="Change them")).to_be_disabled()
    form.get_by_label("Title", exact=True).fill("By the water")
    form.get_by_label("Tags: one more").click()
    page.get_by_role("combobox", name="Add to tags").fill("described/by-hand")
    page.keyboard.press("Enter")
    form.get_by_label("Place", exact=True).fill("59.9")
    expect(form.get_by_text("Write degrees north and east: 59.913, 10.739.")).to_be_visible()
    form.get_by_label("Place", exact=True).fill("59.913, 10.739")
    diff = form.get_by_role("region", name="What will change")
    expect(diff).to_contain_text("2 chosen, 2 of them will change")
    expect(diff.locator("ins")).to_have_text(["By the water", "59.91300, 10.73900", "described/by-hand"] * 2)
    with page.expect_download() as saved:
        form.get_by_role("button", name="Sidecars").click()
    assert saved.value.suggested_filename == "sidecars.zip"
    form.get_by_role("button", name="Change 2 pictures").click()
    done = page.get_by_text("2 pictures changed")
    expect(done).to_be_visible()
    found = [record(site, name) for name in NAMES[4:6]]
    assert [(one["title"], one["rating"]) for one in found] == [("By the water", 4), ("By the water", 0)]
    assert all("described/by-hand" in one["tags"] for one in found)
    whole = [site.get(f"/api/v1/images/{one['id']}").json() for one in found]
    assert [one["capture"]["location"]["latitude"] for one in whole] == [59.913] * 2
    page.locator("[data-sonner-toast]", has=done).get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 2 pictures")).to_be_visible()
    assert [record(site, name)["title"] for name in NAMES[4:6]] == [None, None]


def test_chosen_pictures_join_a_dataset_which_tells_before_what_comes_of_it(visit, site):
    page = opened(visit)
    page.keyboard.press("Control+a")
    page.keyboard.press("s")
    form = page.get_by_role("dialog", name="Add 8 pictures to a dataset")
    if form.get_by_label("Dataset", exact=True).count():
        form.get_by_label("Dataset", exact=True).select_option(label="A new one …")
    form.get_by_label("Name of the new dataset").fill("waters")
    form.get_by_label("Class", exact=True).fill("lake")
    expect(form.get_by_role("status")).to_have_text("8 pictures are new. The dataset will have 8 examples.")
    form.get_by_role("button", name="Add 8 pictures").click()
    expect(page.get_by_text("waters@1: 8 examples.")).to_be_visible()
    assert site.get("/api/v1/datasets/waters").json()["version"]["labels"] == ["lake"]

    page.locator(".dr-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")  # all but one
    says(page, "7 chosen")
    page.keyboard.press("s")
    form = page.get_by_role("dialog", name="Add 7 pictures to a dataset")
    form.get_by_label("Dataset", exact=True).select_option("waters")
    form.get_by_label("Class", exact=True).fill("shore")
    expect(form.get_by_role("status")).to_contain_text("7 in waters already, of which 7 get another class")
    form.get_by_role("button", name="Add 7 pictures").click()
    done = page.get_by_text("waters@2: 8 examples.")
    expect(done).to_be_visible()
    page.locator("[data-sonner-toast]", has=done).get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: waters@2 is gone.")).to_be_visible()
    assert site.get("/api/v1/datasets/waters").json()["version"]["number"] == 1


def test_chosen_pictures_are_taken_along_in_one_file(visit, site):
    page = opened(visit)
    page.keyboard.press("Control+a")
    page.keyboard.press("o")
    form = page.get_by_role("dialog", name="Export 8 pictures")
    form.get_by_role("checkbox", name="An XMP sidecar").check()
    expect(form.get_by_role("status")).to_contain_text("8 files in one zip file, ")
    with page.expect_download() as saved:
        form.get_by_role("button", name="Export 8 files").click()
    names = zipfile.ZipFile(saved.value.path()).namelist()
    assert sorted(names) == sorted([*NAMES, *(f"{name}.xmp" for name in NAMES)])
    says(page, "8 chosen")  # they stay chosen for whatever else is to be done
    page.get_by_role("link", name="Activity").click()
    listed = (
        page.get_by_role("region", name="Long work")
        .get_by_role("listitem")
        .filter(has_text="Export originals of 8 pictures")
    )
    expect(listed.first).to_contain_text("Done")
    with page.expect_download() as saved:
        listed.first.get_by_role("link", name="Download").click()
    assert zipfile.ZipFile(saved.value.path()).namelist() == names


def test_a_preset_runs_on_what_is_chosen_after_it_was_told_what_that_takes(visit, site):
    page = opened(visit)
    page.locator(".dr-cell").nth(0).click(modifiers=["Control"])
    page.locator(".dr-cell").nth(1).click(modifiers=["Control"])
    page.keyboard.press("r")
    form = page.get_by_role("dialog", name="Run a recipe on 2 pictures")
    form.get_by_label("Preset").select_option("web")
    expect(form.get_by_text("2 to compute")).to_be_visible()
    form.get_by_role("button", name="Run on 2 pictures").click()
    done = page.get_by_role("dialog", name=re.compile("runs on 2 pictures"))
    expect(done).to_be_visible()
    order = site.get("/api/v1/renditions?limit=1").json()["items"][0]
    assert (order["preset"], order["total"]) == ("web", 2)
    done.get_by_role("button", name="Export the results").click()
    form = page.get_by_role("dialog", name="Export 2 pictures")
    expect(form.get_by_role("radio", name="What a preset made")).to_be_checked()
    expect(form.get_by_role("status")).to_contain_text("2 files in one zip file")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Chosen pictures").get_by_role("link", name="Develop")).to_be_visible()
    page.keyboard.press("Control+a")
    page.get_by_role("toolbar", name="Chosen pictures").get_by_role("link", name="Develop").click()
    page.wait_for_url("**/develop?*scope=view*")  # all that fit, however many


def test_a_view_is_grouped_and_its_address_says_so(visit, site):
    page = opened(visit)
    page.get_by_role("button", name="Groups: No groups").click()
    page.get_by_role("menuitemradio", name="By day").click()
    heads = page.locator(".dr-group strong")
    expect(heads.first).to_have_text("Sunday, 3 August 2025")
    assert "group=day" in page.url
    expect(page.locator(".dr-context p")).to_have_text("8 pictures in 8 groups")
    page.get_by_role("button", name="Choose all of Sunday, 3 August 2025").click()
    says(page, "1 chosen")
    page.keyboard.press("Escape")
    page.reload()
    expect(heads.first).to_have_text("Sunday, 3 August 2025")
    page.locator(".dr-grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(page.locator(".dr-cell-active")).to_have_attribute("aria-label", re.compile("choose-0.jpg"))
    expect(heads.last).to_have_text("Friday, 3 January 2025")
    page.keyboard.press("Enter")  # it opens what has the focus, whatever group it is in
    expect(page.get_by_role("dialog", name="choose-0.jpg")).to_be_visible()


def test_of_near_duplicates_the_best_is_kept_and_the_others_come_back(visit, site):
    import io

    from PIL import Image

    large = photograph(9100, camera="Halide One", taken="2023:01:01 08:00:00", width=960, height=640)
    out = io.BytesIO()
    Image.open(io.BytesIO(large)).resize((480, 320)).save(out, "JPEG", quality=90)
    drop(site.settings.inbox, "stacked/large.jpg", large)
    drop(site.settings.inbox, "stacked/small.jpg", out.getvalue())
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    page = visit().go("/?tag=stacked&group=stack")
    expect(page.locator(".dr-group strong")).to_have_text("2 near duplicates")
    page.get_by_role("button", name="Keep the best of 2 near duplicates").click()
    done = page.get_by_text("1 picture moved to the trash")
    expect(done).to_be_visible()
    expect(page.get_by_role("heading", name="No near duplicates")).to_be_visible()
    left = site.get("/api/v1/images?tag=stacked").json()["items"]
    assert [one["name"] for one in left] == ["large.jpg"]
    page.locator("[data-sonner-toast]", has=done).get_by_role("button", name="Undo").click()
    expect(page.locator(".dr-group strong")).to_have_text("2 near duplicates")
    assert site.get("/api/v1/images?tag=stacked").json()["total"] == 2


def test_pictures_that_look_alike_are_found_and_chosen(visit, site):
    import io

    from PIL import Image, ImageEnhance

    plain = photograph(9300, camera="Halide One", taken="2022:01:01 08:00:00")
    out = io.BytesIO()
    ImageEnhance.Contrast(Image.open(io.BytesIO(plain))).enhance(1.2).save(out, "JPEG", quality=80)
    drop(site.settings.inbox, "alike/one.jpg", plain)
    drop(site.settings.inbox, "alike/other.jpg", out.getvalue())
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    image = next(one for one in site.get("/api/v1/images?tag=alike").json()["items"] if one["name"] == "one.jpg")
    page = visit().go(f"/?tag=alike&image={image['id']}")
    page.get_by_role("button", name="Look through all that are alike").click()
    box = page.get_by_role("dialog", name="More like one.jpg")
    expect(box.get_by_role("link", name="other.jpg")).to_be_visible()
    box.get_by_role("link", name="Show in the gallery").click()
    expect(page.get_by_role("button", name="Remove filter Like one picture")).to_be_visible()
    expect(page.get_by_role("button", name="Sort: Most alike first")).to_be_visible()
    expect(page.get_by_role("gridcell", name="one.jpg")).to_have_attribute("id", "dr-cell-0")
    expect(page.get_by_role("gridcell", name="other.jpg")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Look through all that are alike").click()
    expect(box.get_by_role("link", name="other.jpg")).to_be_visible()
    number = box.get_by_role("link", name=re.compile("alike$")).count()
    box.get_by_role("button", name=f"Choose all {number + 1}").click()
    says(page, f"{number + 1} chosen")


def test_words_find_what_pictures_show_once_a_model_is_used_for_searching(visit, site):
    import io

    from PIL import Image

    for name, colour in (("lake", (10, 20, 230)), ("leaf", (20, 200, 30))):
        out = io.BytesIO()
        Image.new("RGB", (320, 200), colour).save(out, "JPEG")
        drop(site.settings.inbox, f"shown/{name}.jpg", out.getvalue())
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    towers.by_colour(site.library.stores, "colours")
    page = visit().go("/models")
    page.get_by_role("button", name="Use colours for searching").click()
    expect(page.get_by_text("used for searching", exact=True)).to_be_visible()
    (model,) = site.library.search_models.list(LOCAL_OWNER).items
    assert site.library.work.run(SYSTEM, model.operation, "run-shown").state == "done"
    expect(page.get_by_text(re.compile(r"^(\d+) of \1 pictures seen$"))).to_be_visible()
    page.get_by_role("link", name="Gallery").first.click()
    page.get_by_role("combobox", name="Search pictures").fill("blue")
    page.get_by_role("option", name="like:blue Pictures that show this").click()
    expect(page.get_by_role("button", name="Remove filter Like “blue”")).to_be_visible()
    expect(page.get_by_role("button", name="Sort: Most alike first")).to_be_visible()
    expect(page.get_by_role("gridcell", name="lake.jpg")).to_have_attribute("id", "dr-cell-0")
    expect(page.get_by_role("gridcell", name="leaf.jpg")).to_have_count(0)
    site.library.search_models.use(LOCAL_OWNER, "colours", SearchModelUse(used=False))
    site.library.search_models.delete(LOCAL_OWNER, "colours")


def test_a_swatch_shows_pictures_of_its_colour(visit, site):
    import io

    from PIL import Image

    for name, colour in (("sky", (40, 110, 200)), ("grass", (60, 170, 70))):
        out = io.BytesIO()
        Image.new("RGB", (320, 200), colour).save(out, "JPEG")
        drop(site.settings.inbox, f"coloured/{name}.jpg", out.getvalue())
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    page = visit().go("/?tag=coloured")
    expect(page.locator(".dr-cell")).to_have_count(2)
    page.get_by_role("button", name="Colour blue, 1 picture").click()
    expect(page.locator(".dr-cell")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove filter colour:blue")).to_be_visible()
    page.get_by_role("button", name="Clear colours").click()
    expect(page.locator(".dr-cell")).to_have_count(2)
    # Taken from a picture that is open: by keys, which point at the middle of it first.
    page.get_by_role("gridcell", name="sky.jpg").locator(".dr-cell-picture").click()
    page.get_by_role("button", name="Pictures of a colour", exact=True).click()
    expect(page.get_by_text(re.compile("^#2[0-9a-f]6[0-9a-f]c[0-9a-f]$"))).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Remove filter colour:#2[0-9a-f]6"))).to_be_visible()
    expect(page.get_by_role("gridcell", name="sky.jpg")).to_be_visible()
    expect(page.get_by_role("gridcell", name="grass.jpg")).to_have_count(0)


def test_the_address_says_how_the_view_looks(visit, site):
    page = opened(visit)
    page.get_by_role("radio", name="Rows").click()
    page.wait_for_url("**layout=rows*")
    page.locator(".dr-grid").focus()
    page.keyboard.press("+")
    page.wait_for_url("**size=240*")
    address = page.url
    other = visit()
    other.page.goto(address)
    expect(other.page.get_by_role("radio", name="Rows")).to_be_checked()
    expect(other.page.get_by_role("slider", name="Size of pictures")).to_have_value("240")
    other.page.get_by_role("button", name="Groups: No groups").click()
    other.page.get_by_role("menuitemradio", name="By day").click()
    other.page.wait_for_url("**group=day*")
    assert all(part in other.page.url for part in ("layout=rows", "size=240"))


def test_a_picture_is_turned_without_being_changed_and_developed_as_it_was_turned(visit, site):
    page = opened(visit)
    page.locator(".dr-cell").nth(2).click()
    box = page.get_by_role("dialog", name=NAMES[2])
    turned = box.locator(".dr-laid")
    expect(turned).to_have_attribute("data-turn", "0")
    page.keyboard.press("r")
    expect(turned).to_have_attribute("data-turn", "90")
    shape = box.locator(".dr-picture").bounding_box()
    assert shape["width"] < shape["height"]
    page.keyboard.press("Shift+R")
    expect(turned).to_have_attribute("data-turn", "0")
    page.keyboard.press("Shift+R")
    expect(turned).to_have_attribute("data-turn", "270")
    page.reload()
    expect(turned).to_have_attribute("data-turn", "270")
    assert record(site, NAMES[2])["width"] == 480  # the original stays
    page.keyboard.press("d")
    page.wait_for_url("**/develop?*")
    expect(page.locator(".dv-stack")).to_contain_text("Angle -90")
    page.go_back()
    page.get_by_role("button", name="Turn right").first.click()
    expect(turned).to_have_attribute("data-turn", "0")
    page.wait_for_timeout(5000)  # longer than other notices are there: nobody has to hurry to take something back
    page.locator("[data-sonner-toast]", has_text="Turned right").get_by_role("button", name="Undo").click()
    expect(turned).to_have_attribute("data-turn", "270")
    box.get_by_role("button", name="Compare with those chosen, or with the next").first.click()
    panes = page.get_by_role("dialog", name="2 pictures beside each other").locator(".dr-laid")
    expect(panes.first).to_have_attribute("data-turn", "270")
    expect(panes.nth(1)).to_have_attribute("data-turn", "0")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    small = page.locator(".dr-cell").nth(2).locator("img")
    expect(small).to_have_css("rotate", "270deg")
    shown, cell = small.bounding_box(), page.locator(".dr-cell").nth(2).bounding_box()
    assert (round(shown["width"]), round(shown["height"])) == (round(cell["width"]), round(cell["height"]))
    expect(page.locator(".dr-cell").nth(1).locator("img")).to_have_css("rotate", "none")


def test_pictures_are_compared_beside_each_other_and_zoomed_as_one(visit, site):
    page = opened(visit)
    for at in (0, 1, 3):
        page.locator(".dr-cell").nth(at).click(modifiers=["Control"])
    page.get_by_role("toolbar", name="Chosen pictures").get_by_role("button", name="Compare").click()
    box = page.get_by_role("dialog", name=re.compile("pictures beside each other"))
    panes = box.get_by_role("figure")
    expect(panes).to_have_count(3)
    page.keyboard.press("+")
    scales = "[...document.querySelectorAll('.dr-compared-picture')].map((one) => one.style.transform)"
    until(page, f"{scales}.every((one) => one.includes('scale(1.4'))")
    page.keyboard.press("Escape")  # whole pictures first
    until(page, f"{scales}.every((one) => one.includes('scale(1)'))")
    panes.nth(1).get_by_role("button", name="3 stars").click()
    until_record(site, NAMES[1], "rating", 3)
    # Two of them in every way: arrows take another second one, Shift another first one.
    page.keyboard.press("y")
    boundary = box.get_by_role("slider", name="Boundary between the two")
    expect(boundary).to_have_attribute("aria-valuetext", f"50 % {NAMES[0]}")
    first, second = (box.get_by_role("combobox", name=f"{which} picture") for which in ("First", "Second"))
    expect(second).to_have_value("1")
    page.keyboard.press("ArrowRight")
    expect(second).to_have_value("2")
    page.keyboard.press("Shift+ArrowRight")
    expect(first).to_have_value("1")
    page.keyboard.press("x")
    expect(first).to_have_value("2")
    expect(box.get_by_role("status")).to_contain_text(re.compile(r"SSIM \d"))
    for way in ("Two, by turns", "What differs", "Where they are unlike (SSIM)"):
        box.get_by_role("button", name=way).click()
    expect(box.locator("canvas.dv-heat")).to_be_visible()
    # Without names, until one is chosen.
    page.keyboard.press("n")
    box.get_by_role("button", name="All beside each other").click()
    names = [NAMES[at] for at in (0, 1, 3)]
    expect(box.get_by_role("figure", name="Picture 2")).to_be_visible()
    assert not any(name in box.inner_html() for name in names)
    page.keyboard.press("2")
    expect(page.get_by_text(re.compile(r"You chose .*\.jpg\."))).to_be_visible()
    expect(box.get_by_role("figure", name=names[2])).to_be_visible()
    box.get_by_role("button", name=f"Leave {NAMES[3]} out").click()
    expect(panes).to_have_count(2)
    box.get_by_role("button", name=f"Open {NAMES[0]} alone").click()
    expect(page.get_by_role("dialog", name=NAMES[0])).to_be_visible()
    page.keyboard.press("c")  # three are chosen still
    expect(page.get_by_role("dialog", name="3 pictures beside each other")).to_be_visible()


def test_on_a_phone_a_picture_is_judged_and_developed_where_it_is_shown(visit, site):
    page = opened(visit)
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".dr-cell").nth(4).click()
    hand = page.get_by_role("group", name="Judge and turn")
    hand.get_by_role("button", name="2 stars").click()
    until_record(site, NAMES[4], "rating", 2)
    hand.get_by_role("link", name="Develop").click()
    page.wait_for_url("**/develop?*")


def test_tags_are_joined_and_taken_away_on_their_page_and_come_back(visit, site):
    import io

    from PIL import Image

    from darkroom.domain.access import SYSTEM

    for name, shade in (("early/dawn", 10), ("early/noon", 20), ("late/dusk", 30)):
        out = io.BytesIO()
        Image.new("RGB", (64, 48), (shade, 200 - shade, 90)).save(out, "PNG")
        drop(site.settings.inbox, f"{name}.png", out.getvalue())
    batches, _ = site.library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    page = visit().go("/tags")
    early = page.get_by_role("link", name="early, 2 pictures")
    early.focus()
    page.keyboard.press("r")
    box = page.get_by_role("dialog", name="Rename early")
    box.get_by_label("Name").fill("late")
    expect(box.get_by_text("late is there already, on 1 picture: the two become one.")).to_be_visible()
    box.get_by_role("button", name="Join").click()
    expect(page.get_by_role("link", name="late, 3 pictures")).to_be_visible()
    expect(early).to_have_count(0)
    expect(box).to_have_count(0)  # the list may know before the answer is there; keys are the dialog's until then
    page.keyboard.press("Control+z")
    expect(early).to_be_visible()
    page.get_by_role("button", name="Colour early", exact=True).click()
    page.get_by_role("button", name="#3f78c8").click()
    expect(page.locator("[data-tag=early] .dr-tag-dot")).to_have_css("background-color", "rgb(63, 120, 200)")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-tag=early] .dr-tag-dot")).not_to_have_css("background-color", "rgb(63, 120, 200)")
    page.get_by_role("button", name="Take away early").click()
    page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    expect(early).to_have_count(0)
    page.locator("[data-sonner-toast]").get_by_role("button", name="Undo").last.click()
    expect(early).to_be_visible()

    page.goto(f"{site.url}/collections")
    page.get_by_role("button", name="New collection").click()
    page.get_by_label("Name").fill("Short-lived")
    page.get_by_role("button", name="Make", exact=True).click()
    page.get_by_role("button", name="More for Short-lived").click()
    page.get_by_role("menuitem", name="Take away").click()
    page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    card = page.get_by_role("link", name="Short-lived, 0 pictures")
    expect(card).to_have_count(0)
    expect(page.get_by_text("Short-lived is taken away. Its pictures stay.")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Short-lived is back, with its pictures.")).to_be_visible()
    expect(card).to_be_visible()
