"""Runs the benchmarks, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

QUICK: dict[str, list[str]] = {
    "ingest": ["--quick"],
    "gallery": ["--records", "20000"],
    "dagster": ["--quick"],
    "encode": ["--quick"],
    "blobs": [],
    "browser": ["--records", "20000", "--sessions", "30", "--seconds", "2"],
    "load": ["--records", "20000", "--sessions", "20", "--rates", "20", "--seconds", "6"],
    "preview": ["--moves", "10"],
    "auth": ["--requests", "400"],
    "rest": ["--requests", "400"],
    "recipe": ["--quick"],
    "thumbnail": ["--quick"],
    "storage": ["--objects", "300"],
    "training": ["--quick"],
    "bulk": ["--quick"],
    "datasets": ["--quick"],
    "reports": ["--pictures", "100000"],
    "ray": ["--quick"],
    "large": ["--side", "8192"],
    "crowd": ["--giants", "3", "--thumbnails", "300"],
    "raw": ["--repeat", "3"],
}
"""Arguments of the short run; without `--quick` each runs at its full size."""

FULL: dict[str, list[str]] = {"gallery": ["--records", "1000000"], "browser": ["--records", "1000000"]}
"""Further runs of the full size."""


def main() -> int:
    """Entry point."""
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(found)}; all of them without a name")
    parser.add_argument("--quick", action="store_true", help="a short look in place of the full size")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - set(found)):
        parser.error(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(found)}")
    failed = []
    for name in asked.names or found:
        runs = [QUICK.get(name, [])] if asked.quick else [[], *([FULL[name]] if name in FULL else [])]
        for arguments in runs:
            print(f"\n=== {name} {' '.join(arguments)}", flush=True)
            if subprocess.run([sys.executable, "-m", f"benchmarks.bench_{name}", *arguments], check=False).returncode:
                failed.append(name)
    for name in failed:
        print(f"{name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
