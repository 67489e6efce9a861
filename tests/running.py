"""A whole Darkroom in a home of its own, driven through the command line as a person does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkroom.supervisor.ports import free_port

ROOT = Path(__file__).parents[1]
DARKROOM = Path(sys.executable).with_name("darkroom")


@dataclass
class Stack:
    """One home with ports of its own."""

    home: Path
    web_port: int = field(default_factory=free_port)
    dagster_port: int = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def web_url(self) -> str:
        """Address of the web app."""
        return f"http://localhost:{self.web_port}"

    @property
    def dagster_url(self) -> str:
        """Address of Dagster's web app."""
        return f"http://localhost:{self.dagster_port}"

    @property
    def inbox(self) -> Path:
        """The watched folder."""
        return self.home / "inbox"

    def environment(self) -> dict[str, str]:
        """What its commands see."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
        ports = {"DARKROOM_WEB_PORT": str(self.web_port), "DARKROOM_DAGSTER_PORT": str(self.dagster_port)}
        return {**clean, "DARKROOM_HOME": str(self.home), **ports, **self.variables}

    def run(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run `darkroom` with arguments."""
        command = [str(DARKROOM), *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=timeout, check=False
        )

    def up(self, *arguments: str) -> str:
        """Start it in the background and wait until it is ready; returns what was printed."""
        done = self.run("up", "--detach", *arguments, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def down(self) -> str:
        """Stop it."""
        done = self.run("down")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self) -> dict[str, Any]:
        """What `darkroom status --json` says."""
        found: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return found

    def service(self, name: str) -> dict[str, Any]:
        """One service, as the supervisor last wrote it down; asking the command each time would take longer than what is waited for."""
        written = json.loads((self.home / "run" / "runtime.json").read_text())
        found: dict[str, Any] = next(service for service in written["services"] if service["name"] == name)
        return found
