"""Versions of models: what they are meant for, their cards, what uses them, what a champion must be worth."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import Params
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.domain.training import Gate, ModelVersion
from darkroom.services.training.brought_views import BroughtModelList, NewBroughtModel
from darkroom.services.training.embedding_views import EmbeddingGiven, EmbeddingList
from darkroom.services.training.search_views import NewSearchModel, SearchModelList, SearchModelUse, SearchModelView
from darkroom.services.training.views import (
    Declined,
    ModelDetail,
    ModelNotes,
    ModelUses,
    Proposed,
    Rollback,
    TrainingView,
)
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["training"])

CARD_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A card is a page under our address: it may load nothing and run nothing."""

ModelPath = Annotated[str, Path(alias="id", max_length=80, description="Name of the model.")]
NumberPath = Annotated[int, Path(alias="number", ge=1, description="Number of the version.")]
TrainingPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the training.")]
ReportPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the report.")]
_TEXT = {"schema": {"type": "string"}}
_CARD: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": _TEXT, "text/html": _TEXT}}}


class CardParams(Params):
    """How a card is written."""

    format: Literal["md", "html"] = "md"
    """As Markdown, or as an HTML page."""


@router.post(
    "/models/{id}/rollback",
    response_model=ModelDetail,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def roll_back_model(
    name: ModelPath, given: Rollback, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Let an alias lead to where it led before its last move, whatever the figures say."""
    return answer(await in_thread(library.models.rollback, principal, name, given))


@router.post(
    "/models/{id}/propose",
    response_model=ModelDetail,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def propose_model(name: ModelPath, given: Proposed, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Say that a version should be champion; somebody who approves promotes it."""
    return answer(await in_thread(library.proposals.propose, principal, name, given))


@router.post(
    "/models/{id}/decline",
    response_model=ModelDetail,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def decline_model(name: ModelPath, given: Declined, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Say no to the version that was proposed, and why; one's own proposal is taken back so."""
    return answer(await in_thread(library.proposals.decline, principal, name, given))


@router.delete(
    "/models/{id}/versions/{number}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "learning_in_use", "conflict"),
    dependencies=[NO_QUERY],
)
async def delete_model_version(
    name: ModelPath, number: NumberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Delete a version that nothing uses, and with the last one its model; the training that made it stays."""
    await in_thread(library.removals.version, principal, name, number)
    return Response(status_code=204)


@router.delete(
    "/training-runs/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "learning_in_use", "conflict"),
    dependencies=[NO_QUERY],
)
async def delete_training(training_id: TrainingPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Delete a training that is over and that no version of a model came of, with its checkpoint and the reports on it."""
    await in_thread(library.removals.training, principal, training_id)
    return Response(status_code=204)


@router.delete(
    "/reports/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "learning_in_use", "conflict"),
    dependencies=[NO_QUERY],
)
async def delete_report(report_id: ReportPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Delete a report that neither its training nor a version of a model is judged by."""
    await in_thread(library.removals.report, principal, report_id)
    return Response(status_code=204)


@router.post(
    "/models/{id}/gate",
    response_model=ModelDetail,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def set_model_gate(
    name: ModelPath, given: Gate, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Say what a version must be worth to become champion: a least score, a least gain, and whether somebody must approve."""
    return answer(await in_thread(library.models.set_gate, principal, name, given))


@router.post(
    "/models/{id}/versions/{number}/notes",
    response_model=ModelVersion,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def note_model(
    name: ModelPath, number: NumberPath, given: ModelNotes, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Set and unset tags of a version, and say what it is meant for; what is not given stays."""
    return answer(await in_thread(library.models.note, principal, name, number, given))


@router.get(
    "/models/{id}/versions/{number}/card",
    response_class=Response,
    responses=_CARD | problems("invalid_parameter", "not_found", "blob_missing"),
)
async def get_model_card(
    name: ModelPath,
    number: NumberPath,
    params: Annotated[CardParams, Query()],
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """Everything that is known of a version on one page: use, figures, data, configuration, machine, rights."""
    made = await in_thread(library.registry.card, principal, name, number, params.format)
    headers = {"Content-Security-Policy": CARD_POLICY}
    if params.format == "html":
        return HTMLResponse(made, headers=headers)
    return PlainTextResponse(made, headers=headers, media_type="text/markdown")


@router.get(
    "/models/{id}/versions/{number}/uses",
    response_model=ModelUses,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def get_model_uses(
    name: ModelPath, number: NumberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """What uses a version: aliases, presets, orders of renditions, datasets whose trainings make the next one."""
    return answer(await in_thread(library.registry.uses, principal, name, number))


@router.post(
    "/models/{id}/versions/{number}/reproduce",
    response_model=TrainingView,
    status_code=202,
    responses=problems("not_found", "conflict", "dataset_invalid", "training_invalid"),
    dependencies=[NO_QUERY],
)
async def reproduce_model(
    name: ModelPath, number: NumberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Train again with the dataset version, the configuration and the seed of a version; at its end the training tells how near it came."""
    found = await in_thread(library.reproductions.start, principal, name, number)
    return answer(found, status=202, headers={"Location": f"/api/v1/training-runs/{found.training.id}"})


@router.get("/embeddings", response_model=EmbeddingList, dependencies=[NO_QUERY])
async def list_embeddings(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Which models have looked at the pictures, and at how many; similar pictures are found by the first."""
    return answer(await in_thread(library.embeddings.all, principal))


@router.post(
    "/embeddings",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "model_unusable"),
    dependencies=[NO_QUERY],
)
async def embed_pictures(given: EmbeddingGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Have a classifier of the registry, or a model for searching, look at all pictures that it has not seen yet; asked again while it does, it is the same operation."""
    return operation_answer(await in_thread(library.embeddings.begin, principal, given.model))


@router.get("/brought-models", response_model=BroughtModelList, dependencies=[NO_QUERY])
async def list_brought_models(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Models that others trained, and the files that could be brought."""
    return answer(await in_thread(library.brought.list, principal))


@router.post(
    "/brought-models",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "conflict", "source_missing"),
    dependencies=[NO_QUERY],
)
async def bring_model(given: NewBroughtModel, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Bring an ONNX file that lies on the server, as the next version of a model for steps of recipes: it is tried in a process of its own, and kept."""
    return operation_answer(await in_thread(library.brought.add, principal, given))


@router.delete(
    "/brought-models/{id}/versions/{number}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "learning_in_use"),
    dependencies=[NO_QUERY],
)
async def delete_brought_model(
    name: ModelPath, number: NumberPath, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Forget a version that nothing uses."""
    await in_thread(library.brought.delete, principal, name, number)
    return Response(status_code=204)


@router.get("/search-models", response_model=SearchModelList, dependencies=[NO_QUERY])
async def list_search_models(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Models that pictures are found with by words (`like:`), and how many pictures each has seen."""
    return answer(await in_thread(library.search_models.list, principal))


@router.post(
    "/search-models",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "conflict"),
    dependencies=[NO_QUERY],
)
async def add_search_model(given: NewSearchModel, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make a model for searching of weights that lie on the server, or of a hub where that is allowed; asked again while it is made, it is the same operation."""
    return operation_answer(await in_thread(library.search_models.add, principal, given))


@router.post(
    "/search-models/{id}/use",
    response_model=SearchModelView,
    responses=problems("invalid_parameter", "not_found"),
    dependencies=[NO_QUERY],
)
async def use_search_model(
    name: ModelPath, given: SearchModelUse, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Use a model for searching, or none: it looks at all pictures, and at new ones by itself."""
    return answer(await in_thread(library.search_models.use, principal, name, given))


@router.delete(
    "/search-models/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def delete_search_model(name: ModelPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Forget a model for searching that is not used, with what it made of pictures."""
    await in_thread(library.search_models.delete, principal, name)
    return Response(status_code=204)
