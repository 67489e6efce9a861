"""What is spent of an allowance in one web process counts in all of them.

A request waits for nothing: it is decided by what is known here. Every half second, in the background, what was spent meanwhile is
written to the database and what is left comes back. While the database does not answer, each process counts for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from darkroom import logs
from darkroom.api.buckets import WINDOW_SECONDS, Buckets
from darkroom.api.deps import in_spare_thread
from darkroom.errors import Error
from darkroom.store.allowances import AllowanceRepository

_LOG = logs.get("darkroom.api")
EVERY_SECONDS = 0.5


class Sharing:
    """Keeps buckets in step with those of other processes. For one event loop.

    Args:
        buckets: by the name of their policy.
        clock: seconds that never go back.
    """

    def __init__(self, buckets: Mapping[str, Buckets], clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = buckets
        self._clock = clock
        self._due_at = clock()
        self._work: asyncio.Task[None] | None = None

    def tend(self, allowances: AllowanceRepository) -> None:
        """Begin to share what was spent, if it is time; comes back at once."""
        if self._clock() < self._due_at or (self._work is not None and not self._work.done()):
            return
        if not any(one.has_spent for one in self._buckets.values()):
            return
        self._due_at = self._clock() + EVERY_SECONDS
        self._work = asyncio.get_running_loop().create_task(self._share(allowances))

    async def _share(self, allowances: AllowanceRepository) -> None:
        for policy, buckets in self._buckets.items():
            spent = buckets.drain()
            try:
                left = await in_spare_thread(
                    allowances.share, policy, spent, capacity=buckets.capacity, seconds=WINDOW_SECONDS
                )  # fmt: skip
            except Error as error:
                buckets.take_back(spent)
                _LOG.debug("allowances_not_shared", code=error.code, cause=error.cause)
            else:
                buckets.adopt(left)
