"""Training: the job, and how a training becomes a run of it."""

import dagster as dg

from darkroom.domain.training import TrainingRun
from darkroom.services.runs import BATCH_TAG, PRIORITY_TAG, TRACE_TAG, TRAINING_JOB

train_model = dg.define_asset_job(
    TRAINING_JOB,
    selection=["checkpoint", "evaluation_report"],
    # One process for both: the report reads what the training has just written.
    executor_def=dg.in_process_executor,
    description="Trains a model and says what it is worth.",
)


def training_request(training: TrainingRun, priority: str) -> dg.RunRequest:
    """The run that works on a training."""
    asked = int(training.requested_at.timestamp()) if training.requested_at else 0
    tags = {BATCH_TAG: training.id, PRIORITY_TAG: priority} | (
        {TRACE_TAG: training.trace_id} if training.trace_id else {}
    )
    key = f"{training.id}:{training.attempt}:{asked}" + (f":{training.pauses}" if training.pauses else "")
    return dg.RunRequest(run_key=key, partition_key=training.id, tags=tags)
