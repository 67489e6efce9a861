"""Trainings, and what comes of them: checkpoints, reports, models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.disposition import disposition
from darkroom.api.params import (
    ExperimentParams,
    ListParams,
    Params,
    TrainingParams,
)
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import FILE_RESPONSES, ZIP_RESPONSE, problems
from darkroom.domain.panel import Panel
from darkroom.domain.training import StoredCheckpoint
from darkroom.services.activity_views import Hurry
from darkroom.services.training.evaluation_views import EvaluationGiven, EvaluationMatrix
from darkroom.services.training.shelf import BackboneList
from darkroom.services.training.views import (
    CheckpointPage,
    ExperimentList,
    ModelDetail,
    ModelPage,
    Promotion,
    TrainingEstimate,
    TrainingGiven,
    TrainingPage,
    TrainingView,
)
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["training"])

TrainingIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the training.")]
CheckpointIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the checkpoint.")]
FilePath = Annotated[str, Path(alias="name", max_length=80, description="A file that the checkpoint names.")]
ModelPath = Annotated[str, Path(alias="id", max_length=80, description="Name of the model.")]
_LISTS = problems("invalid_parameter", "invalid_cursor")


class MatrixParams(Params):
    """Which part of models on datasets is meant."""

    row: int = Field(0, ge=0, le=1_000_000)
    """Place of the first model among all, counted from 0."""
    column: int = Field(0, ge=0, le=1_000_000)
    """Place of the first dataset among all."""


@router.post(
    "/training-runs",
    response_model=TrainingView,
    status_code=202,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "training_invalid"),
    dependencies=[NO_QUERY],
)
async def start_training(given: TrainingGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Train a model: choose a dataset, a task and a budget; everything else has defaults."""
    found = await in_thread(library.trainings.start, principal, given)
    return answer(found, status=202, headers={"Location": f"/api/v1/training-runs/{found.training.id}"})


