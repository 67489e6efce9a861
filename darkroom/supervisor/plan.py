"""Which services a home needs, in which order, and how each is started and asked whether it is well."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from darkroom.domain.turns import CPU_POOL, GPU_POOL
from darkroom.errors import Error
from darkroom.secret_references import ReferredSecret
from darkroom.settings import Settings
from darkroom.supervisor import probes, run_socket
from darkroom.supervisor.log_place import log_configuration
from darkroom.supervisor.ports import LOOPBACK
from darkroom.supervisor.process import MARK

if TYPE_CHECKING:
    from darkroom.supervisor.probes import Probe

CODE_LOCATION = "darkroom"
"""Name of our definitions inside Dagster."""
_TRIES = 3


@dataclass(frozen=True)
class Command:
    """How a process is started."""

    argv: Sequence[str]
    """Program and arguments."""
    env: Mapping[str, str]
    """The whole environment."""
    cwd: Path
    """Working folder."""


@dataclass(frozen=True)
class Service:
    """A process that has to run as long as Darkroom does."""

    name: str
    """As people know it."""
    command: Callable[[], Command]
    """How it is started; asked at each start, once everything in `after` is there."""
    ready: Callable[[float], Awaitable[bool]]
    """Whether the process that was started at that time (seconds since 1970) has come up."""
    port: int | None = None
    """Port it listens on."""
    after: tuple[str, ...] = ()
    """Services and tasks that must be ready or done before it is started."""
    settle: Callable[[], None] | None = None
    """Work to do (in a thread) each time it has come up and before it counts as ready."""
    problem: Callable[[], str | None] | None = None
    """Why it will never come up although it runs, once that is known."""
    alive: Probe | None = None
    """Asked from time to time; a service that does not answer for `patience` is started again."""
    start_seconds: float = 180.0
    """Time to come up."""
    stop_seconds: float = 10.0
    """Time to end by itself."""
    patience: float = 90.0
    """Silence after which it counts as hung."""
    attempts: int = 3
    """Deaths before it was ever ready that end the whole start."""


@dataclass(frozen=True)
class Task:
    """Work to do once while starting."""

    name: str
    """Short name, used in `Service.after`."""
    words: str
    """What it does, for a person."""
    command: Command | None = None
    """A program to run to its end, whose last line says what it did; or else `work`."""
    work: Callable[[], str] | None = None
    """A function to call in a thread; returns words about what it did, empty when there was nothing to do."""
    wanted: Callable[[], bool] | None = None
    """Asked first, in a thread: whether there is anything to do."""
    after: tuple[str, ...] = ()
    """Services and tasks that must be ready or done before."""
    needed: bool = True
    """Whether a failure ends the start."""


def project_root() -> Path:
    """The checkout: where Dagster's definitions and the web app lie.

    Raises:
        Error: `tool_missing` when the library was installed without them.
    """
    for folder in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (folder / "definitions.py").exists() and (folder / "frontend").is_dir():
            return folder
    raise Error(
        "tool_missing",
        "The Dagster definitions and the web app are not beside the darkroom library.",
        remedy="Run `darkroom up` in a checkout of the repository.",
    )


def settings_variables(settings: Settings) -> dict[str, str]:
    """The settings as `DARKROOM_*` variables, so that every process sees the same ones wherever it runs."""
    values: dict[str, object] = {name: getattr(settings, name) for name in settings.model_fields_set}
    values |= {"home": settings.home_path, "web_port": settings.web_port, "dagster_port": settings.dagster_port}
    return {f"DARKROOM_{name.upper()}": _plain(value) for name, value in values.items() if value is not None}


def _plain(value: object) -> str:
    # A secret that is given by reference is handed on by reference: it must not stand in an environment.
    if isinstance(value, ReferredSecret):
        return value.reference
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def environment(settings: Settings) -> dict[str, str]:
    """The environment of every process of a home."""
    tools = str(Path(sys.executable).parent)
    direct = {
        name: ",".join(filter(None, (os.environ.get(name), "localhost,127.0.0.1,::1")))
        for name in ("NO_PROXY", "no_proxy")
    }
    return {
        **os.environ,
        # A proxy of the office must not get between the services.
        **direct,
        **settings_variables(settings),
        MARK: str(settings.home_path),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DO_NOT_TRACK": "1",
        "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(project_root()),
        "PYTHONUNBUFFERED": "1",
    }


def make_dagster_home(settings: Settings, code_port: int) -> Path:
    """Write Dagster's configuration and return the workspace file that points at our code server."""
    template = project_root() / "resources" / "dagster.yaml"
    instance = settings.dagster_home / "dagster.yaml"
    content = template.read_bytes() + log_configuration(settings).encode()
    if not instance.exists() or instance.read_bytes() != content:
        instance.write_bytes(content)
    workspace = settings.dagster_home / "workspace.yaml"
    workspace.write_text(
        "# Written at each start.\nload_from:\n  - grpc_server:\n"
        f"      host: {LOOPBACK}\n      port: {code_port}\n      location_name: {CODE_LOCATION}\n"
    )
    return workspace


