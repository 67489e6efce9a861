"""Lets pictures in as long as they fit into memory together; one that is too large for company runs alone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from darkroom.memory import free_bytes

# What needs less is let in without asking how much the machine has left: asking takes as long as a thumbnail.
_WORTH_ASKING_MB = 64.0
# Left to everything else on the machine.
_RESERVE_MB = 256.0
# Others give memory back without telling.
_LOOK_AGAIN_SECONDS = 0.5


def machine_free_mb() -> float:
    """Memory that may be taken without swapping, in megabytes."""
    return free_bytes() / 1e6 - _RESERVE_MB


class MemoryGate:
    """Admission by predicted need, first come first served, so that a large picture is not passed over for ever.

    Args:
        total_mb: memory that all inside may need together.
        free_mb: what the machine has left, whoever uses the rest. What those inside have taken already counts twice
            there, for nobody knows how much of their need that is: where memory is short the gate errs on the safe side.
    """

    def __init__(self, total_mb: float, *, free_mb: Callable[[], float] = machine_free_mb) -> None:
        self._total = total_mb
        self._free = free_mb
        self._used = 0.0
        self._inside = 0
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def admit(self, need_mb: float) -> Iterator[None]:
        """Wait until the need fits beside those inside and into what the machine has left, or until nobody is inside."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            while not (self._queue[0] is ticket and self._fits(need_mb)):
                self._changed.wait(_LOOK_AGAIN_SECONDS if self._queue[0] is ticket else None)
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
        if self._inside == 0:
            return True
        if self._used + need_mb > self._total:
            return False
        return need_mb < _WORTH_ASKING_MB or self._used + need_mb <= self._free()
