"""What the supervisor tells other processes: which services run, where, and how to reach the database."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.settings import Settings

ServiceState = Literal["waiting", "starting", "ready", "restarting", "failed", "stopped"]


class ServiceInfo(Model):
    """One supervised process."""

    name: str
    """`mongod`, `code-server`, `run-starter`, `dagster-daemon`, `dagster-web`, `web`."""
    state: ServiceState
    """Where it is."""
    pid: int | None = None
    """Its process."""
    port: int | None = None
    """The port it listens on, if any."""
    restarts: int = Field(0, ge=0)
    """How often it was started again after dying."""
    cause: str | None = None
    """Why it is not ready, in words."""


class RuntimeInfo(Model):
    """Contents of `<home>/run/runtime.json`, rewritten atomically at every change of state."""

    pid: int
    """The supervisor."""
    started_at: datetime
    """When."""
    ready: bool
    """Whether every service is ready."""
    mongo_uri: str
    """Where the database is (no password of ours; the file is private to its owner)."""
    web_url: str
    """Web app and REST API."""
    dagster_url: str
    """Dagster's web app."""
    services: tuple[ServiceInfo, ...] = ()
    """All of them, in order of start."""


def runtime_path(settings: Settings) -> Path:
    """Where the file lies."""
    return settings.run_dir / "runtime.json"


def read_runtime(settings: Settings) -> RuntimeInfo | None:
    """What the supervisor on this home last wrote, or None when none runs."""
    try:
        info = RuntimeInfo.model_validate_json(runtime_path(settings).read_bytes())
        os.kill(info.pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValidationError):
        return None
    except PermissionError:  # another user's supervisor is alive all the same
        return info
    return info


def write_runtime(settings: Settings, info: RuntimeInfo) -> None:
    """Replace the file in one step, readable by its owner only."""
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=settings.run_dir, prefix=".runtime-")
    with os.fdopen(handle, "w") as file:
        json.dump(info.model_dump(mode="json"), file)
    Path(name).replace(runtime_path(settings))


def mongo_uri(settings: Settings) -> str:
    """The database's address: as set, else that of the running supervisor.

    Raises:
        Error: `not_running` when neither is there.
    """
    if settings.mongo_uri is not None:
        return settings.mongo_uri.get_secret_value()
    info = read_runtime(settings)
    if info is None:
        raise Error("not_running", f"No Darkroom runs on {settings.home_path}.")
    return info.mongo_uri
