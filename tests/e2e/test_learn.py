"""From tagged pictures to a model that is used, in the browser: datasets, trainings that really learn, reports, models."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.torch import save_file

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Annotation, Box, Classification, Detection, Segmentation
from darkroom.domain.base import new_id, now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.marks import box_mark
from darkroom.domain.query import ImageQuery
from darkroom.domain.training import Metric, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.views import ExampleGiven, NewVersion
from darkroom.services.library import Library
from darkroom.services.training.views import TrainingGiven
from darkroom.services.work.service import owner_of
from darkroom.store.gazetteer import place_keys
from tests.e2e.axe import violations
from tests.e2e.conftest import Visitor
from tests.e2e.site import TAGS, Site
from tests.networks import drawn_vgg
from tests.servers import MongoServer
from tests.stack import wait_until
from tests.tiny import TINY
from training.platform import judged, learn

OPTIONS = {name: value for name, value in TINY.items() if name != "budget_seconds"}
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def site(web_build: None, mongod: MongoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with 36 pictures of three tags."""
    torch.set_num_threads(1)
    with Site(mongod, tmp_path_factory.mktemp("learn"), database="e2e_learn", heartbeat_seconds=3) as site:
        site.fill(36)
        yield site


@pytest.fixture(scope="module")
def beginnings(site: Site, browser: Browser) -> dict[str, str]:
    """What the pages say while there is nothing to learn from."""
    page = browser.new_page()
    page.add_init_script("localStorage.setItem('darkroom.setup.later', 'true')")
    words = {}
    for address in ("/datasets", "/training", "/models", "/report"):
        page.goto(site.url + address)
        expect(page.locator(".dl-empty h2")).to_be_visible()
        words[address] = page.get_by_role("main").inner_text()
    page.close()
    return words


def work_through(library: Library, stop: threading.Event) -> None:
    """What Dagster's runs do; expanding waits for ever, so that it can be cancelled and the pictures stay those that they were."""
    while not stop.wait(0.1):
        for work in library.work.pending(SYSTEM):
            if work.kind == "expand":
                continue
            library.work.run(SYSTEM, work.id, f"run-{work.id[-6:]}")
        for one in library.trainings.pending(SYSTEM):
            run = f"run-{one.id[-6:]}"
            work = library.trainings.take_up(SYSTEM, one.id, run)
            if work is None:
                continue
            try:
                with work.claim:
                    learn(work)
                if work.lost:
                    library.trainings.let_go(SYSTEM, one.id, run)
                elif work := library.trainings.go_on(SYSTEM, one.id, run):
                    library.trainings.finish(SYSTEM, work, judged(work))
            except Error as error:
                library.trainings.fail(SYSTEM, one.id, run, error)


@pytest.fixture(scope="module")
def learnt(site: Site, beginnings: dict[str, str]) -> Iterator[list[TrainingRun]]:
    """Two versions of a dataset, a model trained on each, and somebody who trains what is asked for."""
    library, stop = site.library, threading.Event()
    worker = threading.Thread(target=work_through, args=(library, stop), name="trains")
    worker.start()
    started = []
    try:
        for classes, message in ((TAGS[:2], "Two classes"), (TAGS, "All three")):
            made = library.datasets.create(LOCAL_OWNER, NewVersion(
                name="scenes", query=ImageQuery(), labels_from="tags", classes=classes, message=message,
            ))  # fmt: skip
            given = TrainingGiven(dataset=made.version.id, budget_seconds=None, options=OPTIONS, promote=True)
            started.append(library.trainings.start(LOCAL_OWNER, given).training.id)
            wait_until(
                lambda: library.stores.trainings.get(started[-1]).state == "done", seconds=120, what="it has learnt"
            )
        yield [library.stores.trainings.get(one) for one in started]
    finally:
        stop.set()
        worker.join(60)


def open_page(visit: Visit, address: str, **window) -> Page:
    page = visit(**window).go(address)
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    return page


def test_the_pages_say_how_to_begin_where_there_is_nothing(beginnings):
    assert "darkroom dataset import FOLDER" in beginnings["/datasets"]
    assert "Make a dataset first" in beginnings["/training"]
    assert "To the trainings" in beginnings["/models"]
    assert "Every training ends with one" in beginnings["/report"]


def test_a_dataset_is_made_of_tags_and_shows_its_pictures(visit, learnt):
    page = open_page(visit, "/datasets")
    expect(page.get_by_role("img", name="Classes: forest 12, mountains 12, ocean 12")).to_be_visible()
    page.get_by_role("button", name="New dataset").click()
    dialog = page.get_by_role("dialog", name="New dataset")
    dialog.get_by_label("Name").fill("Two Words")
    expect(dialog.get_by_text("Small letters, digits")).to_be_visible()
    dialog.get_by_label("Name").fill("waters")
    make = dialog.get_by_role("button", name="Make")
    dialog.get_by_role("button", name="ocean 12").click()
    expect(make).to_be_disabled()
    dialog.get_by_role("button", name="forest 12").click()
    make.click()
    expect(page.get_by_role("heading", name="waters@1")).to_be_visible()
    expect(page.get_by_role("list", name="What to know")).to_contain_text("Fewer than 10 examples to learn from")
    page.get_by_role("button", name="A picture of ocean").nth(2).click()
    lightbox = page.get_by_role("dialog")
    expect(lightbox).to_contain_text("3 of 12")
    page.keyboard.press("ArrowRight")
    expect(lightbox).to_contain_text("4 of 12")
    page.keyboard.press("Escape")
    expect(lightbox).to_have_count(0)
    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_label("1 · Learn from")).to_have_value("waters@1")


