"""Signs of life of a run, from a thread, so that a long decode does not look like a death."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol, Self

from darkroom import logs
from darkroom.errors import Error

_log = logs.get(__name__)


class Beats(Protocol):
    """Where heartbeats are kept."""

    def heartbeat(self, work: str, run_id: str, /) -> bool:
        """Give a sign of life; False when the work no longer belongs to this run."""
        ...


class Heartbeat:
    """Beats while the block runs.

    Args:
        batches: where heartbeats are kept.
        batch: the batch the run works on.
        run_id: the run.
        silence: seconds without a beat after which the run counts as dead.
    """

    def __init__(self, batches: Beats, batch: str, run_id: str, silence: float) -> None:
        self._batches = batches
        self._batch = batch
        self._run_id = run_id
        self._interval = silence / 4
        self._over = threading.Event()
        self.still = threading.Lock()
        """Hold it, and there is no beat: for a transaction that changes the same document."""
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    @property
    def lost(self) -> bool:
        """Whether the batch was cancelled or taken over by another run."""
        return self._lost.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def _beat(self) -> None:
        while not self._over.wait(self._interval):
            try:
                with self.still:
                    alive = self._batches.heartbeat(self._batch, self._run_id)
                if not alive and not self._over.is_set():
                    self._lost.set()
                    return
            except Error as error:
                # The transactions of the run find out themselves whether the database comes back.
                _log.warning("heartbeat_failed", batch=self._batch, cause=error.cause)
