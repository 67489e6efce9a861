"""Signing in with an account at another provider."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, answer
from darkroom.services.accounts.federation import ProviderList

router = APIRouter(tags=["auth"])


@router.get("/auth/providers", response_model=ProviderList, dependencies=[NO_QUERY])
async def list_sign_in_providers(library: LibraryDep) -> Response:
    """The providers with whose accounts people may sign in; none when only passwords are asked for."""
    return answer(library.federation.list())
