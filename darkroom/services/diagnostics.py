"""The diagnostic bundle: what somebody who helps needs to know of this Darkroom, without its secrets, pictures and people."""

from __future__ import annotations

import io
import json
import platform
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from darkroom import __version__
from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.secret_references import ReferredSecret
from darkroom.services.health import Health
from darkroom.services.redaction import REDACTED, Redactor
from darkroom.settings import Settings
from darkroom.store import Stores

LINES = 2000
"""Lines of each log that go in."""
_RECORDS = 200
_LONGEST_LINE = 100_000


class DiagnosticsService:
    """Makes bundles.

    Args:
        settings: of this process.
        stores: repositories.
        health: tells how the services do.
    """

    def __init__(self, settings: Settings, stores: Stores, health: Callable[[Principal], Health]) -> None:
        self._settings = settings
        self._stores = stores
        self._health = health

    def bundle(
        self, principal: Principal, *, trace: str | None = None, findings: Sequence[Mapping[str, Any]] = ()
    ) -> bytes:
        """A ZIP for whoever helps.

        Args:
            principal: who asks.
            trace: only log lines and records of this trace.
            findings: what `darkroom doctor` found, where that was asked.
        """
        require(principal, "system:write")
        health = self._health(principal)
        return pack(self._settings, health, trace=trace, findings=findings, records=self._records(trace))

    def _records(self, trace: str | None) -> dict[str, Any]:
        from darkroom.store.diagnostics import counts, recent
        from darkroom.store.migrations import version

        try:
            found = recent(self._stores.database, trace, _RECORDS)
            about = {"schema": version(self._stores.database), "counts": counts(self._stores.database)}
            return {**about, **found}
        except Error as error:
            return {"error": error.code, "cause": error.cause}


def pack(
    settings: Settings,
    health: Health,
    *,
    trace: str | None = None,
    findings: Sequence[Mapping[str, Any]] = (),
    records: Mapping[str, Any] | None = None,
) -> bytes:
    """The bundle as a ZIP; every text in it has gone through the redaction."""
    redactor = Redactor(settings)
    documents: dict[str, Any] = {
        "about.json": _about(trace),
        "settings.json": _settings(settings),
        "services.json": health.model_dump(mode="json"),
        "doctor.json": list(findings),
        "records.json": dict(records or {}),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, document in documents.items():
            plain = json.loads(json.dumps(document, default=str))
            bundle.writestr(name, json.dumps(redactor.tree(plain), indent=2, ensure_ascii=False))
        for path in _logs(settings):
            name = f"logs/{path.relative_to(settings.logs).as_posix()}"
            bundle.writestr(name, redactor.text("".join(f"{line}\n" for line in _lines(path, trace))))
    return target.getvalue()


def _about(trace: str | None) -> dict[str, Any]:
    from darkroom.store.migrations import migrations

    return {
        "made_at": now().isoformat(),
        "trace": trace,
        "version": __version__,
        "schema_needed": len(migrations()),
        "python": sys.version,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": dict(sorted({one.name: one.version for one in distributions() if one.name}.items())),
    }


def _settings(settings: Settings) -> dict[str, Any]:
    """Each setting with its value, or that it is a secret, and whether it was set."""
    found: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        row: dict[str, Any] = {"value": value, "from": "set" if name in settings.model_fields_set else "default"}
        if isinstance(value, SecretStr):
            row["value"] = REDACTED
        if isinstance(value, ReferredSecret):
            row["from"] = value.reference
        found[f"DARKROOM_{name.upper()}"] = row
    return found


def _logs(settings: Settings) -> Iterator[Path]:
    """Log files of the home, those that were moved aside too; no link leads out of it."""
    for path in sorted(settings.logs.rglob("*.log*")) if settings.logs.is_dir() else ():
        if path.is_file() and path.resolve().is_relative_to(settings.logs.resolve()):
            yield path


def _lines(path: Path, trace: str | None) -> Iterator[str]:
    """The last lines, oldest first; of a trace, those that name it."""
    wanted = trace.encode() if trace else b""
    try:
        with path.open("rb") as file:
            kept = deque((line for line in file if wanted in line), maxlen=LINES)
    except OSError as error:
        yield f"cannot be read: {error.strerror}"
        return
    for line in kept:
        if len(line) > _LONGEST_LINE:
            yield f"[a line of {len(line)} bytes left out]"
        else:
            yield line.decode(errors="replace").rstrip("\r\n")
