"""Server-sent events (WHATWG HTML, section 9.2) from the feed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse

from darkroom.domain.event import Event
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.activity_views import BatchView
from darkroom.services.feed import FeedItem, Position, Subscription
from darkroom.services.work.adapters import view_of
from darkroom.settings import Settings

HEARTBEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 2000
_LARGEST = 2**53 - 1


def parse_last_event_id(value: str) -> int | None:
    """The number in a `Last-Event-ID` header; empty means none.

    Raises:
        Error: `invalid_parameter`.
    """
    if not value:
        return None
    if value.isascii() and value.isdigit() and len(value) <= 16 and int(value) <= _LARGEST:
        return int(value)
    raise Error("invalid_parameter", "Last-Event-ID: give the number of an event.", parameter="Last-Event-ID")


def encode(item: FeedItem, settings: Settings) -> str:
    """One item as a server-sent event."""
    if isinstance(item, Event):
        data = item.model_dump_json(include={"seq", "type", "at", "ids", "data"})
        return f"id: {item.seq}\nevent: {item.type}\ndata: {data}\n\n"
    if isinstance(item, Position):
        name = "resync" if item.resync else "hello"
        return f"id: {item.seq}\nevent: {name}\ndata: {json.dumps({'seq': item.seq})}\n\n"
    if isinstance(item.batch, LongWork):
        return f"event: operation.progress\ndata: {view_of(item.batch, settings).model_dump_json()}\n\n"
    return f"event: batch.progress\ndata: {BatchView.of(item.batch, settings).model_dump_json()}\n\n"


async def stream(reader: Subscription, settings: Settings, holds: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    """The endless body of an event stream; ends when the feed closes, or who reads may not any more."""
    try:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        while (items := await reader.next(HEARTBEAT_SECONDS)) is not None:
            if not await holds():
                return
            yield "".join(encode(item, settings) for item in items) or ": still here\n\n"
    finally:
        reader.leave()


def event_response(reader: Subscription, settings: Settings, holds: Callable[[], Awaitable[bool]]) -> StreamingResponse:
    """The answer to a request for events.

    Args:
        reader: what happens.
        settings: for links.
        holds: tells whether who reads still may; asked before anything is sent.
    """
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(reader, settings, holds), headers=headers, media_type="text/event-stream")
