"""A web app for tests, with a thread that does what Dagster's runs do."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from PIL import Image
from pydantic import SecretStr

from darkroom.domain.access import SYSTEM
from darkroom.domain.ingest import Batch
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.store.migrations import migrate
from darkroom.supervisor.ports import free_port
from frontend.serve import serve_command
from tests.fakes import RecordingLauncher
from tests.pictures import drop, jpeg
from tests.servers import MongoServer

TAGS = ("forest", "ocean", "mountains")
CAMERAS = ("Halide One", "Lumen X2")


def photograph(seed: int, *, camera: str, taken: str, width: int = 480, height: int = 320) -> bytes:
    """A JPEG with the Exif fields that filters use."""
    import io

    image = Image.open(io.BytesIO(jpeg(seed, width=width, height=height)))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = camera.split(maxsplit=1)[0], camera
    exif.get_ifd(0x8769)[0x9003] = taken
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


class Site:
    """Web process, library and worker of one home.

    Args:
        mongod: where the database is made.
        home: an empty folder.
        database: its name; sites that live at the same time have different ones.
        more: further settings.
    """

    def __init__(self, mongod: MongoServer, home: Path, database: str = "e2e", **more: Any) -> None:
        self.settings = Settings(
            home=home,
            web_port=free_port(),
            dagster_port=free_port(),
            mongo_uri=SecretStr(mongod.uri),
            mongo_database=database,
            password_cost=4,
            settle_seconds=0,
            samples=False,
            **more,
        )
        self.url = self.settings.web_url
        self._log = home / "web.log"
        self._stop = threading.Event()
        self._worker = threading.Thread(target=self._work, name="stands-in-for-dagster")

    def __enter__(self) -> Site:
        database = Database.connect(self.settings.mongo_uri.get_secret_value(), self.settings.mongo_database)
        database.drop()
        migrate(database)
        database.close()
        self.library = Library(self.settings, Stores.open(self.settings), RecordingLauncher())
        self.start()
        self._worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._worker.join(30)
        self.end()
        self.library.close()

    def start(self) -> None:
        """Start the web process and wait until it answers."""
        arguments, variables, folder = serve_command(self.settings)
        with self._log.open("ab") as log:
            self._web = subprocess.Popen(
                arguments, env={**os.environ, **variables}, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self._web.poll() is None, self._log.read_text()
            try:
                if httpx.get(f"{self.url}/api/v1/health", timeout=10).json()["database"]["ok"]:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(self._log.read_text())

    def end(self) -> None:
        """End the web process."""
        self._web.send_signal(signal.SIGINT)
        try:
            self._web.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._web.pid, signal.SIGKILL)
            self._web.wait()

    def _work(self) -> None:
        ingest = self.library.ingest
        while not self._stop.wait(0.2):
            for batch in ingest.pending(SYSTEM):
                ingest.run_batch(SYSTEM, batch.id, f"run-{batch.id[-8:]}")
            for order in self.library.renditions.pending(SYSTEM):
                self.library.renditions.run_order(SYSTEM, order.id, f"run-{order.id[-8:]}")

    def fill(self, count: int) -> None:
        """Bring pictures in through the inbox, in three folders, of two cameras and over four months."""
        for number in range(count):
            data = photograph(
                1000 + number,
                camera=CAMERAS[number % 2],
                taken=f"2026:{6 + number % 4:02}:{1 + number % 28:02} 10:00:00",
            )
            drop(self.settings.inbox, f"{TAGS[number % 3]}/picture-{number:03}.jpg", data)
        batches, _ = self.library.ingest.collect_inbox(SYSTEM, None)
        self.wait_for(batches[0])

    def wait_for(self, batch: Batch, seconds: float = 60) -> Batch:
        """Wait until a batch is done."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = self.library.stores.batches.get(batch.id)
            if now.state == "done":
                return now
            time.sleep(0.1)
        raise AssertionError(f"batch {batch.id} is not done")

    def get(self, address: str) -> httpx.Response:
        """Ask the web process."""
        return httpx.get(self.url + address, timeout=30, follow_redirects=True)
