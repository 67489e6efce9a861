"""What benchmarks ask: a whole Darkroom by `darkroom up` on a home and ports of its own, or a single server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

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


@contextmanager
def serving(
    command: Sequence[str], probe: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[None]:
    """Run a server, which has answered at `probe`; end it afterwards.

    Args:
        command: program and arguments.
        probe: address that it answers with 200 once it is ready.
        environment: variables on top of those of this process.
        folder: where it runs.
    """
    variables = os.environ | dict(environment or {})
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=variables, cwd=folder, stdout=quiet, stderr=quiet) as process:
        try:
            end = time.monotonic() + 120
            while not _answers(probe):
                assert time.monotonic() < end, f"nothing answers at {probe}"
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False
