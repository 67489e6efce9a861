"""Everything that goes on for a while, shown alike: long work, batches of files, orders of renditions, moves of blobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from darkroom.domain.base import Document, now
from darkroom.domain.ingest import Batch
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.storage import MoveState, StorageMove
from darkroom.domain.work import OVER, LongWork, WorkState
from darkroom.errors import ERROR_CODES
from darkroom.services.exports.keeping import is_kept
from darkroom.services.imports.keeping import is_told
from darkroom.services.runs import run_url
from darkroom.services.work.service import AT_ONCE_RUN
from darkroom.services.work.views import WorkError, WorkView
from darkroom.settings import Settings

API = "/api/v1"

MOVE_STATES: dict[MoveState, WorkState] = {
    "running": "running",
    "done": "done",
    "rolling_back": "running",
    "rolled_back": "cancelled",
}
"""State of a move -> state of the operation."""


def view_of(found: Document, settings: Settings) -> WorkView:
    """The operation that a document is."""
    return _VIEWS[type(found)](found, settings)


def _of_work(work: LongWork, settings: Settings) -> WorkView:
    here = f"{API}/operations/{work.id}"
    over = work.state in OVER
    can_undo = over and work.undoable and work.changed > 0 and work.undone_by is None and work.expires_at > now()
    links = {"self": here}
    links |= {} if over else {"cancel": f"{here}/cancel"}
    links |= {"undo": f"{here}/undo"} if can_undo else {}
    links |= _made(work)
    error = None
    if work.error_code is not None:
        remedy = ERROR_CODES[work.error_code].remedy if work.error_code in ERROR_CODES else ""
        error = WorkError(code=work.error_code, cause=work.error_cause or "", remedy=remedy)
    run_id = None if work.run_id is None or work.run_id.startswith(AT_ONCE_RUN) else work.run_id
    return WorkView(
        **_common(work, run_id, settings), kind=work.kind, title=work.title, state=work.state,
        principal=work.principal, created_at=work.created_at, total=work.total, changed=work.changed,
        failures=work.failures, failures_by_code=work.failures_by_code, result=work.result, error=error, rate=work.rate,
        seconds_left=work.seconds_left, can_cancel=not over, can_undo=can_undo,
        undoable_until=work.expires_at if work.undoable else None, undoes=work.undoes, undone_by=work.undone_by,
        links=links,
    )  # fmt: skip


def _made(work: LongWork) -> dict[str, str]:
    """Where that is which came of it."""
    if work.kind == "export" and is_kept(work):
        return {"file": f"{API}/exports/{work.id}/file"}
    told = {"report": f"{API}/imports/{work.id}"} if work.kind == "import" and is_told(work) else {}
    if work.kind not in ("commit", "annotate", "expand", "import") or "version" not in work.result:
        return told
    return told | {"dataset": f"{API}/datasets/{json.loads(work.params)['name']}@{work.result['version']}"}


def _of_batch(batch: Batch, settings: Settings) -> WorkView:
    return WorkView(
        **_common(batch, batch.run_id, settings), kind="ingest", title=f"Take in files ({batch.connector})",
        state=batch.state, principal=batch.principal, created_at=batch.created_at, total=batch.total,
        changed=batch.added, failures_by_code=batch.failures_by_code, result={"duplicates": batch.duplicates},
        rate=batch.rate, seconds_left=batch.seconds_left, can_cancel=batch.state not in OVER, can_undo=False,
        links=_links(batch, "batches"),
    )  # fmt: skip


def _of_order(order: RenditionOrder, settings: Settings) -> WorkView:
    return WorkView(
        **_common(order, order.run_id, settings), kind="renditions", title=f"Run the recipe {order.recipe_name}",
        state=order.state, principal=order.principal, created_at=order.created_at, total=order.total,
        changed=order.made, failures_by_code=order.failures_by_code,
        result={"reused": order.reused, "bytes": order.made_bytes}, rate=order.rate, seconds_left=order.seconds_left,
        can_cancel=order.state not in OVER, can_undo=False, links=_links(order, "renditions"),
    )  # fmt: skip


def _of_move(move: StorageMove, settings: Settings) -> WorkView:
    total = max(move.total, move.done)
    seconds = (move.updated_at - move.started_at).total_seconds()
    rate = move.done / seconds if move.done and seconds > 0 else None
    state = state_of(move)
    over = state in OVER
    here = f"{API}/operations/{move.id}"
    cancel = {} if over else {"cancel": f"{here}/cancel"}
    left = 0.0 if over else (total - move.done) / rate if rate else None
    return WorkView(
        id=move.id, kind="storage", title=f"Move pictures from {move.source} to {move.target}",
        state=state, principal=None, created_at=move.started_at, started_at=move.started_at,
        finished_at=move.finished_at, attempt=1, total=total, done=move.done, changed=move.copied, failed=move.failed,
        result={"bytes": move.copied_bytes, "known": move.known}, rate=rate, seconds_left=left, run_id=None,
        dagster_run_url=None, can_cancel=not over, can_undo=False,
        links={"self": here, "move": f"{API}/storage/moves/{move.id}", **cancel},
    )  # fmt: skip


def state_of(move: StorageMove) -> WorkState:
    """State of a move as an operation."""
    state = MOVE_STATES[move.state]
    if state == "running" and move.stopped_at is not None:
        return "cancelled"
    if move.state == "running" and move.listed and move.failed and move.requested_at is None:
        return "failed"
    return state


def _common(one: LongWork | Batch | RenditionOrder, run_id: str | None, settings: Settings) -> dict[str, Any]:
    return {
        "id": one.id, "started_at": one.started_at, "finished_at": one.finished_at, "attempt": one.attempt,
        "done": one.done, "failed": one.failed, "run_id": run_id,
        "dagster_run_url": run_url(settings, run_id) if run_id else None,
    }  # fmt: skip


def _links(one: Batch | RenditionOrder, noun: str) -> dict[str, str]:
    here = f"{API}/operations/{one.id}"
    cancel = {} if one.state in OVER else {"cancel": f"{here}/cancel"}
    return {"self": here, noun: f"{API}/{noun}/{one.id}", "failures": f"{API}/failures?batch={one.id}", **cancel}


_VIEWS: dict[type[Document], Callable[[Any, Settings], WorkView]] = {
    LongWork: _of_work,
    Batch: _of_batch,
    RenditionOrder: _of_order,
    StorageMove: _of_move,
}
