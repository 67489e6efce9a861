"""The quality of versions of datasets, and their expansion."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.dataset_params import QualityParams, QualityPicturesParams
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.disposition import disposition
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.once import made_id
from darkroom.api.routes.datasets import NamePath, VersionPath
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.domain.dataset_quality import KeptQualityRules, QualityRules
from darkroom.services.datasets.expand_views import ExpandGiven
from darkroom.services.datasets.quality_page import POLICY
from darkroom.services.datasets.quality_views import IssuePage, LeaveOutGiven, QualityGiven, QualityView
from darkroom.services.datasets.views import Committed
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["datasets"])


@router.get(
    "/datasets/{id}/quality",
    response_model=QualityView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid"),
)
async def get_dataset_quality(
    words: VersionPath, params: Annotated[QualityParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What is wrong with a version that was judged, how much of it is too much, and how it differs from another version."""
    return answer(await in_hard_thread(library.quality.view, principal, words, params.against))


@router.post(
    "/datasets/{id}/quality",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid")
    | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def judge_dataset(
    words: VersionPath, given: QualityGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Judge the pictures of a version; of those that an earlier version holds the figures are taken over."""
    return operation_answer(await in_hard_thread(library.quality.begin, principal, words, anew=given.anew))


@router.get(
    "/datasets/{id}/quality/pictures",
    response_model=IssuePage,
    responses=problems("invalid_parameter", "invalid_cursor", "not_found", "dataset_invalid"),
)
async def list_poor_pictures(
    words: VersionPath, params: Annotated[QualityPicturesParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Pictures that something is wrong with; of duplicates those that repeat a better one."""
    found = in_hard_thread(
        library.quality.pictures, principal, words, params.issue, limit=params.limit, cursor=params.cursor
    )
    return answer(await found)


@router.get(
    "/datasets/{id}/quality/html",
    response_class=HTMLResponse,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid"),
)
async def export_dataset_quality(
    words: VersionPath, params: Annotated[QualityParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """The same as one HTML file to keep or to send: figures and small pictures are inside, and nothing runs in it."""
    page = await in_hard_thread(library.quality.page, principal, words, params.against)
    return HTMLResponse(page, headers={
        "Content-Security-Policy": POLICY, "Content-Disposition": disposition("quality.html"),
    })  # fmt: skip


@router.post(
    "/datasets/{id}/quality/leave-out",
    response_model=Committed,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "conflict"),
    dependencies=[NO_QUERY],
)
async def leave_out_poor(
    words: VersionPath, given: LeaveOutGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Make the next version without pictures that something is wrong with; the one before stays, and `restore` brings it back."""
    return answer(await in_hard_thread(library.quality.leave_out, principal, words, given))


@router.post(
    "/datasets/{id}/expand",
    status_code=202,
    response_model=WorkView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "training_invalid", "conflict"),
    dependencies=[NO_QUERY],
)
async def expand_dataset(
    words: VersionPath, given: ExpandGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Make the next version, which holds changed copies of its training pictures too (`links.dataset`, once it is there).

    Boxes and outlines move along; copies are pictures of the library, in the split and the group of their source.
    """
    begun = in_hard_thread(library.expansions.begin, principal, words, given, work_id=made_id(request, "o"))
    return operation_answer(await begun)


@router.get(
    "/datasets/{id}/quality-rules",
    response_model=KeptQualityRules,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def get_quality_rules(name: NamePath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What a dataset demands of its versions."""
    found = await in_thread(library.quality.rules, principal, name)
    return tagged(found, found.revision)


@router.put(
    "/datasets/{id}/quality-rules",
    response_model=KeptQualityRules,
    responses=problems("invalid_parameter", "not_found", "precondition_failed"),
    dependencies=[NO_QUERY],
)
async def set_quality_rules(
    name: NamePath, rules: QualityRules, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Demand something of the versions of a dataset: how much of an issue is too much, and whether no training begins with more."""
    made = await in_thread(library.quality.put_rules, principal, name, rules, revision=expected(if_match))
    return tagged(made, made.revision)