def test_an_archive_is_looked_at_and_imported_with_its_problems_told(visit, site, beginnings, tmp_path):
    library, folder = site.library, tmp_path / "brought"
    keys = [one.id for one in library.stores.images.page(ImageQuery(), limit=4).items]
    for at, key in enumerate(keys):
        # One name is longer than the head of an entry has room for.
        path = folder / ("land" if at % 2 else "water") / f"{at}{'ü' * (60 if at == 3 else 0)}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(library.stores.blobs.read("originals", key))
    (folder / "land" / "notes.txt").write_text("x")
    (folder / ".hidden").write_text("x")
    page = open_page(visit, "/datasets")
    sent = []
    page.on("request", lambda one: "/datasets/import?" in one.url and sent.append(one))
    page.get_by_role("button", name="Import").first.click()
    dialog = page.get_by_role("dialog", name="Import a dataset")
    expect(dialog.get_by_role("button", name="Look")).to_be_disabled()
    dialog.get_by_label("Folder", exact=True).set_input_files(folder)
    expect(dialog.get_by_label("Name")).to_have_value("brought")
    expect(dialog).to_contain_text("5 files")
    dialog.get_by_role("button", name="Look").click()
    expect(dialog.get_by_role("status")).to_contain_text("4 pictures, 4 of them here already. A folder for each class.")
    expect(dialog.get_by_role("row", name="water 2")).to_be_visible()
    expect(dialog.get_by_role("list", name="Problems")).to_contain_text("land/notes.txt")
    assert violations(page) == []
    assert library.stores.datasets.find("brought") is None
    dialog.get_by_role("button", name="Import").click()

    def done() -> bool:
        for work in library.work.pending(SYSTEM):
            library.work.run(SYSTEM, work.id, "run-import")
        return library.stores.datasets.find("brought") is not None

    wait_until(done, seconds=60, what="it is imported")
    expect(dialog.get_by_text("brought@1 is made.")).to_be_visible()
    expect(dialog.get_by_role("list", name="Problems")).to_contain_text("It is not a picture.")
    assert [("archive=o-" in one.url) for one in sent] == [False, True], "what was looked at is not sent again"
    dialog.get_by_role("button", name="Show brought@1").click()
    expect(page.get_by_role("heading", name="brought@1")).to_be_visible()


def test_the_quality_of_a_version_is_judged_and_what_is_wrong_left_out(visit, site, beginnings):
    keys = [one.id for one in site.library.stores.images.page(ImageQuery(), limit=30).items]
    said = [(Classification(label=label),) for label in ("place", "other")]
    given = NewVersion(name="judged", examples=tuple(
        ExampleGiven(
            image=key, annotations=said[at % 2], group="walk" if at < 2 else None, split=("test", "train", "validation", "train")[min(at, 3)]
        )
        for at, key in enumerate(keys)
    ))  # fmt: skip
    site.library.datasets.create(LOCAL_OWNER, given)
    page = open_page(visit, "/datasets?name=judged", dark=False)
    page.get_by_role("link", name="Quality").click()
    page.get_by_role("button", name="Judge its pictures").click()
    issues = page.get_by_role("region", name="Issues")
    expect(issues.get_by_role("listitem")).to_have_count(15)
    page.get_by_role("button", name="Limits").click()
    dialog = page.get_by_role("dialog", name="Limits of judged")
    dialog.get_by_label("Little contrast, at most").fill("100")
    dialog.get_by_label("Leaks blocks trainings").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    kept = site.library.quality.rules(LOCAL_OWNER, "judged").rules
    assert {(one.issue, one.most, one.blocks) for one in kept.limits} == {("low_contrast", 1, False), ("leak", 0, True)}
    expect(page.get_by_text("may be 0.0% at most")).to_be_visible()
    issues.get_by_role("button", name="Leaks").click()
    # What one camera took within seconds of them belongs to them too.
    leaking = site.library.quality.pictures(LOCAL_OWNER, "judged", "leak").total
    assert leaking >= 2
    expect(issues.locator(".dl-shot")).to_have_count(leaking)
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Quality of judged@2")).to_be_visible()
    # The notices of what was done before may still stand.
    page.get_by_role("listitem").filter(has_text="judged@2").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Quality of judged@3")).to_be_visible()
    assert site.library.datasets.resolve("judged").total == 30
    page.get_by_label("Beside").select_option("judged@2")
    expect(page.get_by_role("region", name="Drift")).to_contain_text("lie otherwise")

    page.goto(f"{site.url}/datasets?name=judged")
    page.get_by_role("button", name="More for judged@3").click()
    page.get_by_role("menuitem", name="Expand").click()
    dialog = page.get_by_role("dialog", name="Expand judged@3")
    dialog.get_by_label("Copies of each").fill("3")
    learnt = site.library.datasets.resolve("judged").counts["train"]
    expect(dialog).to_contain_text(f"{3 * learnt} new pictures")
    expect(dialog.locator(".dl-draw").first).to_be_visible(timeout=90_000)
    with page.expect_response("**/expand") as asked:
        dialog.get_by_role("button", name="Expand").click()
    begun = asked.value.json()
    assert (begun["kind"], begun["state"]) == ("expand", "queued")
    site.library.work.cancel(LOCAL_OWNER, begun["id"])
    expect(page.get_by_text("It was not expanded")).to_be_visible()


