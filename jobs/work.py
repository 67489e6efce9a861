"""Doing long work: the job, and how work becomes a run of it."""

import dagster as dg

from assets.partitions import operations
from darkroom.domain.access import SYSTEM
from darkroom.domain.work import LongWork
from darkroom.services.runs import BATCH_TAG, PRIORITY_TAG, TRACE_TAG, WORK_JOB
from resources.library import LibraryResource
from resources.telling import explained, left, note, teller


@dg.op(retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL))
def work_on(context: dg.OpExecutionContext, library: LibraryResource) -> dict[str, int]:
    """Do long work, or what an earlier run left of it, step by step."""
    with explained(lambda _error: note(context, library.open(), "failed")):
        note(context, library.open(), "running")
        work = library.open().work.run(
            SYSTEM, context.partition_key, context.run.run_id, on_progress=teller(context, _words)
        )  # fmt: skip
        note(context, library.open(), "succeeded")
    context.log.info("%s is %s; run %s has it.", work.id, work.state, work.run_id)
    if work.state == "failed" and work.run_id == context.run.run_id:
        raise dg.Failure(f"{work.error_code}: {work.error_cause}", allow_retries=False)
    return {"total": work.total, "changed": work.changed, "failed": work.failed}


@dg.job(
    name=WORK_JOB,
    partitions_def=operations,
    executor_def=dg.in_process_executor,
    description="Does an operation that takes longer than a request: changes many pictures, or takes that back.",
)
def long_work() -> None:
    """Do long work."""
    work_on()


def work_request(work: LongWork, priority: str) -> dg.RunRequest:
    """The run that does work."""
    asked = int(work.requested_at.timestamp()) if work.requested_at else 0
    tags = {BATCH_TAG: work.id, PRIORITY_TAG: priority} | ({TRACE_TAG: work.trace_id} if work.trace_id else {})
    return dg.RunRequest(run_key=f"{work.id}:{work.attempt}:{asked}", partition_key=work.id, tags=tags)


def _words(work: LongWork) -> str:
    return f"{work.done} of {work.total}, {work.rate or 0.0:.1f}/s, {left(work.seconds_left)}."
