"""The audit log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from darkroom.api.deps import LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.disposition import disposition
from darkroom.api.params import AuditExportParams, AuditParams
from darkroom.api.schemas import problems
from darkroom.services.accounts.audit_views import AuditPage

router = APIRouter(tags=["audit"])

_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The lines as a file, oldest first.",
        "content": {"text/csv": {"schema": {"type": "string"}}, "application/jsonl": {"schema": {"type": "string"}}},
    }
}


@router.get("/audit", response_model=AuditPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_audit(params: Annotated[AuditParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Who changed what, and who was refused what; newest first."""
    found = await in_thread(library.audit.list, principal, params.query(), limit=params.limit, cursor=params.cursor)
    return answer(found)


@router.get("/audit/export", response_class=Response, responses=_EXPORT | problems("invalid_parameter"))
async def export_audit(
    params: Annotated[AuditExportParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """All lines that fit, as a file of CSV or of JSON lines."""
    lines = await in_thread(library.audit.export, principal, params.query(), params.format)
    kind = "text/csv" if params.format == "csv" else "application/jsonl"
    headers = {"Content-Disposition": disposition(f"audit.{params.format}")}
    return StreamingResponse(lines, media_type=kind, headers=headers)
