"""What Dagster sees: a renamed or lost asset, job or sensor shows here."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import SubmitRunContext
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from assets.partitions import dataset_versions, ingest_batches, rendition_orders, training_runs
from darkroom.domain.base import now
from darkroom.domain.turns import CPU_POOL, GPU_POOL, MOST_RUNS, Priority, dagster_priority, due
from darkroom.services.runs import (
    INBOX_SENSOR,
    INGEST_JOB,
    LOCATION,
    MOVE_JOB,
    PRIORITY_TAG,
    RENDITION_JOB,
    TRAINING_JOB,
    WORK_JOB,
)
from definitions import defs
from jobs.housekeeping import prune_partitions, prune_runs
from jobs.ingest import ingest_images, make_reconcile_schedule, run_request, without_runs
from tests.factories import batch

ROOT = Path(__file__).parents[3]
GROUPS = {
    "recipe_renditions": ("library", rendition_orders),
    "dataset_version": ("training", dataset_versions),
    "checkpoint": ("training", training_runs),
    "evaluation_report": ("training", training_runs),
}


def test_everything_there_is() -> None:
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    assert {key.to_user_string(): sorted(p.to_user_string() for p in graph.get(key).parent_keys) for key in graph.get_all_asset_keys()} == {
        "images": [], "renditions": ["images"], "quality": ["renditions"], "recipe_renditions": [],
        "dataset_version": ["images"], "checkpoint": ["dataset_version"], "evaluation_report": ["checkpoint"],
    }  # fmt: skip
    assert sorted(key.to_user_string() for key in graph.asset_check_keys) == [
        "checkpoint:onnx_answers_alike", "dataset_version:few_label_suspects", "dataset_version:good_quality",
        "dataset_version:no_leaks",
        "evaluation_report:fit_to_be_champion", "images:few_unreadable_files", "renditions:renditions_stored",
    ]  # fmt: skip
    jobs = sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__"))
    assert jobs == [
        "check_quality",
        "collect_objects",
        "expire_trash",
        INGEST_JOB,
        WORK_JOB,
        RENDITION_JOB,
        "migrate_storage",
        MOVE_JOB,
        "prune_runs_and_partitions",
        "sweep_renditions",
        TRAINING_JOB,
    ]
    assert sorted(one.name for one in repository.sensor_defs) == [
        "cancelled_runs",
        "committed_versions",
        "failed_runs",
        "followed_datasets",
        INBOX_SENSOR,
        "new_objects",
        "new_versions",
        "unjudged_versions",
        "unseen_pictures",
        "waiting_moves",
        "waiting_orders",
        "waiting_trainings",
        "waiting_work",
    ]
    assert {one.name: one.cron_schedule for one in repository.schedule_defs} == {
        "expire_daily": "7 4 * * *", "prune_daily": "17 3 * * *", "reconcile_inbox": "*/1 * * * *", "sweep_daily": "47 3 * * *",
    }  # fmt: skip
    assert all(one.default_status.value == "RUNNING" for one in (*repository.sensor_defs, *repository.schedule_defs))


def test_every_asset_has_words_and_a_group() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.description
        name = spec.key.to_user_string()
        group, partitions = GROUPS.get(name, ("library", ingest_batches))
        assert (spec.group_name, spec.partitions_def) == (group, partitions)


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    heavy = ("cv2", "pyvips", "duckdb", "numpy", "PIL", "pymongo", "rawpy", "polars", "reflex", "torch", "ray")
    code = f"import sys, definitions; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_workspace_names_the_location_that_the_launcher_asks_for() -> None:
    found = yaml.safe_load((ROOT / "workspace.yaml").read_text())
    assert found["load_from"][0]["python_module"]["location_name"] == LOCATION


def test_dagster_accepts_its_settings(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text((ROOT / "resources/dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.telemetry_enabled is False
        config = instance.get_concurrency_config()
        assert config.run_queue_config is not None
        assert config.run_queue_config.max_concurrent_runs == MOST_RUNS
        assert instance.run_coordinator.dequeue_interval_seconds == 1  # type: ignore[attr-defined]


def test_dagsters_queue_goes_by_turn_and_keeps_to_its_pools(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text((ROOT / "resources/dagster.yaml").read_text())
    place, pointer = (
        GrpcServerCodeLocationOrigin("localhost", 1, location_name=LOCATION),
        ModuleCodePointer("definitions", "defs"),
    )
    repository = RemoteRepositoryOrigin(place, "__repository__")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:

        def made(job: str, priority: Priority | None, after: float = 0.0) -> str:
            moment = dagster_priority(due(now() + timedelta(seconds=after), priority, 0.0)) if priority else None
            tags = {PRIORITY_TAG: moment} if moment else {}
            definition, origin = defs.resolve_job_def(job), RemoteJobOrigin(repository, job)
            code = JobPythonOrigin(job, repository_origin=RepositoryPythonOrigin(sys.executable, pointer))
            run = instance.create_run_for_job(definition, tags=tags, remote_job_origin=origin, job_code_origin=code)
            return instance.run_coordinator.submit_run(SubmitRunContext(run, None)).run_id  # type: ignore[arg-type]

        def next_ones() -> list[str]:
            config = instance.get_concurrency_config()
            daemon = QueuedRunCoordinatorDaemon(1)
            return [one.run_id for one in daemon._get_runs_to_dequeue(instance, config, time.time())]

        def begin(run_id: str) -> None:
            instance.handle_new_event(EventLogEntry(
                error_info=None, level=20, user_message="", run_id=run_id, timestamp=time.time(),
                dagster_event=DagsterEvent(DagsterEventType.RUN_START.value, TRAINING_JOB),
            ))  # fmt: skip

        for name, most in ((GPU_POOL, 1), (CPU_POOL, 2)):
            instance.event_log_storage.set_concurrency_slots(name, most)
        low, normal = made(TRAINING_JOB, "low"), made(TRAINING_JOB, "normal", 60)
        orders = [made(RENDITION_JOB, "normal", after) for after in (30, 20, 10)]
        pictures = made("prune_runs_and_partitions", None)
        # Without a priority it is due at once; of the pools there is one place for a training, and two for orders.
        assert next_ones() == [pictures, orders[2], orders[1], normal]
        begin(normal)
        assert next_ones() == [pictures, orders[2], orders[1]]
        instance.report_run_failed(instance.get_run_by_id(normal))  # type: ignore[arg-type]
        assert next_ones() == [pictures, orders[2], orders[1], low]


def test_a_new_version_is_checked_once_by_the_conditions_of_its_checks() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        target = dg.AssetSelection.checks_for_assets("dataset_version")

        def asked(cursor: AssetDaemonCursor | None) -> dg.EvaluateAutomationConditionsResult:
            return dg.evaluate_automation_conditions(defs, instance, target, cursor=cursor)

        nothing = asked(None)
        assert nothing.total_requested == 0
        instance.add_dynamic_partitions(dataset_versions.name or "", ["shapes@1"])
        instance.report_runless_asset_event(dg.AssetMaterialization("dataset_version", partition="shapes@1"))
        found = asked(nothing.cursor)
        assert sorted(one.key.name for one in found.results if not one.true_subset.is_empty) == [
            "few_label_suspects",
            "no_leaks",
        ]
        assert asked(found.cursor).total_requested == 0


def test_a_reconcile_schedule_is_as_frequent_as_asked() -> None:
    crons = [make_reconcile_schedule(ingest_images, seconds).cron_schedule for seconds in (30, 60, 300, 3600, 86_400)]
    assert crons == ["*/1 * * * *", "*/1 * * * *", "*/5 * * * *", "0 */1 * * *", "0 */23 * * *"]


def test_a_request_differs_from_the_one_before_for_the_same_batch() -> None:
    first, _ = batch(1, trace_id="t-1")
    again = first.model_copy(update={"requested_at": now(), "attempt": 1})
    request = run_request(first)
    assert (request.partition_key, request.tags["darkroom/batch"], request.tags["darkroom/trace_id"]) == (
        first.id, first.id, "t-1",
    )  # fmt: skip
    assert run_request(first).run_key == request.run_key
    assert run_request(again).run_key != request.run_key


def test_batches_whose_run_waits_are_not_asked_for_again() -> None:
    asked = now()
    with dg.DagsterInstance.ephemeral() as instance:
        waiting, _ = batch(1, requested_at=asked)
        lost, _ = batch(2, requested_at=asked)
        new, _ = batch(3)
        starting, _ = batch(4, requested_at=asked)
        stuck, _ = batch(5, requested_at=asked - timedelta(hours=1))
        for one, status in (
            (waiting, dg.DagsterRunStatus.NOT_STARTED), (lost, dg.DagsterRunStatus.FAILURE),
            (starting, dg.DagsterRunStatus.STARTED), (stuck, dg.DagsterRunStatus.STARTED),
        ):  # fmt: skip
            job = defs.resolve_job_def("prune_runs_and_partitions")
            instance.create_run_for_job(job, status=status, tags={"darkroom/batch": one.id})
        found = without_runs(instance, [waiting, lost, new, starting, stuck])
    assert [one.id for one in found] == [lost.id, new.id, stuck.id]


def test_only_a_few_runs_are_asked_for_at_a_time() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert len(without_runs(instance, [batch(number)[0] for number in range(9)])) == 4


def test_pruning_keeps_what_is_new() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("prune_runs_and_partitions")
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.SUCCESS)
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        assert prune_runs(instance, datetime.now(UTC) - timedelta(days=1)) == 0
        assert prune_runs(instance, datetime.now(UTC) + timedelta(days=1)) == 1
        assert instance.get_runs_count() == 1
        instance.add_dynamic_partitions("ingest_batch", ["b-3", "b-1", "b-2"])
        assert prune_partitions(instance, keep=2) == 1
        assert sorted(instance.get_dynamic_partitions("ingest_batch")) == ["b-2", "b-3"]
