"""The API without a server: requests go to an application in this process, over the same database.

So a command is written once, as calls, and works while Darkroom is down as long as its database is reachable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from anyio.from_thread import start_blocking_portal

from darkroom.errors import Error

if TYPE_CHECKING:
    from fastapi import FastAPI

URL = "http://localhost"


class InProcess(httpx.BaseTransport):
    """Carries requests to an application as one at this machine; answers come whole.

    Args:
        app: the API.
    """

    def __init__(self, app: FastAPI) -> None:
        self._carrier = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 0))
        self._loop = start_blocking_portal()
        self._portal = self._loop.__enter__()

    def close(self) -> None:
        """End the loop that the application runs in."""
        self._loop.__exit__(None, None, None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The application's answer."""
        if "text/event-stream" in request.headers.get("Accept", ""):
            raise Error("not_running", "Only a running Darkroom tells what happens.")
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        answer = await self._carrier.handle_async_request(again)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)
