"""Change the code in small ways and count how many changes the unit tests notice: `python scripts/mutation.py`.

What is changed is named in `[tool.mutmut]` of pyproject.toml: the code that decides who may do what and when things run. Exit 1
below the share that must be noticed. What survives is listed; most of it is wording.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "mutants"
LEAST = 0.85
"""Share of the changes that a test must notice."""


def main() -> int:
    """Run mutmut from a clean start and judge what it counted."""
    shutil.rmtree(WORK, ignore_errors=True)
    mutmut = str(Path(sys.executable).parent / "mutmut")
    run = subprocess.run([mutmut, "run"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if run.returncode:
        sys.stderr.write("The tests do not pass without changes, or mutmut broke: run `mutmut run` to see why.\n")
        return run.returncode
    subprocess.run([mutmut, "export-cicd-stats"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    counted = json.loads((WORK / "mutmut-cicd-stats.json").read_text())
    noticed = counted["killed"] + counted["timeout"] + counted["segfault"]
    subprocess.run([mutmut, "results"], cwd=ROOT, check=False)
    share = noticed / counted["total"]
    sys.stdout.write(
        f"{noticed} of {counted['total']} changes were noticed: {share:.1%} (at least {LEAST:.0%} must be).\n"
    )
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
