"""What people did to pictures in Develop, and what they copied."""

from __future__ import annotations

from darkroom.domain.develop_history import DevelopClipboard, DevelopHistory
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


class HistoryRepository(Repository[DevelopHistory]):
    """Histories by person and picture."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "develop_histories", DevelopHistory)

    @maps_errors
    def remove(self, history: str, revision: int | None = None) -> bool:
        """Forget a history, if it is at that revision still; returns whether one is gone."""
        wanted = {"_id": history} if revision is None else {"_id": history, "revision": revision}
        return self._collection.delete_one(wanted).deleted_count == 1

    @maps_errors
    def keep_newest(self, owner: str, most: int) -> int:
        """Forget somebody's histories but the newest ones; returns how many are gone."""
        order = [("changed_at", -1), ("_id", -1)]
        old = self._collection.find({"owner": owner}, {"_id": 1}).sort(order).skip(most)
        ids = [one["_id"] for one in old]
        return self._collection.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0


class ClipboardRepository(Repository[DevelopClipboard]):
    """What was copied last, by person."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "develop_clipboards", DevelopClipboard)
