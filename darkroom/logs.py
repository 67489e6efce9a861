"""Structured logs with a trace id: for people on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from contextvars import ContextVar
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

_TRACE: ContextVar[str | None] = ContextVar("darkroom_trace_id", default=None)
_SECRET = re.compile(r"(?i)(://[^:/@\s]*:)[^@\s]+(@)")


def new_trace_id() -> str:
    """128 random bits in hexadecimal, as W3C Trace Context asks."""
    return secrets.token_hex(16)


def trace_id() -> str | None:
    """The trace that this thread or task works for."""
    return _TRACE.get()


def set_trace_id(value: str | None) -> None:
    """Work for that trace from here on, in this thread or task."""
    _TRACE.set(value)


def _add_trace(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if found := _TRACE.get():
        event.setdefault("trace_id", found)
    return event


def _hide_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Passwords in addresses never reach a log."""
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _SECRET.sub(r"\1***\2", value)
    return event


def configure(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Set up logging for a process; standard-library loggers go the same way.

    Args:
        level: least severe level that is written.
        style: `auto` is `console` on a terminal and `json` elsewhere.
    """
    if style == "auto":
        style = "console" if sys.stderr.isatty() else "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _hide_secrets,
    ]
    last: Any = structlog.dev.ConsoleRenderer() if style == "console" else structlog.processors.JSONRenderer()
    before: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        before.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[*before, last], foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger by dotted name."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
