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
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)
PYTHONS = ("3.11.0", "3.11.14", "3.12.12", "3.13.9")
# Every combination that `make` may meet: some packages are needed on early patch releases of a Python only.
ENVIRONMENTS = [
    {**default_environment(), **platform, "python_full_version": python, "python_version": python.rpartition(".")[0]}
    for platform in PLATFORMS
    for python in PYTHONS
]


def canonical(name: str) -> str:
    """The normal form of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirement: Requirement, extras: frozenset[str], environment: dict[str, str]) -> bool:
    """Whether a requirement applies in an environment with any of the extras."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras)))


def closure(roots: list[Requirement], environment: dict[str, str]) -> dict[str, set[str]]:
    """Everything that the roots need in an environment, with the markers under which it is asked for."""
    found: dict[str, set[str]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = roots
    while queue:
        requirement, *queue = queue
        name, extras = canonical(requirement.name), frozenset(requirement.extras)
        found.setdefault(name, set()).add(str(requirement.marker or ""))
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        queue += [one for line in lines if wanted(one := Requirement(line), extras, environment)]
    return found


def marker(name: str, needs: list[dict[str, set[str]]]) -> str:
    """Under which condition a package is installed; nothing for one that every environment needs."""
    places = [found[name] for found in needs if name in found]
    if len(places) == len(needs):
        return ""
    markers = sorted(set.union(*places))
    if "" in markers or any("extra" in one for one in markers):
        sys.exit(f"{name} is needed in some environments only, through another such package: teach scripts/lock.py.")
    return f" ; {' or '.join(markers)}"


def version(name: str) -> str:
    """The version to pin: that installed here, else the one pinned before, for a package that other systems need.

    Raises:
        SystemExit: there is neither.
    """
    try:
        # What stands behind a plus names one build of it (torch 2.13.0+cpu); which build suits is for the set-up to say.
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        before = re.search(rf"^{re.escape(name)}==(\S+)", LOCK.read_text() if LOCK.exists() else "", re.MULTILINE)
        return before[1] if before else sys.exit(f"{name} is needed: `.venv/bin/pip install {name}`, then again.")


def lock() -> str:
    """The text of the lock file.

    Raises:
        SystemExit: a package that some environment needs is not installed here.
    """
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    # The build backend too: installing Darkroom itself then fetches nothing that is not pinned.
    lines = [*pyproject["build-system"]["requires"], *project["dependencies"], *project["optional-dependencies"]["dev"]]
    roots = [Requirement(line) for line in lines]
    needs = [closure(roots, environment) for environment in ENVIRONMENTS]
    names = sorted(set().union(*needs))
    return NOTE + "".join(f"{name}=={version(name)}{marker(name, needs)}\n" for name in names)


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
