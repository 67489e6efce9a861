"""Questions to a service on loopback: does it listen, does it answer, is it well. None of them raises."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from darkroom.supervisor.ports import LOOPBACK

Probe = Callable[[], Awaitable[bool]]
"""Says whether a service is well; bounded in time."""

_MOST = 2_000_000
_OK = 200


async def listens(port: int, *, seconds: float = 2.0) -> bool:
    """Whether something accepts connections on that port."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def request(port: int, path: str, *, body: Any = None, seconds: float = 5.0) -> tuple[int, bytes] | None:
    """Status and body of an HTTP answer, or None without one.

    Args:
        port: on loopback.
        path: with its query.
        body: sent as JSON with POST; GET without it.
        seconds: time for all of it.
    """
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.0\r\nHost: localhost:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(head.encode() + content)
            answer = b""
            while len(answer) < _MOST and (block := await reader.read(65536)):
                answer += block
        start, _, rest = answer.partition(b"\r\n\r\n")
        return int(start.split(maxsplit=2)[1]), rest
    except (OSError, TimeoutError, ValueError, IndexError):
        return None
    finally:
        if writer is not None:
            writer.close()


async def answers(port: int, path: str) -> bool:
    """Whether GET answers with 200."""
    answer = await request(port, path)
    return answer is not None and answer[0] == _OK


async def ask_dagster(port: int, query: str) -> dict[str, Any] | None:
    """The data of a GraphQL answer of Dagster's web server, or None without one."""
    answer = await request(port, "/graphql", body={"query": query})
    if answer is None or answer[0] != _OK:
        return None
    try:
        data = json.loads(answer[1]).get("data")
    except (ValueError, AttributeError):
        return None
    return data if isinstance(data, dict) else None


async def set_pools(port: int, limits: Mapping[str, int]) -> bool:
    """Tell Dagster how many runs may be in each pool at a time; whether it took all of that."""
    asked = " ".join(
        f"{name}: setConcurrencyLimit(concurrencyKey: {json.dumps(name)}, limit: {most})"
        for name, most in limits.items()
    )
    data = await ask_dagster(port, f"mutation {{ {asked} }}")
    return data is not None and all(data.get(name) is True for name in limits)


_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
  locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
_DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { daemonType required lastHeartbeatTime } } } }"


async def code_problem(port: int) -> str | None:
    """Why Dagster could not load the definitions, an empty word when it has, None while it is not known."""
    data = await ask_dagster(port, _LOCATIONS)
    entries = ((data or {}).get("workspaceOrError") or {}).get("locationEntries") or []
    if not entries or any(entry["loadStatus"] != "LOADED" for entry in entries):
        return None
    for entry in entries:
        problem = entry["locationOrLoadError"] or {}
        if problem.get("__typename") == "PythonError":
            lines = str(problem.get("message") or "unknown").strip().splitlines()
            return lines[0][:300]
    return ""


async def daemon_ticks(port: int, since: float) -> bool:
    """Whether every part of Dagster's daemon that is required gave a sign of life after `since` (seconds since 1970)."""
    data = await ask_dagster(port, _DAEMONS)
    statuses = (((data or {}).get("instance") or {}).get("daemonHealth") or {}).get("allDaemonStatuses") or []
    required = [status for status in statuses if status["required"]]
    return bool(required) and all((status["lastHeartbeatTime"] or 0) >= since for status in required)
