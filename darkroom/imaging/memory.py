"""Lets pictures in as long as they fit into memory together; one that is too large for company runs alone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryGate:
    """Admission by predicted need, first come first served, so that a large picture is not passed over for ever."""

    def __init__(self, total_mb: float) -> None:
        self._total = total_mb
        self._used = 0.0
        self._inside = 0
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def admit(self, need_mb: float) -> Iterator[None]:
        """Wait until the need fits beside those inside, or until nobody is inside."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            self._changed.wait_for(lambda: self._queue[0] is ticket and self._fits(need_mb))
            self._queue.popleft()
            self._used += need_mb
            self._inside += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._used -= need_mb
                self._inside -= 1
                self._changed.notify_all()

    def _fits(self, need_mb: float) -> bool:
        return self._inside == 0 or self._used + need_mb <= self._total
