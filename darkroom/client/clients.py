"""The two clients: the same calls, with and without `await`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import httpx

from darkroom.client import work
from darkroom.client.call import Call
from darkroom.client.download import Download
from darkroom.client.events import Following, Happening
from darkroom.client.exchange import Answer, Attempt, StaleError, answer_of, failure_of, unreachable
from darkroom.client.identity import settled
from darkroom.client.sending import Progress, Sent, driven, driven_async, steps
from darkroom.client.waiting import Pauses
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.services.work.views import WorkView

T = TypeVar("T")
U = TypeVar("U")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
_AGENT = {"User-Agent": "darkroom-client"}


class Page(Protocol[Item_co]):
    """A piece of a list."""

    @property
    def items(self) -> tuple[Item_co, ...]:
        """What it holds."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next one begins; None after the last."""


PageOf = TypeVar("PageOf", bound=Page[Any])


class Client:
    """A Darkroom over REST.

    Args:
        url: as `darkroom up` prints it; without one DARKROOM_URL, else the one signed in to last, else this machine's.
        token: an API token (`dr_...`); without one DARKROOM_TOKEN, else what `darkroom login` keeps for that address, else
            this machine's owner as long as there is no account.
        timeout: seconds that a connection may stand still.
        transport: what carries requests, where it is not the network.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.url, auth = settled(url, token)
        self._http = httpx.Client(
            base_url=self.url, headers=_AGENT, auth=auth, timeout=timeout, transport=transport
        )  # fmt: skip
        self._elsewhere = httpx.Client(timeout=timeout, transport=transport)
        self._sleep: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()
        self._elsewhere.close()

    def send(self, call: Call[T]) -> T:
        """Do a call, again after a failure that passes where that is safe.

        Raises:
            Error: what the server told; `server_unreachable` where it did not answer.
        """
        return self.fetch(call).value

    def fetch(self, call: Call[T]) -> Answer[T]:
        """Do a call as `send` does, and tell the tag of what came too."""
        attempt = Attempt(call)
        http = self._elsewhere if call.is_elsewhere else self._http
        while True:
            with ExitStack() as files:
                try:
                    answer = http.request(**attempt.request(files))
                    failure = failure_of(answer, is_elsewhere=call.is_elsewhere)
                except httpx.TransportError as error:
                    failure = unreachable("The bucket" if call.is_elsewhere else self.url, error)
            if failure is None:
                return answer_of(call, answer)
            self._sleep(attempt.pause(failure))

    def change(self, read: Call[T], make: Callable[[Answer[T]], Call[U]], *, attempts: int = 5) -> U:
        """Change what a call reads; whenever somebody was faster, again from what is there then.

        Args:
            read: what the change is based on.
            make: the change, with the answer's `match` as its `if_match`.
            attempts: how often at most.

        Raises:
            StaleError: when somebody was faster every time.
        """
        for _ in range(attempts - 1):
            try:
                return self.send(make(self.fetch(read)))
            except StaleError:
                continue
        return self.send(make(self.fetch(read)))

    def pages(self, call: Call[PageOf]) -> Iterator[PageOf]:
        """The pages of a list, as they are needed."""
        following: Call[PageOf] | None = call
        while following is not None:
            page = self.send(following)
            yield page
            following = _after(following, page)

    def items(self, call: Call[Page[Item]]) -> Iterator[Item]:
        """Everything that a call lists, page after page as it is needed."""
        for page in self.pages(call):
            yield from page.items

    def download(self, call: Call[bytes], target: Path) -> Path:
        """Bring a file to disk, never all of it in memory; a connection that breaks is taken up where it broke.

        Args:
            call: gives the bytes.
            target: file to make, or folder to put it into under the name that the server gives.

        Raises:
            Error: `blob_damaged` where the bytes are not those asked for, and as `send`; nothing is left behind then.
        """
        attempt, download = Attempt(call), Download(call, target)
        try:
            while True:
                attempt.count()
                failure = self._piece(download)
                if failure is None:
                    return download.finish()
                self._sleep(attempt.pause(failure))
        finally:
            download.close()

    def _piece(self, download: Download) -> Error | None:
        try:
            with self._http.stream(**download.request()) as answer:
                if not answer.is_success:
                    answer.read()
                    return failure_of(answer)
                download.begin(answer)
                for piece in answer.iter_bytes():
                    download.write(piece)
        except httpx.TransportError as error:
            return unreachable(self.url, error)
        return None

    def wait(self, operation: WorkView | str, *, on_progress: Callable[[WorkView], None] | None = None) -> WorkView:
        """Wait until an operation is over, and tell how it ended: look at `state`, `failed` and `error`.

        Args:
            operation: what a call answered with, or its id; of whatever kind.
            on_progress: told how far it is, now and then.

        Raises:
            Error: `not_found`, and as `send`.
        """
        pauses = Pauses()
        while True:
            found = self.send(work.get_work(operation if isinstance(operation, str) else operation.id))
            if on_progress is not None:
                on_progress(found)
            if found.is_over:
                return found
            self._sleep(pauses.next(found))

    def events(self, after: int | None = None, *, patience: float = 60.0) -> Iterator[Happening]:
        """Follow what happens, without end; a connection that breaks is made again, and nothing stored is missed.

        Args:
            after: number of the last event seen; None for what happens from now on.
            patience: seconds without a connection after which this gives up.

        Raises:
            Error: why there is no connection.
        """
        for one in self._follow(Following(after, patience)):
            if one is not None:
                yield one

    def position(self) -> int:
        """Number of the last event that is stored, to follow from."""
        following = Following(None, patience=10.0)
        return next(following.seq for _ in self._follow(following) if following.seq is not None)

    def _follow(self, following: Following) -> Iterator[Happening | None]:
        """What each line of the stream completes."""
        while True:
            failure: Error | None = None
            try:
                with self._http.stream(**following.request()) as answer:
                    if answer.is_success:
                        for line in answer.iter_lines():
                            yield following.line(line)
                    else:
                        answer.read()
                        failure = failure_of(answer)
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
            self._sleep(following.lost(failure))

    def upload(self, paths: Sequence[Path], *, tags: Sequence[str] = (), on_progress: Progress | None = None) -> Sent:
        """Send files of any size and number; called again after whatever broke, it goes on where it was.

        Args:
            paths: the files.
            tags: for all of them.
            on_progress: told the bytes dealt with, and those of all files.

        Raises:
            Error: `source_missing` or `source_unreadable` for a file that cannot be read; what the server told.
        """
        return driven(self.send, steps(paths, tags=tags, on_progress=on_progress))


class AsyncClient:
    """A Darkroom over REST, for programs that `await`; arguments as `Client`."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.url, auth = settled(url, token)
        self._http = httpx.AsyncClient(
            base_url=self.url, headers=_AGENT, auth=auth, timeout=timeout, transport=transport
        )
        self._elsewhere = httpx.AsyncClient(timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        await self._elsewhere.aclose()

    async def send(self, call: Call[T]) -> T:
        """Do a call, as `Client.send` does.

        Raises:
            Error: what the server told; `server_unreachable` where it did not answer.
        """
        return (await self.fetch(call)).value

    async def fetch(self, call: Call[T]) -> Answer[T]:
        """Do a call as `send` does, and tell the tag of what came too."""
        attempt = Attempt(call)
        http = self._elsewhere if call.is_elsewhere else self._http
        while True:
            with ExitStack() as files:
                try:
                    answer = await http.request(**attempt.request(files, awaited=True))
                    failure = failure_of(answer, is_elsewhere=call.is_elsewhere)
                except httpx.TransportError as error:
                    failure = unreachable("The bucket" if call.is_elsewhere else self.url, error)
            if failure is None:
                return answer_of(call, answer)
            await asyncio.sleep(attempt.pause(failure))

    async def change(self, read: Call[T], make: Callable[[Answer[T]], Call[U]], *, attempts: int = 5) -> U:
        """Change what a call reads, as `Client.change` does.

        Raises:
            StaleError: when somebody was faster every time.
        """
        for _ in range(attempts - 1):
            try:
                return await self.send(make(await self.fetch(read)))
            except StaleError:
                continue
        return await self.send(make(await self.fetch(read)))

    async def pages(self, call: Call[PageOf]) -> AsyncIterator[PageOf]:
        """The pages of a list, as they are needed."""
        following: Call[PageOf] | None = call
        while following is not None:
            page = await self.send(following)
            yield page
            following = _after(following, page)

    async def items(self, call: Call[Page[Item]]) -> AsyncIterator[Item]:
        """Everything that a call lists, page after page as it is needed."""
        async for page in self.pages(call):
            for one in page.items:
                yield one

    async def download(self, call: Call[bytes], target: Path) -> Path:
        """Bring a file to disk, as `Client.download` does.

        Raises:
            Error: `blob_damaged` where the bytes are not those asked for, and as `send`; nothing is left behind then.
        """
        attempt, download = Attempt(call), Download(call, target)
        try:
            while True:
                attempt.count()
                failure = await self._piece(download)
                if failure is None:
                    return await asyncio.to_thread(download.finish)
                await asyncio.sleep(attempt.pause(failure))
        finally:
            download.close()

    async def _piece(self, download: Download) -> Error | None:
        try:
            async with self._http.stream(**download.request()) as answer:
                if not answer.is_success:
                    await answer.aread()
                    return failure_of(answer)
                download.begin(answer)
                async for piece in answer.aiter_bytes():
                    await asyncio.to_thread(download.write, piece)
        except httpx.TransportError as error:
            return unreachable(self.url, error)
        return None

    async def wait(
        self, operation: WorkView | str, *, on_progress: Callable[[WorkView], None] | None = None
    ) -> WorkView:
        """Wait until an operation is over, as `Client.wait` does.

        Raises:
            Error: `not_found`, and as `send`.
        """
        pauses = Pauses()
        while True:
            found = await self.send(work.get_work(operation if isinstance(operation, str) else operation.id))
            if on_progress is not None:
                on_progress(found)
            if found.is_over:
                return found
            await asyncio.sleep(pauses.next(found))

    async def events(self, after: int | None = None, *, patience: float = 60.0) -> AsyncIterator[Happening]:
        """Follow what happens, as `Client.events` does.

        Raises:
            Error: why there is no connection.
        """
        async for one in self._follow(Following(after, patience)):
            if one is not None:
                yield one

    async def position(self) -> int:
        """Number of the last event that is stored, to follow from."""
        following = Following(None, patience=10.0)
        async for _ in self._follow(following):
            if following.seq is not None:
                return following.seq
        raise AssertionError  # it never ends

    async def _follow(self, following: Following) -> AsyncIterator[Happening | None]:
        """What each line of the stream completes."""
        while True:
            failure: Error | None = None
            try:
                async with self._http.stream(**following.request()) as answer:
                    if answer.is_success:
                        async for line in answer.aiter_lines():
                            yield following.line(line)
                    else:
                        await answer.aread()
                        failure = failure_of(answer)
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
            await asyncio.sleep(following.lost(failure))

    async def upload(
        self, paths: Sequence[Path], *, tags: Sequence[str] = (), on_progress: Progress | None = None
    ) -> Sent:  # fmt: skip
        """Send files of any size and number, as `Client.upload` does."""
        return await driven_async(self.send, steps(paths, tags=tags, on_progress=on_progress))


def _after(call: Call[PageOf], page: Page[Any]) -> Call[PageOf] | None:
    if page.next_cursor is None:
        return None
    return replace(call, query={**call.query, "cursor": page.next_cursor})
