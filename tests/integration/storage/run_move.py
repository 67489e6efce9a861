"""A process that moves blobs with settings from its environment, to be killed by a test."""

from __future__ import annotations

import sys

from darkroom.domain.access import SYSTEM
from darkroom.services.library import Library
from darkroom.settings import Settings

if __name__ == "__main__":
    library = Library.open(Settings.load())
    library.storage.migrate(SYSTEM, sys.argv[1], sys.argv[2], throttle=float(sys.argv[3]))