def test_a_version_is_named_exported_branched_and_merged(visit, learnt):
    visitor = visit()
    page = visitor.go("/datasets?name=scenes")
    page.get_by_role("button", name="More for scenes@1").click()
    page.get_by_role("menuitem", name="Tag").click()
    dialog = page.get_by_role("dialog", name="Tag scenes@1")
    dialog.get_by_label("Name").fill("golden")
    dialog.get_by_role("button", name="Tag").click()
    expect(dialog).to_have_count(0)
    versions = page.get_by_role("region", name="Versions")
    expect(versions.get_by_text("golden")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export scenes@2")
    dialog.get_by_label("Layout").select_option("csv")
    with page.expect_download() as saved:
        dialog.get_by_role("link", name="Save the file").click()
    assert saved.value.suggested_filename == "scenes-2-csv.tar"
    page.get_by_role("button", name="More for scenes@2").click()
    page.get_by_role("menuitem", name="Branch").click()
    page.get_by_role("dialog").get_by_label("Name of the new dataset").fill("aside")
    page.get_by_role("dialog").get_by_role("button", name="Branch").click()
    expect(page.get_by_role("heading", name="aside@1")).to_be_visible()
    page.get_by_role("button", name="More for aside@1").click()
    page.get_by_role("menuitem", name="Merge another one into it").click()
    dialog = page.get_by_role("dialog", name="Merge into aside")
    dialog.get_by_label("What is merged").select_option("scenes")
    expect(dialog.get_by_text("Nothing has to be decided")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="More for aside@1").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Datasets")).to_be_visible()
    versions = page.get_by_role("listitem")
    expect(versions.filter(has_text="aside")).to_have_count(0)
    # The page may have looked once more at what is deleted, and the browser writes every refusal to its console.
    visitor.complaints[:] = [one for one in visitor.complaints if "404" not in one]


def test_two_versions_are_compared(visit, learnt):
    page = open_page(visit, "/datasets?name=scenes", dark=False)
    page.get_by_role("button", name="What differs between scenes@1 and scenes@2").click()
    diff = page.get_by_role("region", name=re.compile("scenes@1 .* scenes@2"))
    expect(diff.get_by_role("button", name="Added 12")).to_have_attribute("aria-pressed", "true")
    expect(diff.get_by_role("button", name="Removed 0")).to_be_disabled()
    expect(diff.get_by_text("24 the same")).to_be_visible()
    expect(diff.locator(".dl-shot img")).to_have_count(12)


@pytest.mark.parametrize("narrow", [False, True])
def test_a_style_may_be_looked_at_through_a_model_of_the_library_or_weights_of_the_machine(visit, learnt, site, narrow):
    folder = site.settings.backbones / "drawn-vgg"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        save_file(drawn_vgg(), folder / "model.safetensors")
    visitor = visit(width=390, height=844) if narrow else visit(dark=False)
    page = visitor.go("/training?dataset=scenes@2")
    through = page.get_by_label("The style is told apart by")
    expect(page.get_by_role("radio", name="Tell pictures apart")).to_be_checked()
    expect(through).to_have_count(0)
    page.get_by_role("radio", name="Paint in a style").check()
    expect(through).to_have_value("")
    line = site.library.stores.models.get("scenes")
    champion, newest = line.aliases["champion"], line.latest
    expect(through.locator("option")).to_have_text(
        [
            "patches of pixels",
            f"scenes@{champion}, champion",
            *([] if newest == champion else [f"scenes@{newest}, newest"]),
            re.compile("^drawn-vgg, "),
        ]
    )
    choose = page.get_by_role("button", name="The picture whose style is learnt")
    choose.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^picture-")).first.click()
    with page.expect_request("**/training-runs/estimate") as asked:
        through.focus()
        page.keyboard.press("s")  # a list goes to what begins with what is typed
    expect(through).to_have_value(f"model:scenes@{champion}")
    assert asked.value.post_data_json["options"]["features"] == f"model:scenes@{champion}"
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    through.select_option("drawn-vgg")
    page.get_by_text("Advanced").click()
    page.get_by_label("Architecture").select_option("painter-tiny")
    page.get_by_label("Picture size, px").fill("64")
    page.get_by_label("Epochs at most").fill("1")
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"MB of \d.* memory"))).to_be_visible(timeout=150_000)


def test_a_network_that_is_gone_is_told_at_its_field(visit, learnt, site):
    visitor = visit()
    page = visitor.go("/training?dataset=scenes@2")
    page.get_by_role("radio", name="Paint in a style").check()
    page.get_by_role("button", name="The picture whose style is learnt").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^picture-")).first.click()
    through = page.get_by_label("The style is told apart by")
    through.evaluate("one => one.add(new Option('gone', 'model:gone@3'))")
    through.select_option("model:gone@3")
    expect(through).to_have_accessible_description(re.compile("There is no model 'gone@3'"))
    expect(through).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    visitor.complaints[:] = [one for one in visitor.complaints if "422" not in one]


