"""The counters of a batch, and which of its files are dealt with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from darkroom.domain.ingest import BatchItem
from darkroom.store import Stores


@dataclass
class Tally:
    """Counters of a batch; always counted from what is stored, so a run that follows a dead one counts nothing twice."""

    added: int = 0
    duplicates: int = 0
    bytes: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Files that went to the ledger."""
        return self.codes.total()

    @property
    def done(self) -> int:
        """Files dealt with."""
        return self.added + self.duplicates + self.failed

    def plus(self, *, added: int, duplicates: int, bytes: int, codes: Iterable[str]) -> Tally:  # noqa: A002
        """The counters after some more files."""
        return Tally(
            self.added + added, self.duplicates + duplicates, self.bytes + bytes, self.codes + Counter(codes)
        )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How far earlier runs of a batch came."""

    tally: Tally
    """Counted from images and ledger."""
    succeeded: dict[str, str]
    """Key -> image, of the files that are in the library."""
    failed: dict[str, str]
    """Key -> path in the ledger, of the files that could not be taken in."""

    def covers(self, key: str) -> bool:
        """Whether the file is dealt with."""
        return key in self.succeeded or key in self.failed


def standing(stores: Stores, batch: str, items: Iterable[BatchItem]) -> Standing:
    """Ask images and ledger what became of the files of a batch: both were written in one transaction."""
    sizes = {item.key: item.bytes for item in items}
    arrived = {key: one for key, one in stores.images.arrived(batch).items() if key in sizes}
    entries = {key: one for key, one in stores.failures.of_batch(batch).items() if key in sizes and key not in arrived}
    tally = Tally(
        added=sum(one.added for one in arrived.values()),
        duplicates=sum(not one.added for one in arrived.values()),
        bytes=sum(sizes[key] for key in (*arrived, *entries)),
        codes=Counter(one.code for one in entries.values()),
    )
    return Standing(
        tally,
        {key: one.image for key, one in arrived.items()},
        {key: one.path for key, one in entries.items()},
    )
