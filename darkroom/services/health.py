"""How the parts of Darkroom do: services, database, orchestrator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

from darkroom import __version__
from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.runtime import ServiceInfo, read_runtime
from darkroom.services.runs import OrchestratorHealth
from darkroom.settings import Settings

_T = TypeVar("_T")


class DatabaseHealth(Model):
    """Whether the database answers."""

    ok: bool
    """It answered in time."""
    milliseconds: float | None = None
    """How long that took."""
    cause: str | None = None
    """Why not, in words."""


class Health(Model):
    """How Darkroom does."""

    status: Literal["ok", "starting", "degraded"]
    """`starting` until the library is open, `degraded` when some part does not work."""
    version: str
    """Version of Darkroom."""
    services: tuple[ServiceInfo, ...]
    """The supervised processes; empty when no supervisor runs on this home."""
    database: DatabaseHealth
    """MongoDB."""
    orchestrator: OrchestratorHealth
    """Dagster."""
    code: str | None = None
    """Error code of why the library is not open."""
    remedy: str | None = None
    """What can be done about it."""


class Probe(Generic[_T]):
    """The last answer of a slow question, asked again in the background so that nobody ever waits long for it.

    Args:
        ask: the question; it raises `Error` or answers.
        max_age: seconds for which an answer is good.
    """

    def __init__(self, ask: Callable[[], _T], *, max_age: float) -> None:
        self._ask = ask
        self._max_age = max_age
        self._lock = threading.Condition()
        self._asking = False
        self._answer: _T | Error | None = None
        self._asked_at = float("-inf")

    def get(self, patience: float) -> _T | Error | None:
        """The answer, the error it ended in, or None when there is none within `patience` seconds."""
        end = time.monotonic() + patience
        with self._lock:
            if not self._asking and time.monotonic() - self._asked_at > self._max_age:
                self._asking = True
                threading.Thread(target=self._run, name="health-probe", daemon=True).start()
            while self._asking and (left := end - time.monotonic()) > 0:
                self._lock.wait(left)
            if self._asking:
                # The question hangs: an older answer is worth nothing, it would say that all is well.
                return None
            return self._answer

    def _run(self) -> None:
        answer: _T | Error
        try:
            answer = self._ask()
        except Error as error:
            answer = error
        with self._lock:
            self._answer, self._asked_at, self._asking = answer, time.monotonic(), False
            self._lock.notify_all()


def starting(settings: Settings, cause: Error | None) -> Health:
    """Health before the library is open."""
    info = read_runtime(settings)
    words = cause.cause if cause else "The library is being opened."
    failed = cause is not None and cause.code not in ("database_unavailable", "not_running")
    return Health(
        status="degraded" if failed else "starting",
        version=__version__,
        services=info.services if info else (),
        database=DatabaseHealth(ok=False, cause=words),
        orchestrator=OrchestratorHealth(reachable=False, cause="Not asked yet: the library is not open."),
        code=cause.code if cause else None,
        remedy=cause.remedy if cause else None,
    )


def reduced(health: Health) -> Health:
    """What anybody may know: how it does and which version it is, not why, nor what runs where."""
    return health.model_copy(
        update={
            "services": (),
            "database": DatabaseHealth(ok=health.database.ok),
            "orchestrator": OrchestratorHealth(reachable=health.orchestrator.reachable),
            "code": None,
            "remedy": None,
        }
    )


def database_health(answer: Any, patience: float) -> DatabaseHealth:
    """Words for what a probe of the database found."""
    if answer is None:
        return DatabaseHealth(ok=False, cause=f"The database did not answer within {patience:g} seconds.")
    if isinstance(answer, Error):
        return DatabaseHealth(ok=False, cause=answer.cause)
    return DatabaseHealth(ok=True, milliseconds=round(float(answer), 2))


def orchestrator_health(answer: OrchestratorHealth | Error | None, patience: float) -> OrchestratorHealth:
    """Words for what a probe of the orchestrator found."""
    if answer is None:
        return OrchestratorHealth(reachable=False, cause=f"Dagster did not answer within {patience:g} seconds.")
    if isinstance(answer, Error):
        return OrchestratorHealth(reachable=False, cause=answer.cause)
    return answer
