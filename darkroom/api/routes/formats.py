"""Picture formats of this machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, PrincipalDep, answer, in_spare_thread
from darkroom.api.params import CameraParams
from darkroom.api.schemas import problems
from darkroom.domain.cameras import CameraTable
from darkroom.domain.formats import FormatTable
from darkroom.services.formats import cameras, formats

router = APIRouter(tags=["system"])


@router.get("/formats", response_model=FormatTable, dependencies=[NO_QUERY])
async def list_formats(principal: PrincipalDep) -> Response:
    """Formats that are read and written here, with their encoders in order of preference and what each can hold."""
    return answer(await in_spare_thread(formats, principal))


@router.get("/formats/cameras", response_model=CameraTable, responses=problems("invalid_parameter"))
async def list_cameras(params: Annotated[CameraParams, Query()], principal: PrincipalDep) -> Response:
    """Cameras whose RAW files are read here, as the installed LibRaw lists them; `name` asks for one."""
    return answer(await in_spare_thread(cameras, principal, params.name))
