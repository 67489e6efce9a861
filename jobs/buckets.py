"""Bringing new objects of a bucket into the library."""

from typing import Any

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from resources.library import LibraryResource
from resources.telling import failure

BUCKET_TAG = "darkroom/bucket"
"""Run tag that names the bucket."""


class CollectConfig(dg.Config):
    """Which bucket."""

    bucket: str
    """A name of DARKROOM_BUCKETS."""


@dg.op(retry_policy=dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL))
def collect(context: dg.OpExecutionContext, config: CollectConfig, library: LibraryResource) -> dict[str, Any]:
    """Bring what is new in a bucket here, batch by batch; each batch becomes a run of its own."""
    try:
        found = library.open().buckets.collect(SYSTEM, config.bucket)
    except Error as error:
        raise failure(error) from error
    context.log.info("%d files (%d bytes) in batches %s.", found.files, found.bytes, ", ".join(found.batches) or "none")
    return {"files": found.files, "bytes": found.bytes, "failed": found.failed, "too_large": found.too_large}


@dg.job(executor_def=dg.in_process_executor, description="Brings new pictures of a bucket into the library.")
def collect_objects() -> None:
    """Collect new objects."""
    collect()


def collect_request(bucket: str) -> dg.RunRequest:
    """The run that collects what is new in a bucket."""
    config = {"ops": {"collect": {"config": {"bucket": bucket}}}}
    return dg.RunRequest(run_config=config, tags={BUCKET_TAG: bucket})
