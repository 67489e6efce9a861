"""The process that starts runs: it loads what a run needs once, and each run is a copy of it.

A fresh process needs seconds for its imports alone. Linux only, and only as long as this process has a single thread,
no connection, and has never let libvips work on a picture: a copy inherits locks that nobody would ever release.

    python -m resources.starter <Dagster's home>
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import logging
import os
import runpy
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from darkroom import logs
from darkroom.settings import Settings
from darkroom.supervisor import run_socket
from darkroom.supervisor.process import describe_exit
from resources import processes

ROOT = Path(__file__).resolve().parents[1]
OURS = (
    "definitions",
    "darkroom.services.ingest",
    "darkroom.services.library",
    "darkroom.imaging.contact_sheet",
    "darkroom.imaging.pool",
)
"""What a run imports sooner or later of our own."""
FOREIGN = (
    "dagster._cli.api",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "httpcore",
    "simplejpeg",
    "upath.implementations.local",
)
"""And what those import late. Another version of them may have no such module: then it is loaded when it is needed."""

_REAP_SECONDS = 0.5
_REQUEST_SECONDS = 2.0

_log = logs.get(__name__)


def warm_up(*more: str) -> None:
    """Load what runs need, and further modules of ours, without a thread and without a connection."""
    from darkroom.imaging import native

    # Before anything loads numpy, whose linear algebra starts its threads at once.
    native.prepare_environment()
    for name in (*OURS, *more):
        importlib.import_module(name)
    for name in FOREIGN:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    # Those that are only loaded once they are used.
    native.cv2()
    native.pillow().init()
    from darkroom.store.migrations import migrations

    migrations()
    sys.modules["definitions"].defs.get_repository_def().get_all_jobs()


def on_disk() -> dict[str, tuple[int, int]]:
    """Our own files that a run may load, with size and time of change."""
    packages = {name.partition(".")[0] for name in OURS} | {"assets", "jobs", "resources", "sensors", "training"}
    files = [path for name in packages for path in (ROOT / name).rglob("*.py")] + list(ROOT.glob("*.py"))
    return {str(path): _version(path) for path in files}


def sources(before: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Our own files that are loaded, with size and time of change.

    Args:
        before: as they were before anything was loaded, so that one that changes meanwhile counts as changed.
    """
    found = {}
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if name and (path := Path(name)).is_relative_to(ROOT) and not path.is_relative_to(sys.prefix):
            found[name] = before.get(name) or _version(path)
    return found


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


class Starter:
    """Listens for commands of runs and forks a process for each.

    Args:
        listener: of `run_socket`.
        sources: the files that were loaded, as they were then.
        problem: why it cannot start any run, if so.
    """

    def __init__(
        self, listener: socket.socket, sources: dict[str, tuple[int, int]], problem: str | None = None
    ) -> None:
        self._listener = listener
        self._problem = problem
        self._outdated = False
        self._sources = sources
        self._children: dict[int, list[str] | None] = {}

    def serve(self) -> Callable[[], None]:
        """Never returns, except in a new process: then with what that one has to do."""
        while True:
            ready, _, _ = select.select([self._listener], [], [], _REAP_SECONDS if self._children else None)
            work = self._reap() or (self._answer() if ready else None)
            if work is not None:
                self._listener.close()
                gc.enable()
                return work
            if self._outdated and not self._children:
                _log.info("starting_anew")
                os.execv(sys.executable, [sys.executable, "-m", "resources.starter", *sys.argv[1:]])  # noqa: S606

    def _answer(self) -> Callable[[], None] | None:
        connection, _ = self._listener.accept()
        with connection:
            try:
                connection.settimeout(_REQUEST_SECONDS)
                request = run_socket.received(connection) if run_socket.is_mine(connection) else b""
                # Nothing is said by the supervisor, which only looks whether somebody listens.
                command = [str(part) for part in json.loads(request or "[]") or ()]
                if not command:
                    return None
                if refusal := self._refusal(command):
                    _log.warning("run_refused", cause=refusal)
                    connection.send(json.dumps({"refused": refusal}).encode())
                    return None
                return partial(become_run, connection.dup(), command) if self._forked(command) else None
            except (OSError, TypeError, ValueError) as error:
                _log.warning("request_failed", cause=str(error))
                return None

    def _refusal(self, command: list[str]) -> str | None:
        """Why a run of this command must start in a fresh process."""
        if self._problem or any(_version(Path(name)) != version for name, version in self._sources.items()):
            self._outdated = True
            return self._problem or "the code has changed"
        if dagster_arguments(command) is None:
            return f"it cannot stand for {command[:3]}"
        if (threads := len(list(Path("/proc/self/task").iterdir()))) != 1:
            return f"it has {threads} threads"
        return None

    def _forked(self, command: list[str] | None) -> bool:
        """Whether this is the copy."""
        pid = os.fork()
        if pid:
            self._children[pid] = command
        return pid == 0

    def _reap(self) -> Callable[[], None] | None:
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            command, code = self._children.pop(pid), os.waitstatus_to_exitcode(status)
            if code != 0:
                _log.warning("process_failed", pid=pid, cause=describe_exit(code))
            if code != 0 and command is not None and self._forked(None):
                return partial(report_death, command, code)
        return None


def dagster_arguments(command: list[str]) -> list[str] | None:
    """What the command tells Dagster, or None where it names no Dagster of this environment."""
    program = Path(shutil.which(command[0]) or command[0])
    if program.parent != Path(sys.executable).parent:
        return None
    if program.name == "dagster":
        return command[1:]
    return command[3:] if command[1:3] == ["-m", "dagster"] else None


def become_run(connection: socket.socket, command: list[str]) -> None:
    """Do what a fresh process with this command would do, once the launcher says so."""
    if "numpy.random" in sys.modules:
        # Python's own generator takes a new seed by itself.
        sys.modules["numpy.random"].seed()
    connection.settimeout(None)
    connection.send(json.dumps({"process": processes.identity(os.getpid())}).encode())
    word = run_socket.received(connection)
    connection.close()
    if not word:  # the launcher died
        return
    sys.argv = ["dagster", *(dagster_arguments(command) or ())]
    runpy.run_module("dagster", run_name="__main__", alter_sys=True)


def report_death(command: list[str], code: int) -> None:
    """Tell Dagster of a run whose process could not do so itself."""
    from dagster import DagsterInstance, DagsterRunStatus
    from dagster._grpc.types import ExecuteRunArgs
    from dagster._serdes import deserialize_value

    arguments = deserialize_value(command[-1], ExecuteRunArgs)
    assert arguments.instance_ref is not None, "the launcher gives one"  # noqa: S101
    with DagsterInstance.from_ref(arguments.instance_ref) as instance:
        run = instance.get_run_by_id(arguments.run_id)
        if run is None or run.is_finished:
            return
        words = f"The process of the run {describe_exit(code)}."
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, words)
        else:
            instance.report_run_failed(run, words)


def main() -> None:
    """Load everything, then start runs until the end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    # It tells of every database that a run opens.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    problem, before = None, on_disk()
    try:
        warm_up(*(("resources.run_logs",) if settings.dagster_logs else ()))
    except Exception as error:  # noqa: BLE001 - fresh processes show what is wrong with the code; this one waits for a change
        problem = f"{type(error).__name__}: {error}"
    gc.collect()
    # The collector would write into every object, and each run would get copies of all of them.
    gc.freeze()
    gc.disable()
    Starter(run_socket.listener(Path(sys.argv[1])), sources(before), problem).serve()()


if __name__ == "__main__":
    main()
