"""Filters that people made: saved with versions, operations like any other."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.disposition import disposition
from darkroom.api.schemas import problems
from darkroom.services.recipes.filter_views import FilterDetail, FilterList, LookGiven, NewFilter
from darkroom.services.recipes.views import Retired

router = APIRouter(tags=["recipes"])

FilterPath = Annotated[
    str, Path(alias="id", max_length=70, description="Name of a filter, or `name@version`.", pattern=r"^[^/]+$")
]
"""Id of a filter in the path."""
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/filters", response_model=FilterList, dependencies=[NO_QUERY])
async def list_filters(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Filters of the library; each is an operation `user/name` of recipes."""
    return answer(await in_thread(library.filters.list, principal))


@router.post(
    "/filters",
    response_model=FilterDetail,
    status_code=201,
    responses=problems("invalid_parameter", "conflict"),
    dependencies=[NO_QUERY],
)
async def save_filter(new: NewFilter, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Save a filter; under a name that is there already it becomes the next version, which never changes any more."""
    return _saved(await in_thread(library.filters.save, principal, new))


@router.post(
    "/filters/learn",
    response_model=FilterDetail,
    status_code=201,
    responses=problems(
        "invalid_parameter", "conflict", "not_found", "blob_missing", "image_corrupt", "image_unsupported",
        "image_too_many_pixels", "operation_failed", "image_out_of_memory",
    ),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def learn_filter(given: LookGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Learn a look from a picture before and after its edit, and save it as a filter."""
    return _saved(await in_hard_thread(library.filters.learn, principal, given))


@router.get("/filters/{id}", response_model=FilterDetail, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_filter(filter_id: FilterPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Everything known of a version of a filter, with the presets that use it."""
    return answer(await in_thread(library.filters.get, principal, filter_id))


@router.get(
    "/filters/{id}/table",
    response_class=Response,
    responses=_TABLE | problems("not_found", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def get_filter_table(filter_id: FilterPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """The table of a filter that is a look, as a `.cube` file that other programs read."""
    found = await in_thread(library.filters.table, principal, filter_id)
    name = filter_id.partition("@")[0]
    headers = {"Content-Disposition": disposition(f"{name}.cube"), "X-Content-Type-Options": "nosniff"}
    return Response(found, headers=headers, media_type="text/plain")


@router.delete(
    "/filters/{id}", response_model=Retired, responses=problems("not_found", "conflict"), dependencies=[NO_QUERY]
)
async def retire_filter(filter_id: FilterPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a filter out of the list; its versions stay for what was made with them."""
    return answer(await in_thread(library.filters.retire, principal, filter_id))


def _saved(found: FilterDetail) -> Response:
    return answer(found, status=201, headers={"Location": f"/api/v1/filters/{found.name}@{found.version}"})