@router.post(
    "/training-runs/estimate",
    response_model=TrainingEstimate,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "training_invalid"),
    dependencies=[NO_QUERY],
)
async def estimate_training(given: TrainingGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What to expect of a training: how long, how often every picture is shown, what comes before it. Nothing begins."""
    return answer(await in_thread(library.estimates.estimate, principal, given))


@router.post(
    "/training-runs/measure",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "training_invalid"),
    dependencies=[NO_QUERY],
)
async def measure_training(given: TrainingGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Do a few steps of a training with some of its pictures; then the estimate tells its time with an interval, memory and cost.

    What is broken about it is told within seconds. Measured once: asking again leads to the same operation.
    """
    return operation_answer(await in_thread(library.estimates.measure, principal, given))


@router.get("/training-runs", response_model=TrainingPage, responses=_LISTS)
async def list_trainings(
    params: Annotated[TrainingParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Trainings, newest first."""
    found = in_thread(
        library.trainings.list, principal, states=params.state, limit=params.limit, cursor=params.cursor
    )  # fmt: skip
    return answer(await found)


@router.get(
    "/training-runs/{id}", response_model=TrainingView, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_training(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How far a training is: step, loss, speed, time left, what each validation said."""
    return answer(await in_thread(library.trainings.get, principal, training_id))


@router.post(
    "/training-runs/{id}/cancel",
    response_model=TrainingView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def cancel_training(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Stop a training; its process ends within seconds, and nothing of it is kept."""
    return answer(await in_thread(library.trainings.cancel, principal, training_id))


@router.post(
    "/training-runs/{id}/stop",
    response_model=TrainingView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def stop_training(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """End a training within seconds with what it has come to: the best checkpoint is kept, judged and becomes a version."""
    return answer(await in_thread(library.trainings.stop, principal, training_id))


@router.get(
    "/training-runs/{id}/panel", response_model=Panel, responses=problems("not_found", "blob_missing"), dependencies=[NO_QUERY]
)  # fmt: skip
async def get_training_panel(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What a training says of eight pictures of validation at each validation: classes, boxes, outlines, or pictures made of them."""
    return answer(await in_thread(library.trainings.results.panel, principal, training_id))


@router.post(
    "/training-runs/{id}/pause",
    response_model=TrainingView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def pause_training(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Let a training rest: its process writes down where it is within seconds, and ends; others have their turn."""
    return answer(await in_thread(library.trainings.pause, principal, training_id))


@router.post(
    "/training-runs/{id}/resume",
    response_model=TrainingView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def resume_training(training_id: TrainingIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Let a paused training go on from where it was, with the very steps that it would have taken."""
    return answer(await in_thread(library.trainings.resume, principal, training_id))


@router.post(
    "/training-runs/{id}/priority",
    response_model=TrainingView,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def hurry_training(
    training_id: TrainingIdPath, given: Hurry, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Change how urgent a training is that is not over; whose turn it is follows at once."""
    return answer(await in_thread(library.hurries.training, principal, training_id, given))


@router.get("/checkpoints", response_model=CheckpointPage, responses=_LISTS)
async def list_checkpoints(
    params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Checkpoints, newest first."""
    return answer(
        await in_thread(library.trainings.results.checkpoints, principal, limit=params.limit, cursor=params.cursor)
    )


@router.get(
    "/checkpoints/{id}", response_model=StoredCheckpoint, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_checkpoint(checkpoint_id: CheckpointIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A checkpoint: what made it, what it says of itself, its files."""
    return answer(await in_thread(library.trainings.results.checkpoint, principal, checkpoint_id))


@router.get(
    "/checkpoints/{id}/files/{name}",
    response_class=Response,
    responses=FILE_RESPONSES | problems("not_found", "blob_missing"),
    dependencies=[NO_QUERY],
)
async def get_checkpoint_file(
    checkpoint_id: CheckpointIdPath, name: FilePath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """A file of a checkpoint, as it is: `model.onnx`, `weights.safetensors`, `config.json` and the others that the checkpoint names."""
    found = await in_thread(library.trainings.results.checkpoint_file, principal, checkpoint_id, name)
    return await file_response(found, request.headers, attachment=True)


@router.get(
    "/checkpoints/{id}/zip",
    response_class=Response,
    responses=ZIP_RESPONSE | problems("not_found", "blob_missing"),
    dependencies=[NO_QUERY],
)
async def export_checkpoint(
    checkpoint_id: CheckpointIdPath, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """The whole folder of a checkpoint as a zip file, which is made while it is sent."""
    pieces = await in_thread(library.trainings.results.checkpoint_zip, principal, checkpoint_id)
    headers = {"Content-Disposition": disposition(f"{checkpoint_id}.zip")}
    return StreamingResponse(pieces, headers=headers, media_type="application/zip")


@router.get("/experiments", response_model=ExperimentList, responses=problems("invalid_parameter"))
async def list_experiments(
    params: Annotated[ExperimentParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """The newest trainings beside each other: what each was told differently, and what it came to."""
    return answer(await in_thread(library.trainings.experiments.list, principal, limit=params.limit))


@router.get("/backbones", response_model=BackboneList, dependencies=[NO_QUERY])
async def list_backbones(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Weights of others that lie on this machine, for the option `weights`, and whether more may be fetched from the hub."""
    return answer(await in_thread(library.estimates.backbones, principal))


@router.get("/evaluations", response_model=EvaluationMatrix, responses=problems("invalid_parameter"))
async def list_evaluations(
    params: Annotated[MatrixParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Models on versions of datasets: what each is worth, what is missing, and what was judged by an earlier version."""
    return answer(
        await in_thread(library.estimates.evaluations.matrix, principal, row=params.row, column=params.column)
    )


@router.post(
    "/evaluations",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid"),
    dependencies=[NO_QUERY],
)
async def evaluate_model(given: EvaluationGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Judge a version of a model by a version of a dataset, and keep the report; asking again leads to the same operation."""
    return operation_answer(await in_thread(library.estimates.evaluations.begin, principal, given))


@router.get("/models", response_model=ModelPage, responses=_LISTS)
async def list_models(
    params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Models and where their aliases lead, newest first."""
    return answer(await in_thread(library.models.list, principal, limit=params.limit, cursor=params.cursor))


@router.get("/models/{id}", response_model=ModelDetail, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_model(name: ModelPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A model with its versions and their figures."""
    return answer(await in_thread(library.models.get, principal, name))


@router.post(
    "/models/{id}/promote",
    response_model=ModelDetail,
    responses=problems("invalid_parameter", "not_found", "conflict", "model_held_back"),
    dependencies=[NO_QUERY],
)
async def promote_model(
    name: ModelPath, given: Promotion, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Let an alias lead to another version; a worse one, or one judged by other pictures, only with `force`."""
    return answer(await in_thread(library.models.promote, principal, name, given))
