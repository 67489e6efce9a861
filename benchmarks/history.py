"""Figures of earlier commits, and what got slower since: `python -m benchmarks.history [OLD [NEW]]`.

Every benchmark that runs leaves its figures in `reports/benchmarks/history/<commit>/`, with `-changed` behind the commit
where the tree had changes of its own. Without OLD the commits that are there are listed; without NEW it is the last one.
A figure counts as worse when it is more than `--limit` worse than its peers in the same run got: a machine that is
slower today is slower for all of them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.report import HISTORY, table

OURS = "Darkroom"
LIMIT = 1.15
_MORE_IS_BETTER = ("pictures_s", "images_per_second", "of_floor", "ssim")
_LESS_IS_BETTER = ("cpu_ms", "kb", "peak_mb", "p50", "p95", "jump_p50", "jump_p95", "bytes", "ms")


@dataclass(frozen=True)
class Change:
    """One figure at two commits."""

    name: str
    old: float
    new: float
    worse: float
    """How many times worse it got, beside its peers in the same runs; below 1 it got better."""


def kept_commits() -> list[str]:
    """Commits with figures, the oldest first."""
    folders = [one for one in HISTORY.glob("*") if one.is_dir()]
    return [one.name for one in sorted(folders, key=lambda folder: folder.stat().st_mtime)]


def figures(commit_name: str) -> dict[tuple[str, ...], float]:
    """Every number of a commit whose better direction is known, by benchmark and place in its report.

    Raises:
        SystemExit: when nothing is kept of that commit.
    """
    reports = sorted((HISTORY / commit_name).glob("*.json"))
    if not reports:
        raise SystemExit(f"Nothing is kept of {commit_name}; there are: {', '.join(kept_commits()) or 'none'}.")
    known = _MORE_IS_BETTER + _LESS_IS_BETTER
    leaves = (leaf for path in reports for leaf in _leaves(json.loads(path.read_text())["figures"], (path.stem,)))
    return {place: value for place, value in leaves if place[-1] in known and value > 0}


def _leaves(node: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(node, dict):
        for name, below in node.items():
            yield from _leaves(below, (*place, str(name)))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield place, float(node)


def changes(old: dict[tuple[str, ...], float], new: dict[tuple[str, ...], float]) -> list[Change]:
    """Our figures that both commits have, the worst first."""
    both = {place: _worse(place[-1], old[place], new[place]) for place in old.keys() & new.keys()}
    found = []
    for place, worse in both.items():
        if not is_ours(place, both):
            continue
        peers = [one for other, one in both.items() if _are_peers(place, other)]
        machine = statistics.median(peers) if peers else 1.0
        found.append(Change(" / ".join(place), old[place], new[place], worse / machine))
    return sorted(found, key=lambda one: (-one.worse, one.name))


def _worse(kind: str, old: float, new: float) -> float:
    return old / new if kind in _MORE_IS_BETTER else new / old


def is_ours(place: tuple[str, ...], places: Any) -> bool:
    """Whether a figure is of this project: its way says so, or there is no way beside it that does."""
    if len(place) < 3:
        return True
    beside = {other[-2] for other in places if other[:-2] == place[:-2] and other[-1] == place[-1]}
    return place[-2].startswith(OURS) or not any(way.startswith(OURS) for way in beside)


def _are_peers(place: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the other is what somebody else's way took for the same task in the same run."""
    same = other[:-2] == place[:-2] and other[-1] == place[-1]
    return same and place[-2].startswith(OURS) and not other[-2].startswith(OURS)


def main() -> int:
    """Entry point; 1 when something got worse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", metavar="OLD", help="commit to compare with")
    parser.add_argument("new", nargs="?", metavar="NEW", help="commit to look at; the last one without it")
    parser.add_argument("--limit", type=float, default=LIMIT, help="times worse that count (%(default)s)")
    asked = parser.parse_args()
    known = kept_commits()
    if asked.old is None:
        print("\n".join(known) or "Nothing is kept yet: run `make bench`.")
        return 0
    new = asked.new or known[-1]
    found = changes(figures(asked.old), figures(new))
    rows = [[one.name, f"{one.old:,.2f}", f"{one.new:,.2f}", f"{one.worse:.2f}"] for one in found]
    table(f"{asked.old} to {new}", ["", "then", "now", "times worse"], rows)
    slower = [one for one in found if one.worse > asked.limit]
    for one in slower:
        print(f"WORSE {one.worse:.2f} times: {one.name}", file=sys.stderr)
    return 1 if slower else 0


if __name__ == "__main__":
    raise SystemExit(main())
