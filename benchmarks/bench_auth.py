"""What it costs to know who asks and whether he may: a request with it beside the same request without.

    python -m benchmarks.bench_auth [--requests N]

The same route of the same application in this process, asked in turns: without any check (the principal is given), and with
each kind of credential, each followed by the permission check. Then the parts alone, when nothing is remembered.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from starlette.requests import Request

from benchmarks.bench_gallery import library
from benchmarks.report import milliseconds, percentile, save, table
from darkroom import logs
from darkroom.access import require
from darkroom.access.policy import Policy
from darkroom.api import deps
from darkroom.api.app import create_app
from darkroom.domain.access import LOCAL_OWNER, SYSTEM, Principal
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.accounts.sessions import Tokens
from darkroom.services.library import Library

PATH = "/api/v1/roles"
ROUNDS = 20


async def in_turns(asks: dict[str, Callable[[], Awaitable[httpx.Response]]], requests: int) -> dict[str, list[float]]:
    """Milliseconds of every request; each kind gets its share of every round, so that noise meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in asks}
    for name, ask in asks.items():
        answer = await ask()
        assert answer.status_code == 200, (name, answer.text)
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            for _ in range(requests // ROUNDS):
                begun = time.perf_counter()
                await ask()
                times[name].append((time.perf_counter() - begun) * 1e3)
    return times


def requests_of(opened: Library, count: int) -> dict[str, list[float]]:
    """Ask with every credential there is."""
    user = opened.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator"))
    opened.users.create(LOCAL_OWNER, NewUser(email="eve@example.org", role="viewer"))
    account = opened.stores.users.get(user.id)
    token = opened.tokens.create(LOCAL_OWNER, NewToken(name="bench", scopes=("*",), user=user.id)).token
    _, tokens = opened.sessions.begin(account, "program", address=None, agent=None, how="bench")
    _, cookie = opened.sessions.begin(account, "browser", address=None, agent=None, how="bench")
    assert isinstance(tokens, Tokens)
    guarded = create_app(library=opened)
    identify = deps.identify

    async def given(_request: Request, _library: Library) -> Principal:
        return SYSTEM

    async def work() -> dict[str, list[float]]:
        def client(**headers: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app=guarded, client=("127.0.0.1", 1))
            return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers)

        async def without() -> httpx.Response:
            # An override of the framework's would cost more than what it replaces.
            deps.identify = given
            try:
                return await plain.get(PATH)
            finally:
                deps.identify = identify

        plain = client()
        clients = {
            "API token": client(authorization=f"Bearer {token}"),
            "access token": client(authorization=f"Bearer {tokens.access_token}"),
            "cookie": client(cookie=f"darkroom-{opened.settings.web_port}={cookie}"),
        }
        asks: dict[str, Callable[[], Awaitable[httpx.Response]]] = {"without": without}
        asks |= {name: lambda one=one: one.get(PATH) for name, one in clients.items()}
        return await in_turns(asks, count)

    return asyncio.run(work())


def parts_of(opened: Library) -> dict[str, list[float]]:
    """What is done when nothing is remembered."""
    token = opened.tokens.create(LOCAL_OWNER, NewToken(name="parts", scopes=("*",))).token
    access = opened.keys.sign("u-1", "s-1")
    principal = opened.sessions.of_bearer(token)
    users = opened.stores.users.all()

    def decide_anew() -> None:
        Policy(users, []).decide(users[0].id, "images:write")

    return {
        "signature of an access token": milliseconds(lambda: opened.keys.verify(access), 300),
        "API token looked up in MongoDB": milliseconds(lambda: opened.sessions.of_bearer(token), 300),
        "policy read and decided by casbin": milliseconds(decide_anew, 100),
        "permission decided before": milliseconds(lambda: require(principal, "images:write"), 3000),
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000, help="requests of each kind")
    count = parser.parse_args().requests
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, library(Path(folder)) as stores:
        opened = Library(stores.settings, stores)
        times = requests_of(opened, count)
        parts = parts_of(opened)
        opened.guard.close()
    base = percentile(times["without"], 0.5)
    rows = [
        (name, percentile(one, 0.5) * 1e3, percentile(one, 0.95) * 1e3, (percentile(one, 0.5) - base) * 1e3)
        for name, one in times.items()
    ]
    table(f"GET {PATH}, microseconds", ("with", "p50", "p95", "more than without"), rows)
    lines = [(name, percentile(one, 0.5) * 1e3, percentile(one, 0.95) * 1e3) for name, one in parts.items()]
    table("Parts when nothing is remembered, microseconds", ("part", "p50", "p95"), lines)
    save("auth", {"requests": times, "parts": parts})


if __name__ == "__main__":
    main()
