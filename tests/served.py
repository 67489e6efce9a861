"""The API served by granian as in production, over a test's database; it may be ended and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from darkroom.domain.base import now
from darkroom.runtime import RuntimeInfo, ServiceInfo, write_runtime
from darkroom.settings import Settings
from darkroom.supervisor.ports import free_port

ROOT = Path(__file__).parents[1]


@dataclass
class Server:
    """One web process.

    Args:
        settings: of the library.
        folder: to run in, and for its log.
        variables: further settings, as they stand in the environment.
    """

    settings: Settings
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it writes."""
        return self.folder / "granian.log"

    @property
    def environment(self) -> dict[str, str]:
        """Variables of its process, and of a command that acts on the same home."""
        assert self.settings.mongo_uri is not None
        return {
            **os.environ,
            "DARKROOM_HOME": str(self.settings.home_path),
            "DARKROOM_MONGO_URI": self.settings.mongo_uri.get_secret_value(),
            "DARKROOM_MONGO_DATABASE": self.settings.mongo_database,
            "DARKROOM_DAGSTER_PORT": str(self.settings.dagster_port),
            "PYTHONPATH": str(ROOT),
            **self.variables,
        }

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port"]
        command += [str(self.port), "--workers", "1", "darkroom.api.app:create_app"]
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=file, stderr=file
            )  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/api/v1/health", timeout=10).json()["database"]["ok"]:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        pytest.fail(self.log.read_text())

    def tell_home(self) -> None:
        """Write down in the home that this is what runs there, as the supervisor does."""
        web = ServiceInfo(name="web", state="ready", pid=self.process.pid, port=self.port)
        write_runtime(self.settings, RuntimeInfo(
            pid=self.process.pid, started_at=now(), ready=True, mongo_uri=self.environment["DARKROOM_MONGO_URI"],
            web_url=self.url, dagster_url="http://localhost:1", services=(web,),
        ))  # fmt: skip

    def stop(self) -> None:
        """End it politely."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """End it as a crash would, with everything it has started."""
        import psutil

        for one in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
            one.kill()
        self.process.wait()

    def restart(self) -> None:
        """End it as a crash would, and start it again on its port."""
        self.kill()
        self.start()

    def rss(self) -> int:
        """Memory of the worker in bytes, the largest so far."""
        import psutil

        own = psutil.Process(self.process.pid)
        return max(one.memory_info().rss for one in [own, *own.children(recursive=True)])
