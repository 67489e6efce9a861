"""Where pictures lie: places, rules, trying and verifying them, moves between them. For administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.params import PlaceParams
from darkroom.api.schemas import problems
from darkroom.domain.storage import MovePlan, StorageMove, VerifyReport
from darkroom.services.storage_views import MovePage, NewMove, PlaceGiven, PlaceList, Probe, VerifyGiven

router = APIRouter(tags=["storage"])

MoveIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the move.")]
_PLACES = ("storage_denied", "storage_missing", "storage_unavailable")


@router.get("/storage/places", response_model=PlaceList, responses=problems("invalid_parameter", *_PLACES))
async def list_places(
    params: Annotated[PlaceParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """The places where pictures lie, what each can, and the rules that say which blobs belong where; never a secret."""
    return answer(await in_hard_thread(library.storage.overview, principal, count=params.count))


@router.post(
    "/storage/check", response_model=Probe, responses=problems("invalid_parameter", *_PLACES), dependencies=[NO_QUERY]
)
async def check_place(given: PlaceGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Try a place out: write, read, list and remove a small blob, and everything else it says it can."""
    return answer(await in_hard_thread(library.storage.try_out, principal, given.place))


@router.post(
    "/storage/verify",
    response_model=VerifyReport,
    responses=problems("invalid_parameter", *_PLACES),
    dependencies=[NO_QUERY],
)
async def verify_storage(given: VerifyGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Read blobs through and compare them with their checksums."""
    return answer(await in_hard_thread(library.storage.verify_named, principal, given.place, most=given.most))


@router.get("/storage/moves", response_model=MovePage, dependencies=[NO_QUERY])
async def list_moves(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Moves of pictures between places, newest first."""
    return answer(await in_thread(library.moves.list, principal))


@router.post(
    "/storage/moves",
    response_model=StorageMove,
    status_code=202,
    responses=problems("invalid_parameter", "conflict", *_PLACES)
    | {200: {"model": MovePlan, "description": "With `dry_run`: what would be copied."}},
    dependencies=[NO_QUERY],
)
async def begin_move(new: NewMove, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Move all pictures to another place while people work, or go on with a move; with `dry_run` only tell what would be copied."""
    if new.dry_run:
        return answer(await in_hard_thread(library.moves.plan, principal, new))
    return _accepted(await in_hard_thread(library.moves.begin, principal, new))


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
