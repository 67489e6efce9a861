"""Everything Dagster knows of Darkroom: the one place where it is put together."""

from __future__ import annotations

import dagster as dg

from assets.images import library_images
from assets.recipes import recipe_renditions
from darkroom.settings import Settings
from jobs.housekeeping import prune_daily, prune_runs_and_partitions
from jobs.ingest import ingest_images, reconcile_inbox
from jobs.renditions import make_renditions, sweep_daily, sweep_renditions
from jobs.storage import migrate_storage
from resources.library import RESOURCES
from sensors.inbox import make_new_files_sensor
from sensors.renditions import make_waiting_orders_sensor
from sensors.runs import cancelled_runs, failed_runs

DEPLOYMENT = "local" if Settings.load().mongo_uri is None else "production"

defs = dg.Definitions(
    assets=[library_images, recipe_renditions],
    jobs=[ingest_images, make_renditions, migrate_storage, prune_runs_and_partitions, sweep_renditions],
    schedules=[reconcile_inbox, prune_daily, sweep_daily],
    sensors=[
        make_new_files_sensor(ingest_images),
        make_waiting_orders_sensor(make_renditions),
        failed_runs,
        cancelled_runs,
    ],
    resources=RESOURCES[DEPLOYMENT],
)
