"""The supervisor: starts services as soon as what they need is there, keeps them running, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from darkroom import __version__
from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.runtime import RuntimeInfo, ServiceInfo, ServiceState, fingerprints, runtime_path, write_runtime
from darkroom.settings import Settings
from darkroom.supervisor import logfiles
from darkroom.supervisor.backoff import Backoff
from darkroom.supervisor.guardian import Guardian
from darkroom.supervisor.plan import Command, Service, Task
from darkroom.supervisor.ports import holder, is_free
from darkroom.supervisor.process import Child, describe_exit, sweep
from darkroom.supervisor.report import Report, Reporter

T = TypeVar("T")

_TICK = 0.1
_ASK_EVERY = 5.0
_HOUSEKEEPING_EVERY = 2.0
_ROTATE_EVERY = 30.0
_SWEEP_GRACE = 3.0
_HUNG_GRACE = 2.0


class Supervisor:
    """Runs services until it is told to stop.

    Args:
        settings: of the home.
        services: in order of start.
        tasks: work to do once while starting.
        mongo_uri: where the database is or will be.
        lock: file descriptor of the home's lock, shared with the guardian.
        report: told of everything that happens.
    """

    def __init__(
        self,
        settings: Settings,
        services: Sequence[Service],
        tasks: Sequence[Task] = (),
        *,
        mongo_uri: str,
        lock: int,
        report: Reporter,
    ) -> None:
        self.settings = settings
        self.services = services
        self.tasks = tasks
        self._mongo_uri = mongo_uri
        self._lock = lock
        self._report = report
        self._begun = time.monotonic()
        self._started_at = now()
        self._done = {unit.name: asyncio.Event() for unit in self._units()}
        self._states = {
            service.name: ServiceInfo(name=service.name, state="waiting", port=service.port, restarts=0, cause=None)
            for service in services
        }
        self._children: dict[str, Child] = {}
        self._stop = asyncio.Event()
        self._hurry = False
        self._was_ready = False
        self._guardian: Guardian | None = None

    async def run(self) -> None:
        """Start everything and keep it running until `stop` or a signal; then stop everything in reverse order.

        Raises:
            Error: `service_failed` or `port_in_use` when a service does not come up at all.
        """
        self._listen_to_signals()
        self._guardian = Guardian(self.settings.home_path, self._lock)
        self._write()
        jobs = [asyncio.create_task(self._serve(service)) for service in self.services]
        jobs += [asyncio.create_task(self._perform(task)) for task in self.tasks]
        jobs.append(asyncio.create_task(self._keep_house()))
        try:
            await self._until_stopped(jobs)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await self._stop_all()

    def _units(self) -> list[Service | Task]:
        return [*self.services, *self.tasks]

    def stop(self) -> None:
        """Ask it to stop; asked a second time, it kills what has not ended yet."""
        self._hurry = self._stop.is_set()
        self._stop.set()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a closed terminal is meant to be survived.
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            loop.add_signal_handler(number, self.stop)

    async def _until_stopped(self, jobs: Iterable[asyncio.Task[None]]) -> None:
        stopper = asyncio.create_task(self._stop.wait())
        pending: set[asyncio.Task[Any]] = {stopper, *jobs}
        try:
            while not stopper.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for job in done - {stopper}:
                    job.result()
        finally:
            stopper.cancel()

    # One service

    async def _serve(self, service: Service) -> None:
        await self._wait_for(service.after)
        backoff, early = Backoff(), 0
        while True:
            child = self._spawn(service)
            cause = await self._come_up(service, child)
            if cause is None:
                early = 0
                self._ready(service)
                cause = await self._watch(service, child)
            elif not self._done[service.name].is_set():
                early += 1
            code = child.poll()
            # Alive but of no use: it hangs or cannot come up, so it is not given its full time to end.
            await self._end(child, _HUNG_GRACE if code is None else 0.0)
            if taken := self._taken_port(service):
                if not self._done[service.name].is_set():
                    raise taken
                # It ran on this port before: whoever has it now (a worker on its way out, mostly) must not end the rest.
                cause = taken.cause.rstrip(".")
            words = logfiles.last_words(child.log, child.log_start)
            if early >= service.attempts:
                self._set(service, "failed", cause=cause)
                said = f" Its last words: {words}" if words else ""
                raise Error(
                    "service_failed",
                    f"{service.name} {cause}.{said}",
                    remedy=f"Read its log with `darkroom logs {service.name}` ({child.log}).",
                    service=service.name,
                )
            wait = backoff.next(time.monotonic() - child.started)
            restarts = self._states[service.name].restarts + 1
            self._set(service, "restarting", restarts=restarts, cause=f"{cause}; starts again after {wait:g} s")
            await asyncio.sleep(wait)

    def _spawn(self, service: Service) -> Child:
        log = self.settings.logs / f"{service.name}.log"
        command = service.command()
        child = Child(service.name, command.argv, env=command.env, cwd=command.cwd, log=log)
        self._children[service.name] = child
        self._set(service, "starting", pid=child.pid)
        return child

    async def _come_up(self, service: Service, child: Child) -> str | None:
        """Wait until it is ready; else say why it will not be."""
        started, deadline = time.time(), time.monotonic() + service.start_seconds
        while not await service.ready(started):
            if (code := child.poll()) is not None:
                return describe_exit(code)
            if service.problem and (problem := service.problem()):
                return problem
            if time.monotonic() > deadline:
                return f"was not ready after {service.start_seconds:.0f} s"
            await asyncio.sleep(_TICK)
        # What answered may be another program on the same port, with ours dead because of it.
        if (code := child.poll()) is not None:
            return describe_exit(code)
        if service.settle:
            try:
                await in_thread(service.settle)
            except Error as error:
                return f"came up and then failed: {error.cause}"
        return None

    async def _watch(self, service: Service, child: Child) -> str:
        """Wait for its death, or until it has not answered for too long; say which."""
        answered = asked = time.monotonic()
        while (code := child.poll()) is None:
            await asyncio.sleep(_TICK)
            if service.alive is None or time.monotonic() - asked < _ASK_EVERY:
                continue
            if await service.alive():
                answered = time.monotonic()
            elif time.monotonic() - answered > service.patience:
                return f"did not answer for {service.patience:.0f} s"
            asked = time.monotonic()
        return describe_exit(code)

    def _taken_port(self, service: Service) -> Error | None:
        if service.port is None or is_free(service.port):
            return None
        return Error(
            "port_in_use",
            f"Port {service.port} for {service.name} is taken by {holder(service.port) or 'another program'}.",
            remedy="Stop that program, then start Darkroom again, or choose another port.",
            port=service.port,
        )

    async def _end(self, child: Child, grace: float) -> None:
        """End a service with everything it started: politely, then for good."""
        deadline = time.monotonic() + grace
        if grace:
            child.signal(signal.SIGTERM)
        while not child.is_gone():
            if self._hurry or time.monotonic() >= deadline:
                child.signal(signal.SIGKILL)
            await asyncio.sleep(0.05)

    # Tasks

    async def _perform(self, task: Task) -> None:
        await self._wait_for(task.after)
        begun = time.monotonic()
        try:
            words = await self._do(task)
        except Error as error:
            if task.needed:
                raise
            self._tell("task", task.name, "failed", error.cause, begun)
        else:
            self._tell("task", task.name, "done" if words else "skipped", words, begun)
        self._done[task.name].set()

    async def _do(self, task: Task) -> str:
        if task.wanted and not await in_thread(task.wanted):
            return ""
        if task.work:
            return await in_thread(task.work)
        self._tell("task", task.name, "running", task.words)
        return await self._run(task, task.command) if task.command else ""

    async def _run(self, task: Task, command: Command) -> str:
        log = self.settings.logs / f"{task.name}.log"
        child = Child(task.name, command.argv, env=command.env, cwd=command.cwd, log=log)
        try:
            while (code := child.poll()) is None:
                await asyncio.sleep(_TICK)
        finally:
            await self._end(child, 0.0)
        words = logfiles.last_words(log, child.log_start)
        if code:
            raise Error("service_failed", f"{task.words} failed: {words}", remedy=f"Read {log}.")
        return words

    # All of them

    async def _wait_for(self, names: Iterable[str]) -> None:
        for name in names:
            await self._done[name].wait()

    def _ready(self, service: Service) -> None:
        self._set(service, "ready", cause=None)
        self._done[service.name].set()
        if not self._was_ready and self._all_ready():
            self._was_ready = True
            self._tell("ready", words=self.settings.web_url)

    def _all_ready(self) -> bool:
        return all(info.state == "ready" for info in self._states.values())

    def _set(self, service: Service, state: ServiceState, **changes: Any) -> None:
        pid = changes.pop("pid", self._states[service.name].pid if state in ("starting", "ready") else None)
        self._states[service.name] = self._states[service.name].model_copy(
            update={"state": state, "pid": pid, **changes}
        )
        self._write()
        self._tell("service", service.name, state, changes.get("cause") or "")

    def _write(self) -> None:
        info = RuntimeInfo(
            pid=os.getpid(),
            started_at=self._started_at,
            ready=self._all_ready(),
            mongo_uri=self._mongo_uri,
            web_url=self.settings.web_url,
            dagster_url=self.settings.dagster_url,
            services=tuple(self._states.values()),
            version=__version__,
            settings=fingerprints(self.settings, self._started_at),
        )
        try:
            write_runtime(self.settings, info)
        except OSError as error:  # a full disk must not end the services that run
            self._tell("notice", words=f"The state file could not be written: {error}.")

    def _tell(self, kind: Any, name: str = "", state: str = "", words: str = "", since: float | None = None) -> None:
        seconds = time.monotonic() - (self._begun if since is None else since)
        self._report(Report(kind, name, state, words, round(seconds, 2)))

    async def _keep_house(self) -> None:
        rotated = time.monotonic()
        while True:
            await asyncio.sleep(_HOUSEKEEPING_EVERY)
            if self._guardian and not self._guardian.is_alive():
                self._guardian = Guardian(self.settings.home_path, self._lock)
            if time.monotonic() - rotated > _ROTATE_EVERY:
                rotated = time.monotonic()
                with contextlib.suppress(OSError):
                    for log in self.settings.logs.glob("*.log"):
                        logfiles.rotate(log)

    async def _stop_all(self) -> None:
        begun = time.monotonic()
        self._tell("stopping")
        for service in reversed(self.services):
            child = self._children.get(service.name)
            if child and not child.is_gone():
                await self._end(child, service.stop_seconds)
            if self._states[service.name].state != "failed":
                self._set(service, "stopped", cause=None)
        home = self.settings.home_path
        await in_thread(lambda: sweep(home, grace=_SWEEP_GRACE))
        if self._guardian:
            await in_thread(self._guardian.dismiss)
        runtime_path(self.settings).unlink(missing_ok=True)
        self._tell("stopped", since=begun)


async def in_thread(work: Callable[[], T]) -> T:
    """Call `work` in a thread that does not hold up the end of the process, unlike the loop's own threads.

    Raises:
        Error: what `work` raises.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.cancelled():
            return
        if error is None:
            answer.set_result(cast("T", result))
        else:
            answer.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Error as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            failure = Error("internal", f"{type(error).__name__}: {error}")
            failure.__cause__ = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, daemon=True).start()
    return await answer