def test_a_training_is_started_by_three_choices_watched_and_cancelled(visit, learnt):
    visitor = visit()
    page = visitor.go("/training?dataset=scenes@2")
    # A style is that of a picture of the gallery.
    page.get_by_role("radio", name="Paint in a style").check()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    page.get_by_role("button", name="The picture whose style is learnt").click()
    dialog = page.get_by_role("dialog", name="The picture whose style is learnt")
    dialog.get_by_role("button", name=re.compile(r"^picture-")).first.click()
    expect(page.get_by_role("img", name=re.compile("^Picture "))).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    page.get_by_role("radio", name="Tell pictures apart").check()
    page.get_by_text("Advanced").click()
    page.get_by_label("Architecture").select_option("residual-tiny")
    page.get_by_label("Picture size, px").fill("32")
    page.get_by_label("Epochs at most").fill("1000000")
    page.get_by_role("radio", name="No limit").check()
    # By the speed of the trainings before it.
    expect(page.get_by_role("status").filter(has_text="pictures/s as measured here")).to_be_visible()
    page.get_by_role("radio", name="2 min").check()
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"MB of \d.* memory"))).to_be_visible(timeout=150_000)
    page.get_by_role("radio", name="No limit").check()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="Training on scenes@2")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"^Loss: learning \d"))).to_be_visible(timeout=60_000)
    bar = page.get_by_role("progressbar", name="Steps of the training")
    seen = int(bar.get_attribute("aria-valuenow"))
    expect(bar).not_to_have_attribute("aria-valuenow", str(seen), timeout=60_000)
    expect(page.get_by_role("button", name="Stop and keep")).to_be_enabled()
    page.get_by_label("How urgent").select_option("low")
    expect(page.get_by_label("How urgent")).to_have_value("low")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("main").get_by_text("Paused", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Resume").click(timeout=60_000)
    expect(page.get_by_role("main").get_by_text("Learning", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the training").click()
    expect(page.get_by_role("main").get_by_text("Cancelled", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="All trainings").click()
    gone = page.get_by_role("link", name=re.compile("scenes@2.*Cancelled"))
    gone.first.click()
    page.get_by_role("button", name="Delete the training").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The training is deleted.")).to_be_visible()
    expect(gone).to_have_count(0)
    page.get_by_role("link", name=re.compile("scenes@2.*Done")).first.click()
    page.get_by_role("button", name="Delete the training").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is used by the version scenes@")
    # The browser writes every refusal to its console.
    visitor.complaints.clear()


def test_a_training_that_went_astray_says_what_to_do(visit, learnt, site):
    options = OPTIONS | {"optimizer": "sgd", "learning_rate": 1e12, "clip": 0, "epochs": 20}
    given = TrainingGiven(dataset="scenes", budget_seconds=None, options=options)
    asked = site.library.trainings.start(LOCAL_OWNER, given).training.id
    wait_until(lambda: site.library.stores.trainings.get(asked).state == "failed", seconds=120, what="it failed")
    page = open_page(visit, f"/training?run={asked}")
    expect(page.get_by_role("alert")).to_contain_text("The training went astray")
    expect(page.get_by_role("alert")).to_contain_text("Lower the learning rate")


def test_a_report_leads_to_the_pictures_behind_its_figures(visit, learnt, site):
    page = open_page(visit, f"/training?run={learnt[1].id}")
    strip = page.get_by_role("region", name="Pictures over time")
    shown = min(8, site.library.stores.dataset_versions.get(learnt[1].dataset).counts["validation"])
    expect(strip.get_by_role("row")).to_have_count(1 + shown)
    expect(strip.locator(".dl-said")).to_have_count(shown * len(learnt[1].history))
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="Report on scenes@2")).to_be_visible()
    dots = page.get_by_role("region", name="Picture by picture").locator(".dl-drawing[data-drawn=true] .points path")
    expect(dots.first).to_be_visible()
    dots.first.scroll_into_view_if_needed()
    box = dots.first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".dl-drawing .hovertext").first).to_contain_text("for what it is")
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_contain_text(" of ")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(re.compile(r"^95 %: 0\.\d{3} . [01]\.\d{3}$")).first).to_be_visible()
    page.get_by_label("Divide by").select_option("format")
    parts = page.get_by_role("region", name="Parts of the pictures")
    expect(parts.get_by_role("row").nth(1)).to_contain_text("jpeg")
    cell = page.locator(".dl-matrix button.dl-right, .dl-matrix button.dl-wrong").first
    words = cell.get_attribute("aria-label")
    count = int(words.split()[0])
    cell.click()
    behind = page.locator(".dl-behind")
    expect(behind.locator(".dl-shot")).to_have_count(count)
    behind.locator(".dl-shot button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(f"1 of {count}")
    page.keyboard.press("Escape")
    cell.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.cell") != cell.get_attribute("data-cell")
    rows = page.get_by_role("region", name="Classes").get_by_role("row")
    page.get_by_role("button", name="Class", exact=True).click()
    expect(rows.nth(1)).to_contain_text("forest")
    page.get_by_role("button", name="Class", exact=False).first.click()
    expect(rows.nth(1)).to_contain_text("ocean")

    def taken(form: str) -> Path:
        page.get_by_role("button", name="As a file").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=form).click()
        return download.value.path()

    text = taken("HTML").read_text()
    assert "Report on scenes@2" in text
    assert "<script" not in text
    assert taken("XLSX").read_bytes()[:2] == b"PK"
    # What is drawn around is shown, and becomes a collection that the gallery shows.
    drawing = page.get_by_role("figure", name=re.compile("^Probability of what each picture is"))
    drawing.scroll_into_view_if_needed()
    area = drawing.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + 1, area["y"] + 1)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] - 1, area["y"] + area["height"] - 1, steps=8)
    page.mouse.up()
    picked = page.get_by_role("region", name=re.compile("^Pictures: how sure it was"))
    judged = site.library.stores.reports.get(learnt[1].report).count
    expect(picked.get_by_role("status")).to_contain_text(f"{judged} picture")
    picked.locator(".dl-shot button").first.hover()
    expect(page.locator(".dl-drawing .hovertext").first).to_contain_text("for what it is")
    picked.get_by_label("Probability from").fill("1")
    expect(picked.get_by_text("No picture lies there.")).to_be_visible()
    picked.get_by_label("Probability from").fill("0")
    picked.get_by_role("button", name="Open in the gallery").click()
    page.get_by_role("dialog").get_by_label("Name of the collection").fill("Drawn around")
    page.get_by_role("dialog").get_by_role("button", name="Keep and open").click()
    expect(page.locator(".dr-context p")).to_have_text(f"{judged} pictures")


