"""What a supervisor tells whoever watches it: a terminal, or the command that started it in the background."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

ReportKind = Literal["service", "task", "ready", "notice", "stopping", "stopped", "error"]


@dataclass(frozen=True)
class Report:
    """One thing that happened."""

    kind: ReportKind
    """What sort of thing."""
    name: str = ""
    """The service or task."""
    state: str = ""
    """Where it is now: a state of `ServiceInfo`, or `running`, `done`, `skipped` for a task."""
    words: str = ""
    """For a person; for an error its cause."""
    seconds: float = 0.0
    """Since the supervisor started, or how long the thing took."""
    code: str = ""
    """Code of an error."""
    remedy: str = ""
    """What can be done about an error."""


Reporter = Callable[[Report], None]
"""Takes reports; never raises."""


def to_line(report: Report) -> bytes:
    """A report as a line of JSON."""
    return json.dumps(asdict(report)).encode() + b"\n"


def from_line(line: bytes) -> Report:
    """A report from a line of JSON."""
    found: dict[str, Any] = json.loads(line)
    return Report(**{field.name: found[field.name] for field in fields(Report) if field.name in found})


class PipeReporter:
    """Writes reports to a pipe until nobody reads it any more.

    Args:
        file: descriptor of the pipe.
    """

    def __init__(self, file: int) -> None:
        self._file: int | None = file

    def __call__(self, report: Report) -> None:
        """Send a report."""
        if self._file is None:
            return
        try:
            os.write(self._file, to_line(report))
        except OSError:  # the command that started us went away, which is its right
            self._file = None
