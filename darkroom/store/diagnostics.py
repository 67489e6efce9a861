"""What a diagnostic bundle tells of the database: how much there is, and what went on lately."""

from __future__ import annotations

from typing import Any

from darkroom.store.database import Database, maps_errors

# Fields are named one by one: texts, file names and addresses of people stay where they are.
_RECORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "batches": ("created_at", (
        "created_at", "started_at", "finished_at", "state", "connector", "attempt", "run_id", "total", "done", "added",
        "duplicates", "failed", "failures_by_code", "trace_id",
    )),
    "events": ("_id", ("type", "at", "principal", "trace_id")),
    "failures": ("last_at", (
        "code", "title", "retryable", "state", "connector", "batch", "run_id", "attempts", "first_at", "last_at",
    )),
    "runs": ("created_at", ("created_at", "job", "state", "batch", "started_at", "finished_at", "trace_id")),
    "training_runs": ("created_at", ("created_at", "state", "attempt", "run_id", "trace_id")),
    "work": ("created_at", (
        "created_at", "kind", "state", "attempt", "run_id", "total", "done", "changed", "failed", "failures_by_code",
        "error_code", "trace_id",
    )),
}  # fmt: skip


@maps_errors
def counts(database: Database) -> dict[str, int]:
    """About how many documents each collection holds."""
    names = sorted(name for name in database.collection_names() if not name.startswith("system."))
    return {name: database.collection(name).estimated_document_count() for name in names}


@maps_errors
def recent(database: Database, trace: str | None, limit: int) -> dict[str, list[dict[str, Any]]]:
    """The newest records of each kind, newest first.

    Args:
        database: where they lie.
        trace: only those of this trace; failures have none and go with the batch that they belong to.
        limit: most of each kind.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (order, fields) in _RECORDS.items():
        chosen: dict[str, Any] = {"trace_id": trace} if trace else {}
        if trace and name == "failures":
            chosen = {"batch": {"$in": [one["_id"] for one in found["batches"]]}}
        rows = database.collection(name).find(chosen, dict.fromkeys(fields, 1)).sort(order, -1).limit(limit)
        found[name] = list(rows)
    return found