def test_the_gate_says_why_it_holds_a_version_back_and_the_way_back_is_one_click(visit, learnt):
    visitor = visit(dark=False)
    page = visitor.go("/models?name=scenes")
    # Judged by other pictures, so it did not become champion by itself.
    expect(page.get_by_text("Version 1 is used.")).to_be_visible()
    page.get_by_role("button", name="Promote scenes@2").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("scenes@2 and scenes@1 were judged by different pictures")
    # The browser writes every refusal to its console.
    visitor.complaints.clear()
    dialog.get_by_label("Why all the same").fill("It knows mountains")
    dialog.get_by_role("button", name="Promote all the same").click()
    expect(page.get_by_text("Version 2 is used.")).to_be_visible()
    moves = page.get_by_role("region", name="What was used when").get_by_role("listitem")
    expect(moves.first).to_contain_text("It knows mountains")
    page.get_by_role("button", name="Back to version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(page.get_by_text("Version 1 is used.")).to_be_visible()


def test_the_registry_notes_proposes_and_keeps_what_is_used(visit, learnt):
    visitor = visit(dark=False)
    page = visitor.go("/models?name=scenes")

    def more(version: str, item: str) -> Locator:
        page.get_by_role("button", name=f"More for {version}").click()
        page.get_by_role("menuitem", name=item).click()
        return page.get_by_role("dialog")

    dialog = more("scenes@1", "Tags and use")
    dialog.get_by_label("Tags").fill("field trial, small")
    dialog.get_by_label("What it is meant for").fill("Sorting landscapes.")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="scenes@1")).to_contain_text("field trial")
    expect(more("scenes@1", "What uses it")).to_contain_text("champion")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    dialog = more("scenes@1", "Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("scenes@1 is used by the alias champion")
    visitor.complaints.clear()
    dialog.get_by_role("button", name="Cancel").click()
    dialog = more("scenes@2", "Propose as champion")
    dialog.get_by_label("Why").fill("More mountains")
    dialog.get_by_role("button", name="Propose").click()
    waits = page.get_by_text("Version 2 waits for approval")
    expect(waits).to_be_visible()
    # Whoever may approve it is told wherever they are.
    elsewhere = visit(dark=False).go("/activity")
    expect(elsewhere.get_by_role("region", name="Waiting for approval")).to_contain_text("More mountains")
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("dialog").get_by_label("Why not").fill("Too few oceans")
    page.get_by_role("dialog").get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Version 2 was declined")).to_be_visible()
    expect(page.get_by_text("Too few oceans")).to_be_visible()


def locate(site: Site, places: dict[str, tuple[float, float]]) -> None:
    """Say of pictures where they were taken, as their files would."""
    ids = {one["name"]: one["id"] for one in site.get("/api/v1/images?limit=100").json()["items"]}

    def write(session: Any) -> None:
        images = site.library.stores.database.collection("images")
        for name, (latitude, longitude) in places.items():
            where = {"latitude": latitude, "longitude": longitude, "altitude": None}
            fields = {"capture.location": where, "place_keys": list(place_keys(latitude, longitude))}
            images.update_one({"_id": ids[name]}, {"$set": fields}, session=session)
        site.library.stores.events.append(
            session, type="images.updated", principal="local", ids=[ids[name] for name in places]
        )

    site.library.stores.database.run(write)


def test_pictures_are_found_by_place_and_on_the_map(visit, site):
    locate(site, {
        "picture-000.jpg": (59.91, 10.75), "picture-001.jpg": (59.92, 10.7), "picture-002.jpg": (48.85, 2.35),
        "picture-003.jpg": (0.0, -30.0),
    })  # fmt: skip
    page = visit().go()
    places = page.get_by_role("region", name="Places")
    places.get_by_role("checkbox", name="Norway").click()
    shown = page.locator(".dr-context p")
    expect(shown).to_have_text("2 pictures")
    page.wait_for_url("**where=place%3Anorway*")
    places.get_by_role("button", name="Clear places").click()
    expect(shown).to_have_text("36 pictures")
    places.get_by_role("checkbox", name="\u00cele-de-France").click()
    expect(shown).to_have_text("1 picture")
    places.get_by_role("button", name="Clear places").click()
    page.get_by_role("button", name="Map").click()
    dialog = page.get_by_role("dialog", name="Where they were taken")
    expect(dialog.get_by_role("status")).to_have_text("4 pictures in sight")
    # By the keyboard alone: closer and to the south west, until only what is at sea is in sight.
    dialog.locator(".dr-map").focus()
    for key in ("+", "+", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(dialog.get_by_role("status")).to_have_text("1 picture in sight")
    expect(dialog.get_by_role("button", name="1 picture at 0.00, -30.00")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="Show these").click()
    expect(shown).to_have_text("1 picture")
    assert "gps%3Abox" in page.url


def test_a_picture_leads_to_what_learnt_from_it(visit, learnt, site):
    picture = site.get("/api/v1/images?q=picture-003").json()["items"][0]["id"]
    page = visit().go(f"/?image={picture}")
    way = page.get_by_role("complementary", name="Details").locator(".dr-lineage")
    expect(way.get_by_role("listitem").filter(has_text="Version · ").first).to_contain_text("scenes@1")
    expect(way.locator(f'a[href="/report?id={learnt[0].report}"]')).to_be_visible()
    assert way.locator("svg.dr-lines path").count() >= way.get_by_role("listitem").count() - 1
    model = way.locator('a[href="/models?name=scenes"]').first
    model.focus()
    # What it has nothing to do with steps back.
    expect(way.locator("li[data-faint]").filter(has_text="Thumbnail")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 1 is used.")).to_be_visible()


def test_trainings_stand_beside_each_other_and_two_models_on_the_same_pictures(visit, learnt, site):
    given = TrainingGiven(
        dataset="scenes@2", budget_seconds=None, options=OPTIONS | {"epochs": 4, "learning_rate": 0.005}, seed=3
    )
    other = site.library.trainings.start(LOCAL_OWNER, given).training.id
    wait_until(lambda: site.library.stores.trainings.get(other).state == "done", seconds=120, what="it has learnt")
    page = open_page(visit, "/experiments")
    page.get_by_role("button", name="Worth").click()
    expect(page.get_by_role("columnheader", name="Worth")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("columnheader", name="learning_rate")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"trainings over .*learning_rate.*; the best is"))).to_be_visible()
    # An axis is brushed by keyboard: what lies in its upper quarter is kept, then all again.
    rows = page.locator("tbody tr").filter(has=page.get_by_role("checkbox"))
    many = rows.count()
    axis = page.get_by_role("button", name="learning_rate: all kept")
    axis.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name=re.compile(r"^learning_rate: .* kept$"))).to_be_focused()
    expect(rows).not_to_have_count(many)
    page.keyboard.press("Escape")
    expect(rows).to_have_count(many)
    for one in (learnt[1].id, other):
        page.locator("tr").filter(has=page.locator(f"a[href$='{one}']")).get_by_role("checkbox").click()
        expect(page.locator("tr.dl-on").filter(has=page.locator(f"a[href$='{one}']"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"^Loss: 1: scenes@2 .*, 2: scenes@3"))).to_be_visible()
    compared = page.get_by_role("region", name="scenes@2 beside scenes@3")
    expect(compared.locator(".dl-shot")).not_to_have_count(0)
    expect(compared.get_by_text("Both right")).to_be_visible()
    compared.locator(".dl-shot button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("1 of")


def test_every_page_fits_a_phone_and_names_what_can_be_pressed(visit, learnt):
    visitor = visit(width=390, height=844)
    addresses = ["/datasets", "/datasets?name=scenes&version=2&before=1", "/training", f"/training?run={learnt[1].id}",
                 "/models", "/models?name=scenes", "/report", "/experiments", f"/experiments?show={learnt[0].id},{learnt[1].id}", f"/report?id={learnt[1].report}"]  # fmt: skip
    wrong = []
    for address in addresses:
        page = visitor.go(address)
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".dr-waiting")).to_have_count(0)
        found = page.evaluate("""() => {
          const main = document.querySelector("main");
          const nameless = [...main.querySelectorAll("button, a, input, select")].filter(
            (one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length || one.title));
          return [main.scrollWidth > main.clientWidth, nameless.map((one) => one.outerHTML.slice(0, 120))];
        }""")
        wrong += [(address, *found)] if found != [False, []] else []
    assert wrong == []


