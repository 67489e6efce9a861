"""Going through the pictures of a dataset, and what one says of them before it becomes a version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.once import made_id
from darkroom.api.params import ListParams
from darkroom.api.routes.datasets import NamePath
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.domain.base import SHA256_PATTERN
from darkroom.domain.draft import Draft, Queue
from darkroom.services.datasets.views import AnnotationPage, DraftCommit, DraftGiven, DraftSummary
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["datasets"])

DraftImagePath = Annotated[
    str, Path(alias="image", pattern=SHA256_PATTERN, description="A picture of the dataset: sha256 of its bytes.")
]
"""A picture of a dataset in the path."""


class AnnotateParams(ListParams):
    """Which pictures of a dataset to go through."""

    limit: int = Field(50, ge=1, le=200)
    """Most pictures to answer with."""
    queue: Queue = "all"
    """`all`; `unlabelled`: nothing is said of them; `suspects`: the label is probably wrong, the most suspicious first; `wrong`: what a report got wrong, the surest first; `class`."""
    label: str | None = Field(None, min_length=1, max_length=200)
    """The class, for `class`."""
    report: str | None = Field(None, min_length=1, max_length=100)
    """Id of the report, for `wrong`."""


def _place(name: NamePath, image: DraftImagePath) -> tuple[str, str]:
    return name, image


PlaceDep = Annotated[tuple[str, str], Depends(_place)]
"""A dataset and one of its pictures."""


@router.get(
    "/datasets/{id}/annotate",
    response_model=AnnotationPage,
    responses=problems("not_found", "invalid_parameter", "invalid_cursor"),
)
async def list_to_annotate(
    name: NamePath, params: Annotated[AnnotateParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Pictures of the newest version to go through: what it says of each, what one says oneself, and what a model says that never saw it."""
    found = in_hard_thread(
        library.annotations.page, principal, name, params.queue, label=params.label, report=params.report,
        limit=params.limit, cursor=params.cursor,
    )  # fmt: skip
    return answer(await found)


@router.get(
    "/datasets/{id}/drafts", response_model=DraftSummary, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_drafts(name: NamePath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What one says of a dataset and has not committed yet."""
    return answer(await in_hard_thread(library.annotations.summary, principal, name))


@router.delete(
    "/datasets/{id}/drafts",
    status_code=204,
    response_class=Response,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def discard_drafts(name: NamePath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take back all that one says of a dataset and has not committed."""
    await in_thread(library.annotations.forget, principal, name)
    return Response(status_code=204)


@router.put(
    "/datasets/{id}/drafts/{image}",
    response_model=Draft,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "precondition_failed"),
    dependencies=[NO_QUERY],
)
async def save_draft(
    place: PlaceDep, given: DraftGiven, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Say of a picture what the next version is to say; `If-Match: "0"` does so only if one says nothing of it yet."""
    made = await in_thread(
        library.annotations.save, principal, *place, given.annotations, kind=given.kind, revision=expected(if_match)
    )
    return tagged(made, made.revision)


@router.delete(
    "/datasets/{id}/drafts/{image}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def delete_draft(name: NamePath, image: DraftImagePath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take back what one says of a picture: the version holds again."""
    await in_thread(library.annotations.forget, principal, name, image)
    return Response(status_code=204)


@router.post(
    "/datasets/{id}/drafts/commit",
    response_model=WorkView,
    status_code=202,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid", "conflict")
    | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def commit_drafts(
    name: NamePath, given: DraftCommit, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Make what one says of a dataset its next version (`links.dataset`); what others said of the same pictures meanwhile is never lost silently."""
    found = in_hard_thread(library.draft_commits.begin, principal, name, given, work_id=made_id(request, "o"))
    return operation_answer(await found)
