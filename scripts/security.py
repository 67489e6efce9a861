"""bandit over the code: nothing of high severity, and of medium only what was accepted here with a reason.

python -m scripts.security          # exit 1 and name what is not accepted, or no longer there
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = ("darkroom", "assets", "jobs", "sensors", "resources", "frontend", "training", "scripts", "definitions.py")

ACCEPTED: dict[tuple[str, str], str] = {
    (
        "B608",
        "darkroom/store/columns_answers.py",
    ): "Only names of our own columns are put into SQL; every value is a parameter.",
    (
        "B608",
        "darkroom/store/columns_diverse.py",
    ): "Only names of our own columns are put into SQL; every value is a parameter.",
    (
        "B608",
        "darkroom/store/columns_facets.py",
    ): "Only names of our own columns are put into SQL; every value is a parameter.",
    (
        "B608",
        "darkroom/store/columns.py",
    ): "Only names of our own columns are put into SQL; every value is a parameter.",
    ("B314", "darkroom/datasets/boxes.py"): "Files with a DOCTYPE or an entity are refused before they are parsed.",
    (
        "B314",
        "darkroom/imaging/lens_profiles.py",
    ): "Files with an entity, in whatever encoding, are refused before they are parsed.",
    ("B314", "darkroom/imaging/xmp.py"): "Packets with a DOCTYPE or entities are refused before they are parsed.",
}
"""Test and file -> why its findings are all right there. Findings of low severity are the linter's (ruff `S`)."""


def findings() -> list[tuple[str, str, int, str]]:
    """Test, file, line and words of everything from medium severity on."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", *PATHS, "-x", "frontend/.web", "--severity-level", "medium"]
    result = subprocess.run([*command, "-f", "json"], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):
        raise SystemExit(f"bandit broke: {result.stderr[-2000:]}")
    return [
        (one["test_id"], one["filename"].removeprefix("./"), one["line_number"], f"{one['issue_severity']}: {one['issue_text']}")
        for one in json.loads(result.stdout)["results"]
    ]  # fmt: skip


def problems(found: list[tuple[str, str, int, str]]) -> list[str]:
    """What was not accepted, and what was accepted in vain."""
    seen = {(test, file) for test, file, _, _ in found}
    lines = [
        f"{file}:{line} {test} {words}"
        for test, file, line, words in found
        if (test, file) not in ACCEPTED or words.startswith("HIGH")
    ]
    return lines + [
        f"{file} {test}: accepted, but no longer found" for test, file in ACCEPTED if (test, file) not in seen
    ]


def main() -> int:
    """Entry point."""
    lines = problems(findings())
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
