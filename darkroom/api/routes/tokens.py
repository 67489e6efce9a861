"""API tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import TokenParams
from darkroom.api.schemas import problems
from darkroom.services.accounts.requests import NewToken
from darkroom.services.accounts.views import CreatedToken, TokenList, TokenView

router = APIRouter(tags=["tokens"])

TokenIdPath = Annotated[str, Path(alias="id", description="Id of the token.", max_length=80)]


@router.get("/tokens", response_model=TokenList, responses=problems("invalid_parameter"))
async def list_tokens(
    params: Annotated[TokenParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """One's own API tokens, or everybody's; never the tokens themselves."""
    return answer(await in_thread(library.tokens.list, principal, everybody=params.everybody))


@router.post(
    "/tokens",
    response_model=CreatedToken,
    status_code=201,
    responses=problems("invalid_parameter", "not_found"),
    dependencies=[NO_QUERY],
)
async def create_token(new: NewToken, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make an API token; it is shown in this answer and never again."""
    return answer(await in_thread(library.tokens.create, principal, new), status=201)


@router.delete("/tokens/{id}", response_model=TokenView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def revoke_token(token_id: TokenIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Make a token worthless at once."""
    return answer(await in_thread(library.tokens.revoke, principal, token_id))
