"""Run every benchmark, each in a process of its own: `python -m benchmarks [--quick] [NAME ...]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

QUICK: dict[str, list[str]] = {
    "bench_ingest": ["--quick"],
    "bench_gallery": ["--records", "20000"],
    "bench_dagster": ["--quick"],
    "bench_blobs": [],
}
"""Arguments of the short run; without `--quick` each runs at its full size."""

FULL: dict[str, list[str]] = {"bench_gallery": ["--records", "1000000"]}
"""Further runs of the full size."""


def main() -> int:
    """Entry point."""
    quick = "--quick" in sys.argv[1:]
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    failed = []
    for name in [name for name in found if not wanted or name.removeprefix("bench_") in wanted or name in wanted]:
        runs = [QUICK.get(name, [])] if quick else [[], *([FULL[name]] if name in FULL else [])]
        for arguments in runs:
            print(f"\n=== {name} {' '.join(arguments)}", flush=True)
            if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False).returncode:
                failed.append(name)
    for name in failed:
        print(f"{name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
