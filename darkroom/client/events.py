"""Following what happens: a stream of server-sent events that is taken up again where it broke off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from pydantic import Field, ValidationError

from darkroom.client.call import API
from darkroom.client.exchange import spread
from darkroom.domain.base import Model
from darkroom.errors import Error

SILENCE_SECONDS = 45.0
"""A comment comes every fifteen seconds: after so long a silence nobody is there any more."""
_LONGEST_WAIT = 20.0


class Happening(Model):
    """Something that happened."""

    type: str
    """What: `images.added`, `batch.progress`, ...; `resync` when everything must be loaded again."""
    seq: int | None = None
    """Its number, to go on from; progress has none."""
    at: datetime | None = None
    """When; progress and `resync` have none."""
    ids: tuple[str, ...] = ()
    """What it happened to."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Facts; with progress the batch."""


class Following:
    """Where a reader is in the stream, and how patient it is.

    Args:
        after: number of the last event seen; None for what happens from now on.
        patience: seconds without a connection after which following fails.
        clock: seconds that never go back.
    """

    def __init__(self, after: int | None, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._after = after
        self._patience = patience
        self._clock = clock
        self._lost_at = clock()
        self._failures = 0
        self._event: dict[str, str] = {}

    @property
    def seq(self) -> int | None:
        """Number of the last event seen, or of the last there was when following began; None before that."""
        return self._after

    def request(self) -> dict[str, Any]:
        """Arguments of `httpx.Client.stream`."""
        headers = {"Accept": "text/event-stream, application/problem+json"}
        if self._after is not None:
            headers["Last-Event-ID"] = str(self._after)
        timeout = httpx.Timeout(SILENCE_SECONDS, connect=10.0)
        return {"method": "GET", "url": f"{API}/events", "headers": headers, "timeout": timeout}

    def lost(self, failure: Error | None) -> float:
        """Seconds to wait before the connection is made again.

        Args:
            failure: why there is none; None where the stream just ended.

        Raises:
            Error: the failure, where waiting will not help or has lasted too long.
        """
        if self._failures == 0:
            self._lost_at = self._clock()
        self._failures += 1
        if failure is not None and (not failure.retryable or self._clock() - self._lost_at > self._patience):
            raise failure
        asked = float(failure.context.get("retry_after", 0.0)) if failure is not None else 0.0
        return max(asked, min(spread(0.5, min(self._failures, 10)), _LONGEST_WAIT))

    def line(self, text: str) -> Happening | None:
        """What a line of the stream completes, if anything."""
        self._failures = 0
        if text:
            name, _, value = text.partition(":")
            self._event[name] = value.removeprefix(" ")
            return None
        event, self._event = self._event, {}
        number = event.get("id", "")
        if number.isdigit():
            self._after = int(number)
        return _happening(event)


def _happening(event: dict[str, str]) -> Happening | None:
    kind = event.get("event")
    if kind is None or kind == "hello" or "data" not in event:
        return None
    data = json.loads(event["data"])
    if kind == "batch.progress":
        return Happening(type=kind, ids=(data["id"],), data=data)
    if kind == "resync":
        return Happening(type=kind, seq=data["seq"])
    try:
        return Happening.model_validate_json(event["data"], extra="ignore")
    except ValidationError as error:
        raise Error("bad_request", f"The stream of events holds what is no event: {event['data'][:100]}.") from error
