"""How many requests of one person are worked on at a time; the others wait in a queue of their own."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Queue:
    """Of one person."""

    active: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Slots:
    """Slots by key, handed on in order. For one event loop.

    Args:
        most: slots of each key.
        patience: seconds to wait for one.
    """

    def __init__(self, most: int, patience: float) -> None:
        self._most = most
        self._patience = patience
        self._found: dict[str, _Queue] = {}

    async def enter(self, key: str) -> None:
        """Take a slot, waiting for it in turn.

        Raises:
            TimeoutError: when there was none in time.
        """
        queue = self._found.get(key)
        if queue is None:
            queue = self._found[key] = _Queue()
        if queue.active < self._most:
            queue.active += 1
            return
        turn = asyncio.get_running_loop().create_future()
        queue.waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave(key)  # it came at the same moment
            raise

    def leave(self, key: str) -> None:
        """Hand the slot on, or give it back."""
        queue = self._found[key]
        while queue.waiting:
            turn = queue.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        queue.active -= 1
        if queue.active == 0:
            del self._found[key]
