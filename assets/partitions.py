"""What assets are divided by. Never one partition for each image: a partition is a batch of files."""

from __future__ import annotations

import dagster as dg

from darkroom.services.runs import INGEST_PARTITIONS, RENDITION_PARTITIONS

ingest_batches = dg.DynamicPartitionsDefinition(name=INGEST_PARTITIONS)
"""One key for each batch; keys sort by time."""
rendition_orders = dg.DynamicPartitionsDefinition(name=RENDITION_PARTITIONS)
"""One key for each order of renditions; keys sort by time."""
