"""Obtain a mongod: `python -m darkroom.supervisor.obtain`, a process of its own so that a start can be broken off."""

from __future__ import annotations

import sys

from darkroom.errors import Error
from darkroom.supervisor.mongod_download import obtain_mongod


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Fetch it; the last line written says what came of it."""
    try:
        found = obtain_mongod(tell=_tell)
    except Error as error:
        sys.stdout.write(f"{error.cause} {error.remedy}\n")
        return 1
    sys.stdout.write(f"MongoDB {found.version}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
