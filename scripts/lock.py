"""Write requirements.lock: every package that Darkroom needs, run time and development, pinned to what is installed here.

    python scripts/lock.py            # write requirements.lock
    python scripts/lock.py --check    # exit 1 when it differs from this environment

The set is the closure of pyproject.toml over the installed packages, so that strays of an environment stay out. A
package that only some platforms need keeps the marker under which it is needed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
NOTE = "# Written by `python scripts/lock.py` from pyproject.toml and the environment it ran in; do not edit.\n"
# uvloop has no Windows wheels and colorama is for Windows alone; Darkroom runs on Linux and macOS.
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)


def canonical(name: str) -> str:
    """The normal form of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirement: Requirement, extras: frozenset[str], platform: dict[str, str]) -> bool:
    """Whether a requirement applies on a platform with any of the extras."""
    if requirement.marker is None:
        return True
    environment = {**default_environment(), **platform}
    return any(requirement.marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras)))


def closure(roots: list[Requirement], platform: dict[str, str]) -> set[str]:
    """Names of everything that the roots need on a platform."""
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = [(canonical(root.name), frozenset(root.extras)) for root in roots]
    while queue:
        name, extras = queue.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        found = [requirement for line in lines if wanted(requirement := Requirement(line), extras, platform)]
        queue += [(canonical(requirement.name), frozenset(requirement.extras)) for requirement in found]
    return {name for name, _ in seen}


def lock() -> str:
    """The text of the lock file.

    Raises:
        SystemExit: a package that this platform needs is not installed.
    """
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    # The build backend too: installing Darkroom itself then fetches nothing that is not pinned.
    lines = [*pyproject["build-system"]["requires"], *project["dependencies"], *project["optional-dependencies"]["dev"]]
    roots = [Requirement(line) for line in lines]
    needed = [closure(roots, platform) for platform in PLATFORMS]
    here = closure(roots, {})
    pins = []
    for name in sorted(set.union(*needed)):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if name in here:
                sys.exit(f"{name} is needed but not installed: run `make setup` first.")
            continue
        where = [platform["sys_platform"] for platform, names in zip(PLATFORMS, needed, strict=True) if name in names]
        marker = "" if len(where) == len(PLATFORMS) else f' ; sys_platform == "{where[0]}"'
        pins.append(f"{name}=={version}{marker}\n")
    return NOTE + "".join(pins)


def main() -> int:
    """Entry point."""
    text = lock()
    if "--check" in sys.argv[1:]:
        if LOCK.exists() and LOCK.read_text() == text:
            return 0
        sys.stderr.write("requirements.lock differs from this environment: run `python scripts/lock.py`.\n")
        return 1
    LOCK.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
