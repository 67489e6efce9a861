"""What goes on in Dagster, live: its GraphQL subscriptions over a websocket, looked at message by message."""

from __future__ import annotations

import json
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from darkroom import logs
from darkroom.api.deps import in_thread
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.orchestrator import SEE

_LOG = logs.get("darkroom.api")
_PROTOCOL = "graphql-ws"
_LOOK_SECONDS = 1.0
_LARGEST = 64 * 1024 * 1024
_MOST_BYTES = 1024 * 1024
_PLAIN = frozenset({"connection_init", "connection_terminate", "stop"})


async def relay(socket: WebSocket, library: Library, principal: Principal) -> None:
    """Pass messages both ways until either side ends, or who looks may not any more."""
    if _PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.close(1002)
        return
    url = f"ws://127.0.0.1:{library.settings.dagster_port}/graphql"
    try:
        async with connect(
            url, subprotocols=[Subprotocol(_PROTOCOL)], max_size=_LARGEST, proxy=None, open_timeout=10
        ) as upstream:
            await socket.accept(subprotocol=_PROTOCOL)
            async with anyio.create_task_group() as group:
                for work in (_down(socket, upstream), _up(socket, upstream, library, principal)):
                    group.start_soon(_then_end, work, group.cancel_scope)
                group.start_soon(_then_end, _watch(library, principal), group.cancel_scope)
    except (OSError, WebSocketException, TimeoutError) as error:
        _LOG.info("dagster_socket_ended", cause=type(error).__name__)
    await _close(socket)


async def _then_end(work: Any, scope: anyio.CancelScope) -> None:
    try:
        await work
    except (WebSocketDisconnect, WebSocketException):
        pass
    finally:
        scope.cancel()


async def _down(socket: WebSocket, upstream: ClientConnection) -> None:
    async for message in upstream:
        await socket.send_text(message if isinstance(message, str) else message.decode())


async def _up(socket: WebSocket, upstream: ClientConnection, library: Library, principal: Principal) -> None:
    """Pass on what may be asked, written anew; refuse the rest in the words of the protocol."""
    while True:
        text = await socket.receive_text()
        message = _read(text)
        if message is None:
            return
        kind, operation = message.get("type"), message.get("id")
        if kind in _PLAIN:
            plain = {"type": kind} | ({"id": operation} if operation is not None else {})
            await upstream.send(json.dumps(plain))
        elif kind == "start" and isinstance(message.get("payload"), dict):
            payload: dict[str, Any] = message["payload"]
            try:
                variables = payload.get("variables")
                await in_thread(library.orchestrator.ask, principal, payload.get("query"), variables)
            except Error as error:
                told = {"message": error.cause, "extensions": {"code": error.code}}
                await socket.send_json({"type": "error", "id": operation, "payload": told})
                continue
            await upstream.send(json.dumps({"type": kind, "id": operation, "payload": payload}))
        else:
            return


def _read(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if len(text) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _watch(library: Library, principal: Principal) -> None:
    while await in_thread(library.sessions.may_follow, principal, SEE) and await in_thread(
        library.orchestrator.shows, principal
    ):
        await anyio.sleep(_LOOK_SECONDS)


async def _close(socket: WebSocket) -> None:
    try:
        await socket.close(1008)
    except RuntimeError:
        _LOG.debug("dagster_socket_was_closed")
