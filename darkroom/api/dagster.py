"""Dagster's own web app behind our sign-in, under `/dagster`.

Dagster knows no people. Whoever comes this way has shown who he is like everywhere else in Darkroom; what its GraphQL
documents would change is looked at before they are passed on, written anew, so that what was looked at is what runs.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.websockets import WebSocket

from darkroom.api.dagster_socket import relay
from darkroom.api.deps import get_backend, identify, in_thread
from darkroom.api.middleware import BODY_LIMIT
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.settings import Settings

PREFIX = "/dagster"
"""Where it lies."""

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_PASSED_ON = (
    "accept", "accept-encoding", "accept-language", "content-type", "if-modified-since", "if-none-match", "if-range",
    "range", "user-agent",
)  # fmt: skip
_HELD_BACK = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "server", "date", "set-cookie", "trailer", "te"}
)
_ROOTS = (
    (re.compile(rb'(\b(?:src|href)=")/(?!/)'), rb"\g<1>/dagster/"),
    (re.compile(rb'(__webpack_public_path__ = ")"'), rb'\g<1>/dagster"'),
    (re.compile(rb'("(?:pathPrefix|assetPrefix)": ?")"'), rb'\g<1>/dagster"'),
)
"""Places in Dagster's pages that say where it lies, which it takes to be the root of a server."""


class _Connections:
    """Connections to Dagster, kept from request to request of one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._http: httpx.AsyncClient | None = None

    def get(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._http is None or self._loop is not loop:
            self._loop = loop
            timeout = httpx.Timeout(60.0, connect=5.0)
            self._http = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
        return self._http


_CONNECTIONS = _Connections()


@router.api_route(PREFIX, methods=["GET", "HEAD"])
@router.api_route(PREFIX + "/{path:path}", methods=_METHODS)
async def dagster_page(request: Request, path: str = "") -> Response:
    """Pass a request on to Dagster, if whoever asks may."""
    try:
        library = await get_backend(request).library()
        principal = await _admitted(request, library)
        checked = _plain(path)
        if "graphql" in checked.lower():
            return await _graphql(request, library, principal, checked)
        if request.method not in ("GET", "HEAD"):
            await in_thread(library.orchestrator.change, principal, f"{request.method} /{checked}")
        return await _pass_on(request, library.settings, checked, query=request.url.query, body=_body(request))
    except Error as error:
        if error.code == "unauthenticated" and _wants_page(request):
            onwards = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?{urlencode({'return_to': onwards})}", status_code=303)
        raise


@router.websocket(PREFIX + "/graphql")
async def dagster_socket(socket: WebSocket) -> None:
    """Pass what goes on in Dagster on to an open page, as long as whoever looks at it may."""
    backend = socket.app.state.backend
    library = await backend.library()
    # The outermost layer has looked at its origin; here it must be there, as for every change with a cookie.
    asked = Request({**socket.scope, "type": "http", "method": "POST"})
    try:
        principal = await _admitted(asked, library)
    except Error:
        await socket.close(1008)
        return
    await relay(socket, library, principal)


async def _admitted(request: Request, library: Library) -> Principal:
    principal = await identify(request, library)
    await in_thread(library.orchestrator.see, principal)
    return principal


def _plain(path: str) -> str:
    """A path that every server on the way reads alike.

    Raises:
        Error: `not_found`.
    """
    parts = path.split("/")
    if any(part in (".", "..") for part in parts) or not path.isprintable() or "\\" in path or "%" in path:
        raise Error("not_found", "There is no such page in Dagster.")
    return path


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


async def _graphql(request: Request, library: Library, principal: Principal, path: str) -> Response:
    """Look at every document of a request, and pass on what was looked at, written anew."""
    if _wants_page(request):
        return await _pass_on(request, library.settings, path)
    if request.method in ("GET", "HEAD"):
        asked: Any = dict(request.query_params)
    elif request.method == "POST":
        asked = await _document(request)
    else:
        raise Error("method_not_allowed", "GraphQL is asked by GET or POST.")
    batch = asked if isinstance(asked, list) else [asked]
    try:
        for one in batch:
            await in_thread(_ask, library, principal, one)
    except Error as error:
        if error.code != "forbidden":
            raise
        # In the words of GraphQL, so that Dagster's pages show them.
        told = {"data": None, "errors": [{"message": error.cause, "extensions": {"code": error.code}}]}
        return JSONResponse(told, status_code=error.status)
    if request.method != "POST":
        kept = {name: asked[name] for name in ("query", "variables", "operationName") if name in asked}
        return await _pass_on(request, library.settings, path, query=urlencode(kept))
    content = json.dumps(asked).encode()
    return await _pass_on(request, library.settings, path, body=content, kind="application/json")


def _ask(library: Library, principal: Principal, asked: Any) -> None:
    if not isinstance(asked, dict):
        raise Error("invalid_parameter", "Give a GraphQL request as a JSON object.", parameter="query")
    variables = asked.get("variables")
    if isinstance(variables, str):
        try:
            variables = json.loads(variables)
        except ValueError:
            raise Error("invalid_parameter", "variables: not JSON.", parameter="variables") from None
    library.orchestrator.ask(principal, asked.get("query"), variables)


async def _document(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/graphql"):
        raise Error("unsupported_media_type", "GraphQL is asked with application/json.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            raise Error("payload_too_large", f"A GraphQL request has {BODY_LIMIT} bytes at most.")
    try:
        text = body.decode()
        return {"query": text} if kind == "application/graphql" else json.loads(text)
    except (ValueError, RecursionError):
        raise Error("bad_request", "The body is not JSON.") from None


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for part in request.stream():
        yield part


async def _pass_on(
    request: Request, settings: Settings, path: str, *, query: str = "",
    body: bytes | AsyncIterator[bytes] | None = None, kind: str | None = None,
) -> Response:  # fmt: skip
    url = f"http://127.0.0.1:{settings.dagster_port}/{quote(path)}" + (f"?{query}" if query else "")
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    if kind is not None:
        headers["content-type"] = kind
    if _wants_page(request):
        # Pages are changed on their way; what they consist of is passed on as it is.
        headers = {name: one for name, one in headers.items() if name not in ("accept-encoding", "range")}
        headers["accept-encoding"] = "identity"
    http = _CONNECTIONS.get()
    content = None if request.method in ("GET", "HEAD") else body
    try:
        asked = http.build_request(request.method, url, headers=headers, content=content)
        found = await http.send(asked, stream=True)
        if found.headers.get("content-type", "").startswith("text/html") and "content-encoding" not in found.headers:
            page = await found.aread()
            await found.aclose()
            return Response(_moved(page), found.status_code, _headers(found, without=("content-length", "etag")))
    except ClientDisconnect:
        return Response(status_code=499)
    except httpx.HTTPError as error:
        raise Error(
            "orchestrator_unavailable", f"Dagster's web app does not answer: {type(error).__name__}."
        ) from error
    return StreamingResponse(
        found.aiter_raw(), found.status_code, _headers(found), background=BackgroundTask(found.aclose)
    )  # fmt: skip


def _headers(found: httpx.Response, *, without: Iterable[str] = ()) -> dict[str, str]:
    kept = {
        name: one for name, one in found.headers.items() if name not in _HELD_BACK and name not in set(without)
    }  # fmt: skip
    if "location" in kept:
        path = found.request.url.join(kept["location"]).raw_path.decode()
        kept["location"] = f"{PREFIX}{path}"
    return kept


def _moved(page: bytes) -> bytes:
    """A page of Dagster that knows it lies under our prefix."""
    for pattern, to in _ROOTS:
        page = pattern.sub(to, page)
    return page
