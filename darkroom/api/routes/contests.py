"""Contests of presets: two versions judged without knowing which is which."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import Params
from darkroom.api.schemas import problems
from darkroom.domain.recipe import PresetName
from darkroom.services.recipes.contest_views import ChoiceGiven, ContestList, ContestView, NewContest

router = APIRouter(tags=["recipes"])

ContestIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the contest.")]
"""Id of a contest in the path."""


class ContestParams(Params):
    """Query of the list of contests."""

    preset: PresetName
    """Name of the preset."""


@router.get("/preset-contests", response_model=ContestList, responses=problems("invalid_parameter"))
async def list_preset_contests(
    params: Annotated[ContestParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Contests of a preset, newest first."""
    return answer(await in_thread(library.presets.contests.list, principal, params.preset))


@router.post(
    "/preset-contests",
    response_model=ContestView,
    status_code=201,
    responses=problems("invalid_parameter", "recipe_invalid", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def begin_preset_contest(new: NewContest, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Set another recipe against the newest version of a preset, on pictures that stand for a selection."""
    found = await in_thread(library.presets.contests.begin, principal, new)
    return answer(found, status=201, headers={"Location": f"/api/v1/preset-contests/{found.id}"})


@router.get(
    "/preset-contests/{id}", response_model=ContestView, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_preset_contest(contest_id: ContestIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A contest with what one preferred, and what all did once one has judged every picture."""
    return answer(await in_thread(library.presets.contests.get, principal, contest_id))


@router.post(
    "/preset-contests/{id}/choices",
    response_model=ContestView,
    responses=problems("invalid_parameter", "not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def choose_in_preset_contest(
    contest_id: ContestIdPath, given: ChoiceGiven, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Keep what one prefers of a picture."""
    return answer(await in_thread(library.presets.contests.choose, principal, contest_id, given))


@router.post(
    "/preset-contests/{id}/promote",
    response_model=ContestView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def promote_in_preset_contest(
    contest_id: ContestIdPath, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Let what was preferred more often be the newest version of the preset."""
    return answer(await in_thread(library.presets.contests.promote, principal, contest_id))