def dagster_services(settings: Settings, code_port: int, env: Mapping[str, str]) -> list[Service]:
    """The code server, the daemon and the web server of Dagster."""
    root, tools = project_root(), Path(sys.executable).parent
    workspace = str(make_dagster_home(settings, code_port))
    port = settings.dagster_port
    listens = partial(probes.listens, code_port)
    notes: dict[str, str] = {}

    def command(program: str, *arguments: str) -> Callable[[], Command]:
        return lambda: Command([str(tools / program), *arguments], env, root)

    services = [
        Service(
            "code-server",
            command(
                "dagster", "code-server", "start", "-m", "definitions", "-d", str(root), "-h", LOOPBACK,
                "-p", str(code_port), "--location-name", CODE_LOCATION, "--log-level", "warning",
            ),
            whenever(listens),
            port=code_port,
            alive=listens,
            # It would wait for its runs; a run that is cut off is taken up again after the next start.
            stop_seconds=6.0,
        ),
        Service(
            "dagster-daemon",
            command("dagster-daemon", "run", "-w", workspace, "--log-level", "info"),
            partial(probes.daemon_ticks, port),
            after=("code-server", "schema"),
        ),
        Service(
            "dagster-web",
            command("dagster-webserver", "-w", workspace, "-h", LOOPBACK, "-p", str(port), "--log-level", "warning"),
            partial(_code_is_loaded, port, notes),
            port=port,
            after=("code-server",),
            alive=partial(probes.answers, port, "/server_info"),
            settle=partial(_set_pools, port, settings),
            problem=lambda: notes.get("problem"),
        ),
    ]  # fmt: skip
    if run_socket.SUPPORTED:
        services.insert(1, run_starter(settings, env))
    return services


def run_starter(settings: Settings, env: Mapping[str, str]) -> Service:
    """The process whose copies are Dagster's runs: they need not load anything."""
    home = settings.dagster_home
    command = Command([sys.executable, "-m", "resources.starter", str(home)], env, project_root())
    listens = run_socket.listens(home)
    # Beside the code server, which has its own imports to wait for.
    return Service("run-starter", lambda: command, whenever(listens), alive=listens, stop_seconds=6.0)


def whenever(probe: Probe) -> Callable[[float], Awaitable[bool]]:
    """A probe that does not care when the process was started."""

    async def ready(_started: float) -> bool:
        return await probe()

    return ready


def _set_pools(port: int, settings: Settings) -> None:
    """Give Dagster's pools their limits, which its configuration cannot; on a busy machine its first answer may come too late."""
    limits = {GPU_POOL: settings.trainings, CPU_POOL: settings.orders}
    for _ in range(_TRIES):
        if asyncio.run(probes.set_pools(port, limits)):
            return


async def _code_is_loaded(port: int, notes: dict[str, str], _started: float) -> bool:
    problem = await probes.code_problem(port)
    if problem:
        notes["problem"] = f"could not load the definitions: {problem}"
    return problem == ""


def web_service(settings: Settings, env: Mapping[str, str]) -> Service:
    """The web app with its REST API: one process on one port."""
    # By name: the library imports nothing of the web app, which stands on the library.
    argv, extra, cwd = importlib.import_module("frontend.serve").serve_command(settings)
    port = settings.web_port
    health = partial(probes.answers, port, "/api/v1/health")
    command = Command(argv, {**env, **extra}, cwd)
    return Service("web", lambda: command, whenever(health), port=port, after=("web-build",), alive=health)
