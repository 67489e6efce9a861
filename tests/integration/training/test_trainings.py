"""From a dataset version to a champion: claimed by one run, resumed by the next, stopped by a person."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import polars as pl
import pypdfium2
import pytest

from assets.checks import leaks_told, onnx_told
from darkroom.datasets.boxes import import_voc
from darkroom.datasets.coco import import_coco
from darkroom.datasets.importers import import_folder
from darkroom.datasets.pairs import import_pairs
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.follow import Follow
from darkroom.domain.train_config import ARCHITECTURES
from darkroom.domain.training import TrainingWanted
from darkroom.errors import Error
from darkroom.services.activity_views import Hurry
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.runs import TRAINING_JOB
from darkroom.services.training.augment_views import AugmentGiven
from darkroom.services.training.evaluation_views import EvaluationGiven
from darkroom.services.training.point_views import PointRegion
from darkroom.services.training.side_by_side import paired, side_by_side
from darkroom.services.training.trainings import MOST_ATTEMPTS
from darkroom.services.training.views import Promotion, TrainingGiven
from darkroom.services.turns import MOST_RESTS
from darkroom.store.references import BlobReferences
from darkroom.supervisor.plan import settings_variables
from tests.factories import image_record
from tests.paired import draw_pairs
from tests.shapes import SHAPES, draw_regions, draw_scenes
from tests.tiny import TINY
from training import checkpoint
from training import export as exporting
from training.models import MODELS
from training.platform import judged, learn

ROOT = Path(__file__).parents[3]
OPTIONS = {name: value for name, value in TINY.items() if name != "budget_seconds"}


def given(**changes) -> TrainingGiven:
    options = {**OPTIONS, **changes.pop("options", {})}
    return TrainingGiven(**{"dataset": "shapes", "budget_seconds": None, "options": options, **changes})


def trained(library, run_id: str = "run-a", **changes):
    """Start a training and do all that its run does."""
    view = library.trainings.start(LOCAL_OWNER, given(**changes))
    work = library.trainings.take_up(SYSTEM, view.training.id, run_id)
    with work.claim:
        learn(work)
    work = library.trainings.go_on(SYSTEM, view.training.id, run_id)
    return library.trainings.finish(SYSTEM, work, judged(work))


def test_a_training_ends_with_a_checkpoint_a_report_and_a_version_of_its_model(library, committed, launcher, tmp_path):
    committed()
    ended = trained(library, promote=True)
    assert (launcher.launched, launcher.jobs) == ([ended.id], [TRAINING_JOB])
    assert (ended.state, ended.attempt, ended.step, ended.steps, ended.stopped) == ("done", 1, 6, 6, "finished")
    assert [one["step"] for one in ended.history] == [3, 6]
    steps = [one.step for one in ended.curve]
    assert steps == sorted(set(steps))
    assert set(steps) >= {3, 6}
    assert all(one.loss > 0 and one.rate >= 0 for one in ended.curve)
    listed = library.trainings.list(LOCAL_OWNER).items[0].training
    assert (listed.curve, listed.history) == ((), ended.history[-1:])
    kept = library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint)
    assert [one.name for one in kept.files] == [
        "checkpoint.json", "config.json", "labels.json", "metrics.json", "model.onnx",
        "packages.txt", "weights.safetensors",
    ]  # fmt: skip
    assert (kept.about.dataset, kept.about.labels) == (ended.dataset_hash, ("circle", "cross", "square"))
    packed = b"".join(library.trainings.results.checkpoint_zip(LOCAL_OWNER, kept.id))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    assert checkpoint.load(tmp_path / kept.id).about == kept.about
    report = library.trainings.results.report(LOCAL_OWNER, ended.report)
    accuracy = report.report.metrics[0]
    assert (report.report.split, report.report.count, accuracy.name) == ("test", 12, "accuracy")
    assert accuracy.low <= accuracy.value <= accuracy.high
    assert report.details["accuracy"]["value"] == accuracy.value
    assert sum(map(sum, report.details["confusion"])) == 12
    assert sum(len(one["pictures"]) for one in report.details["cells"]) == 12
    parts = library.trainings.results.slices(LOCAL_OWNER, ended.report)
    assert set(parts.dimensions) >= {"label", "format", "megapixels", "brightness"}
    (whole,) = (one for one in parts.slices if one.dimension == "shape")
    assert (whole.share.value, whole.share.count, whole.telling) == (accuracy.value, 12, False)
    assert len(library.trainings.results.slices(LOCAL_OWNER, ended.report, "shape").slices) == 1
    drawn = library.trainings.results.points(LOCAL_OWNER, ended.report)
    assert (drawn.count, len(drawn.points), drawn.curve[0].kept) == (12, 12, 1.0)
    assert sum(one.hit for one in drawn.points) / 12 == drawn.curve[0].accuracy == accuracy.value
    region = PointRegion(by="sure", low=0, high=1, label="circle")
    circles = library.trainings.results.points(LOCAL_OWNER, ended.report, region)
    assert (circles.count, circles.within, {one.label for one in circles.points}) == (12, 4, {"circle"})
    assert circles.wrong == sum(not one.hit for one in drawn.points if one.label == "circle")
    curves = library.trainings.results.curves(LOCAL_OWNER, ended.report).classes
    assert [(one.label, one.count) for one in curves] == [("circle", 4), ("cross", 4), ("square", 4)]
    book = library.trainings.results.report_book(LOCAL_OWNER, ended.report)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert b'name="Parts"' in archive.read("xl/workbook.xml")
    rows = library.trainings.results.report_rows(LOCAL_OWNER, ended.report)
    assert pl.read_parquet(rows.content)["key"].sort().to_list() == sorted(one.key for one in drawn.points)
    kept = json.loads(library.stores.blobs.read("originals", report.report.details.key))
    assert kept["weakest"] == [one.model_dump(mode="json") for one in parts.weakest]
    assert {"weakest", "predictions"}.isdisjoint(report.details)
    named = {key for key, _ in BlobReferences(library.stores.database).files()}
    assert {report.report.details.key, report.report.predictions.key} <= named  # or the nightly sweep would remove them
    page = library.trainings.results.report_page(LOCAL_OWNER, ended.report)
    assert f"{accuracy.value:.3f}" in page
    assert all(f"<td>{label}</td>" in page for label in ("circle", "cross", "square"))
    pdf = library.trainings.results.report_pdf(LOCAL_OWNER, ended.report)
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(pdf))
    assert all(
        words in text
        for words in ("Report on shapes@1", f"{accuracy.value:.3f}", "circle", "Calibration", "Worst mistakes")
    )
    assert library.trainings.results.report_pdf(LOCAL_OWNER, ended.report) == pdf
    again = library.estimates.estimate(LOCAL_OWNER, given())
    assert (again.measured_by, again.epochs) == (ended.id, 2)
    model = library.models.get(LOCAL_OWNER, "shapes")
    assert (model.model.aliases, [one.id for one in model.versions]) == ({"candidate": 1, "champion": 1}, ["shapes@1"])
    assert not (library.settings.home_path / "training" / ended.id).exists()
    told = [(one.type, one.data.get("state")) for one in library.stores.events.since(0)]
    assert told == [
        ("datasets.changed", None), ("training.changed", "queued"), ("training.changed", "running"),
        ("models.changed", None), ("training.changed", "done"),
    ]  # fmt: skip


def test_the_checkpoint_of_a_training_comes_back_from_the_blob_store(library, committed):
    committed()
    view = library.trainings.start(LOCAL_OWNER, given())
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    learn(work)
    work.clean()
    again = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    learn(again)  # what was kept is not learnt again
    assert judged(again).count == 12


def test_pictures_that_were_removed_for_good_are_left_out_and_counted(library, committed):
    committed()
    frame = library.datasets.read(library.datasets.resolve("shapes")).frame
    for key in frame.filter(frame["split"] == "train")["key"].head(2):
        library.stores.blobs.delete("originals", key)
    ended = trained(library)
    assert (ended.state, ended.left_out) == ("done", 2)


RUN = """
import sys
from darkroom.domain.access import SYSTEM
from darkroom.services.library import Library
from darkroom.settings import Settings
from training.platform import learn
library = Library.open(Settings.load())
work = library.trainings.take_up(SYSTEM, sys.argv[1], "run-killed")
with work.claim:
    learn(work)
