"""Several stores as one: a rule chooses where a blob is written, and reading looks in each of them in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, TypeVar

from darkroom.errors import Error
from darkroom.store.blobs.base import BlobInfo, BlobStore, Capabilities, check_key, missing
from darkroom.store.blobs.rules import MAIN, Facts, Rule, place

_T = TypeVar("_T")


@dataclass(frozen=True)
class Tier:
    """One named place, with where its blobs lay before while they are being moved."""

    name: str
    """`main`, `local`, or a name of DARKROOM_STORAGE_MORE."""
    store: BlobStore
    """Where blobs are written."""
    before: tuple[BlobStore, ...] = ()
    """Where blobs may still be: read from, never written to."""

    @property
    def all(self) -> tuple[BlobStore, ...]:
        """Every store to look in."""
        return (self.store, *self.before)


class RoutedBlobStore:
    """A blob store over several others. It can be pickled when they can.

    Args:
        tiers: the places; the first one is `main`.
        rules: which blob belongs where.
    """

    def __init__(self, tiers: Sequence[Tier], rules: Sequence[Rule] = ()) -> None:
        self.tiers = tuple(tiers)
        self.rules = tuple(rules)
        self._by_name = {tier.name: tier for tier in self.tiers}

    @property
    def capabilities(self) -> Capabilities:
        """What all of them can do."""
        found = [store.capabilities for tier in self.tiers for store in tier.all]
        return Capabilities(
            **{name: all(getattr(one, name) for one in found) for name in found[0].__dataclass_fields__}
        )

    def tier_for(self, facts: Facts) -> Tier:
        """Where a blob belongs."""
        return self._by_name.get(place(self.rules, facts)) or self._by_name[MAIN]

    def stores(self, namespace: str) -> list[BlobStore]:
        """Every store that may hold blobs of a namespace, the likeliest first."""
        likely = self.tier_for(Facts(namespace, 0))
        tiers = [likely, *(tier for tier in self.tiers if tier is not likely)]
        return [store for tier in tiers for store in tier.all]

    def holder(self, namespace: str, key: str) -> BlobStore | None:
        """The store that a blob is in, or None."""
        return next((store for store in self.stores(namespace) if store.stat(namespace, key) is not None), None)

    def _first(self, namespace: str, key: str, call: Callable[[BlobStore], _T]) -> _T:
        check_key(namespace, key)
        # Twice: while it was looked for it may have been put from a place that was not asked yet into one that was.
        for store in self.stores(namespace) * 2:
            try:
                return call(store)
            except Error as error:
                if error.code != "blob_missing":
                    raise
        raise missing(namespace, key)

    def _elsewhere(self, namespace: str, key: str, size: int, target: BlobStore) -> bool:
        """Whether a blob is already in another of the stores: it is not stored twice."""
        others = (store for store in self.stores(namespace) if store is not target)
        found = (store.stat(namespace, key) for store in others)
        return any(info is not None and info.bytes == size for info in found)

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Store bytes where they belong; see `BlobStore.put`."""
        check_key(namespace, key)
        target = self.tier_for(Facts(namespace, len(data))).store
        if self._elsewhere(namespace, key, len(data), target):
            return False
        return target.put(namespace, key, data, durable=durable)

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Store a file where it belongs; see `BlobStore.put_file`."""
        try:
            size = path.stat().st_size
        except OSError:
            size = 0  # the store says what is wrong with it
        target = self.tier_for(Facts(namespace, size)).store
        return target.put_file(namespace, path, key=key, durable=durable)

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes."""
        return self._first(namespace, key, lambda store: store.read(namespace, key))

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file, to be closed by the caller."""
        return self._first(namespace, key, lambda store: store.open(namespace, key))

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        check_key(namespace, key)
        found = (store.stat(namespace, key) for store in self.stores(namespace))
        return next((info for info in found if info is not None), None)

    def local_path(self, namespace: str, key: str) -> Path | None:
        """A path on this machine, or None when missing or kept elsewhere."""
        check_key(namespace, key)
        found = (store.local_path(namespace, key) for store in self.stores(namespace))
        return next((path for path in found if path is not None), None)

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it from all of them; returns whether it was in any."""
        check_key(namespace, key)
        gone = [store.delete(namespace, key) for store in self.stores(namespace)]
        return any(gone)

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after`, in order, once."""
        check_key(namespace, after or "0" * 64)
        merged = heapq.merge(*(store.keys(namespace, after) for store in self.stores(namespace)))
        return (key for key, _ in groupby(merged))

    def verify(self, namespace: str, key: str) -> None:
        """Read it through."""
        self._first(namespace, key, lambda store: store.verify(namespace, key))

    def presign(self, namespace: str, key: str, *, seconds: float = 900.0, method: str = "GET") -> str | None:
        """A signed address where the store that holds the blob makes one, else None."""
        holder = self.holder(namespace, key)
        sign = getattr(holder, "presign", None)
        call = partial(sign, namespace, key, seconds=seconds, method=method) if sign else None
        return call() if call else None
