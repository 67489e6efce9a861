"""Puts pictures away, restores and removes them, for ever: to be killed at any moment."""

from __future__ import annotations

import random
import sys

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.library import Library
from darkroom.services.trash_views import ImageIds, PurgeRequest
from darkroom.settings import Settings


def main() -> None:
    """Entry point: seed, then ids that may be moved, then `-`, then ids that may be removed for good."""
    seed, *words = sys.argv[1:]
    middle = words.index("-")
    kept, removable = words[:middle], words[middle + 1 :]
    chance = random.Random(int(seed))
    library = Library.open(Settings.load())
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        some = ImageIds(ids=tuple(chance.sample([*kept, *removable], 3)))
        library.trash.put(LOCAL_OWNER, some)
        library.trash.restore(LOCAL_OWNER, ImageIds(ids=tuple(chance.sample(kept, 3))))
        library.trash.purge(LOCAL_OWNER, PurgeRequest(ids=(chance.choice(removable),)))


if __name__ == "__main__":
    main()
