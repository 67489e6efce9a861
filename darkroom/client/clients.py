"""The two clients: the same calls, with and without `await`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol, Self, TypeVar

import httpx

from darkroom.client.call import Call
from darkroom.client.exchange import Attempt, base_of, failure_of, headers_of, unreachable

T = TypeVar("T")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


class Page(Protocol[Item_co]):
    """A piece of a list."""

    @property
    def items(self) -> tuple[Item_co, ...]:
        """What it holds."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next one begins; None after the last."""


class Client:
    """A Darkroom over REST.

    Args:
        url: as `darkroom up` prints it.
        token: an API token (`dr_...`); without one, this machine's owner as long as there is no account.
        timeout: seconds that a connection may stand still.
        transport: what carries requests, where it is not the network.
    """

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float = 60.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = base_of(url, token)
        self._http = httpx.Client(base_url=self._url, headers=headers_of(token), timeout=timeout, transport=transport)
        self._sleep: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Do a call, again after a failure that passes where that is safe.

        Raises:
            Error: what the server told; `server_unreachable` where it did not answer.
        """
        attempt = Attempt(call)
        while True:
            with ExitStack() as files:
                try:
                    answer = self._http.request(**attempt.request(files))
                    failure = failure_of(answer)
                except httpx.TransportError as error:
                    failure = unreachable(self._url, error)
            if failure is None:
                return call.read(answer.content)
            self._sleep(attempt.pause(failure))

    def items(self, call: Call[Page[Item]]) -> Iterator[Item]:
        """Everything that a call lists, page after page as it is needed."""
        following: Call[Page[Item]] | None = call
        while following is not None:
            page = self.send(following)
            yield from page.items
            following = _after(following, page)


class AsyncClient:
    """A Darkroom over REST, for programs that `await`; arguments as `Client`."""

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._url = base_of(url, token)
        self._http = httpx.AsyncClient(
            base_url=self._url, headers=headers_of(token), timeout=timeout, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Do a call, as `Client.send` does.

        Raises:
            Error: what the server told; `server_unreachable` where it did not answer.
        """
        attempt = Attempt(call)
        while True:
            with ExitStack() as files:
                try:
                    answer = await self._http.request(**attempt.request(files))
                    failure = failure_of(answer)
                except httpx.TransportError as error:
                    failure = unreachable(self._url, error)
            if failure is None:
                return call.read(answer.content)
            await asyncio.sleep(attempt.pause(failure))

    async def items(self, call: Call[Page[Item]]) -> AsyncIterator[Item]:
        """Everything that a call lists, page after page as it is needed."""
        following: Call[Page[Item]] | None = call
        while following is not None:
            page = await self.send(following)
            for one in page.items:
                yield one
            following = _after(following, page)


def _after(call: Call[Page[Any]], page: Page[Any]) -> Call[Page[Any]] | None:
    if page.next_cursor is None:
        return None
    return replace(call, query={**call.query, "cursor": page.next_cursor})
