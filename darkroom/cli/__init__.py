"""The command line: `darkroom --help` is where to begin."""

from __future__ import annotations

from darkroom.cli.main import app, main

__all__ = ["app", "main"]
