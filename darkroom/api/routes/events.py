"""What happens, live."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import LibraryDep, PrincipalDep, in_thread
from darkroom.api.middleware import HEAD_KEY
from darkroom.api.params import EventParams
from darkroom.api.schemas import EVENT_RESPONSES, problems
from darkroom.api.sse import event_response, parse_last_event_id
from darkroom.domain.access import Principal
from darkroom.services.library import Library

router = APIRouter(tags=["events"])


@router.get("/events", response_class=Response, responses=EVENT_RESPONSES | problems("invalid_parameter"))
async def follow_events(
    params: Annotated[EventParams, Query()],
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
    last_event_id: Annotated[
        str | None, Header(description="Number of the last event seen; sent by browsers when they reconnect.")
    ] = None,
) -> Response:
    """Follow what happens as server-sent events; nothing stored is missed when the last number seen is given.

    Stored events have an `id` (their number), `event` (their type) and as `data` `{seq, type, at, ids, data}`.
    `batch.progress` and `operation.progress` have no id; their data is the batch or the operation. `resync` means that the number given is from another
    library: load everything again. A comment every 15 seconds keeps the connection open.
    """
    after = parse_last_event_id(last_event_id) if last_event_id is not None else params.last_event_id
    # A refusal is written down, which may wait for the database: not in the event loop.
    await in_thread(library.guard.require, principal, "events:read")
    reader = await library.feed.subscribe(principal, after)
    if request.scope.get(HEAD_KEY):
        reader.leave()
        return Response(media_type="text/event-stream")
    return event_response(reader, library.settings, partial(_holds, library, principal))


async def _holds(library: Library, principal: Principal) -> bool:
    return await in_thread(library.sessions.may_follow, principal, "events:read")
