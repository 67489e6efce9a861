"""What a migration reports its actions to: each is done once, also when the migration is interrupted."""

from __future__ import annotations

from collections.abc import Callable

from darkroom import logs
from darkroom.store.database import Database

_log = logs.get(__name__)


class Progress:
    """The actions of one migration, remembered in the database as they are done.

    Args:
        database: to remember in.
        number: of the migration.
        done: actions that an interrupted earlier run has done.
        dry_run: do nothing, only say what would be done.
    """

    def __init__(self, database: Database, number: int, *, done: tuple[str, ...] = (), dry_run: bool = False) -> None:
        self._database = database
        self._number = number
        self._done = set(done)
        self.dry_run = dry_run
        self.actions: list[str] = []

    def once(self, action: str, work: Callable[[], object]) -> None:
        """Do `work` unless it was done before.

        Args:
            action: what it is, in words; its name in the record of what is done.
            work: may be interrupted anywhere and run again, so doing it twice must be the same as once.
        """
        if action in self._done:
            return
        self.actions.append(action)
        if self.dry_run:
            return
        work()
        _log.info("migration_action", migration=self._number, action=action)
        self._database.collection("migrations").update_one({"_id": self._number}, {"$addToSet": {"done": action}})
        self._done.add(action)
