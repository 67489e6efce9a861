"""What goes into the audit log."""

from __future__ import annotations

from typing import Any, Literal

from darkroom import logs
from darkroom.domain.access import AuditEntry, Principal
from darkroom.domain.base import new_id, now
from darkroom.store import Stores
from darkroom.store.database import Session

_LOG = logs.get("darkroom.audit")


class Trail:
    """Writes lines of the audit log.

    Args:
        stores: where it lies.
    """

    def __init__(self, stores: Stores) -> None:
        self._audit = stores.audit

    def note(
        self, principal: Principal, action: str, resource: str | None = None, *,
        outcome: Literal["done", "denied", "failed"] = "done", session: Session | None = None, **detail: Any,
    ) -> None:  # fmt: skip
        """Add a line.

        Args:
            principal: who did it, or was not let.
            action: a permission refused, or a change such as `user.created`.
            resource: what it was about.
            outcome: what became of it.
            session: of the transaction that the change is made in.
            detail: facts; never secrets.
        """
        entry = AuditEntry(
            id=new_id("a"), at=now(), principal=principal.id, name=principal.name, kind=principal.kind, action=action,
            resource=resource, outcome=outcome, address=principal.address, trace_id=logs.trace_id(),
            detail={key: value for key, value in detail.items() if value is not None},
        )  # fmt: skip
        self._audit.append(entry, session=session)
        _LOG.info("audit", action=action, outcome=outcome, principal=principal.id, resource=resource)
