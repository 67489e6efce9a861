"""The API without a server: requests go to an application in this process, over the same database.

So a command is written once, as calls, and works while Darkroom is down as long as its database is reachable.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import httpx
from anyio.from_thread import start_blocking_portal

from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.runs import INGEST_JOB, WORK_JOB, DagsterLauncher

if TYPE_CHECKING:
    from fastapi import FastAPI

    from darkroom.services.library import Library
    from darkroom.settings import Settings

URL = "http://localhost"


class HereLauncher(DagsterLauncher):
    """Does the operations that a command begins in this process, where no Dagster is that would.

    One that is left in the middle is taken up by a run as soon as a Darkroom runs again.

    Args:
        settings: as for Dagster, which still is asked for everything else.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._library: Library | None = None
        self._doing: list[threading.Thread] = []

    def serve(self, library: Library) -> None:
        """Say whose operations these are."""
        self._library = library

    def launch(
        self, batch_id: str, *, trace_id: str | None = None, job: str = INGEST_JOB, priority: str | None = None
    ) -> str:
        """Begin an operation in a thread; ask Dagster for runs of other jobs."""
        if job != WORK_JOB or self._library is None:
            return super().launch(batch_id, trace_id=trace_id, job=job, priority=priority)
        run_id = f"here-{secrets.token_hex(4)}"
        thread = threading.Thread(
            target=self._library.work.run, args=(SYSTEM, batch_id, run_id), name=batch_id, daemon=True
        )
        self._doing.append(thread)
        thread.start()
        return run_id

    @property
    def busy(self) -> bool:
        """Whether something is not over yet."""
        return any(one.is_alive() for one in self._doing)

    def finish(self) -> None:
        """Wait until all is over."""
        for one in self._doing:
            one.join()


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
