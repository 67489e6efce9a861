"""Create .venv with exactly the packages of requirements.lock, showing progress; does nothing when that is done already.

Run by scripts/setup.sh with any suitable Python, hence only the standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "darkroom-setup.json"
LOG = ROOT / ".cache" / "setup.log"
NEEDED_BYTES = 4_000_000_000
TORCH = "torch=="
# Where PyTorch's makers keep the builds without the gigabytes that only a GPU needs.
TORCH_FOR_PROCESSORS = "https://download.pytorch.org/whl/cpu"


def say(words: str, end: str = "\n") -> None:
    """Show progress."""
    sys.stdout.write(words + end)
    sys.stdout.flush()


def digest() -> str:
    """What the environment is made from."""
    total = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml", Path(__file__)):
        total.update(path.read_bytes())
    # An editable installation points at the folder it was made in.
    total.update(str(ROOT).encode())
    return total.hexdigest()


def is_current() -> bool:
    """Whether the environment is whole and made from the present lock."""
    try:
        return bool(json.loads(STAMP.read_text())["digest"] == digest())
    except (OSError, ValueError, KeyError):
        return False


def fail(words: str, remedy: str) -> None:
    """End with one sentence and what can be done about it."""
    sys.stderr.write(f"\n{words}\nWhat to do: {remedy}\n")
    raise SystemExit(1)


def explain(output: list[str]) -> str:
    """The remedy for a failed installation, from pip's own words."""
    text = "\n".join(output)
    if "No space left" in text:
        return "free some space on this disk, then run the same command again."
    if any(
        sign in text
        for sign in ("NewConnectionError", "Name or service not known", "ConnectTimeout", "Max retries", "ProxyError")
    ):
        return "check the network (or PIP_INDEX_URL and proxy settings), then run the same command again; it goes on where it stopped."
    if "No matching distribution" in text or "Could not find a version" in text:
        return "use Python 3.11 to 3.13 on x86-64 or arm64 with `make up PYTHON=...`; the line above names the missing package."
    return f"read {LOG.relative_to(ROOT)}, then run the same command again."


def pip(arguments: list[str], total: int) -> None:
    """Run pip and count the packages that go by."""
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        *arguments,
    ]
    lines: list[str] = []
    terminal = sys.stdout.isatty()
    with (
        LOG.open("a") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            lines.append(line.rstrip())
            if total and line.startswith("Collecting "):
                count = sum(found.startswith("Collecting ") for found in lines)
                if terminal:
                    say(f"\r  fetching {count} of {total}: {line.split()[1][:50]:50}", end="")
                elif count % 40 == 0:
                    say(f"  fetching {count} of {total}")
            elif total and line.startswith("Installing collected"):
                say(
                    ("\r" if terminal else "")
                    + f"  installing {total} packages (about half a minute)"
                    + (" " * 30 if terminal else "")
                )
    if process.returncode:
        errors = [line for line in lines if "ERROR" in line or "error:" in line] or lines[-3:]
        fail("Installing the Python packages failed: " + " ".join(errors[-1:]), explain(lines))


def has_gpu() -> bool:
    """Whether there is a GPU that PyTorch's usual build for Linux is made for."""
    return any(Path(name).exists() for name in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"))


def install_torch(pinned: str) -> None:
    """Install PyTorch: without a GPU the small build, if it can be had, else the usual one with all that it needs."""
    if sys.platform == "linux" and not has_gpu():
        say(f"Installing {pinned}, the build for processors")
        command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-deps"]
        command += ["--retries", "0", "--timeout", "10", "--index-url", TORCH_FOR_PROCESSORS, pinned]
        with LOG.open("a") as log:
            if not subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False).returncode:
                return
    say(f"Installing {pinned}")
    pip([pinned], 0)


def make() -> None:
    """Build the environment from nothing, or bring an older one up to date."""
    free = shutil.disk_usage(ROOT).free
    if not PYTHON.exists() and free < NEEDED_BYTES:
        fail(
            f"Only {free / 1e9:.1f} GB are free on the disk of {ROOT}; Darkroom needs 4 GB to set itself up.",
            "free some space, then run the same command again.",
        )
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode:
        shutil.rmtree(VENV)
    if not PYTHON.exists():
        say(f"Making .venv with Python {sys.version.split()[0]}")
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
        )
        if made.returncode:
            words = (made.stdout + made.stderr).strip().splitlines()
            fail(
                f"Python could not make a virtual environment: {(words or ['no reason given'])[-1]}",
                "on Debian or Ubuntu run `sudo apt install python3-venv`.",
            )
    lines = LOCK.read_text().splitlines()
    torch = [line.partition(" ")[0] for line in lines if line.startswith(TORCH)]
    others = LOG.parent / "requirements.txt"
    others.write_text("\n".join(line for line in lines if not line.startswith(TORCH)) + "\n")
    total = sum("==" in line for line in lines) - len(torch)
    say(f"Installing {total} pinned Python packages")
    # The lock is closed under dependencies: nothing is resolved, so nothing can differ between two machines.
    pip(["--no-deps", "--prefer-binary", "-r", str(others)], total)
    for pinned in torch:
        install_torch(pinned)
    pip(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)], 0)
    STAMP.write_text(json.dumps({"digest": digest()}))


def compile_c() -> None:
    """Build what is written in C, where there is a compiler; milliseconds when that is done. Nothing depends on it."""
    path = ROOT / "darkroom" / "imaging" / "compiled" / "build.py"
    spec = importlib.util.spec_from_file_location("build", path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if words := module.build():
        say(words)


def bring_up() -> None:
    """Make the environment unless it is there."""
    if is_current():
        return
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "setup.lock").open("w") as lock:
        # Two `make` at once: the second one waits and then finds the work done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current():
            return
        started = time.monotonic()
        LOG.unlink(missing_ok=True)
        make()
        say(f"Set up in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Entry point."""
    bring_up()
    compile_c()
    return 0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        fail(
            f"Setting up failed: {error}.",
            "check the permissions and the free space of this folder, then run the same command again.",
        )
