"""Doing long work: the job, and how work becomes a run of it."""

import time
from collections.abc import Callable

import dagster as dg

from assets.partitions import operations
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.run import RunRecord, RunState
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.runs import BATCH_TAG, TRACE_TAG, WORK_JOB
from resources.library import LibraryResource

_SAY_EVERY = 5.0


@dg.op(retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL))
def work_on(context: dg.OpExecutionContext, library: LibraryResource) -> dict[str, int]:
    """Do long work, or what an earlier run left of it, step by step."""
    try:
        _note(context, library, "running")
        work = library.open().work.run(
            SYSTEM, context.partition_key, context.run.run_id, on_progress=_teller(context)
        )  # fmt: skip
        _note(context, library, "succeeded")
    except Error as error:
        _note(context, library, "failed")
        metadata = {"code": error.code, "what can be done": error.remedy}
        raise dg.Failure(str(error), metadata=metadata, allow_retries=error.retryable) from error
    except dg.DagsterExecutionInterruptedError as interruption:
        raise dg.Failure("The run was told to end.", allow_retries=False) from interruption
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


def work_request(work: LongWork) -> dg.RunRequest:
    """The run that does work."""
    asked = int(work.requested_at.timestamp()) if work.requested_at else 0
    tags = {BATCH_TAG: work.id} | ({TRACE_TAG: work.trace_id} if work.trace_id else {})
    return dg.RunRequest(run_key=f"{work.id}:{work.attempt}:{asked}", partition_key=work.id, tags=tags)


def _teller(context: dg.OpExecutionContext) -> Callable[[LongWork], None]:
    """Say in the log of the run how far it is, now and then."""
    said = time.monotonic()

    def say(work: LongWork) -> None:
        nonlocal said
        if time.monotonic() - said >= _SAY_EVERY:
            said = time.monotonic()
            left = f"{work.seconds_left:.0f} s left" if work.seconds_left is not None else "time left unknown"
            context.log.info("%d of %d, %.1f/s, %s.", work.done, work.total, work.rate or 0.0, left)

    return say


def _note(context: dg.OpExecutionContext, library: LibraryResource, state: RunState) -> None:
    moment = {"started_at": now()} if state == "running" else {"finished_at": now()}
    run = RunRecord(
        id=context.run.run_id, job=context.run.job_name, state=state, batch=context.partition_key,
        trace_id=context.run.tags.get(TRACE_TAG), **moment,
    )  # fmt: skip
    library.open().ingest.note_run(SYSTEM, run)
