"""Datasets, their versions, and what differs between them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.once import made_id
from darkroom.api.params import DiffParams, ExportParams, ListParams
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.domain.dataset import DatasetName
from darkroom.domain.follow import Follow, FollowedDataset
from darkroom.services.datasets.views import (
    DatasetPage,
    Diff,
    FollowedList,
    NewVersion,
    SuspectPage,
    SuspectsGiven,
    VersionDetail,
    VersionList,
    VersionPreview,
)
from darkroom.services.training.ablation_views import AblationList
from darkroom.services.training.augment_views import AugmentGiven, AugmentPreview
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["datasets"])

VersionPath = Annotated[
    str, Path(alias="id", max_length=100, description="A dataset (`name`, its newest version) or a version (`name@number`).")
]  # fmt: skip
NamePath = Annotated[DatasetName, Path(alias="id", description="Name of the dataset.")]
_REFUSED = ("invalid_parameter", "not_found", "dataset_invalid", "conflict")


@router.get("/datasets", response_model=DatasetPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_datasets(
    params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Datasets, newest first."""
    return answer(await in_thread(library.datasets.list, principal, limit=params.limit, cursor=params.cursor))


@router.post(
    "/datasets",
    response_model=WorkView,
    status_code=202,
    responses=problems(*_REFUSED) | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def commit_dataset(given: NewVersion, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make pictures of the library the next version of a dataset (`links.dataset`, once it is there); saying the same again makes no other version. With `add` they join those of the newest version."""
    found = await in_hard_thread(library.commits.begin, principal, given, work_id=made_id(request, "o"))
    return operation_answer(found)


@router.post("/datasets/preview", response_model=VersionPreview, responses=problems(*_REFUSED), dependencies=[NO_QUERY])
async def preview_dataset(given: NewVersion, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What `POST /datasets` would make: how many of the pictures are new, known and left out, and what would be said of them. Nothing is written."""
    return answer(await in_hard_thread(library.datasets.preview, principal, given))


@router.get("/datasets/{id}", response_model=VersionDetail, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_dataset(words: VersionPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A version with its classes and how they are divided."""
    return answer(await in_thread(library.datasets.get, principal, words))


@router.get(
    "/datasets/{id}/versions", response_model=VersionList, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def list_dataset_versions(words: VersionPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Versions of a dataset, newest first."""
    return answer(await in_thread(library.datasets.versions, principal, words.partition("@")[0]))


@router.get(
    "/datasets/{id}/export",
    response_class=Response,
    responses=FILE_RESPONSES | problems("not_found", "invalid_parameter", "dataset_invalid"),
)
async def export_dataset(
    words: VersionPath,
    params: Annotated[ExportParams, Query()],
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """A version with its pictures as one tar file, in a layout that other programs read; `darkroom.json` in it tells what that layout cannot."""
    found = await in_hard_thread(library.datasets.exports.export, principal, words, params.format, params.split)
    return await file_response(found, request.headers, attachment=True)


@router.get("/datasets/{id}/diff", response_model=Diff, responses=problems("not_found", "invalid_parameter"))
async def compare_dataset(
    words: VersionPath, params: Annotated[DiffParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What differs between an earlier version and this one: added, removed, labelled anew, moved to another split."""
    return answer(await in_hard_thread(library.datasets.diff, principal, params.before, words))


@router.post(
    "/datasets/{id}/augment-preview",
    response_model=AugmentPreview,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "training_invalid"),
    dependencies=[NO_QUERY],
)
async def preview_augment(
    words: VersionPath, given: AugmentGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """How a training would change some of the training pictures: rows of draws in one picture, with boxes and shares. Nothing begins."""
    return answer(await in_hard_thread(library.trainings.augments.preview, principal, words, given))


@router.get(
    "/datasets/{id}/ablations", response_model=AblationList, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def list_ablations(words: VersionPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What policies of augmentation are worth on a version: its trainings with one beside those that differ in nothing else and have none."""
    return answer(await in_thread(library.trainings.ablations.view, principal, words))


@router.get(
    "/datasets/{id}/suspects",
    response_model=SuspectPage,
    responses=problems("not_found", "invalid_cursor", "invalid_parameter"),
)
async def list_label_suspects(
    words: VersionPath, params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Labels that are probably wrong, the most suspicious first, as far as somebody has looked for them."""
    found = in_hard_thread(library.suspects.page, principal, words, limit=params.limit, cursor=params.cursor)
    return answer(await found)


@router.post(
    "/datasets/{id}/suspects",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid"),
    dependencies=[NO_QUERY],
)
async def find_label_suspects(
    words: VersionPath, given: SuspectsGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Look for labels that are probably wrong: models learn from four fifths of the examples and judge the last one, five times.

    Asking again about the same version leads to the same operation.
    """
    return operation_answer(await in_hard_thread(library.suspects.begin, principal, words, given.weights))


@router.get(
    "/datasets/{id}/following", response_model=FollowedDataset, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_followed_dataset(name: NamePath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How a dataset follows its pictures, and what came of looking at them last."""
    found = await in_thread(library.follows.get, principal, name)
    return tagged(found, found.revision)


@router.put(
    "/datasets/{id}/following",
    response_model=FollowedDataset,
    responses=problems("invalid_parameter", "training_invalid", "precondition_failed"),
    dependencies=[NO_QUERY],
)
async def follow_dataset(
    name: NamePath, follow: Follow, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Let a dataset, which need not be there yet, follow its pictures: new ones make a version, and a training of it if wanted."""
    made = await in_thread(library.follows.put, principal, name, follow, revision=expected(if_match))
    return tagged(made, made.revision)


@router.delete(
    "/datasets/{id}/following",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "precondition_failed"),
    dependencies=[NO_QUERY],
)
async def unfollow_dataset(
    name: NamePath, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Let a dataset stay as it is; its versions remain."""
    await in_thread(library.follows.delete, principal, name, revision=expected(if_match))
    return Response(status_code=204)


@router.get("/followed-datasets", response_model=FollowedList, dependencies=[NO_QUERY])
async def list_followed_datasets(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Datasets that follow their pictures, by name."""
    return answer(await in_thread(library.follows.list, principal))
