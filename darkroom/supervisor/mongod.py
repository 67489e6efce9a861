"""Finding, obtaining and starting a real mongod, as a replica set of one on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.supervisor.process import die_with_parent

REPLICA_SET = "darkroom"
LEAST_CACHE_GB = 0.25
MOST_CACHE_GB = 2.0

_OLDEST = (6, 0)
_NOT_YET_INITIALIZED = 94
_INVALID_CONFIG = 93


@dataclass(frozen=True)
class Mongod:
    """A mongod that runs on this machine."""

    program: Path
    """The executable."""
    version: str
    """What it calls itself, `6.0.27`."""
    libraries: Path | None = None
    """Folder of shared libraries that it, and nothing else, needs."""

    @property
    def env(self) -> dict[str, str]:
        """The environment it is started with."""
        return _environment(self.libraries)


def packaged_folder() -> Path:
    """Where the packaged mongod lies: inside the virtual environment, gone with it."""
    return Path(sys.prefix) / "share" / "darkroom" / "mongodb"


def find_mongod(settings: Settings) -> Mongod:
    """The first of the set, the installed and the packaged mongod that runs here.

    Raises:
        Error: `tool_missing`, naming all that was tried.
    """
    tried: list[str] = []
    for words, program, libraries in _candidates(settings):
        found = examine(program, libraries)
        if isinstance(found, Mongod):
            return found
        tried.append(f"{words} {found}")
    raise Error(
        "tool_missing",
        f"No mongod was found: {'; '.join(tried)}.",
        remedy="Run `make build`, install MongoDB 6 or newer, or set DARKROOM_MONGOD or DARKROOM_MONGO_URI.",
        tried=tried,
    )


def _candidates(settings: Settings) -> Iterator[tuple[str, Path | None, Path | None]]:
    if settings.mongod is not None:
        yield f"DARKROOM_MONGOD ({settings.mongod})", settings.mongod.expanduser(), None
    on_path = shutil.which("mongod")
    yield "the mongod on PATH", Path(on_path) if on_path else None, None
    packaged = packaged_folder()
    yield f"the packaged mongod ({packaged})", packaged / "bin" / "mongod", packaged / "lib"


def examine(program: Path | None, libraries: Path | None) -> Mongod | str:
    """The mongod if it runs and is new enough, else why not, in words."""
    if program is None or not program.is_file():
        return "is not there"
    try:
        result = subprocess.run(
            [str(program), "--version"], env=_environment(libraries), capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"cannot be run ({error})"
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or [f"exit code {result.returncode}"]
        return f"does not run ({lines[0][:200]})"
    version = result.stdout.split("db version v")[-1].split()[0]
    with contextlib.suppress(ValueError):
        if tuple(int(part) for part in version.split(".")[:2]) >= _OLDEST:
            return Mongod(program, version, libraries)
    return f"is too old ({version})"


def _environment(libraries: Path | None) -> dict[str, str]:
    env = dict(os.environ)
    if libraries is not None and libraries.is_dir():
        # Only for this child: the old libraries must not reach any other program.
        env["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [str(libraries), env.get("LD_LIBRARY_PATH", "")]))
    return env


def cache_gb(memory: int) -> float:
    """Size of the storage engine's cache; it fills only as the library grows.

    At a million pictures the indexes alone take more than a gigabyte; a small machine leaves them to the disk cache.

    Args:
        memory: of the machine, in bytes.
    """
    return min(MOST_CACHE_GB, max(LEAST_CACHE_GB, memory / 16 / 2**30))


def mongod_command(
    mongod: Mongod, dbpath: Path, port: int, log: Path | None = None
) -> tuple[list[str], dict[str, str]]:
    """Program with arguments, and environment, for a server on loopback; `dbpath` is made.

    Args:
        mongod: what to start.
        dbpath: folder of the data.
        port: to listen on.
        log: file to write to, reopened at SIGUSR1; standard output when None.
    """
    dbpath.mkdir(parents=True, exist_ok=True)
    argv = [
        str(mongod.program), "--dbpath", str(dbpath), "--port", str(port), "--bind_ip", "127.0.0.1",
        "--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", f"{cache_gb(psutil.virtual_memory().total):.2f}", "--oplogSize", "512",
        "--nounixsocket", "--setParameter", "diagnosticDataCollectionEnabled=false",
    ]  # fmt: skip
    if log is not None:
        argv += ["--logpath", str(log), "--logappend", "--logRotate", "reopen"]
    return argv, mongod.env


def local_uri(port: int) -> str:
    """Address of a mongod of ours on that port.

    It names the replica set, so that clients wait for the primary after a restart instead of failing.
    """
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def start_mongod(
    mongod: Mongod, dbpath: Path, port: int, log: Path, options: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start a mongod that ends with this process; call `ensure_replica_set` next. The supervisor starts its own way."""
    argv, env = mongod_command(mongod, dbpath, port, log)
    return subprocess.Popen(
        [*argv, *options], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - it allocates nothing and takes no lock
    )  # fmt: skip


def ensure_replica_set(port: int, *, timeout: float = 30.0) -> str:
    """Make the mongod on that port the primary of its own replica set; returns its version.

    A new data folder is initiated; one that was served on another port before is moved to this one.

    Raises:
        Error: `service_failed` when there is no primary in time.
    """
    deadline = time.monotonic() + timeout
    client: MongoClient[dict[str, Any]] = MongoClient(
        f"mongodb://127.0.0.1:{port}/?directConnection=true", serverSelectionTimeoutMS=500, connectTimeoutMS=2000
    )
    problem = "it does not answer"
    with client:
        while time.monotonic() < deadline:
            try:
                if _is_primary(client, port):
                    return str(client.server_info()["version"])
                problem = "it is not primary yet"
            except PyMongoError as error:
                problem = str(error)[:300]
            time.sleep(0.05)
    raise Error("service_failed", f"mongod on port {port}: {problem}.", service="mongod")


def _is_primary(client: MongoClient[dict[str, Any]], port: int) -> bool:
    """Whether it is primary under its right address; does what is missing for that."""
    host = f"127.0.0.1:{port}"
    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary") and hello.get("me") == host:
        return True
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]}
            client.admin.command("replSetInitiate", config)
            return False
        if error.code != _INVALID_CONFIG:
            raise
    _move(client, host)
    return False


def _move(client: MongoClient[dict[str, Any]], host: str) -> None:
    """Write the present address into a configuration that has another one."""
    config = client.get_database("local")["system.replset"].find_one({})
    if config is None or [member["host"] for member in config["members"]] == [host]:
        return
    config["version"] += 1
    config["members"] = [{"_id": 0, "host": host}]
    # Forced: without its old address it has no majority to ask.
    client.admin.command({"replSetReconfig": config, "force": True})
