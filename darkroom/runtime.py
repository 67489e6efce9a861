"""What the supervisor tells other processes: which services run, where, and how to reach the database."""

from __future__ import annotations

import hmac
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError

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
    version: str = ""
    """Version of Darkroom that runs."""
    settings: dict[str, str] = Field(default_factory=dict)
    """What they were started with, secrets as a digest."""


_ELSEWHERE = frozenset(
    {"home", "web_port", "dagster_port", "samples", "log_level", "log_format", "url", "token", "config_dir"}
)
"""Settings that options of `darkroom up` change, or that are of commands alone."""


def fingerprints(settings: Settings, started_at: datetime) -> dict[str, str]:
    """Every setting that services share, to compare with those of another time; secrets as a digest that is of this start alone."""
    found = {}
    for name in sorted(set(type(settings).model_fields) - _ELSEWHERE):
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            mac = hmac.new(started_at.isoformat().encode(), value.get_secret_value().encode(), "sha256")
            value = f"secret {mac.hexdigest()[:16]}"
        found[name] = "" if value is None else str(value)
    return found


def drift(info: RuntimeInfo, settings: Settings) -> Iterator[tuple[str, str]]:
    """Settings that what runs was started with and that are others now, each with both in words."""
    present = fingerprints(settings, info.started_at)
    for name, before in info.settings.items():
        after = present.get(name, before)
        if before != after:
            secret = before.startswith("secret ") or after.startswith("secret ")
            yield name, "another secret" if secret else f"{before or 'not set'} there, {after or 'not set'} here"


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
