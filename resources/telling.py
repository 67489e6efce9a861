"""What every run tells: the library that it goes on, its log how far it is, and Dagster why it failed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.run import RunRecord, RunState
from darkroom.errors import Error
from darkroom.services.runs import TRACE_TAG

if TYPE_CHECKING:
    from darkroom.services.library import Library

T = TypeVar("T")
Context = dg.OpExecutionContext | dg.AssetExecutionContext

_SAY_EVERY = 5.0


def note(context: Context, library: "Library", state: RunState, cause: str | None = None) -> None:
    """Keep what the library should know of a partition's run when Dagster is not asked."""
    moment = {"started_at": now()} if state == "running" else {"finished_at": now()}
    run = RunRecord(
        id=context.run.run_id, job=context.run.job_name, state=state, batch=context.partition_key, cause=cause,
        trace_id=context.run.tags.get(TRACE_TAG), **moment,
    )  # fmt: skip
    library.ingest.note_run(SYSTEM, run)


def failure(error: Error) -> dg.Failure:
    """An error in Dagster's words: tried again only where that can help."""
    metadata = {"code": error.code, "what can be done": error.remedy}
    return dg.Failure(str(error), metadata=metadata, allow_retries=error.retryable)


@contextmanager
def explained(on_error: Callable[[Error], None]) -> Iterator[None]:
    """Errors and interruptions become failures of the step.

    Args:
        on_error: told of an error first.
    """
    try:
        yield
    except Error as error:
        on_error(error)
        raise failure(error) from error
    except dg.DagsterExecutionInterruptedError as interruption:
        raise dg.Failure("The run was told to end.", allow_retries=False) from interruption


def teller(context: Context, words: Callable[[T], str]) -> Callable[[T], None]:
    """Say in the log of the run how far it is, now and then.

    Args:
        context: of the run.
        words: for what is being done.
    """
    said = time.monotonic()

    def say(work: T) -> None:
        nonlocal said
        if time.monotonic() - said >= _SAY_EVERY:
            said = time.monotonic()
            context.log.info(words(work))

    return say


def left(seconds: float | None) -> str:
    """Time left, in words."""
    return f"{seconds:.0f} s left" if seconds is not None else "time left unknown"