def committed(site: Site, name: str, said: Callable[[int], tuple[Annotation, ...]]) -> list[str]:
    """A dataset of six pictures of the site; their keys in its order."""
    keys = sorted(one.id for one in site.library.stores.page(ImageQuery(), limit=6).items)
    given = tuple(ExampleGiven(image=key, annotations=said(at)) for at, key in enumerate(keys))
    site.library.datasets.create(LOCAL_OWNER, NewVersion(name=name, examples=given))
    return keys


def test_labels_are_mended_by_keys_and_committed(visit, site, beginnings):
    committed(site, "sorted", lambda at: (Classification(label=("rock", "tree")[at % 2], source="import"),))
    page = open_page(visit, "/datasets?name=sorted")
    page.get_by_role("link", name="Annotate").click()
    expect(page.get_by_text("1 of 6")).to_be_visible()
    side = page.get_by_role("complementary", name="What it shows")
    page.keyboard.press("2")
    expect(page.get_by_text("2 of 6")).to_be_visible()
    kept = page.get_by_role("status").filter(has_text="looked at")
    expect(kept).to_have_text("1 looked at, 1 changed")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 6")).to_be_visible()
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("moss")
    page.keyboard.press("Enter")
    expect(kept).to_have_text("3 looked at, 2 changed")
    page.reload()
    expect(kept).to_have_text("3 looked at, 2 changed")
    expect(side).to_contain_text("You saytree")
    page.keyboard.press("1")
    expect(kept).to_have_text("3 looked at, 1 changed")
    page.keyboard.press("Control+z")
    expect(kept).to_have_text("3 looked at, 2 changed")
    expect(page.get_by_text("1 of 6")).to_be_visible()
    page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog", name="Make a version of it")
    expect(dialog.get_by_role("list", name="Changes")).to_contain_text("moss")
    dialog.get_by_label("What changed").fill("Mended")
    dialog.get_by_role("button", name="Commit").click()
    diff = page.get_by_role("region", name=re.compile("sorted@1 .* sorted@2"))
    expect(diff.get_by_role("button", name="Labelled anew 2")).to_have_attribute("aria-pressed", "true")
    expect(diff).to_contain_text("moss")


