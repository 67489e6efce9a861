"""The assets run in this process, on a real mongod."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.images import library_images
from assets.training import checkpoint, evaluation_report
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.run import RunRecord
from darkroom.services.library import Library
from darkroom.services.training.views import TrainingGiven
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.supervisor.plan import settings_variables
from resources.library import TEST
from sensors.runs import failed_runs
from tests.fakes import RecordingLauncher
from tests.integration.training.conftest import bring_in
from tests.pictures import drop, jpeg
from tests.shapes import draw_shapes
from tests.tiny import TINY


@pytest.fixture
def library(mongo_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    settings = mongo_settings.model_copy(update={"settle_seconds": 0.0, "workers": 2})
    for name, value in settings_variables(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DARKROOM_SETTLE_SECONDS", "0")
    settings.inbox.mkdir(parents=True)
    stores = Stores.open(settings)
    yield Library(settings, stores, RecordingLauncher())
    stores.close()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def collect(library: Library, instance: dg.DagsterInstance) -> str:
    (batch,), _ = library.ingest.collect_inbox(SYSTEM)
    instance.add_dynamic_partitions("ingest_batch", [batch.id])
    return batch.id


def materialize(
    instance: dg.DagsterInstance, batch: str, selection: list[str] | None = None
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [library_images], partition_key=batch, instance=instance, resources=TEST, selection=selection,
        raise_on_error=False,
    )  # fmt: skip


def test_a_batch_materializes_three_assets_with_checks(library: Library, instance: dg.DagsterInstance) -> None:
    for number in range(3):
        drop(library.settings.inbox, f"{number}.jpg", jpeg(number))
    drop(library.settings.inbox, "broken.jpg", b"nothing")
    batch = collect(library, instance)
    result = materialize(instance, batch)
    assert result.success
    made = {
        event.asset_key.to_user_string(): event
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert sorted(made) == ["images", "quality", "renditions"]
    checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert checks == {"few_unreadable_files": False, "renditions_stored": True}  # one of four is more than a tenth
    renditions = made["renditions"].step_materialization_data.materialization.metadata
    assert (renditions["originals that serve as preview"].value, renditions["missing"].value) == (3, 0)
    quality = result.asset_materializations_for_node("take_in")[-1].metadata
    assert quality["pictures"].value == 3
    run = library.stores.runs.get(result.run_id)
    assert (run.state, run.batch, run.job) == ("succeeded", batch, "__ephemeral_asset_job__")


def test_materializing_a_finished_batch_again_reports_it_as_it_is(
    library: Library, instance: dg.DagsterInstance
) -> None:
    drop(library.settings.inbox, "a.jpg", jpeg(1))
    batch = collect(library, instance)
    assert materialize(instance, batch).success
    again = materialize(instance, batch)
    assert again.success
    assert len(again.get_asset_materialization_events()) == 3
    assert library.stores.batches.get(batch).attempt == 1


def test_a_batch_that_another_run_has_is_left_alone(library: Library, instance: dg.DagsterInstance) -> None:
    drop(library.settings.inbox, "a.jpg", jpeg(1))
    batch = collect(library, instance)
    assert library.stores.batches.claim(batch, "another", 30) is not None
    result = materialize(instance, batch)
    assert result.success
    assert result.get_asset_materialization_events() == []
    assert library.stores.batches.get(batch).run_id == "another"


def test_renditions_alone_are_made_again_from_originals(library: Library, instance: dg.DagsterInstance) -> None:
    drop(library.settings.inbox, "a.jpg", jpeg(1))
    batch = collect(library, instance)
    assert materialize(instance, batch).success
    (image,) = library.ingest.images_of(SYSTEM, batch)
    for one in image.renditions:
        library.stores.blobs.delete("renditions", one.address)
    result = materialize(instance, batch, ["renditions"])
    assert result.success
    assert [e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key] == [
        "renditions"
    ]
    assert all(library.stores.blobs.stat("renditions", one.address) for one in image.renditions)


def test_an_unknown_batch_fails_with_words_and_no_retry(library: Library, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("ingest_batch", ["b-unknown"])
    result = materialize(instance, "b-unknown")
    assert not result.success
    (failure,) = result.get_step_failure_events()
    assert "There is no batch 'b-unknown'" in (failure.step_failure_data.error_display_string or "")
    assert library.stores.runs.get(result.run_id).state == "failed"


def test_a_checkpoint_comes_with_its_check_and_every_dataset_with_one_of_leaks(
    library: Library, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    folder = draw_shapes(tmp_path, {"train": 4, "validation": 2, "test": 2})
    library.datasets.commit(SYSTEM, "shapes", bring_in(library, folder), origin="a test")
    options = {name: value for name, value in TINY.items() if name != "budget_seconds"}
    given = TrainingGiven(dataset="shapes", budget_seconds=None, options=options)
    training = library.trainings.start(LOCAL_OWNER, given).training.id
    instance.add_dynamic_partitions("training_run", [training])
    assets = [checkpoint, evaluation_report]
    result = dg.materialize(assets, partition_key=training, instance=instance, resources=TEST)
    assert {one.check_name: one.passed for one in result.get_asset_check_evaluations()} == {
        "onnx_answers_alike": True,
        "fit_to_be_champion": True,
    }
    ended = library.trainings.get(LOCAL_OWNER, training).training
    assert ended.state == "done"
    seen = [one.asset_observation_data.asset_observation for one in result.all_events if one.is_asset_observation]
    assert [one.metadata["step"].value for one in seen] == [one["step"] for one in ended.history]
    assert seen[-1].metadata["validation accuracy"].value == pytest.approx(ended.history[-1]["accuracy"], abs=1e-4)
    again = dg.materialize(assets, partition_key=training, instance=instance, resources=TEST)
    assert again.success
    assert again.get_asset_check_evaluations() == [], "it is over: nothing is made, nothing checked"


def test_why_a_run_failed_stays_what_the_run_said(library: Library, instance: dg.DagsterInstance) -> None:
    @dg.op
    def learn() -> None:
        raise dg.Failure("no words of ours")

    @dg.job
    def train_model() -> None:
        learn()

    for said in ("There is no model.", None):
        result = train_model.execute_in_process(instance=instance, raise_on_error=False)
        run = result.dagster_run
        if said is not None:
            record = RunRecord(id=run.run_id, job="train_model", state="failed", cause=said)
            library.ingest.note_run(SYSTEM, record)
        context = dg.build_run_status_sensor_context(
            "failed_runs", dagster_event=result.get_run_failure_event(), dagster_instance=instance, dagster_run=run,
            resources=TEST,
        )  # fmt: skip
        failed_runs(context)
        cause = library.stores.runs.get(run.run_id).cause
        assert cause == said if said else "Steps failed: ['learn']" in cause
