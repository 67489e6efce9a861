"""Waiting for an operation: with and without `await`, no longer than it takes and no more often than is polite."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest

from darkroom.client import AsyncClient, Client
from darkroom.client.waiting import Pauses
from darkroom.services.work.views import WorkView

URL = "http://127.0.0.1:8000"


def operation(state: str, done: int, left: float | None = None) -> WorkView:
    """Something that goes on."""
    return WorkView(
        id="o-1", kind="edit", title="Change rating", state=state, principal="local", rate=None, seconds_left=left,
        created_at=datetime(2026, 11, 27, tzinfo=UTC), started_at=None, finished_at=None, attempt=1, total=9, done=done,
        changed=done, failed=0, run_id=None, dagster_run_url=None, can_cancel=True, can_undo=False, links={},
    )  # fmt: skip


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_waiting_ends_with_the_operation_and_tells_how_far_it_is(colour, monkeypatch):
    answers = [operation("queued", 0), operation("running", 5), operation("failed", 7)]
    asked, slept, told = [], [], []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=answers[len(asked) - 1].model_dump_json())

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    transport = httpx.MockTransport(serve)
    if colour == "sync":
        with Client(URL, transport=transport) as client:
            ended = client.wait("o-1", on_progress=lambda one: told.append(one.done))
    else:

        async def work() -> WorkView:
            async with AsyncClient(URL, transport=transport) as client:
                return await client.wait(operation("queued", 0), on_progress=lambda one: told.append(one.done))

        ended = asyncio.run(work())
    assert (ended.state, told, asked) == ("failed", [0, 5, 7], ["/api/v1/operations/o-1"] * 3)
    assert slept == pytest.approx([0.2, 0.3])


def test_looks_become_rarer_but_none_comes_long_after_the_end():
    pauses = Pauses()
    longer = [pauses.next(operation("running", 1)) for _ in range(20)]
    assert longer == sorted(longer)
    assert (longer[0], longer[-1]) == (pytest.approx(0.2), 5.0)
    assert pauses.next(operation("running", 1, left=4.0)) == 1.0
    assert pauses.next(operation("running", 1, left=0.1)) == 0.2
