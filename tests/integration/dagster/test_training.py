"""From a dataset version to a champion through the real sensors, daemon and run; killed on the way, it goes on."""

from __future__ import annotations

import dagster as dg
import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.services.library import Library
from darkroom.services.training.views import TrainingGiven
from tests.integration.training.conftest import bring_in
from tests.shapes import draw_shapes
from tests.stack import DagsterStack, wait_until
from tests.tiny import TINY

pytestmark = [pytest.mark.stack, pytest.mark.slow]

PATIENCE = 180.0
OPTIONS = {name: value for name, value in TINY.items() if name != "budget_seconds"}


@pytest.fixture(scope="module")
def version(library: Library, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = draw_shapes(tmp_path_factory.mktemp("shapes"), {"train": 12, "validation": 6, "test": 4})
    return library.datasets.commit(SYSTEM, "shapes", bring_in(library, folder), origin="a test").version.id


def train(library: Library, **options: object) -> str:
    given = TrainingGiven(dataset="shapes", budget_seconds=None, options={**OPTIONS, **options}, promote=True)
    return library.trainings.start(LOCAL_OWNER, given).training.id


def materialized(instance: dg.DagsterInstance, asset: str, partition: str) -> dict[str, dg.MetadataValue] | None:
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    found = event.asset_materialization if event else None
    return dict(found.metadata) if found and found.partition == partition else None


def test_a_version_becomes_a_checkpoint_a_report_and_a_champion(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance, version: str
) -> None:
    training = train(library, epochs=20)
    wait_until(lambda: library.stores.trainings.get(training).state == "done", seconds=PATIENCE, what="it is trained")
    ended = library.stores.trainings.get(training)
    assert (ended.attempt, ended.step, ended.model) == (1, 60, "shapes@1")
    assert library.models.get(LOCAL_OWNER, "shapes").model.aliases == {"candidate": 1, "champion": 1}
    wait_until(
        lambda: materialized(instance, "evaluation_report", training), seconds=PATIENCE, what="the report is told of"
    )
    report, checkpoint = (materialized(instance, one, training) for one in ("evaluation_report", "checkpoint"))
    assert report is not None
    assert report["accuracy"].value == round(library.stores.reports.get(ended.report or "").metrics[0].value, 4)
    assert checkpoint is not None
    assert (checkpoint["dataset"].value, checkpoint["checkpoint"].value) == (version, ended.checkpoint)
    wait_until(
        lambda: materialized(instance, "dataset_version", version), seconds=PATIENCE, what="the version is told of"
    )
    assert materialized(instance, "dataset_version", version)["examples"].value == 66  # type: ignore[index]
    assert library.stores.runs.get(ended.run_id or "").job == "train_model"


def test_a_training_outlives_the_death_of_its_run(stack: DagsterStack, library: Library, version: str) -> None:
    training = train(library, epochs=150, checkpoint_steps=10)
    wait_until(
        lambda: library.stores.trainings.get(training).step >= 40, seconds=PATIENCE, what="it has begun to learn"
    )
    before = library.stores.trainings.get(training)
    assert stack.kill_runs() >= 1
    wait_until(lambda: library.stores.trainings.get(training).state == "done", seconds=PATIENCE, what="it is trained")
    ended = library.stores.trainings.get(training)
    assert (before.state, ended.attempt, ended.step) == ("running", 2, 450)
    assert ended.history[-1]["step"] == 450


def test_cancelling_reaches_the_process(stack: DagsterStack, library: Library, version: str) -> None:
    training = train(library, epochs=100_000)
    wait_until(
        lambda: library.stores.trainings.get(training).step >= 20, seconds=PATIENCE, what="it has begun to learn"
    )
    run = library.stores.trainings.get(training).run_id or ""
    library.trainings.cancel(LOCAL_OWNER, training)
    wait_until(lambda: library.stores.runs.get(run).state == "succeeded", seconds=PATIENCE, what="its run ends")
    found = library.stores.trainings.get(training)
    assert (found.state, found.checkpoint) == ("cancelled", None)


def test_what_is_wrong_with_a_training_is_told(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance, version: str
) -> None:
    training = train(library, model="nothing")
    wait_until(lambda: library.stores.trainings.get(training).state == "failed", seconds=PATIENCE, what="it fails")
    found = library.stores.trainings.get(training)
    assert (found.code, found.attempt) == ("training_invalid", 1)
    wait_until(
        lambda: library.stores.runs.get(found.run_id or "").state == "failed", seconds=PATIENCE, what="its run fails"
    )
