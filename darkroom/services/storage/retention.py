"""Old backups are removed, and with them the blobs that only they named."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from darkroom import logs
from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.services.storage.contents import INDEX, listed
from darkroom.services.storage.copying import entries
from darkroom.settings import Settings
from darkroom.store.backups import BackupPlace
from darkroom.store.blobs.base import NAMESPACES
from darkroom.store.keysets import KeySet

_log = logs.get(__name__)


@dataclass(frozen=True)
class Kept:
    """Which backups stay: a backup stays as long as one of both wants it, and all do where neither is set."""

    newest: int | None = None
    """So many of the newest; the last one always."""
    days: float | None = None
    """Those that are younger."""

    @classmethod
    def of(cls, settings: Settings) -> Kept:
        """As the settings say."""
        return cls(settings.backups_keep, settings.backups_keep_days)

    def old(self, held: Mapping[str, datetime]) -> list[str]:
        """Names of those that go, oldest first."""
        if self.newest is None and self.days is None:
            return []
        names = sorted(held)
        stay = set(names[-max(self.newest or 1, 1) :])
        if self.days is not None:
            oldest = now() - timedelta(days=self.days)
            stay |= {name for name in names if held[name] >= oldest}
        return [name for name in names if name not in stay]


def prune(place: BackupPlace, held: Mapping[str, tuple[datetime, int]], kept: Kept) -> tuple[int, int]:
    """Remove backups that are too old, and blobs that no other one names; for who holds the lock of backups.

    What the others name is read before anything is removed, and if that fails nothing is.

    Args:
        place: where they are.
        held: name of each backup -> when it was made, and how many blobs it names.
        kept: which stay.

    Returns:
        How many backups and how many blobs were removed.

    Raises:
        Error: `backup_damaged`, `storage_*`.
    """
    old = kept.old({name: made for name, (made, _) in held.items()})
    if not old:
        return 0, 0
    blobs, count = place.blobs, 0
    with tempfile.TemporaryDirectory(prefix="darkroom-backup-") as folder, KeySet(Path(folder) / "keys") as unnamed:
        for space in NAMESPACES:
            unnamed.add((space, one.key, one.bytes) for one in entries(blobs, space))
        for name, (_, named) in held.items():
            if name not in old:
                _discard(place, name, named, unnamed)
        for name in old:
            place.remove(name)
        for space, key in unnamed:
            count += blobs.delete(space, key)
    _log.info("backups_removed", backups=len(old), blobs=count)
    return len(old), count


def _discard(place: BackupPlace, name: str, named: int, unnamed: KeySet) -> None:
    with place.fetched(name, only=INDEX) as folder:
        seen = unnamed.discard(listed(folder)) if (folder / INDEX).exists() else None
    wrong = seen is not None and seen != named
    if seen is None:  # an earlier version wrote no list, and did not count what recipes made
        with place.fetched(name) as folder:
            seen = unnamed.discard(listed(folder))
        wrong = seen < named
    if wrong:
        raise Error("backup_damaged", f"The list of the backup {name} names {seen:,} blobs instead of {named:,}.")
