"""Rules of the library."""

from __future__ import annotations

import builtins

from darkroom.domain.rule import FilingRule
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


class RuleRepository(Repository[FilingRule]):
    """Rules by id and in order."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "rules", FilingRule)

    @maps_errors
    def all(self) -> builtins.list[FilingRule]:
        """Every rule, in order."""
        return [self._decode(one) for one in self._collection.find().sort([("position", 1), ("_id", 1)])]

    @maps_errors
    def remove(self, rule: str, revision: int | None) -> bool:
        """Take a rule away if it has that revision still."""
        wanted = {"_id": rule} if revision is None else {"_id": rule, "revision": revision}
        return self._collection.delete_one(wanted).deleted_count == 1
