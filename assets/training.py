"""What trainings make: a checkpoint, and the report that says what it is worth. One partition for each training."""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.checks import GATE_CHECK, ONNX_CHECK, gate_told, onnx_told, selected
from assets.partitions import training_runs
from darkroom.domain.access import SYSTEM
from darkroom.domain.turns import GPU_POOL
from darkroom.errors import Error
from resources.library import LibraryResource
from resources.telling import explained, note

if TYPE_CHECKING:
    from darkroom.services.library import Library
    from darkroom.services.training.work import TrainingWork
    from training.loop import Progress

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]

_AGAIN = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL)


@dg.multi_asset(
    name="learn",
    specs=[
        dg.AssetSpec(
            "checkpoint",
            deps=[dg.AssetDep("dataset_version", partition_mapping=dg.AllPartitionMapping())],
            description="A trained model in a folder that describes itself: weights, labels, configuration, figures. No file of it is a pickle.",
            kinds={"pytorch"},
            group_name="training",
            skippable=True,
        )
    ],
    check_specs=[ONNX_CHECK],
    can_subset=True,
    partitions_def=training_runs,
    pool=GPU_POOL,
    retry_policy=_AGAIN,
)  # fmt: skip
def checkpoint(context: dg.AssetExecutionContext, library: LibraryResource) -> Results:
    """Train a model; a run that follows one that was killed goes on from its last checkpoint."""
    opened = library.open()
    with _explained(context, opened):
        note(context, opened, "running")
        work = opened.trainings.take_up(SYSTEM, context.partition_key, context.run.run_id)
        if work is None:
            context.log.info("Training %s is another run's, or over.", context.partition_key)
            note(context, opened, "succeeded")
            return
        from training.platform import learn

        with work.claim:
            learn(work, lambda progress: _observe(context, progress))
        if work.lost:
            context.log.info("Training %s was paused, cancelled or taken over.", context.partition_key)
            opened.trainings.let_go(SYSTEM, context.partition_key, context.run.run_id)
            note(context, opened, "succeeded")
            return
        yield dg.MaterializeResult(asset_key="checkpoint", metadata=_about(opened, work))
        kept = opened.stores.checkpoints.get(work.training.checkpoint or "")
        yield from selected(context, [onnx_told(kept)])


@dg.multi_asset(
    name="judge",
    specs=[
        dg.AssetSpec(
            "evaluation_report",
            deps=["checkpoint"],
            description="What a checkpoint is worth: figures with their intervals, each class, the most confident mistakes.",
            kinds={"json"},
            group_name="training",
            skippable=True,
        )
    ],
    check_specs=[GATE_CHECK],
    can_subset=True,
    partitions_def=training_runs,
    pool=GPU_POOL,
    retry_policy=_AGAIN,
)
def evaluation_report(context: dg.AssetExecutionContext, library: LibraryResource) -> Results:
    """Judge the checkpoint of a training by the test split, and make it a version of its model."""
    opened = library.open()
    with _explained(context, opened):
        work = opened.trainings.go_on(SYSTEM, context.partition_key, context.run.run_id)
        if work is None or work.training.checkpoint is None:
            opened.trainings.let_go(SYSTEM, context.partition_key, context.run.run_id)
            note(context, opened, "succeeded")
            return
        from training.platform import judged

        with work.claim:
            report = judged(work)
            ended = opened.trainings.finish(SYSTEM, work, report)
        if ended is None:
            opened.trainings.let_go(SYSTEM, context.partition_key, context.run.run_id)
        note(context, opened, "succeeded")
        if ended is not None:
            figures: dict[str, Any] = {one.name: round(one.value, 4) for one in report.metrics}
            facts = {"split": report.split, "examples": report.count, "report": report.id, "model": ended.model}
            yield dg.MaterializeResult(asset_key="evaluation_report", metadata={**figures, **facts})
            model = ended.model or ""
            yield from selected(context, [gate_told(model, opened.models.verdict(SYSTEM, model))])


def _observe(context: dg.AssetExecutionContext, progress: "Progress") -> None:
    """What a validation said, in the log of the run and as an observation of the asset, which Dagster draws over time."""
    told = {name: round(value, 4) for name, value in (progress.metrics or {}).items()}
    words = ", ".join(f"{name} {value}" for name, value in told.items())
    context.log.info("Step %s of %s, loss %.4f; validation: %s.", progress.step, progress.steps, progress.loss, words)
    facts = {
        "step": progress.step,
        "loss": round(progress.loss, 4),
        **{f"validation {name}": one for name, one in told.items()},
    }
    finite = {name: value for name, value in facts.items() if math.isfinite(value)}
    context.log_event(dg.AssetObservation(asset_key="checkpoint", partition=context.partition_key, metadata=finite))


def _explained(context: dg.AssetExecutionContext, library: "Library") -> AbstractContextManager[None]:
    """Errors in Dagster's words; one that trying again does not mend ends the training."""

    def ended(error: Error) -> None:
        note(context, library, "failed", cause=str(error))
        if not error.retryable:
            library.trainings.fail(SYSTEM, context.partition_key, context.run.run_id, error)

    return explained(ended)


def _about(library: "Library", work: "TrainingWork") -> dict[str, Any]:
    training = work.training
    kept = library.stores.checkpoints.get(training.checkpoint or "")
    return {
        "dataset": training.dataset,
        "classes": len(kept.about.labels),
        "architecture": kept.about.model,
        "steps": kept.about.step,
        "seconds": round(kept.seconds, 1),
        "ended by": training.stopped or "",
        "pictures left out": training.left_out,
        "bytes": sum(one.bytes for one in kept.files),
        "attempts": training.attempt,
        "checkpoint": kept.id,
        **{f"validation {name}": round(value, 4) for name, value in kept.about.metrics.items()},
    }
