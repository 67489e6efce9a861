"""Draw the sample pictures into the inbox: `python -m darkroom.supervisor.samples`."""

from __future__ import annotations

import os
import sys

from darkroom.imaging.samples.files import write_samples
from darkroom.settings import Settings


def main() -> int:
    """Draw them; the services that are coming up go first."""
    os.nice(5)
    sys.stdout.write(f"{len(write_samples(Settings.load().inbox))} sample pictures\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
