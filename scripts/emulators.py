"""Fetch the object-store emulators that some tests use and that are no Python packages: `python -m scripts.emulators`.

Tests that need one are skipped, with a reason, where it is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".cache" / "emulators"
PACKAGES = ("azurite@3.37.0",)


def main() -> int:
    """Entry point."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    npm = Path(sys.executable).with_name("npm")
    command = [str(npm), "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), *PACKAGES]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
