"""Ask the package index for known vulnerabilities of everything in requirements.lock.

python -m scripts.vulnerabilities            # exit 1 and name what is affected; exit 0 with a word when there is no network
python -m scripts.vulnerabilities NAME ...   # of these packages only

The index's own advisories (OSV) come with each release. A part of `make check`, which goes on without it where there is no
network, and of `make audit`, which operators run once a day.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx

LOCK = Path(__file__).parents[1] / "requirements.lock"
INDEX = "https://pypi.org"

ACCEPTED: dict[str, str] = {}
"""Id of an advisory -> why it does not concern Darkroom."""


def pinned(text: str, only: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Name and version of every package in a lock file."""
    for line in text.splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==([^ ;]+)", line)
        if found and (not only or found[1] in only):
            yield found[1], found[2]


def advisories(client: httpx.Client, package: tuple[str, str]) -> list[dict[str, Any]]:
    """What is known of one release, nothing that was withdrawn."""
    answer = client.get(f"/pypi/{package[0]}/{package[1]}/json")
    answer.raise_for_status()
    found = answer.json().get("vulnerabilities") or []
    return [one for one in found if not one.get("withdrawn")]


def affected(packages: list[tuple[str, str]], index: str) -> list[str]:
    """A line for every advisory that was not accepted."""
    with httpx.Client(base_url=index, timeout=20, follow_redirects=True) as client, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(partial(advisories, client), packages))
    lines = []
    for (name, version), known in zip(packages, found, strict=True):
        for one in known:
            names = {one["id"], *one.get("aliases", ())}
            if not names & set(ACCEPTED):
                mended = ", ".join(one.get("fixed_in") or ()) or "no release yet"
                lines.append(
                    f"{name} {version}: {one['id']} ({', '.join(sorted(names - {one['id']}))}), mended in {mended}"
                )
    return lines


def main() -> int:
    """Entry point."""
    packages = list(pinned(LOCK.read_text(), tuple(sys.argv[1:])))
    try:
        lines = affected(packages, os.environ.get("PACKAGE_INDEX", INDEX))
    except httpx.HTTPError as error:
        sys.stderr.write(f"not audited: the package index gives no answer ({str(error) or type(error).__name__})\n")
        return 0
    for line in lines:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"{len(packages)} packages audited, {len(lines)} advisories\n")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
