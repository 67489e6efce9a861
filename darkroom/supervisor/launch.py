"""Darkroom on one home, from the checks before the start to the last process's end."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from darkroom.errors import Error
from darkroom.runtime import runtime_path
from darkroom.settings import Settings
from darkroom.supervisor import plan, probes
from darkroom.supervisor.home import HomeLock, live_supervisor, make_home
from darkroom.supervisor.plan import Command, Service, Task, whenever
from darkroom.supervisor.ports import free_port, require_free
from darkroom.supervisor.process import sweep
from darkroom.supervisor.report import Report, Reporter
from darkroom.supervisor.supervise import Supervisor

if TYPE_CHECKING:
    from collections.abc import Mapping

_GUARDIAN_SECONDS = 25.0


def run(settings: Settings, report: Reporter) -> None:
    """Start Darkroom, keep it running until a signal ends it, and leave no process behind.

    Raises:
        Error: nothing could be started, and why; everything that had been started is stopped again.
    """
    make_home(settings)
    lock = HomeLock(settings)
    descriptor = _acquire(lock, settings, report)
    try:
        if found := sweep(settings.home_path):
            report(Report("notice", words=f"Ended {found} processes that an earlier start had left behind."))
        _require_ports(settings)
        runtime_path(settings).unlink(missing_ok=True)
        env = plan.environment(settings)
        services, tasks, uri = whole_plan(settings, env)
        supervisor = Supervisor(settings, services, tasks, mongo_uri=uri, lock=descriptor, report=report)
        asyncio.run(supervisor.run())
    finally:
        lock.release()


def _acquire(lock: HomeLock, settings: Settings, report: Reporter) -> int:
    """Take the lock; wait for the guardian of a supervisor that was killed, but not for one that lives."""
    deadline = time.monotonic() + _GUARDIAN_SECONDS
    told = False
    while True:
        try:
            return lock.acquire()
        except Error:
            if live_supervisor(settings) is not None or time.monotonic() > deadline:
                raise
            # Either a supervisor that is just starting, which writes its state within a moment, or a guardian at work.
            if not told and time.monotonic() > deadline - _GUARDIAN_SECONDS + 1:
                report(Report("notice", words="Waiting until what is left of an earlier start has ended."))
                told = True
            time.sleep(0.1)


def _require_ports(settings: Settings) -> None:
    if settings.web_port == settings.dagster_port:
        raise Error(
            "port_in_use",
            f"The web app and Dagster cannot both use port {settings.web_port}.",
            remedy="Choose different ports with --web-port and --dagster-port.",
        )
    require_free(settings.web_port, purpose="the web app", option="--web-port", variable="DARKROOM_WEB_PORT")
    require_free(settings.dagster_port, purpose="Dagster", option="--dagster-port", variable="DARKROOM_DAGSTER_PORT")


def whole_plan(settings: Settings, env: Mapping[str, str]) -> tuple[list[Service], list[Task], str]:
    """All services in order of start, the tasks of a start, and the address of the database."""
    root = plan.project_root()
    services: list[Service] = []
    tasks: list[Task] = []
    if settings.mongo_uri is not None:
        uri = settings.mongo_uri.get_secret_value()
    else:
        database, obtain, uri = database_service(settings, env)
        services.append(database)
        tasks.append(obtain)
    before = tuple(service.name for service in services)
    build = Command([sys.executable, "-m", "frontend.build"], env, root)
    tasks += [
        Task("schema", "Bringing the database schema up to date", work=lambda: migrate(settings, uri), after=before),
        Task("web-build", "Building the web app (once; about a minute)", build, wanted=lacks_web_build),
    ]
    if settings.samples:
        samples = Command([sys.executable, "-m", "darkroom.supervisor.samples"], env, root)
        words = "Drawing sample pictures into the inbox of an empty library"
        wanted = partial(lacks_pictures, settings, uri)
        tasks.append(Task("samples", words, samples, wanted=wanted, after=("schema",), needed=False))
    services += plan.dagster_services(settings, free_port(), env)
    services.append(plan.web_service(settings, env))
    return services, tasks, uri


def database_service(settings: Settings, env: Mapping[str, str]) -> tuple[Service, Task, str]:
    """Our own mongod, the task that obtains its program when there is none yet, and its address."""
    from darkroom.supervisor import mongod

    # On the port of last time where it is free: the replica set then needs no new configuration.
    memory = settings.run_dir / "mongod.port"
    preferred = None
    with contextlib.suppress(OSError, ValueError):
        preferred = int(memory.read_text())
    port = free_port(preferred)
    memory.write_text(str(port))
    listens = partial(probes.listens, port)

    def command() -> Command:
        found = mongod.find_mongod(settings)
        argv, own = mongod.mongod_command(found, settings.home_path / "mongodb", port)
        libraries = {name: own[name] for name in ("LD_LIBRARY_PATH",) if name in own}
        return Command(argv, {**env, **libraries}, settings.home_path)

    def settle() -> None:
        mongod.ensure_replica_set(port, timeout=120)

    fetch = Command([sys.executable, "-m", "darkroom.supervisor.obtain"], env, settings.home_path)
    words = "Obtaining the MongoDB server (once, about 100 MB)"
    obtain = Task("database-server", words, fetch, wanted=lambda: lacks_mongod(settings))
    service = Service(
        "mongod", command, whenever(listens), port=port, after=(obtain.name,), settle=settle, alive=listens,
        start_seconds=600, stop_seconds=30,
    )  # fmt: skip
    return service, obtain, mongod.local_uri(port)


def lacks_mongod(settings: Settings) -> bool:
    """Whether no mongod runs on this machine yet."""
    from darkroom.supervisor import mongod

    try:
        mongod.find_mongod(settings)
    except Error:
        return True
    return False


def lacks_web_build() -> bool:
    """Whether the web app has to be built."""
    # By name: the library imports nothing of the web app.
    return not importlib.import_module("frontend.build").is_current()


def lacks_pictures(settings: Settings, uri: str) -> bool:
    """Whether nothing ever came into the library and nothing waits in its inbox."""
    from darkroom.store.batches import BatchRepository
    from darkroom.store.database import Database

    if any(not entry.name.startswith(".") for entry in os.scandir(settings.inbox)):
        return False
    database = Database.connect(uri, settings.mongo_database)
    try:
        return not BatchRepository(database).list(limit=1).items
    finally:
        database.close()


def migrate(settings: Settings, uri: str) -> str:
    """Run the migrations that are missing, and say how many there were."""
    from darkroom.store.database import Database
    from darkroom.store.migrations import migrate as run_migrations

    database = Database.connect(uri, settings.mongo_database)
    try:
        steps = run_migrations(database)
    finally:
        database.close()
    return f"{len(steps)} migrations" if steps else ""
