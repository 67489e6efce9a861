"""The query language: its fields, and what may stand at a place of an expression."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import CompleteParams, Params
from darkroom.api.schemas import problems
from darkroom.services.finding_views import Completions, QueryFields
from darkroom.services.naming import NamedList

router = APIRouter(prefix="/query", tags=["images"])


class NamesParams(Params):
    """Letters of a name."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """Words, all of which must be in the name."""
    limit: Annotated[int, Field(ge=1, le=50)] = 6
    """Most things of each kind."""


@router.get("/fields", response_model=QueryFields, dependencies=[NO_QUERY])
async def list_query_fields(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Fields of the query language, which `where` takes, each with its operators and an example."""
    return answer(await in_thread(library.finding.fields, principal))


@router.get("/complete", response_model=Completions, responses=problems("invalid_parameter"))
async def complete_query(
    params: Annotated[CompleteParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What may stand at a place of an expression, with counts, and what is wrong with all of it."""
    return answer(await in_thread(library.finding.complete, principal, params.q, params.at))


@router.get("/names", response_model=NamedList, responses=problems("invalid_parameter"))
async def find_names(
    params: Annotated[NamesParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Collections, tags, datasets, models, trainings and reports that one may see, by a few letters of their names."""
    return answer(await in_thread(library.naming.find, principal, params.q, limit=params.limit))
