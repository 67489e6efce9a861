"""What people say of pictures of datasets before it becomes a version."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from darkroom.domain.draft import Draft, draft_id
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository

_AT_ONCE = 1000


class DraftRepository(Repository[Draft]):
    """Drafts by dataset, person and picture."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "drafts", Draft)

    @maps_errors
    def of(self, dataset: str, owner: str) -> builtins.list[Draft]:
        """All that somebody says of a dataset, the oldest first."""
        found = self._collection.find({"dataset": dataset, "owner": owner}).sort("changed_at", 1)
        return [self._decode(one) for one in found]

    @maps_errors
    def among(self, dataset: str, owner: str, images: Sequence[str]) -> dict[str, Draft]:
        """What somebody says of some pictures, by picture."""
        wanted = [draft_id(dataset, owner, image) for image in images]
        return {one["image"]: self._decode(one) for one in self._collection.find({"_id": {"$in": wanted}})}

    @maps_errors
    def delete(self, dataset: str, owner: str, images: Sequence[str] | None = None) -> int:
        """Forget what somebody says of some pictures, or of all; returns of how many."""
        if images is None:
            return self._collection.delete_many({"dataset": dataset, "owner": owner}).deleted_count
        gone = 0
        for start in range(0, len(images), _AT_ONCE):
            ids = [draft_id(dataset, owner, image) for image in images[start : start + _AT_ONCE]]
            gone += self._collection.delete_many({"_id": {"$in": ids}}).deleted_count
        return gone
