"""The event log: what happened, in the order in which it was committed, without gaps."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from darkroom.domain.access import Principal
from darkroom.domain.event import Event, EventType
from darkroom.store.database import Database, Session


class EventLog:
    """Append-only events with a sequence number from a counter in the same transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(
        self, session: Session, *, type: EventType, principal: Principal | str, ids: Sequence[str] = (),  # noqa: A002
        data: dict[str, Any] | None = None, trace_id: str | None = None,
    ) -> Event:  # fmt: skip
        """Append inside a transaction; more than 1,000 ids become several events, of which the last is returned."""
        raise NotImplementedError

    def since(self, seq: int, *, limit: int = 1000) -> list[Event]:
        """The events after `seq`, in order."""
        raise NotImplementedError

    def last_seq(self) -> int:
        """Number of the newest event, 0 when there is none."""
        raise NotImplementedError

    def watch(self, after: int, stop: threading.Event) -> Iterator[Event]:
        """Every event after `after`, for ever, until `stop` is set; survives restarts of MongoDB."""
        raise NotImplementedError
