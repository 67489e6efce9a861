"""Rules: what is done by itself with pictures that fit an expression."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.schemas import problems
from darkroom.services.rules.views import (
    FilingRuleChange,
    FilingRuleList,
    FilingRuleView,
    NewFilingRule,
    RuleApplied,
    RulePreview,
    RuleTrial,
)

router = APIRouter(prefix="/rules", tags=["rules"])

RuleIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the rule.")]
_CHANGES = problems("not_found", "invalid_parameter", "precondition_failed", "precondition_required")


@router.get("", response_model=FilingRuleList, dependencies=[NO_QUERY])
async def list_rules(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Every rule, in the order in which they look at a picture that comes in."""
    return answer(await in_thread(library.rules.list, principal))


@router.post(
    "", response_model=FilingRuleView, status_code=201, responses=problems("invalid_parameter", "already_exists", "not_found"),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def create_rule(new: NewFilingRule, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make a rule: a condition in the query language, and what is set on pictures that fit it, or made of them."""
    made = await in_thread(library.rules.create, principal, new)
    return tagged(made, made.revision, status=201, headers={"Location": f"/api/v1/rules/{made.id}"})


@router.post(
    "/dry-run",
    response_model=RulePreview,
    responses=problems("invalid_parameter", "not_found"),
    dependencies=[NO_QUERY],
)
async def try_rule(tried: RuleTrial, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What a rule would do with what is there: how many fit, examples, and which rules contradict it."""
    return answer(await in_thread(library.rules.try_out, principal, tried, rule_id=tried.rule))


@router.get("/{id}", response_model=FilingRuleView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_rule(rule_id: RuleIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """One rule; its `ETag` is what a change of it is based on."""
    found = await in_thread(library.rules.get, principal, rule_id)
    return tagged(found, found.revision)


@router.patch("/{id}", response_model=FilingRuleView, responses=_CHANGES, dependencies=[NO_QUERY])
async def update_rule(
    rule_id: RuleIdPath,
    change: FilingRuleChange,
    library: LibraryDep,
    principal: PrincipalDep,
    if_match: IfMatch = None,
) -> Response:
    """Change a rule, switch it off or on, or move it in the order; what it did stays."""
    revision = expected(if_match, required=True)
    changed = await in_thread(library.rules.update, principal, rule_id, change, revision=revision)
    return tagged(changed, changed.revision)


@router.delete(
    "/{id}", status_code=204, response_class=Response, dependencies=[NO_QUERY],
    responses=problems("not_found", "precondition_failed", "precondition_required"),
)  # fmt: skip
async def delete_rule(
    rule_id: RuleIdPath, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Take a rule away; what it did stays."""
    await in_thread(library.rules.delete, principal, rule_id, revision=expected(if_match, required=True))
    return Response(status_code=204)


@router.post(
    "/{id}/apply", response_model=RuleApplied, status_code=202, responses=problems("not_found", "invalid_parameter"),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def apply_rule(rule_id: RuleIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Apply a rule to the pictures that are there: operations that can be watched and cancelled, and what is set be undone."""
    return answer(await in_thread(library.rules.apply, principal, rule_id), status=202)
