"""A whole Darkroom for benchmarks: `darkroom up` on a home and ports of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from darkroom.supervisor.ports import free_port


@dataclass(frozen=True)
class Running:
    """Where it is."""

    home: Path
    web_url: str

    @property
    def inbox(self) -> Path:
        """The watched folder."""
        return self.home / "inbox"

    @property
    def api(self) -> str:
        """Root of the REST API."""
        return f"{self.web_url}/api/v1"


@contextmanager
def running(home: Path) -> Iterator[Running]:
    """Start it without sample pictures; stop it at the end."""
    web, dagster = free_port(), free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
    ports = {"DARKROOM_WEB_PORT": str(web), "DARKROOM_DAGSTER_PORT": str(dagster)}
    env = {**clean, **ports, "DARKROOM_HOME": str(home)}
    program = str(Path(sys.executable).with_name("darkroom"))
    root = Path(__file__).parents[1]
    subprocess.run([program, "up", "--detach", "--no-samples"], env=env, cwd=root, check=True, capture_output=True)
    try:
        yield Running(home, f"http://localhost:{web}")
    finally:
        subprocess.run([program, "down"], env=env, cwd=root, check=True, capture_output=True)