def test_boxes_and_outlines_are_drawn_moved_and_resized_by_mouse_and_keyboard(visit, site, beginnings):
    def boxed(_: int) -> tuple[Annotation, ...]:
        return (Detection(label="stone", box=Box(x=0.1, y=0.1, width=0.2, height=0.2), source="import"),)

    keys = committed(site, "boxed", boxed)
    page = open_page(visit, "/annotate?name=boxed", dark=False)
    first = page.get_by_role("button", name="stone, box 1 of 1")
    expect(first).to_be_visible()
    lies = page.locator(".an-picture").bounding_box()

    def at(x: float, y: float) -> None:
        page.mouse.move(lies["x"] + x * lies["width"], lies["y"] + y * lies["height"])

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        at(*start)
        page.mouse.down()
        at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        at(*end)
        page.mouse.up()

    def kept(count: int, fits: Callable[[list[dict[str, float]]], bool] = lambda _: True) -> list[dict[str, float]]:
        """The boxes of the first picture, once so many are kept on the server, and as they are to be."""

        def boxes() -> list[dict[str, float]]:
            found = site.library.stores.drafts.among("boxed", owner_of(LOCAL_OWNER), keys[:1]).get(keys[0])
            return [one.box.model_dump() for one in found.annotations] if found else []

        wait_until(lambda: len(boxes()) == count and fits(boxes()), seconds=30, what=f"{count} boxes are kept")
        return boxes()

    drag((0.5, 0.5), (0.9, 1.4))
    drawn = kept(2)[1]
    assert drawn == pytest.approx({"x": 0.5, "y": 0.5, "width": 0.4, "height": 0.5}, abs=0.004), (
        "it ends where the picture does"
    )
    second = page.get_by_role("button", name="stone, box 2 of 2")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="fit")).to_be_visible()
    page.keyboard.press("0")
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("pebble")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="pebble, box 2 of 2")).to_be_visible()
    page.get_by_role("button", name="stone, box 1 of 2").focus()
    page.keyboard.press("Delete")
    (left,) = kept(1)
    assert left == pytest.approx({"x": 0.495, "y": 0.5, "width": 0.395, "height": 0.5}, abs=0.006)
    drag((0.7, 0.7), (0.1, 0.2))
    (moved,) = kept(1, lambda boxes: boxes[0]["x"] < 0.01)
    assert (moved["width"], moved["height"]) == pytest.approx((left["width"], left["height"]), abs=1e-5)
    assert moved["x"] >= 0, "never outside of the picture"

    def outlines(count: int, fits: Callable[[Segmentation], bool] = lambda _: True) -> list[Annotation]:
        """What is said of the first picture, once there are so many outlines, and the last one is as it is to be."""

        def said() -> list[Annotation]:
            found = site.library.stores.drafts.among("boxed", owner_of(LOCAL_OWNER), keys[:1]).get(keys[0])
            return list(found.annotations) if found else []

        def done() -> bool:
            drawn = [one for one in said() if isinstance(one, Segmentation)]
            return len(drawn) == count and fits(drawn[-1])

        wait_until(done, seconds=30, what=f"{count} outlines are kept")
        return said()

    page.get_by_label("What is said of pictures").select_option("outlines")
    expect(page.get_by_role("region", name="Outlines", exact=True)).to_be_visible()
    for number, corner in enumerate(((0.6, 0.1), (0.9, 0.1), (0.9, 0.3)), 1):
        at(*corner)
        page.mouse.down()
        page.mouse.up()
        expect(page.locator(".an-pending-corner")).to_have_count(number)
    expect(page.get_by_role("button", name="Close the outline")).to_be_enabled()
    page.keyboard.press("Enter")
    _, around, outline = outlines(1)
    assert sorted(outline.outline) == [pytest.approx(one, abs=0.004) for one in ((0.6, 0.1), (0.9, 0.1), (0.9, 0.3))]
    assert (around.box.x, around.box.height) == pytest.approx((0.6, 0.2), abs=0.008)
    expect(page.get_by_role("button", name="pebble, outline 2 of 2")).to_be_focused()
    page.keyboard.press("]")
    page.keyboard.press("ArrowUp")
    outlines(1, lambda one: min(y for _, y in one.outline) < 0.099)
    page.keyboard.press("i")
    outlines(1, lambda one: len(one.outline) == 4)
    page.keyboard.press("Delete")
    outlines(1, lambda one: len(one.outline) == 3)
    # In one go: around a place, back to where it began.
    at(0.2, 0.7)
    page.mouse.down()
    for corner in ((0.4, 0.7), (0.4, 0.9), (0.2, 0.9), (0.2, 0.71)):
        at(*corner)
    page.mouse.up()
    outlines(2, lambda one: len(one.outline) == 4)
    page.keyboard.press("Control+z")
    outlines(1)
    drag((0.85, 0.15), (0.75, 0.35))
    outlines(1, lambda one: min(y for _, y in one.outline) > 0.25)


