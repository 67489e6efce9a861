"""What is done with versions of datasets that are there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.params import MergeParams
from darkroom.api.routes.datasets import VersionPath
from darkroom.api.schemas import problems
from darkroom.domain.dataset import Dataset
from darkroom.services.datasets.version_views import (
    BranchGiven,
    MergeGiven,
    MergeView,
    RestoreGiven,
    SplitGiven,
    TagGiven,
)
from darkroom.services.datasets.views import Committed

router = APIRouter(tags=["datasets"])

_REFUSED = problems("invalid_parameter", "not_found", "dataset_invalid", "conflict")


@router.post(
    "/datasets/{id}/tag",
    response_model=Dataset,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def tag_dataset(words: VersionPath, given: TagGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Give a version a name, by which `name@tag` finds it; another version that has it loses it. Or take the name away."""
    return answer(await in_thread(library.datasets.changes.tag, principal, words, given))


@router.post("/datasets/{id}/restore", response_model=Committed, responses=_REFUSED, dependencies=[NO_QUERY])
async def restore_dataset(
    words: VersionPath, given: RestoreGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Make an earlier version the newest again: a further version that says the very same."""
    return answer(await in_hard_thread(library.datasets.changes.restore, principal, words, given))


@router.post(
    "/datasets/{id}/branch",
    response_model=Committed,
    responses=_REFUSED | problems("already_exists"),
    dependencies=[NO_QUERY],
)
async def branch_dataset(
    words: VersionPath, given: BranchGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Begin a new dataset with a version, which it comes from and can be merged with again."""
    return answer(await in_hard_thread(library.datasets.changes.branch, principal, words, given))


@router.post("/datasets/{id}/split", response_model=Committed, responses=_REFUSED, dependencies=[NO_QUERY])
async def split_dataset(
    words: VersionPath, given: SplitGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Make a version whose splits are drawn anew, near duplicates in one of them: what is judged was then not learnt from."""
    return answer(await in_hard_thread(library.datasets.changes.split_anew, principal, words, given))


@router.get(
    "/datasets/{id}/merge",
    response_model=MergeView,
    responses=problems("invalid_parameter", "not_found", "dataset_invalid"),
)
async def preview_merge(
    words: VersionPath, params: Annotated[MergeParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What would have to be decided to merge a version of another line into this one."""
    return answer(await in_hard_thread(library.datasets.changes.look_at_merge, principal, words, params.other))


@router.post(
    "/datasets/{id}/merge",
    response_model=Committed,
    responses=_REFUSED | problems("merge_conflict"),
    dependencies=[NO_QUERY],
)
async def merge_dataset(
    words: VersionPath, given: MergeGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Merge a version of another line into the newest of a dataset, picture by picture over the version that both come from."""
    return answer(await in_hard_thread(library.datasets.changes.merge, principal, words, given))


@router.delete(
    "/datasets/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("invalid_parameter", "not_found", "dataset_in_use", "conflict"),
    dependencies=[NO_QUERY],
)
async def delete_dataset_version(words: VersionPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Delete a version (`name@number`) that nothing was made of, and with the last one its dataset; no picture goes with it."""
    await in_thread(library.datasets.changes.delete, principal, words)
    return Response(status_code=204)
