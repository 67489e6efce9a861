"""Picture formats of this machine."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, PrincipalDep, answer, in_spare_thread
from darkroom.domain.formats import FormatTable
from darkroom.services.formats import formats

router = APIRouter(tags=["system"])


@router.get("/formats", response_model=FormatTable, dependencies=[NO_QUERY])
async def list_formats(principal: PrincipalDep) -> Response:
    """Formats that are read and written here, with their encoders in order of preference and what each can hold."""
    return answer(await in_spare_thread(formats, principal))