def test_what_is_where_is_drawn_into_the_pictures_of_a_dataset_and_into_mistakes(visit, site, beginnings):
    outline = ((0.2, 0.2), (0.6, 0.2), (0.4, 0.8))

    def drawn(_: int) -> tuple[Annotation, ...]:
        box = Box(x=0.5, y=0.25, width=0.25, height=0.5)
        return (Detection(label="hut", box=box), Segmentation(label="lake", outline=outline))

    keys = committed(site, "drawn", drawn)
    visitor = visit(dark=False)
    page = visitor.go("/datasets?name=drawn")
    shot = page.get_by_role("button", name="A picture of hut").first
    expect(shot.locator("polygon")).to_have_count(2)
    shot.click()
    # The lightbox finds its room step by step: both are looked at in one moment, until they fit.
    page.wait_for_function("""() => {
      const lies = document.querySelector("[role=dialog] .dr-picture")?.getBoundingClientRect();
      const box = document.querySelector("[role=dialog] polygon")?.getBoundingClientRect();
      const near = (one, other) => Math.abs(one - other) < 0.02;
      return lies && box && near((box.x - lies.x) / lies.width, 0.5) && near((box.y - lies.y) / lies.height, 0.25);
    }""")
    page.goto(f"{site.url}/training?dataset=drawn@1")
    expect(page.get_by_role("radio", name="Outline things")).to_be_checked()
    page.get_by_role("radio", name="Tell pictures apart").check()
    page.get_by_text("Advanced").click()
    expect(page.get_by_label("Begin with")).to_contain_text("from nothing")
    page.get_by_label("Look for better options first").check()
    expect(page.get_by_label("Between, or one of").first).to_have_value("0.005..0.08:log")
    page.get_by_label("Between, or one of").first.fill("much")
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    page.get_by_label("Look for better options first").uncheck()
    page.get_by_role("radio", name="Find things").check()
    page.get_by_label("Learning rate").fill("0")
    expect(page.get_by_label("Learning rate")).to_have_attribute("aria-invalid", "true")
    marks = (
        box_mark("hut", (0.5, 0.25, 0.75, 0.75)),
        box_mark("hut", (0.1, 0.1, 0.3, 0.3), confidence=0.87, right=False),
    )
    mistake = {
        "key": keys[0],
        "wrong": 1,
        "missed": 1,
        "confidence": 0.87,
        "marks": [one.model_dump() for one in marks],
    }
    report = reported(site.library, "drawn@1", {"classes": [], "mistakes": [mistake]})
    page.goto(f"{site.url}/report?id={report}")
    mistakes = page.get_by_role("region", name="Worst pictures")
    expect(mistakes.locator(".dl-drawn-there polygon")).to_have_count(1)
    expect(mistakes.locator(".dl-drawn-wrong text")).to_have_text("87 %")
    expect(mistakes).to_contain_text("what was found, and how sure it was")
    assert all("422" in complaint for complaint in visitor.complaints), "a rate of nothing was refused"
    visitor.complaints.clear()


def reported(library: Library, dataset: str, details: dict[str, Any]) -> str:
    """A report with such details; its id."""
    text = json.dumps(details).encode()
    key = hashlib.sha256(text).hexdigest()
    library.stores.blobs.put("originals", key, text, durable=True)
    report = StoredReport(
        id=new_id("e"), checkpoint="c-none", dataset=dataset, split="test", count=1, metrics=(Metric(name="map50", value=0.5),),
        details=StoredFile(name="evaluation.json", key=key, bytes=len(text)), created_at=now(),
    )  # fmt: skip
    library.stores.database.run(lambda session: library.stores.reports.insert(report, session=session))
    return report.id
