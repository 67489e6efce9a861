"""Moving pictures to another place as a run of Dagster: seen, cancelled and retried like any other."""

from typing import Any

import dagster as dg

from assets.partitions import storage_moves
from darkroom.domain.access import SYSTEM
from darkroom.domain.storage import StorageMove
from darkroom.errors import Error
from darkroom.services.runs import BATCH_TAG, MOVE_JOB
from resources.library import LibraryResource
from resources.telling import teller


class MigrateStorageConfig(dg.Config):
    """What to move where."""

    source: str
    """Where pictures lie: a name or a URL."""
    target: str
    """Where they go: a name or a URL."""
    throttle: float | None = None
    """Megabytes a second at most."""
    dry_run: bool = False
    """Only say what would be copied."""
    rollback: bool = False
    """Take the move back."""


@dg.op
def move_blobs(
    context: dg.OpExecutionContext, config: MigrateStorageConfig, library: LibraryResource
) -> dict[str, Any]:
    """Copy originals and renditions to another place, verified, while the library is in use; it resumes."""
    storage = library.open().storage
    if config.dry_run:
        plan = storage.plan(SYSTEM, config.source, config.target)
        context.log.info("%d blobs, %d bytes would be copied.", plan.copies, plan.bytes)
        return {"state": "planned", "copied": plan.copies, "bytes": plan.bytes, "failed": 0}
    if config.rollback:
        move = storage.roll_back(SYSTEM, config.source, config.target)
    else:
        move = storage.migrate(
            SYSTEM, config.source, config.target, throttle=config.throttle, on_progress=teller(context, _words)
        )
    return _told(context, move)


def _words(move: StorageMove) -> str:
    return f"{move.done} of {move.total} blobs, {move.copied_bytes} bytes copied."


def _told(context: dg.OpExecutionContext, move: StorageMove) -> dict[str, Any]:
    context.log.info("%s: %d blobs copied, %d failed.", move.state, move.copied, move.failed)
    if move.failed:
        raise dg.Failure(f"{move.failed} blobs could not be copied; the first: {move.problems[0].cause}")
    return {"state": move.state, "copied": move.copied, "bytes": move.copied_bytes, "failed": move.failed}


@dg.job(executor_def=dg.in_process_executor, description="Moves all pictures to another place while people work.")
def migrate_storage() -> None:
    """Move pictures between stores."""
    move_blobs()


@dg.op
def do_move(context: dg.OpExecutionContext, library: LibraryResource) -> dict[str, Any]:
    """Do the move of the run's partition, or take it back, or what an earlier run left of that."""
    try:
        move = library.open().moves.run(SYSTEM, context.partition_key, on_progress=teller(context, _words))
    except Error as error:
        raise dg.Failure(str(error), metadata={"code": error.code, "what can be done": error.remedy}) from error
    return _told(context, move)


@dg.job(
    name=MOVE_JOB,
    partitions_def=storage_moves,
    executor_def=dg.in_process_executor,
    description="Does a move of pictures that was begun over REST, or takes it back.",
)
def move_storage() -> None:
    """Do one move."""
    do_move()


def move_request(move: StorageMove) -> dg.RunRequest:
    """The run that does a move."""
    asked = int(move.requested_at.timestamp()) if move.requested_at else 0
    return dg.RunRequest(run_key=f"{move.id}:{asked}", partition_key=move.id, tags={BATCH_TAG: move.id})
