"""Everything Dagster knows of Darkroom: the one place where it is put together."""

from __future__ import annotations

import dagster as dg

from assets.checks import few_label_suspects, good_quality, no_leaks
from assets.datasets import DATASET_VERSION
from assets.images import library_images
from assets.recipes import recipe_renditions
from assets.training import checkpoint, evaluation_report
from darkroom.settings import Settings
from jobs.buckets import collect_objects
from jobs.housekeeping import prune_daily, prune_runs_and_partitions
from jobs.ingest import ingest_images, reconcile_inbox
from jobs.quality import check_quality
from jobs.renditions import make_renditions, sweep_daily, sweep_renditions
from jobs.storage import migrate_storage, move_storage
from jobs.training import train_model
from jobs.trash import expire_daily, expire_trash
from jobs.work import long_work
from resources.library import RESOURCES
from sensors.buckets import make_new_objects_sensor
from sensors.inbox import make_new_files_sensor
from sensors.renditions import make_waiting_orders_sensor
from sensors.runs import cancelled_runs, failed_runs
from sensors.storage import make_waiting_moves_sensor
from sensors.training import (
    committed_versions,
    followed_datasets,
    make_unjudged_versions_sensor,
    make_waiting_trainings_sensor,
    new_versions,
    unseen_pictures,
)
from sensors.work import make_waiting_work_sensor

DEPLOYMENT = "local" if Settings.load().mongo_uri is None else "production"

defs = dg.Definitions(
    assets=[library_images, recipe_renditions, DATASET_VERSION, checkpoint, evaluation_report],
    asset_checks=[no_leaks, few_label_suspects, good_quality],
    jobs=[
        ingest_images,
        collect_objects,
        make_renditions,
        train_model,
        long_work,
        check_quality,
        migrate_storage,
        move_storage,
        prune_runs_and_partitions,
        sweep_renditions,
        expire_trash,
    ],
    schedules=[reconcile_inbox, prune_daily, sweep_daily, expire_daily],
    sensors=[
        make_new_files_sensor(ingest_images),
        make_waiting_orders_sensor(make_renditions),
        make_waiting_trainings_sensor(train_model),
        committed_versions,
        followed_datasets,
        unseen_pictures,
        new_versions,
        make_unjudged_versions_sensor(check_quality),
        make_waiting_work_sensor(long_work),
        make_waiting_moves_sensor(move_storage),
        make_new_objects_sensor(collect_objects),
        failed_runs,
        cancelled_runs,
    ],
    resources=RESOURCES[DEPLOYMENT],
    # What conditions ask for has no job of ours; a process for each step would take longer than the steps.
    executor=dg.in_process_executor,
)
