"""Taking pictures out of a collection that is gone."""

from __future__ import annotations

import json
from collections.abc import Sequence

from darkroom.domain.edit import Edit
from darkroom.domain.work import LongWork
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.store.database import Session

_PIECE = 1000


class UncollectKind(WholeKind):
    """Lets pictures forget a collection. Its id is never used again, so that what is left when it is stopped harms nobody."""

    name = "uncollect"
    permission = "images:write"

    def do(self, work: LongWork, progress: Progress) -> None:
        """Take those out that are in it still."""
        gone = json.loads(work.params)["collection"]
        progress.of(self.stores.images.count_in_collection(gone))
        while ids := self.stores.images.in_collection(gone, limit=_PIECE):

            def step(session: Session, ids: Sequence[str] = ids) -> None:
                self.stores.images.edit_many(session, ids, Edit(remove_from=(gone,)))
                self.stores.events.append(session, type="images.updated", principal=work.principal, ids=ids)

            self.stores.database.run(step)
            progress.add(len(ids), changed=len(ids))
        progress.of(progress.done)
