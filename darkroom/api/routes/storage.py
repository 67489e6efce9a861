"""Where pictures lie: places, rules, trying and verifying them, moves between them, backups. For administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.once import made_id
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import problems
from darkroom.domain.storage import StorageMove
from darkroom.services.storage_views import (
    ArrangeGiven,
    BackupList,
    MoveEnds,
    MovePage,
    NewMove,
    PlaceGiven,
    PlaceList,
    Probe,
    VerifyGiven,
)
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["storage"])

MoveIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the move.")]
BackupPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the backup.")]
_PLACES = ("storage_denied", "storage_missing", "storage_unavailable")
_BEGINS: dict[str, Any] = {
    "response_model": WorkView,
    "responses": problems("invalid_parameter", "not_found", "conflict"),
    "dependencies": [NO_QUERY],
}
"""Of routes that begin an operation, which a run does."""


@router.get("/storage/places", response_model=PlaceList, responses=problems(*_PLACES), dependencies=[NO_QUERY])
async def list_places(library: LibraryDep, principal: PrincipalDep) -> Response:
    """The places where pictures lie, what each can and held when it was counted last, and the rules that say which blobs belong where; never a secret."""
    return answer(await in_thread(library.storage.overview, principal))


@router.post("/storage/count", status_code=202, **_BEGINS)
async def count_places(request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Count what is in every place, which `GET /storage/places` tells from then on; one that does not answer is told as failed."""
    found = in_thread(library.storage_tasks.count, principal, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.post(
    "/storage/check", response_model=Probe, responses=problems("invalid_parameter", *_PLACES), dependencies=[NO_QUERY]
)
async def check_place(given: PlaceGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Try a place out: write, read, list and remove a small blob, and everything else it says it can."""
    return answer(await in_hard_thread(library.storage.try_out, principal, given.place))


@router.post("/storage/verify", status_code=202, **_BEGINS)
async def verify_storage(
    given: VerifyGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Read blobs through and compare them with their checksums; what is missing or damaged is told as failed."""
    found = in_thread(library.storage_tasks.verify, principal, given, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.post("/storage/arrange", status_code=202, **_BEGINS)
async def arrange_storage(
    given: ArrangeGiven, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Put every original and rendition where the rules say it belongs by now: copied, read back, then removed from where it was."""
    found = in_thread(library.storage_tasks.arrange, principal, given, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.get("/storage/backups", response_model=BackupList, responses=problems("conflict"), dependencies=[NO_QUERY])
async def list_backups(library: LibraryDep, principal: PrincipalDep) -> Response:
    """The whole backups in the place that the settings name, newest first."""
    return answer(await in_thread(library.storage_tasks.backups, principal))


@router.post("/storage/backups", status_code=202, **_BEGINS)
async def begin_backup(request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Back database and pictures up to one consistent point, into the place that the settings name; whoever asks names none."""
    found = in_thread(library.storage_tasks.back_up, principal, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.post("/storage/backups/{id}/verify", status_code=202, **_BEGINS)
async def verify_backup(
    backup_id: BackupPath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Read a backup through and compare it with its checksums; what is missing or damaged is told as failed."""
    found = in_thread(library.storage_tasks.check_backup, principal, backup_id, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.get("/storage/moves", response_model=MovePage, dependencies=[NO_QUERY])
async def list_moves(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Moves of pictures between places, newest first."""
    return answer(await in_thread(library.moves.list, principal))


@router.post(
    "/storage/moves",
    response_model=StorageMove,
    status_code=202,
    responses=problems("invalid_parameter", "conflict", *_PLACES),
    dependencies=[NO_QUERY],
)
async def begin_move(new: NewMove, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Move all pictures to another place while people work, or go on with a move."""
    return _accepted(await in_hard_thread(library.moves.begin, principal, new))


@router.post("/storage/moves/plan", status_code=202, **_BEGINS)
async def plan_move(ends: MoveEnds, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Look what a move would copy, and change nothing: `result` has `copies`, their `bytes`, and `known`, what is there already."""
    found = in_thread(library.storage_tasks.plan, principal, ends, work_id=made_id(request, "o"))
    return operation_answer(await found)


@router.get("/storage/moves/{id}", response_model=StorageMove, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_move(move_id: MoveIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How far a move is."""
    return answer(await in_thread(library.moves.get, principal, move_id))


@router.post(
    "/storage/moves/{id}/stop",
    response_model=StorageMove,
    responses=problems("not_found", "conflict", "orchestrator_unavailable"),
    dependencies=[NO_QUERY],
)
async def stop_move(move_id: MoveIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Stop copying; what is moved stays moved, reading looks in both places, and beginning it again goes on."""
    return answer(await in_thread(library.moves.stop, principal, move_id))


@router.post(
    "/storage/moves/{id}/rollback",
    response_model=StorageMove,
    status_code=202,
    responses=problems("not_found", "conflict", *_PLACES),
    dependencies=[NO_QUERY],
)
async def roll_back_move(move_id: MoveIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take a move back: the old place is written to again, and what came in since is brought back."""
    return _accepted(await in_hard_thread(library.moves.roll_back, principal, move_id))


def _accepted(move: StorageMove) -> Response:
    address = f"/api/v1/operations/{move.id}"
    headers = {"Location": f"/api/v1/storage/moves/{move.id}", "Operation-Location": address, "Retry-After": "2"}
    return answer(move, status=202, headers=headers)
