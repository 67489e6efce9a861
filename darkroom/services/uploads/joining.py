"""Putting the parts of a large upload together, as work of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

from darkroom.domain.access import SYSTEM
from darkroom.domain.work import LongWork
from darkroom.services.uploads.service import UploadService
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.store import Stores


class JoinKind(WholeKind):
    """Makes one file of parts, verifies it, and hands it over when it waits for no other; begun again it does all of that anew.

    Args:
        stores: where the work is.
        uploads: does it; asked for when it is needed, for it begins such work.
    """

    name = "upload"
    permission = "images:write"

    def __init__(self, stores: Stores, uploads: Callable[[], UploadService]) -> None:
        super().__init__(stores)
        self._uploads = uploads

    def do(self, work: LongWork, progress: Progress) -> None:
        """Put it together, part by part."""
        upload = self.stores.uploads.get(str(json.loads(work.params)["upload"]))
        progress.of(upload.part_count)
        self._uploads().join(upload, progress.add)
        # Theirs, not ours: events and the batch name who sent the file.
        sender = SYSTEM.model_copy(update={"id": upload.principal})
        self._uploads().hand_over_alone(sender, upload.id, f"b-{work.id.partition('-')[2]}")
