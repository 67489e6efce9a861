"""The one place where a program waits: long work of every kind, whichever service does it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from darkroom.access import may, require
from darkroom.domain.access import Principal
from darkroom.domain.base import Document
from darkroom.domain.work import WorkState
from darkroom.errors import Error
from darkroom.services.ingest import IngestService
from darkroom.services.recipes.renditions import RenditionService
from darkroom.services.storage.moves import MoveService
from darkroom.services.work.adapters import MOVE_STATES, view_of
from darkroom.services.work.service import WorkService, owner_of
from darkroom.services.work.views import OperationKind, WorkPage, WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.operations import OperationReader

_ELSEWHERE: dict[str, tuple[OperationKind, str]] = {
    "batches": ("ingest", "batches:read"),
    "rendition_orders": ("renditions", "renditions:read"),
    "storage_moves": ("storage", "storage:read"),
}
"""Collection -> kind of operation that its documents are, and the permission to see them."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


class OperationService:
    """Everything that goes on, and was over not long ago.

    Args:
        settings: for links.
        stores: where it is.
        work: long work.
        ingest: batches of files.
        renditions: orders for renditions.
        moves: of pictures between places.
    """

    def __init__(
        self, settings: Settings, stores: Stores, work: WorkService, ingest: IngestService,
        renditions: RenditionService, *, moves: MoveService,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._work = work
        self._ingest = ingest
        self._renditions = renditions
        self._moves = moves
        self._reader = OperationReader(stores.database)

    def list(
        self, principal: Principal, *, states: Sequence[WorkState] = (), kinds: Sequence[str] = (), mine: bool = False,
        limit: int = 50, cursor: str | None = None,
    ) -> WorkPage:  # fmt: skip
        """Operations that one may see, newest first: one's own, and what anybody sees elsewhere.

        Raises:
            Error: `invalid_cursor`.
        """
        require(principal, "operations:read")
        wanted = _wanted(principal, states, kinds, mine=mine)
        page = self._reader.page(wanted, limit=limit, cursor=cursor)
        views = tuple(view_of(one, self._settings) for one in page.items)
        return WorkPage(items=views, next_cursor=page.next_cursor)

    def get(self, principal: Principal, operation_id: str) -> WorkView:
        """One operation.

        Raises:
            Error: `not_found`, also for work of others.
        """
        require(principal, "operations:read")
        return view_of(self._find(principal, operation_id), self._settings)

    def cancel(self, principal: Principal, operation_id: str) -> WorkView:
        """Stop an operation; what is done stays.

        Raises:
            Error: `not_found`, or `conflict` when it is over already or cannot be stopped.
        """
        require(principal, "operations:write")
        kind, _, _ = operation_id.partition("-")
        self._find(principal, operation_id)
        if kind == "b":
            return view_of(self._ingest.cancel(principal, operation_id), self._settings)
        if kind == "r":
            self._renditions.cancel(principal, operation_id)
            return view_of(self._stores.orders.get(operation_id), self._settings)
        if kind == "m":
            return view_of(self._moves.stop(principal, operation_id), self._settings)
        return view_of(self._work.cancel(principal, operation_id), self._settings)

    def undo(self, principal: Principal, operation_id: str, *, undo_id: str | None = None) -> WorkView:
        """Take an operation back; the answer is the operation that does so.

        Raises:
            Error: `not_found`, or `conflict` when it goes on still, cannot be undone, or is undone already.
        """
        require(principal, "operations:write")
        if operation_id.partition("-")[0] in ("b", "r", "m"):
            self._find(principal, operation_id)
            raise Error("conflict", "This kind of operation cannot be undone.", remedy="Remove what it made by hand.")
        return view_of(self._work.undo(principal, operation_id, undo_id=undo_id), self._settings)

    def _find(self, principal: Principal, operation_id: str) -> Document:
        if not _ID.match(operation_id):
            raise Error("not_found", "There is no operation with that id.")
        kind, _, _ = operation_id.partition("-")
        if kind == "b":
            require(principal, "batches:read")
            return self._stores.batches.get(operation_id)
        if kind == "r":
            return self._renditions.find(principal, operation_id)
        if kind == "m":
            require(principal, "storage:read")
            return self._stores.moves.get(operation_id)
        return self._work.get(principal, operation_id)


def _wanted(
    principal: Principal, states: Sequence[WorkState], kinds: Sequence[str], *, mine: bool
) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Collections to read, and what their documents must fit."""
    elsewhere = {kind for kind, _ in _ELSEWHERE.values()}
    wanted: dict[str, list[dict[str, Any]]] = {}
    own = sorted(set(kinds) - elsewhere)
    if own or not kinds:
        wanted["work"] = [{"kind": {"$in": own}}] if own else []
        if mine or not may(principal, "operations:all"):
            wanted["work"].append({"owner": owner_of(principal)})
    for name, (kind, permission) in _ELSEWHERE.items():
        if (not kinds or kind in kinds) and may(principal, permission) and not (mine and name == "storage_moves"):
            wanted[name] = [{"principal": {"$in": sorted({principal.id, owner_of(principal)})}}] if mine else []
    if states:
        for name, conditions in wanted.items():
            conditions.append(_moves_in(states) if name == "storage_moves" else {"state": {"$in": sorted(set(states))}})
    return wanted


def _moves_in(states: Sequence[WorkState]) -> dict[str, Any]:
    """Moves that are, as operations, in one of these states; `adapters.state_of` says the same of one."""
    going_on = [one for one, out in MOVE_STATES.items() if out == "running"]
    broken = {"listed": True, "failed": {"$gt": 0}, "requested_at": None, "state": "running"}
    is_in: dict[str, dict[str, Any]] = {
        "running": {"state": {"$in": going_on}, "stopped_at": None, "$nor": [broken]},
        "failed": {**broken, "stopped_at": None},
        "done": {"state": "done"},
        "cancelled": {"$or": [{"state": "rolled_back"}, {"state": {"$in": going_on}, "stopped_at": {"$ne": None}}]},
    }
    return {"$or": [is_in[one] for one in sorted(set(states)) if one in is_in] or [{"_id": None}]}
