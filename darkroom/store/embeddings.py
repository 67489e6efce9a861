"""Rows that models make of pictures: kept in parts among the originals, looked through exactly from a copy on this machine."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet
from darkroom.store.blobs import BlobStore
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 1 << 16
"""Rows that are compared at once: of 200 numbers, 50 MB."""
_FIRST = 500


class EmbeddingRepository(Repository[EmbeddingSet]):
    """Which rows there are, by version of a model."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "embeddings", EmbeddingSet)
        self._noun = "set of embeddings"

    @maps_errors
    def all(self) -> list[EmbeddingSet]:
        """Every set, the one that was added to last first."""
        return [self._decode(one) for one in self._collection.find({}).sort([("updated_at", -1), ("_id", 1)])]

    @maps_errors
    def add(self, about: EmbeddingSet, part: StoredFile, count: int) -> None:
        """Note one part more of a set, which is made where there is none."""
        written = ("parts", "count", "updated_at", "revision")
        fresh = {name: value for name, value in self._encode(about).items() if name not in written}
        self._collection.update_one(
            {"_id": about.id},
            {
                "$setOnInsert": fresh,
                "$push": {"parts": part.model_dump()},
                "$inc": {"count": count, "revision": 1},
                "$set": {"updated_at": now()},
            },
            upsert=True,
        )

    @maps_errors
    def drop(self, version: str, *, session: Session | None = None) -> None:
        """Forget the rows of a version of a model."""
        name, _, number = version.partition("@")
        self._collection.delete_many({"name": name, "number": int(number)}, session=session)

    @maps_errors
    def drop_earlier(self, name: str, number: int) -> int:
        """Forget the rows of earlier versions of a model; how many sets that were."""
        return self._collection.delete_many({"name": name, "number": {"$lt": number}}).deleted_count


def packed(ids: Sequence[str], rows: NDArray[np.float32]) -> bytes:
    """A part as a Parquet file."""
    import numpy as np
    import polars as pl

    held = io.BytesIO()
    halves = rows.astype("<f2")
    pl.DataFrame({"id": list(ids), "row": [one.tobytes() for one in np.ascontiguousarray(halves)]}).write_parquet(held)
    return held.getvalue()


def ids_of(blobs: BlobStore, about: EmbeddingSet) -> set[str]:
    """Pictures that have a row already."""
    import polars as pl

    found: set[str] = set()
    for part in about.parts:
        found.update(pl.read_parquet(io.BytesIO(blobs.read("originals", part.key)), columns=["id"])["id"].to_list())
    return found


@dataclass(frozen=True)
class Rows:
    """The rows of a set in order of their ids, mapped into memory."""

    ids: NDArray[Any]
    rows: NDArray[np.float32]

    def of(self, image: str) -> NDArray[np.float32] | None:
        """The row of a picture, or None."""
        import numpy as np

        at = int(np.searchsorted(self.ids, image.encode()))
        return self.rows[at] if at < len(self.ids) and self.ids[at] == image.encode() else None

    def nearest(self, row: NDArray[np.float32]) -> Iterator[tuple[str, float]]:
        """Every picture with the cosine of the angle between its row and this one, the most alike first."""
        import numpy as np

        alike = np.empty(len(self.ids), np.float32)
        for start in range(0, len(self.ids), _BLOCK):
            np.matmul(self.rows[start : start + _BLOCK], row, out=alike[start : start + _BLOCK])
        # The first few hundred are nearly always enough: the others are put in order for who goes on.
        most = min(len(alike), _FIRST)
        first = np.argpartition(-alike, most - 1)[:most] if most < len(alike) else np.arange(most)
        told = set()
        for at in first[np.lexsort((first, -alike[first]))]:
            told.add(int(at))
            yield self.ids[at].decode(), float(alike[at])
        for at in np.lexsort((np.arange(len(alike)), -alike)) if most < len(alike) else ():
            if int(at) not in told:
                yield self.ids[at].decode(), float(alike[at])


class EmbeddingIndex:
    """Opens sets for looking through: copies in the cache folder, which may be deleted at any time.

    Args:
        blobs: parts.
        folder: of this machine.
    """

    def __init__(self, blobs: BlobStore, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Rows]] = {}

    def rows(self, about: EmbeddingSet) -> Rows:
        """The rows of a set, as they are now.

        Raises:
            Error: `blob_missing`.
        """
        name = hashlib.sha256(" ".join([about.checkpoint, *(one.key for one in about.parts)]).encode()).hexdigest()[:24]
        with self._lock:
            known = self._open.get(about.id)
            if known is None or known[0] != name:
                known = self._open[about.id] = (name, self._mapped(about, name))
            return known[1]

    def _mapped(self, about: EmbeddingSet, name: str) -> Rows:
        import numpy as np

        stem = about.id.replace("@", "-")
        ids, rows = (self._folder / f"{stem}.{name}.{kind}.npy" for kind in ("ids", "rows"))
        try:
            return Rows(np.load(ids, mmap_mode="r"), np.load(rows, mmap_mode="r"))
        except (OSError, ValueError):
            self._folder.mkdir(parents=True, exist_ok=True)
            found = self._read(about)
            for path, values in ((ids, found.ids), (rows, found.rows)):
                part = path.with_name(f".{path.name}.{os.getpid()}")
                with part.open("wb") as held:
                    np.save(held, values)
                part.replace(path)
            for other in self._folder.glob(f"{stem}.*.npy"):
                if name not in other.name:
                    with suppress(OSError):
                        other.unlink()
            return Rows(np.load(ids, mmap_mode="r"), np.load(rows, mmap_mode="r"))

    def _read(self, about: EmbeddingSet) -> Rows:
        import numpy as np
        import polars as pl

        names: list[str] = []
        pieces = []
        for part in about.parts:
            frame = pl.read_parquet(io.BytesIO(self._blobs.read("originals", part.key)))
            names += frame["id"].to_list()
            halves = np.frombuffer(b"".join(frame["row"].to_list()), "<f2")
            pieces.append(halves.reshape(-1, about.dims).astype(np.float32))
        ids, first = np.unique(np.array(names, "S64"), return_index=True)
        return Rows(ids, np.concatenate(pieces)[first])
