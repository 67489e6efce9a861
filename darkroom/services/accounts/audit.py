"""Reading the audit log. Nothing here, or anywhere, changes a line of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Literal

from darkroom.access import require
from darkroom.access.trail import Trail
from darkroom.domain.access import AuditEntry, Principal
from darkroom.services.accounts.audit_views import AuditPage, AuditQuery
from darkroom.store import Stores

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("id", "at", "principal", "name", "kind", "action", "resource", "outcome", "address", "trace_id", "detail")


class AuditService:
    """The audit log.

    Args:
        stores: where it lies.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._trail = Trail(stores)

    def list(
        self, principal: Principal, query: AuditQuery, *, limit: int = 100, cursor: str | None = None
    ) -> AuditPage:
        """Lines, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        require(principal, "audit:read")
        found = self._stores.audit.list(
            query.fields, since=query.since, until=query.until, limit=limit, cursor=cursor
        )  # fmt: skip
        return AuditPage(items=tuple(found.items), next_cursor=found.next_cursor)

    def export(self, principal: Principal, query: AuditQuery, form: Literal["csv", "jsonl"]) -> Iterator[str]:
        """All lines that fit, oldest first, as text for a file; that somebody exported is a line itself."""
        require(principal, "audit:read")
        self._trail.note(principal, "audit.exported", form=form)
        lines = self._stores.audit.every(query.fields, since=query.since, until=query.until)
        return as_csv(lines) if form == "csv" else (line.model_dump_json() + "\n" for line in lines)


def as_csv(lines: Iterable[AuditEntry]) -> Iterator[str]:
    """Lines as CSV with a heading; no cell begins a formula when a spreadsheet opens it."""
    yield _row(_COLUMNS)
    for line in lines:
        values = line.model_dump(mode="json")
        values["detail"] = json.dumps(values["detail"], ensure_ascii=False)
        yield _row(tuple("" if values[name] is None else str(values[name]) for name in _COLUMNS))


def _row(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return buffer.getvalue()
