"""Roles, rules, and why somebody may not do something."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import ExplainParams
from darkroom.api.schemas import problems
from darkroom.domain.access import Rule
from darkroom.services.accounts.policy_views import Explanation, Roles, RuleList
from darkroom.services.accounts.requests import NewRule

router = APIRouter(tags=["policies"])

RuleIdPath = Annotated[str, Path(alias="id", description="Id of the rule.", max_length=80)]


@router.get("/roles", response_model=Roles, dependencies=[NO_QUERY])
async def list_roles(library: LibraryDep, principal: PrincipalDep) -> Response:
    """The roles, the least first, and every permission in words."""
    return answer(await in_thread(library.policies.roles, principal))


@router.get("/policies", response_model=RuleList, dependencies=[NO_QUERY])
async def list_policies(library: LibraryDep, principal: PrincipalDep) -> Response:
    """The rules beside the roles."""
    return answer(await in_thread(library.policies.list, principal))


@router.post(
    "/policies",
    response_model=Rule,
    status_code=201,
    responses=problems("already_exists", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def add_policy(new: NewRule, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Allow or deny somebody something, somewhere; it holds in every process within a second."""
    return answer(await in_thread(library.policies.add, principal, new), status=201)


@router.delete(
    "/policies/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def remove_policy(rule_id: RuleIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a rule away."""
    await in_thread(library.policies.remove, principal, rule_id)
    return Response(status_code=204)


@router.get("/access/explain", response_model=Explanation, responses=problems("invalid_parameter", "not_found"))
async def explain_access(
    params: Annotated[ExplainParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Whether somebody may do something, and why: oneself, or another account."""
    explain = library.policies.explain
    return answer(await in_thread(explain, principal, params.permission, params.domain, user=params.user))
