"""What assets are divided by. Never one partition for each image: a partition is a batch of files."""

from __future__ import annotations

import dagster as dg

from darkroom.services.runs import (
    DATASET_PARTITIONS,
    INGEST_PARTITIONS,
    MOVE_PARTITIONS,
    RENDITION_PARTITIONS,
    TRAINING_PARTITIONS,
    WORK_PARTITIONS,
)

ingest_batches = dg.DynamicPartitionsDefinition(name=INGEST_PARTITIONS)
"""One key for each batch; keys sort by time."""
rendition_orders = dg.DynamicPartitionsDefinition(name=RENDITION_PARTITIONS)
"""One key for each order of renditions; keys sort by time."""
dataset_versions = dg.DynamicPartitionsDefinition(name=DATASET_PARTITIONS)
"""One key for each version of each dataset, `name@number`."""
training_runs = dg.DynamicPartitionsDefinition(name=TRAINING_PARTITIONS)
"""One key for each training; keys sort by time."""
operations = dg.DynamicPartitionsDefinition(name=WORK_PARTITIONS)
"""One key for each operation that a run does; keys sort by time."""
storage_moves = dg.DynamicPartitionsDefinition(name=MOVE_PARTITIONS)
"""One key for each move of pictures that runs do; keys sort by time."""
