"""Fetch the object-store emulators that some tests use and that are no Python packages: `make emulators`.

Ends well in any case: tests that need one are skipped, with a reason, where it is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".cache" / "emulators"
PACKAGES = {"azurite": "3.37.0"}


def version(name: str) -> str | None:
    """The version that is there already."""
    try:
        return str(json.loads((FOLDER / "node_modules" / name / "package.json").read_text())["version"])
    except (OSError, ValueError, KeyError):
        return None


def main() -> int:
    """Entry point."""
    missing = [f"{name}@{wanted}" for name, wanted in PACKAGES.items() if version(name) != wanted]
    if not missing:
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    npm = Path(sys.executable).with_name("npm")
    # Scripts of packages are not run: these have none that is needed.
    command = [str(npm), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]
    if subprocess.run([*command, str(FOLDER), *missing], check=False).returncode:
        sys.stderr.write(f"{', '.join(missing)} cannot be fetched: the tests against it are skipped.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
