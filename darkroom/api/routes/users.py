"""People's accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.etags import IfMatch, IfNoneMatch, expected, tagged
from darkroom.api.params import ListParams
from darkroom.api.schemas import UNCHANGED, problems
from darkroom.services.accounts.requests import NewUser, RoleChange, UserChange
from darkroom.services.accounts.views import ResetLink, UserPage, UserView

router = APIRouter(tags=["users"])

UserIdPath = Annotated[str, Path(alias="id", description="Id of the account.", max_length=80)]
_CHANGES = problems("not_found", "conflict", "already_exists", "precondition_failed", "invalid_parameter")


@router.get("/users", response_model=UserPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_users(params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Accounts, newest first."""
    return answer(await in_thread(library.users.list, principal, limit=params.limit, cursor=params.cursor))


@router.post(
    "/users",
    response_model=UserView,
    status_code=201,
    responses=problems("already_exists", "conflict", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def create_user(new: NewUser, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Create an account; without a password, hand the person a one-time link."""
    made = await in_hard_thread(library.users.create, principal, new)
    return tagged(made, made.revision, status=201, headers={"Location": f"/api/v1/users/{made.id}"})


@router.get(
    "/users/{id}", response_model=UserView, responses=UNCHANGED | problems("not_found"), dependencies=[NO_QUERY]
)
async def get_user(
    user_id: UserIdPath, library: LibraryDep, principal: PrincipalDep, if_none_match: IfNoneMatch = None
) -> Response:
    """One account."""
    found = await in_thread(library.users.get, principal, user_id)
    return tagged(found, found.revision, if_none_match=if_none_match)


@router.patch("/users/{id}", response_model=UserView, responses=_CHANGES, dependencies=[NO_QUERY])
async def update_user(
    user_id: UserIdPath, change: UserChange, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Change an account; disabling it takes every access away at once."""
    revision = expected(if_match)
    changed = await in_thread(library.users.update, principal, user_id, change, revision=revision)
    return tagged(changed, changed.revision)


@router.put("/users/{id}/role", response_model=UserView, responses=_CHANGES, dependencies=[NO_QUERY])
async def set_user_role(
    user_id: UserIdPath, change: RoleChange, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Give an account a role, everywhere or in one place, or take it away."""
    revision = expected(if_match)
    changed = await in_thread(library.users.set_role, principal, user_id, change, revision=revision)
    return tagged(changed, changed.revision)


@router.post(
    "/users/{id}/reset-link",
    response_model=ResetLink,
    status_code=201,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def make_reset_link(user_id: UserIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make a one-time link with which the person sets a password; it is shown once and holds for a day."""
    return answer(await in_thread(library.users.reset_link, principal, user_id), status=201)


@router.post(
    "/users/{id}/invitation",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "mail_not_configured", "mail_failed"),
    dependencies=[NO_QUERY],
)
async def invite_user(user_id: UserIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Send the person a mail with a one-time link to set a password; it holds for a week, earlier links for nothing."""
    await in_thread(library.recovery.invite, principal, user_id)
    return Response(status_code=204)
