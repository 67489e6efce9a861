"""From a dropped file to a picture and assets, through the real sensor, daemon and run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import httpx
import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import new_id
from darkroom.domain.follow import Follow
from darkroom.domain.ingest import BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.domain.train_config import ARCHITECTURES
from darkroom.domain.training import TrainingRun, TrainingWanted
from darkroom.services.library import Library
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.training.views import TrainingGiven
from darkroom.store.blobs.location import parse_location
from resources import run_logs
from tests.factories import image_record
from tests.integration.training.conftest import bring_in
from tests.object_servers import ObjectServer, start_moto
from tests.pictures import drop, jpeg
from tests.shapes import SHAPES, draw_shapes
from tests.stack import DagsterStack, wait_until
from tests.tiny import TINY

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

# Generous: other tests may share the machine. The targets (12 and 4 s) are measured by the benchmark on an idle one.
PATIENCE = 180.0


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """Where this module's Dagster keeps what runs print."""
    server = start_moto(tmp_path_factory.mktemp("logs"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stack_changes(bucket: ObjectServer) -> dict[str, object]:
    return {"dagster_logs": bucket.url("run-logs"), "storage_credentials": bucket.settings().storage_credentials}


def shown(library: Library, tag: str) -> int:
    return len(library.stores.images.page(ImageQuery(tag=(tag,)), limit=500).items)


def test_dropped_files_become_pictures_and_materialized_assets(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    for number in range(6):
        drop(stack.settings.inbox, f"dropped/{number}.jpg", jpeg(number))
    drop(stack.settings.inbox, "dropped/broken.jpg", b"nothing")
    wait_until(lambda: shown(library, "dropped") == 6, seconds=PATIENCE, what="the pictures are there")
    (batch,) = (one for one in library.stores.batches.list(connector="inbox").items if one.total == 7)
    wait_until(
        lambda: library.stores.runs.find(library.stores.batches.get(batch.id).run_id or "-", ) is not None
        and library.stores.runs.get(library.stores.batches.get(batch.id).run_id or "").state == "succeeded",
        seconds=PATIENCE, what="the run ends",
    )  # fmt: skip
    batch = library.stores.batches.get(batch.id)
    assert (batch.state, batch.total, batch.added, batch.failed) == ("done", 7, 6, 1)

    for name in ("images", "renditions", "quality"):
        event = instance.get_latest_materialization_event(dg.AssetKey(name))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.partition == batch.id
        assert event.run_id == batch.run_id
    event = instance.get_latest_materialization_event(dg.AssetKey("images"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert (metadata["pictures"].value, metadata["failed"].value) == (6, 1)
    assert str(metadata["contact sheet"].value).startswith("![Pictures of this batch](data:image/webp;base64,")
    assert metadata["in the gallery"].value == f"{stack.settings.web_url}/?batch={batch.id}"
    (row,) = metadata["failures"].value.records  # type: ignore[union-attr]
    assert row.data["code"] == "image_not_an_image"
    run = instance.get_run_by_id(batch.run_id or "")
    assert run is not None
    assert run.tags["darkroom/batch"] == batch.id
    assert run.tags["darkroom/trace_id"] == batch.trace_id


def test_a_launched_batch_does_not_wait_for_the_sensor(stack: DagsterStack, library: Library) -> None:
    batch_id = new_id("b")
    path = drop(stack.settings.uploads / batch_id, "a.jpg", jpeg(100))
    item = BatchItem(
        key="a.jpg", path=str(path), bytes=path.stat().st_size, modified_ns=path.stat().st_mtime_ns, tags=("uploaded",)
    )
    library.ingest.submit(LOCAL_OWNER, [item], connector="upload", batch_id=batch_id)
    assert library.stores.batches.get(batch_id).requested_at is not None
    wait_until(lambda: shown(library, "uploaded") == 1, seconds=PATIENCE, what="the picture is there")
    wait_until(lambda: library.stores.batches.get(batch_id).state == "done", seconds=PATIENCE, what="the batch is done")
    assert library.stores.batches.get(batch_id).attempt == 1
    assert not path.exists()
    assert batch_id in {one.batch for one in stack.launcher.recent(10)}


def test_a_batch_that_nobody_launched_is_taken_up_by_the_sensor(stack: DagsterStack, library: Library) -> None:
    path = drop(stack.settings.home_path / "elsewhere", "a.jpg", jpeg(200))
    item = BatchItem(key="a.jpg", path=str(path), bytes=path.stat().st_size, modified_ns=1, tags=("left",))
    library.ingest.submit(LOCAL_OWNER, [item], connector="cli", launch=False)
    wait_until(lambda: shown(library, "left") == 1, seconds=PATIENCE, what="the picture is there")


LOGS = """query Logs($key: [String!]!) { capturedLogs(logKey: $key) { stdout stderr } capturedLogsMetadata(logKey: $key) { stderrLocation } }"""


def test_what_a_run_prints_lies_in_the_bucket_and_dagster_shows_it_from_there(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance, bucket: ObjectServer,
) -> None:  # fmt: skip
    path = drop(stack.settings.home_path / "printed", "a.jpg", jpeg(350))
    item = BatchItem(key="printed/a.jpg", path=str(path), bytes=path.stat().st_size, modified_ns=1)
    batch = library.ingest.submit(LOCAL_OWNER, [item], connector="cli", launch=True)
    runs = partial(instance.get_runs, dg.RunsFilter(tags={"darkroom/batch": batch.id}))
    wait_until(lambda: [run for run in runs() if run.is_success], seconds=PATIENCE, what="the run ends")
    (captured,) = instance.all_logs(runs()[0].run_id, of_type=dg.DagsterEventType.LOGS_CAPTURED)
    assert captured.dagster_event is not None
    key = [runs()[0].run_id, "compute_logs", captured.dagster_event.logs_captured_data.file_key]

    place = parse_location(bucket.url("run-logs"))
    name = "/".join(["run-logs", "storage", *key])
    client = run_logs.client(place, bucket.credentials)
    printed = client.get_object(Bucket="bucket", Key=f"{name}.err")["Body"].read().decode()
    assert runs()[0].run_id in printed
    local = stack.settings.dagster_home / "storage" / Path(*key)
    assert not local.with_name(f"{local.name}.err").exists()
    answer = httpx.post(
        f"{stack.settings.dagster_url}/graphql", json={"query": LOGS, "variables": {"key": key}}, timeout=60
    )
    told = answer.json()["data"]
    assert told["capturedLogs"]["stderr"] == printed
    assert told["capturedLogsMetadata"]["stderrLocation"] == f"s3://bucket/{name}.err"
    assert bucket.credentials["secret_access_key"] not in (stack.settings.dagster_home / "dagster.yaml").read_text()


def test_health_of_a_running_orchestrator(stack: DagsterStack) -> None:
    found = stack.launcher.health()
    assert found.ok
    assert found.sensor_lag_seconds is not None
    assert found.sensor_lag_seconds < 60


def test_a_run_that_is_over_cannot_be_cancelled(stack: DagsterStack, library: Library) -> None:
    path = drop(stack.settings.home_path / "over", "a.jpg", jpeg(300))
    item = BatchItem(key="over/a.jpg", path=str(path), bytes=path.stat().st_size, modified_ns=1)
    batch = library.ingest.submit(LOCAL_OWNER, [item], connector="cli", launch=True)

    def over() -> list[str]:
        return [one.id for one in stack.launcher.recent(10) if one.batch == batch.id and one.state == "succeeded"]

    wait_until(over, seconds=PATIENCE, what="the run ends")
    assert stack.launcher.cancel(over()[0]) is False


def test_no_dagster_variables_leak_into_this_process() -> None:
    assert "DAGSTER_HOME" not in os.environ


def test_an_order_of_renditions_outlives_the_death_of_its_run(
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance
) -> None:
    records = []
    for number in range(30):
        data = jpeg(5000 + number, width=1600, height=1200)
        image = hashlib.sha256(data).hexdigest()
        library.stores.blobs.put("originals", image, data, durable=False)
        records.append(image_record(number, id=image, width=1600, height=1200, batch="b-order", renditions=()))
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    steps = {"operations": ["denoise", {"resize": {"width": 400}}], "output": {"format": "jpeg"}}
    given = OrderGiven(recipe=steps, images=tuple(one.id for one in records))
    order = library.renditions.order(LOCAL_OWNER, given)
    wait_until(lambda: library.stores.orders.get(order.id).made, seconds=PATIENCE, what="some are made")
    killed = library.stores.orders.get(order.id)
    stack.kill_runs()
    wait_until(
        lambda: instance.get_latest_materialization_event(dg.AssetKey("recipe_renditions")),
        seconds=2 * PATIENCE, what="another run makes the rest",
    )  # fmt: skip
    ended = library.stores.orders.get(order.id)
    assert (ended.state, ended.made, ended.failed, ended.attempt) == (
        "done",
        30,
        0,
        2 if killed.state == "running" else 1,
    )
    assert library.stores.renditions.made_for(order.id)[0] == 30
    event = instance.get_latest_materialization_event(dg.AssetKey("recipe_renditions"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.partition == order.id
    assert event.asset_materialization.metadata["made"].value == 30


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
    wait_until(
        lambda: library.stores.trainings.get(training).state == "done", seconds=2 * PATIENCE, what="it is trained"
    )
    ended = library.stores.trainings.get(training)
    assert (ended.step, ended.model) == (60, "shapes@1")
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
    key = dg.AssetCheckKey(dg.AssetKey("checkpoint"), "onnx_answers_alike")
    told = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    # A run that came too late plans the check, and checks nothing.
    assert [one.status.value for one in told if one.run_id == ended.run_id] == ["SUCCEEDED"]


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
    stack: DagsterStack, library: Library, instance: dg.DagsterInstance, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The processes of the stack do not know it.
    monkeypatch.setitem(ARCHITECTURES, "nothing", ("classification",))
    training = train(library, model="nothing")
    wait_until(lambda: library.stores.trainings.get(training).state == "failed", seconds=PATIENCE, what="it fails")
    found = library.stores.trainings.get(training)
    assert (found.code, found.attempt) == ("training_invalid", 1)
    wait_until(
        lambda: library.stores.runs.get(found.run_id or "").state == "failed", seconds=PATIENCE, what="its run fails"
    )


SIDES = {"sorted": 52, "killed": 60}
"""Pictures of other tests have another size, or they would be the same files."""


def learnt_by_sensors(
    stack: DagsterStack, library: Library, folder: Path, name: str, meanwhile: Callable[[], object] = int, **options: object
) -> TrainingRun:  # fmt: skip
    """Drop sorted pictures and wait for the champion of what they taught: nobody asks for anything on the way."""
    wanted = TrainingWanted(budget_seconds=None, options={**OPTIONS, **options}, promote=True)
    query = ImageQuery(where=f"width:{SIDES[name]}")
    # The first version waits for all of them: they come in several goes where the machine is busy, or a run is killed among them.
    follow = Follow(
        query=query, labels_from="folders", classes=SHAPES, quiet_seconds=1, at_least=30 * len(SHAPES), training=wanted
    )
    library.follows.put(LOCAL_OWNER, name, follow)
    drawn = draw_shapes(folder, {"new": 30}, side=SIDES[name]) / "new"
    for path in sorted(drawn.rglob("*.png")):
        drop(stack.settings.inbox, f"{path.parent.name}/{name}-{path.name}", path.read_bytes())

    def learnt() -> bool:
        meanwhile()
        return (found := library.stores.models.find(name)) is not None and "champion" in found.aliases

    wait_until(learnt, seconds=3 * PATIENCE, what="what came in was learnt")
    version = library.datasets.get(LOCAL_OWNER, name).version
    assert version.labels == SHAPES
    assert version.total == 30 * len(SHAPES)
    champion = library.models.get(LOCAL_OWNER, name).versions[-1]
    report = library.trainings.results.report(LOCAL_OWNER, champion.report).report
    assert (report.split, report.dataset.partition("@")[0]) == ("test", name)
    assert report.metrics[0].value > 0.5
    return library.stores.trainings.get(champion.training)


def test_files_in_the_inbox_become_a_champion_by_sensors_alone(
    stack: DagsterStack, library: Library, tmp_path: Path
) -> None:
    learnt_by_sensors(stack, library, tmp_path, "sorted", epochs=30)


def test_a_champion_comes_by_sensors_alone_though_runs_are_killed(
    stack: DagsterStack, library: Library, tmp_path: Path
) -> None:
    """kill -9 while the pictures come in, and again while they are learnt."""
    killed: list[str] = []

    def kill() -> None:
        trainings = library.stores.trainings.page(limit=1, model_line="killed").items
        learning = trainings and trainings[0].state == "running" and trainings[0].step >= 40
        phase = "learning" if learning else None if trainings else "coming in"
        if phase is not None and phase not in killed and stack.kill_runs():
            killed.append(phase)

    training = learnt_by_sensors(stack, library, tmp_path, "killed", kill, epochs=60, checkpoint_steps=10)
    assert killed == ["coming in", "learning"]
    # More than that where a busy machine let a run that lived look dead.
    assert training.attempt >= 2
    assert training.history[-1]["step"] == training.steps
