"""What is asked of the audit log, and what is shown of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from darkroom.domain.access import AuditEntry
from darkroom.domain.base import Model


class AuditQuery(Model):
    """Which lines of the audit log."""

    principal: str | None = None
    """Id of who did it."""
    action: str | None = None
    """What: `user.created`, `images:write`, ..."""
    outcome: Literal["done", "denied", "failed"] | None = None
    """What became of it."""
    resource: str | None = None
    """What it was about."""
    since: datetime | None = None
    """At or after this moment."""
    until: datetime | None = None
    """Before or at this moment."""

    @property
    def fields(self) -> dict[str, str | None]:
        """Fields that must have a value."""
        return {
            "principal": self.principal, "action": self.action, "outcome": self.outcome, "resource": self.resource
        }  # fmt: skip


class AuditPage(Model):
    """Lines of the audit log, newest first."""

    items: tuple[AuditEntry, ...]
    """The lines."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""