"""


def test_a_killed_training_goes_on_and_ends_with_the_very_weights_of_one_left_alone(library, committed, mongo_settings):
    committed()
    options = {"epochs": 40, "checkpoint_steps": 5}
    alone = trained(library, options=options)
    view = library.trainings.start(LOCAL_OWNER, given(options=options))
    environment = os.environ | settings_variables(mongo_settings) | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", RUN, view.training.id], env=environment)
    try:
        end = time.monotonic() + 120
        while library.stores.trainings.get(view.training.id).step < 20:
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = library.stores.trainings.get(view.training.id)
    assert killed.state == "running"
    assert library.trainings.take_up(SYSTEM, view.training.id, "run-b") is None, "its run may still live"
    library.stores.database.collection("training_runs").update_one(
        {"_id": view.training.id}, [{"$set": {"heartbeat_at": {"$subtract": ["$$NOW", 60_000]}, "requested_at": None}}]
    )
    assert [one.id for one in library.trainings.pending(SYSTEM)] == [view.training.id]
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-b")
    with work.claim:
        learn(work)
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert (ended.state, ended.attempt, ended.step) == ("done", 2, 120)
    weights = [
        {one.name: one.key for one in library.stores.checkpoints.get(training.checkpoint).files}["weights.safetensors"]
        for training in (alone, ended)
    ]
    assert weights[0] == weights[1]


def test_a_paused_training_rests_and_ends_with_the_very_weights_of_one_left_alone(library, committed, launcher):
    committed()
    options = {"epochs": 60, "checkpoint_seconds": 3600}
    alone = trained(library, options=options)
    view = library.trainings.start(LOCAL_OWNER, given(options=options))
    training = view.training.id
    work = library.trainings.take_up(SYSTEM, training, "run-a")
    tell = work.tell

    def paused(facts, *rest) -> None:
        if facts["step"] >= 20 and library.stores.trainings.get(training).state == "running":
            library.trainings.pause(LOCAL_OWNER, training)
        tell(facts, *rest)

    work.tell = paused
    with work.claim:
        learn(work)
    rests = library.stores.trainings.get(training)
    assert (rests.state, rests.pauses, rests.checkpoint) == ("paused", 1, None)
    assert rests.step < 180
    with pytest.raises(Error, match="still writes down"):
        library.trainings.resume(LOCAL_OWNER, training)
    library.trainings.let_go(SYSTEM, training, "run-a")
    assert library.trainings.pending(SYSTEM) == []
    assert library.trainings.take_up(SYSTEM, training, "run-b") is None
    with pytest.raises(Error, match="is paused"):
        library.trainings.pause(LOCAL_OWNER, training)
    launcher.launched.clear()
    assert library.trainings.resume(LOCAL_OWNER, training).training.state == "queued"
    assert launcher.launched == [training]
    work = library.trainings.take_up(SYSTEM, training, "run-b")
    with work.claim:
        learn(work)
    work = library.trainings.go_on(SYSTEM, training, "run-b")
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert (ended.state, ended.step, alone.step) == ("done", 180, 180)

    def weights(one) -> str:
        files = library.trainings.results.checkpoint(LOCAL_OWNER, one.checkpoint).files
        return next(file.key for file in files if file.name == "weights.safetensors")

    assert weights(ended) == weights(alone)
    with pytest.raises(Error, match="is done"):
        library.trainings.resume(LOCAL_OWNER, training)


def test_a_paused_training_can_be_cancelled_and_one_whose_run_died_be_resumed(library, committed):
    committed()
    first, second = (library.trainings.start(LOCAL_OWNER, given()).training.id for _ in range(2))
    library.trainings.pause(LOCAL_OWNER, first)
    assert library.trainings.cancel(LOCAL_OWNER, first).training.state == "cancelled"
    assert library.trainings.take_up(SYSTEM, second, "run-a") is not None
    library.trainings.pause(LOCAL_OWNER, second)
    library.stores.database.collection("training_runs").update_one(
        {"_id": second}, [{"$set": {"heartbeat_at": {"$subtract": ["$$NOW", 600_000]}}}]
    )
    assert library.trainings.resume(LOCAL_OWNER, second).training.state == "queued"


def test_a_training_that_is_stopped_keeps_what_it_has_come_to_and_what_it_said_of_a_few_pictures(library, committed):
    committed()
    options = {"epochs": 100_000, "validations": 10_000}
    training = library.trainings.start(LOCAL_OWNER, given(options=options)).training.id
    with pytest.raises(Error, match="is queued"):
        library.trainings.stop(LOCAL_OWNER, training)
    work = library.trainings.take_up(SYSTEM, training, "run-a")
    tell, steps = work.tell, []

    def told(facts, validation=None, panel=None) -> None:
        steps.append(facts["step"])
        if len(library.stores.trainings.get(training).panel) == 2:
            assert library.trainings.stop(LOCAL_OWNER, training).training.stopping
        tell(facts, validation, panel)

    work.tell = told
    with work.claim:
        learn(work)
    assert steps[:4] == [1, 2, 4, 8], "its loss is told from the first step on"
    work = library.trainings.go_on(SYSTEM, training, "run-a")
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert (ended.state, ended.stopped, ended.step < 100_000) == ("done", "stopped", True)
    best = max(ended.history, key=lambda one: (one["accuracy"], one["step"]))
    kept = library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint)
    assert kept.about.metrics["accuracy"] == best["accuracy"]
    assert ended.report is not None
    panel = library.trainings.results.panel(LOCAL_OWNER, training)
    assert (len(panel.pictures), len(panel.looks)) == (8, len(ended.panel))
    assert [one.step for one in panel.looks] == sorted(one.step for one in panel.looks)
    assert panel.looks[-1].step == ended.history[-1]["step"]
    assert {label for one in panel.pictures for label in one.labels} <= set(SHAPES)
    assert all(len(one.said) == 8 and one.said[0].confidence for one in panel.looks)
    files = {key for key, _ in BlobReferences(library.stores.database).files()}
    assert {one.key for one in ended.panel} <= files, "what is swept at night leaves them"
    with pytest.raises(Error, match="is done"):
        library.trainings.stop(LOCAL_OWNER, training)


def test_a_cancelled_training_stops_by_itself_and_leaves_nothing(library, committed):
    committed()
    view = library.trainings.start(LOCAL_OWNER, given(options={"epochs": 100_000}))
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    library.trainings.cancel(LOCAL_OWNER, view.training.id)
    with work.claim:
        learn(work)  # ends because telling how far it is finds out
    assert work.lost
    found = library.trainings.get(LOCAL_OWNER, view.training.id).training
    assert (found.state, found.checkpoint) == ("cancelled", None)
    assert library.trainings.go_on(SYSTEM, view.training.id, "run-a") is None
    with pytest.raises(Error, match="is cancelled"):
        library.trainings.cancel(LOCAL_OWNER, view.training.id)


def test_a_training_waits_for_its_turn(library, committed, launcher):
    committed()
    first = library.trainings.start(LOCAL_OWNER, given()).training
    second = library.trainings.start(LOCAL_OWNER, given()).training
    assert launcher.launched == [first.id]
    assert library.trainings.pending(SYSTEM) == []
    third = library.trainings.start(LOCAL_OWNER, given(priority="low")).training
    # Until somebody says that another is more urgent.
    assert library.hurries.training(LOCAL_OWNER, third.id, Hurry(priority="high")).training.priority == "high"
    library.trainings.cancel(LOCAL_OWNER, first.id)
    assert [one.id for one in library.trainings.pending(SYSTEM)] == [third.id]
    library.hurries.training(LOCAL_OWNER, second.id, Hurry(priority="high"))
    assert launcher.launched == [first.id, second.id], "it came before, and both are urgent now"
    with pytest.raises(Error, match="is cancelled") as over:
        library.hurries.training(LOCAL_OWNER, first.id, Hurry(priority="low"))
    assert over.value.code == "conflict"


def test_what_cannot_be_mended_by_trying_again_ends_a_training(library, committed, monkeypatch):
    committed()
    monkeypatch.setitem(ARCHITECTURES, "nothing", ("classification",))
    view = library.trainings.start(LOCAL_OWNER, given(options={"model": "nothing"}))
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    with pytest.raises(Error) as failed:
        learn(work)
    library.trainings.fail(SYSTEM, view.training.id, "run-a", failed.value)
    found = library.trainings.get(LOCAL_OWNER, view.training.id).training
    assert (found.state, found.code) == ("failed", "training_invalid")
    assert "nothing" in found.cause


def test_a_training_that_is_killed_every_time_is_given_up(library, committed):
    committed()
    training = library.trainings.start(LOCAL_OWNER, given()).training
    for _ in range(MOST_ATTEMPTS):
        library.trainings.take_up(SYSTEM, training.id, "run-a")
    with pytest.raises(Error) as given_up:
        library.trainings.take_up(SYSTEM, training.id, "run-a")
    assert given_up.value.code == "training_interrupted"


def test_mistakes_are_told_before_anything_runs(library, committed, launcher):
    committed()
    for wrong, code in (
        ({"dataset": "elsewhere"}, "not_found"),
        ({"dataset": "shapes@9"}, "not_found"),
        ({"options": {"learning_rate": -1}}, "training_invalid"),
        ({"options": {"no_such_option": 1}}, "training_invalid"),
        ({"options": {"seed": 1}}, "training_invalid"),
        ({"options": {"model": "spotter"}}, "training_invalid"),
        ({"workers": 2, "options": {"batch_size": 7}}, "training_invalid"),
        ({"workers": 256}, "training_unschedulable"),
        ({"task": "detection", "options": {"model": "spotter-tiny"}}, "dataset_invalid"),
        ({"task": "segmentation", "options": {"model": "segmenter-tiny"}}, "dataset_invalid"),
    ):
        for ask in (library.trainings.start, library.estimates.estimate):
            with pytest.raises(Error) as refused:
                ask(LOCAL_OWNER, given(**wrong))
            assert refused.value.code == code
    assert launcher.launched == []


def test_a_picture_with_two_classes_is_named_as_the_library_does_and_the_task_for_it_too(library, committed, shapes):
    committed()
    examples = [one.model_copy() for one in import_folder(shapes).examples.values()]
    both = (*examples[0].annotations, *examples[-1].annotations)
    examples[0] = examples[0].model_copy(update={"annotations": both, "path": "harbour.png"})
    library.datasets.commit(SYSTEM, "several", examples, origin="a test")
    with pytest.raises(Error, match=r"1 of 66 pictures of several@1 .*; harbour.png has the classes") as refused:
        library.trainings.start(LOCAL_OWNER, given(dataset="several", task="classification"))
    assert "--task multilabel" in refused.value.remedy


def test_what_can_be_learnt_is_known_without_what_learns_it():
    assert {name: one.tasks for name, one in MODELS.items()} == ARCHITECTURES


def test_an_alias_is_moved_to_what_is_not_worse_and_back_by_force_alone(library, committed):
    committed()
    good, bad = (trained(library, options={"epochs": epochs}, name="shape") for epochs in (30, 1))
    figures = [library.trainings.results.report(LOCAL_OWNER, one.report).report.metrics[0].value for one in (good, bad)]
    assert figures[0] > figures[1]
    library.models.promote(LOCAL_OWNER, "shape", Promotion(number=1))
    with pytest.raises(Error, match=r"shape@2 has accuracy .*, shape@1 has"):
        library.models.promote(LOCAL_OWNER, "shape", Promotion(number=2))
    forced = library.models.promote(LOCAL_OWNER, "shape", Promotion(number=2, force=True, why="to try"))
    assert forced.model.aliases == {"candidate": 2, "champion": 2}
    back = library.models.promote(LOCAL_OWNER, "shape", Promotion(number=1))
    assert [(one.alias, one.before, one.number, one.why) for one in back.model.moves if one.alias == "champion"] == [
        ("champion", None, 1, ""), ("champion", 1, 2, "to try"), ("champion", 2, 1, ""),
    ]  # fmt: skip
    for unknown in (Promotion(number=3), Promotion(number=9, alias="other")):
        with pytest.raises(Error, match="no model version"):
            library.models.promote(LOCAL_OWNER, "shape", unknown)


def what_policies_are_worth_is_told_by_trainings_that_differ_in_nothing_else(library, one, other):
    none = {"augment": {"strength": "none"}}
    assert library.trainings.ablations.view(LOCAL_OWNER, "shapes").items == ()
    plain = trained(library, run_id="run-d", options=none)
    waits = library.trainings.start(LOCAL_OWNER, given(seed=5, options=none | {"learning_rate": 0.1})).training
    last, first = library.trainings.ablations.view(LOCAL_OWNER, "shapes").items
    assert [(pair.policy.training, pair.nothing.training) for pair in first.pairs] == [(one.id, plain.id)]
    assert [(pair.policy.training, pair.nothing.training) for pair in last.pairs] == [(other.id, waits.id)]
    assert (last.judged, last.gain, last.right, last.pairs[0].nothing.state) == (0, None, None, "queued")
    (pair,) = first.pairs
    assert (first.judged, first.score_name, first.policy.strength) == (1, "accuracy", "standard")
    assert first.gain == pytest.approx(pair.policy.score - pair.nothing.score)
    beside = side_by_side(library.trainings.experiments, LOCAL_OWNER, [plain.report, one.report])
    assert first.right == beside.slices[0].deltas[1]


def test_two_models_are_compared_on_the_pictures_that_both_were_judged_by(library, committed):
    committed()
    one, other = trained(library), trained(library, run_id="run-b", seed=5, options={"learning_rate": 0.1})
    found = library.trainings.experiments.compare(LOCAL_OWNER, one.report, other.report)
    assert found.models == ("shapes@1", "shapes@2")
    assert found.count == found.both_right + found.one_right + found.other_right + found.none_right == 12
    differ = [picture.one != picture.other for picture in found.pictures]
    assert differ == sorted(differ, reverse=True)
    for part in (True, False):
        apart = [row.apart for row, differs in zip(found.pictures, differ, strict=True) if differs is part]
        assert apart == sorted(apart, reverse=True)
    details = library.trainings.results.report(LOCAL_OWNER, one.report).details
    assert "predictions" not in details
    table = library.trainings.experiments.list(LOCAL_OWNER)
    assert [row.id for row in table.items] == [other.id, one.id]
    assert [row.options["learning_rate"] for row in table.items] == [0.1, 0.02]
    assert {"seed", "learning_rate"} <= set(table.options)
    assert all(row.judged and row.low <= row.score <= row.high for row in table.items)
    beside = side_by_side(library.trainings.experiments, LOCAL_OWNER, [one.report, other.report])
    whole, *parts = beside.slices
    assert (beside.models, beside.count, whole.by, whole.count) == (found.models, 12, "all", 12)
    assert [round(share * 12) for share in whole.right] == [
        found.both_right + found.one_right, found.both_right + found.other_right,
    ]  # fmt: skip
    assert whole.deltas == (None, paired(found.other_right, found.one_right, 12))
    assert {"megapixels", "brightness"} <= {part.by for part in parts}
    assert all(part.count >= 5 for part in parts)
    assert [picture.key for picture in beside.pictures] == [
        picture.key for picture in found.pictures if picture.one != picture.other
    ]
    what_policies_are_worth_is_told_by_trainings_that_differ_in_nothing_else(library, one, other)
    committed("fewer", without=6)
    third = trained(library, run_id="run-c", dataset="fewer")
    with pytest.raises(Error, match="about different pictures"):
        library.trainings.experiments.compare(LOCAL_OWNER, one.report, third.report)
    with pytest.raises(Error, match="two to 8 different"):
        side_by_side(library.trainings.experiments, LOCAL_OWNER, [one.report, one.report])


def test_a_worse_result_does_not_become_champion_by_itself(library, committed):
    committed()
    for epochs in (30, 1):
        trained(library, options={"epochs": epochs}, promote=True)
    assert library.models.get(LOCAL_OWNER, "shapes").model.aliases == {"candidate": 2, "champion": 1}


def test_what_cannot_be_used_without_pytorch_is_no_champion_unless_forced(library, committed, monkeypatch):
    committed()
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)  # so that no two answers are alike enough
    ended = trained(library, promote=True)
    kept = library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint)
    assert not kept.has_onnx
    assert "differ" in kept.not_exported
    assert not onnx_told(kept).passed
    assert library.models.get(LOCAL_OWNER, "shapes").model.aliases == {"candidate": 1}
    with pytest.raises(Error, match="no ONNX file, so nothing but PyTorch") as refused:
        library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=1))
    assert "by force" in refused.value.remedy
    forced = library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=1, force=True))
    assert forced.model.aliases["champion"] == 1


def test_a_strict_training_refuses_what_it_would_be_judged_by_too(library, committed):
    version = committed()
    assert leaks_told(library.datasets.newest(SYSTEM)).passed
    library.stores.database.collection("dataset_versions").update_one(
        {"_id": version.version.id}, {"$set": {"leaks": 3}}
    )
    assert not leaks_told(library.datasets.newest(SYSTEM)).passed
    with pytest.raises(Error, match="3 groups of near duplicates of shapes@1"):
        library.trainings.start(LOCAL_OWNER, given(strict=True))
    assert library.trainings.start(LOCAL_OWNER, given()).training.state == "queued"


def test_things_are_found_in_pictures_of_the_library(library, tmp_path):
    folder = draw_scenes(tmp_path / "scenes", {"train": 24, "val": 8, "test": 8})
    examples = list(import_voc(folder).examples.values())
    for one in examples:
        library.stores.blobs.put("originals", one.key, (folder / "JPEGImages" / one.path).read_bytes(), durable=False)
    records = [image_record(number, id=one.key, renditions=()) for number, one in enumerate(examples)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    library.datasets.commit(SYSTEM, "scenes", examples, origin="a test")
    options = {"model": "spotter-tiny", "image_size": 64, "batch_size": 8, "epochs": 2, "validations": 1, "threads": 1}
    asked = TrainingGiven(dataset="scenes", task="detection", budget_seconds=None, options=options)
    view = library.trainings.start(LOCAL_OWNER, asked)
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    with work.claim:
        learn(work)
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert (ended.state, ended.model) == ("done", "scenes@1")
    report = library.trainings.results.report(LOCAL_OWNER, ended.report)
    assert [one.name for one in report.report.metrics] == ["map50", "map", "precision", "recall"]
    assert (report.report.count, report.details["boxes"] > 8) == (8, True)
    assert library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint).has_onnx
    assert library.models.get(LOCAL_OWNER, "scenes").model.task == "detection"
    panel = library.trainings.results.panel(LOCAL_OWNER, ended.id)
    assert all(one.marks for one in panel.pictures)


def test_outlines_in_pictures_of_the_library_are_learnt_and_cut_out_by_a_recipe(library, tmp_path):
    folder = draw_regions(tmp_path / "regions", {"train": 8, "val": 4, "test": 4}, side=48)
    examples = list(import_coco(folder).examples.values())
    for one in examples:
        library.stores.blobs.put("originals", one.key, (folder / one.path).read_bytes(), durable=False)
    records = [image_record(number, id=one.key, renditions=()) for number, one in enumerate(examples)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    library.datasets.commit(SYSTEM, "regions", examples, origin="a test")
    options = {
        "model": "segmenter-tiny",
        "image_size": 48,
        "batch_size": 4,
        "epochs": 2,
        "validations": 1,
        "threads": 1,
    }
    ended = trained(library, dataset="regions", task="segmentation", options=options | {"precision": "float32"})
    report = library.trainings.results.report(LOCAL_OWNER, ended.report)
    assert [one.name for one in report.report.metrics] == ["miou", "mean_dice", "pixel_accuracy"]
    assert (report.report.count, len(report.details["classes"])) == (4, 2)
    assert sum(map(sum, report.details["pixel_confusion"])) == 4 * 48 * 48
    page = library.trainings.results.report_page(LOCAL_OWNER, ended.report)
    assert all(words in page for words in ("overlap", "<h2>Confusion</h2>", "none of these"))
    panel = library.trainings.results.panel(LOCAL_OWNER, ended.id)
    assert [one.marks[0].is_box for one in panel.pictures] == [False] * 4
    library.models.promote(LOCAL_OWNER, "regions", Promotion(number=1, alias="champion"))
    recipe = {"operations": [{"cut_out_learned": {"model": "regions", "classes": [1, 2]}}], "output": {"format": "png"}}
    order = library.renditions.order(LOCAL_OWNER, OrderGiven(recipe=recipe, images=(examples[0].key,)))
    done = library.renditions.run_order(SYSTEM, order.id, "run-s")
    assert (done.state, done.made, done.failed) == ("done", 1, 0)
    assert '"values":"0..1"' in done.recipe.replace(" ", ""), "as it was trained"


def test_pictures_of_the_library_become_what_their_pairs_are(library, tmp_path):
    folder = draw_pairs(tmp_path / "pairs", {"train": 6, "validation": 2, "test": 2}, side=48)
    found = import_pairs(folder)
    examples = list(found.examples.values())
    for one in examples:
        library.stores.blobs.put("originals", one.key, (folder / one.path).read_bytes(), durable=False)
    records = [image_record(number, id=one.key, renditions=()) for number, one in enumerate(examples)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    library.datasets.commit(SYSTEM, "pairs", examples, origin="a test")
    options = {
        "model": "retoucher-tiny",
        "image_size": 32,
        "batch_size": 4,
        "epochs": 2,
        "validations": 1,
        "threads": 1,
    }
    ended = trained(library, dataset="pairs", task="enhancement", options=options | {"precision": "float32"})
    report = library.trainings.results.report(LOCAL_OWNER, ended.report)
    assert [one.name for one in report.report.metrics] == ["psnr", "ssim", "psnr_before", "better"]
    assert (report.report.count, len(report.details["mistakes"])) == (2, 2)
    # What each was to become is told beside it, to be compared with.
    assert set(report.targets) == {one["key"] for one in report.details["mistakes"]}
    assert not set(report.targets) & set(report.targets.values())
    page = library.trainings.results.report_page(LOCAL_OWNER, ended.report)
    assert "Pictures that gained least" in page
    panel = library.trainings.results.panel(LOCAL_OWNER, ended.id)
    assert all(one.given and one.wanted for one in panel.pictures)
    assert all(one.picture for one in panel.looks[0].said)
    assert library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint).has_onnx
    # What was learnt is a step of a recipe.
    library.models.promote(LOCAL_OWNER, "pairs", Promotion(number=1, alias="champion"))
    recipe = {"operations": [{"enhance_learned": {"model": "pairs@champion"}}], "output": {"format": "png"}}
    order = OrderGiven(recipe=recipe, images=(examples[0].key,))
    done = library.renditions.run_order(SYSTEM, library.renditions.order(LOCAL_OWNER, order).id, "run-r")
    assert (done.state, done.made, done.failed) == ("done", 1, 0)
    assert '"pairs@1"' in done.recipe


def test_a_style_is_learnt_from_a_picture_of_the_library_and_painted_with(library, committed):
    committed("photographs")
    keys = library.datasets.read(library.datasets.resolve("photographs")).frame["key"].to_list()
    options = {
        "model": "painter-tiny", "image_size": 64, "batch_size": 4, "epochs": 1, "validations": 1, "threads": 1,
        "precision": "float32", "style": keys[0],
    }  # fmt: skip
    with pytest.raises(Error, match="style: There is no image"):
        trained(library, dataset="photographs", task="style", options=options | {"style": "0" * 64})
    with pytest.raises(Error, match="search: trials look at no style"):
        library.trainings.check(given(task="style", options=options, search={"trials": 2}))
    ended = trained(library, dataset="photographs", task="style", options=options)
    report = library.trainings.results.report(LOCAL_OWNER, ended.report)
    assert [one.name for one in report.report.metrics] == ["likeness", "style", "kept"]
    assert "of the way to the style" in library.trainings.results.report_page(LOCAL_OWNER, ended.report)
    library.models.promote(LOCAL_OWNER, "photographs", Promotion(number=1, alias="champion"))
    recipe = {"operations": [{"style_learned": {"model": "photographs"}}], "output": {"format": "png"}}
    order = library.renditions.order(LOCAL_OWNER, OrderGiven(recipe=recipe, images=(keys[1],)))
    done = library.renditions.run_order(SYSTEM, order.id, "run-s")
    assert (done.state, done.made, done.failed) == ("done", 1, 0)
    assert '"tile":512' in done.recipe.replace(" ", ""), "as a painter wants it"


def measured(library, **changes):
    """Have a training measured as its run does it."""
    begun = library.estimates.measure(LOCAL_OWNER, given(**changes))
    return library.work.run(SYSTEM, begun.id, "run-m")


def test_a_few_steps_tell_time_memory_and_cost_before_anything_begins(library, committed, launcher):
    committed()
    options = {"epochs": 5}
    before = library.estimates.estimate(LOCAL_OWNER, given(options=options))
    assert (before.seconds, before.memory_bytes, before.measured_by) == (None, None, None)
    done = measured(library, options=options)
    assert (done.state, done.error_cause) == ("done", None)
    library.settings = library.estimates._settings = library.settings.model_copy(
        update={"price_per_hour": 36.0, "currency": "CHF"}
    )
    found = library.estimates.estimate(LOCAL_OWNER, given(options=options))
    assert found.measured_by == done.id
    assert 0 < found.low <= found.seconds <= found.high
    assert found.epochs == 5
    assert (found.batch_size, found.accumulate) == (12, 1)
    assert 50e6 < found.memory_bytes < found.memory_total_bytes
    assert (found.cost, found.currency) == (pytest.approx(found.seconds / 100), "CHF")
    assert found.cost_low <= found.cost <= found.cost_high
    longer = library.estimates.estimate(LOCAL_OWNER, given(options={"epochs": 50}))
    assert longer.seconds > found.seconds, "the number of epochs needs no other measurement"
    assert library.estimates.measure(LOCAL_OWNER, given(options=options)).id == done.id
    assert library.estimates.estimate(LOCAL_OWNER, given(options={"image_size": 40})).measured_by is None
    assert library.trainings.list(LOCAL_OWNER).items == ()


def test_what_is_broken_is_told_by_the_measurement_and_measured_again_once_it_is_mended(library, committed):
    committed()
    frame = library.datasets.read(library.datasets.resolve("shapes")).frame
    held = {key: library.stores.blobs.read("originals", key) for key in frame["key"]}
    for key in held:
        library.stores.blobs.delete("originals", key)
    failed = measured(library)
    assert (failed.state, failed.error_code) == ("failed", "dataset_invalid")
    assert "No picture could be decoded" in failed.error_cause
    for key, data in held.items():
        library.stores.blobs.put("originals", key, data, durable=False)
    assert measured(library).state == "done"


def test_a_policy_is_seen_before_it_is_learnt_with_and_asking_again_starts_nothing(library, committed):
    committed()
    augments = library.trainings.augments
    asked = AugmentGiven(
        options={"image_size": 32, "augment": {"strength": "light", "rotate": 40}}, pictures=2, draws=3
    )
    found = augments.preview(LOCAL_OWNER, "shapes", asked)
    begun = augments._painter._process.pid
    assert (found.dataset, found.size, found.policy.rotate, found.policy.colour) == ("shapes@1", 32, 40, 0.25)
    assert [len(one.draws) for one in found.rows] == [3, 3]
    with pytest.raises(Error, match="rotate"):
        augments.preview(LOCAL_OWNER, "shapes", AugmentGiven(options={"augment": {"rotate": 400}}))
    key = found.rows[0].key
    held = library.stores.blobs.read("originals", key)
    library.stores.blobs.delete("originals", key)
    with pytest.raises(Error, match="No picture could be decoded"):
        augments.preview(LOCAL_OWNER, "shapes", asked.model_copy(update={"pictures": 1}))
    library.stores.blobs.put("originals", key, held, durable=False)
    assert augments.preview(LOCAL_OWNER, "shapes", asked) == found
    assert augments._painter._process.pid == begun
    library.trainings.close()


def test_models_are_judged_by_every_version_that_they_fit_and_what_is_missing_is_told(library, committed):
    committed(without=2)
    first = trained(library, promote=True)
    committed()
    evaluations = library.estimates.evaluations
    found = evaluations.matrix(LOCAL_OWNER)
    assert [(one.id, one.judged_by, one.newest) for one in found.datasets] == [
        ("shapes@2", "test", True), ("shapes@1", "test", False),
    ]  # fmt: skip
    assert [(one.id, one.aliases) for one in found.models] == [("shapes@1", ("candidate", "champion"))]
    assert [(one.dataset, one.state, one.report, one.judged_on) for one in found.cells] == [
        ("shapes@2", "stale", first.report, "shapes@1"), ("shapes@1", "judged", first.report, "shapes@1"),
    ]  # fmt: skip
    assert evaluations.fill(SYSTEM) == [], "nobody asked for it"
    follow = Follow(labels_from="tags", classes=SHAPES, training=TrainingWanted())
    library.follows.put(LOCAL_OWNER, "shapes", follow)
    followed = library.stores.followed.get("shapes").model_copy(update={"version": "shapes@2"})
    library.stores.database.run(lambda session: library.stores.followed.replace(followed, session=session))
    assert evaluations.fill(SYSTEM) == ["shapes@1 by shapes@2"]
    assert evaluations.fill(SYSTEM) == []
    begun = evaluations.begin(LOCAL_OWNER, EvaluationGiven(model="shapes", dataset="shapes"))
    done = library.work.run(SYSTEM, begun.id, "run-e")
    assert (done.state, done.error_cause) == ("done", None)
    cell = evaluations.matrix(LOCAL_OWNER).cells[0]
    assert (cell.state, cell.judged_on, cell.metric.name) == ("judged", "shapes@2", "accuracy")
    assert cell.metric.low <= cell.metric.value <= cell.metric.high
    report = library.trainings.results.report(LOCAL_OWNER, cell.report)
    assert (report.report.checkpoint, report.report.count, report.report.split) == (first.checkpoint, 12, "test")
    stars = [
        one.model_copy(update={"annotations": (Classification(label="star"),)})
        for one in library.datasets.read(library.datasets.resolve("shapes")).examples()
    ]
    library.datasets.commit(SYSTEM, "strange", stars, origin="a test")
    whole = evaluations.matrix(LOCAL_OWNER)
    assert [one.state for one in whole.cells if one.dataset == "strange@1"] == ["unfit"]
    assert (whole.total_models, whole.total_datasets) == (len(whole.models), len(whole.datasets))
    rest = evaluations.matrix(LOCAL_OWNER, column=1)
    assert rest.datasets == whole.datasets[1:]
    assert (rest.column, rest.total_datasets, len(rest.cells)) == (
        1,
        len(whole.datasets),
        len(rest.datasets) * len(rest.models),
    )
    assert evaluations.matrix(LOCAL_OWNER, row=9).models == ()
    with pytest.raises(Error, match="does not know, such as star"):
        evaluations.begin(LOCAL_OWNER, EvaluationGiven(model="shapes", dataset="strange"))


def test_one_of_low_priority_rests_for_an_urgent_one_and_goes_on_by_itself(library, committed, launcher):
    committed()
    options = {"epochs": 60, "checkpoint_seconds": 3600}
    alone = trained(library, options=options)
    launcher.launched.clear()
    low = library.trainings.start(LOCAL_OWNER, given(options=options, priority="low")).training.id
    work = library.trainings.take_up(SYSTEM, low, "run-a")
    tell, urgent = work.tell, []

    def joined(facts, *rest) -> None:
        if facts["step"] >= 20 and not urgent:
            urgent.append(library.trainings.start(LOCAL_OWNER, given(priority="high")).training)
        tell(facts, *rest)

    work.tell = joined
    with work.claim:
        learn(work)
    (high,) = urgent
    assert launcher.launched == [low, high.id]
    assert int(launcher.priorities[-1]) > int(launcher.priorities[-2])
    rests = library.stores.trainings.get(low)
    assert (rests.state, rests.gave_way, rests.resumes, rests.checkpoint) == ("paused", 1, True, None)
    library.trainings.let_go(SYSTEM, low, "run-a")
    assert library.stores.trainings.get(low).state == "queued"
    assert library.trainings.pending(SYSTEM) == []  # the urgent one was asked for just now
    library.trainings.cancel(LOCAL_OWNER, high.id)
    assert [one.id for one in library.trainings.pending(SYSTEM)] == [low]
    work = library.trainings.take_up(SYSTEM, low, "run-b")
    with work.claim:
        learn(work)
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert (ended.state, ended.step) == ("done", 180)

    def weights(one) -> str:
        files = library.trainings.results.checkpoint(LOCAL_OWNER, one.checkpoint).files
        return next(file.key for file in files if file.name == "weights.safetensors")

    assert weights(ended) == weights(alone)


def test_what_gave_way_and_died_waits_again_and_nothing_rests_for_ever(library, committed, launcher):
    committed()
    low = library.trainings.start(LOCAL_OWNER, given(priority="low")).training.id
    library.trainings.take_up(SYSTEM, low, "run-a")
    normal = library.trainings.start(LOCAL_OWNER, given()).training.id
    assert (library.stores.trainings.get(low).state, launcher.launched) == ("running", [low])
    high = library.trainings.start(LOCAL_OWNER, given(priority="high")).training.id
    assert (library.stores.trainings.get(low).state, launcher.launched) == ("paused", [low, high])
    runs = library.stores.database.collection("training_runs")
    runs.update_one({"_id": low}, [{"$set": {"heartbeat_at": {"$subtract": ["$$NOW", 600_000]}}}])
    library.trainings.cancel(LOCAL_OWNER, high)
    assert [one.id for one in library.trainings.pending(SYSTEM)] == [normal]
    assert library.stores.trainings.get(low).state == "queued"
    told = library.activity.queue(LOCAL_OWNER).waiting
    assert [(one.id, one.place, one.priority, one.mine) for one in told] == [
        (normal, 1, "normal", True),
        (low, 2, "low", True),
    ]
    assert told[1].why.startswith("After the training of shapes on shapes@1")
    # One that rested often enough stays.
    library.trainings.cancel(LOCAL_OWNER, normal)
    library.trainings.take_up(SYSTEM, low, "run-b")
    runs.update_one({"_id": low}, {"$set": {"gave_way": MOST_RESTS}})
    last = library.trainings.start(LOCAL_OWNER, given(priority="high")).training.id
    assert library.stores.trainings.get(low).state == "running"
    (waits,) = library.activity.queue(LOCAL_OWNER).waiting
    assert (waits.id, waits.why) == (last, "Behind the training of shapes on shapes@1; pool gpu: 1 of 1 in use.")
