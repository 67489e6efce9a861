"""A process that backs up with settings from its environment, to be killed by a test; it tells what it has copied."""

from __future__ import annotations

import sys
import time

from darkroom.domain.access import SYSTEM
from darkroom.services.library import Library
from darkroom.services.storage.backup import back_up
from darkroom.settings import Settings


def tell(_done: int, copied: int) -> None:
    sys.stdout.write(f"{copied}\n")
    sys.stdout.flush()
    time.sleep(0.5)  # so that it can be killed in the midst of it


if __name__ == "__main__":
    library = Library.open(Settings.load())
    back_up(SYSTEM, library.stores, sys.argv[1], on_progress=tell)
