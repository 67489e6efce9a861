"""Rows that models make of pictures: kept in parts among the originals, looked through exactly from a copy on this machine."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet, SearchModel
from darkroom.store.blobs import BlobStore
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        return self._collection.delete_many({"name": name, "number": {"$gte": 1, "$lt": number}}).deleted_count

    @maps_errors
    def swap(self, version: str, gone: Collection[str], part: StoredFile | None, count: int) -> bool:
        """Put one part in the place of others, and say how many rows are there then; whether those were there still.

        Args:
            version: the set.
            gone: keys of the parts that go.
            part: what comes; None for nothing.
            count: rows that are fewer by it.
        """
        wanted = {"_id": version, "parts.key": {"$all": sorted(gone)}}
        left = {"$filter": {"input": "$parts", "cond": {"$not": [{"$in": ["$$this.key", sorted(gone)]}]}}}
        more = [] if part is None else [part.model_dump()]
        change = {
            "parts": {"$concatArrays": [left, {"$literal": more}]}, "count": {"$subtract": ["$count", count]},
            "revision": {"$add": ["$revision", 1]},
        }  # fmt: skip
        return self._collection.update_one(wanted, [{"$set": change}]).modified_count == 1

    @maps_errors
    def mark_seen(self, about: EmbeddingSet, seq: int) -> None:
        """Remember that all pictures up to an event were looked at; a set is made where there is none."""
        fresh = {name: value for name, value in self._encode(about).items() if name not in ("seen", "revision")}
        change = {"$max": {"seen": seq}, "$inc": {"revision": 1}, "$setOnInsert": fresh}
        self._collection.update_one({"_id": about.id}, change, upsert=True)


class SearchModelRepository(Repository[SearchModel]):
    """Models that pictures are found with by words."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "search_models", SearchModel)
        self._noun = "model for searching"

    @maps_errors
    def all(self) -> list[SearchModel]:
        """Every one, by name."""
        return [self._decode(one) for one in self._collection.find({}).sort("_id", 1)]

    @maps_errors
    def used(self) -> SearchModel | None:
        """The one that is used, if there is one."""
        found = self._collection.find_one({"used": True})
        return None if found is None else self._decode(found)

    @maps_errors
    def use(self, session: Session, name: str | None) -> None:
        """Use this one, and no other."""
        self._collection.update_many(
            {"used": True, "_id": {"$ne": name}}, {"$set": {"used": False}, "$inc": {"revision": 1}}, session=session
        )
        if name is not None:
            self._collection.update_one(
                {"_id": name, "used": False}, {"$set": {"used": True}, "$inc": {"revision": 1}}, session=session
            )

    @maps_errors
    def delete(self, name: str, *, session: Session | None = None) -> bool:
        """Forget one; whether it was there."""
        return self._collection.delete_one({"_id": name}, session=session).deleted_count == 1


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
    return {one for part in about.parts for one in ids_in(blobs, part)}


def ids_in(blobs: BlobStore, part: StoredFile) -> list[str]:
    """Pictures of a part."""
    import polars as pl

    data = io.BytesIO(blobs.read("originals", part.key))
    return [str(one) for one in pl.read_parquet(data, columns=["id"])["id"].to_list()]


def rows_of(blobs: BlobStore, part: StoredFile, dims: int) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and rows of a part.

    Raises:
        Error: `blob_missing`.
    """
    import numpy as np
    import polars as pl

    frame = pl.read_parquet(io.BytesIO(blobs.read("originals", part.key)))
    halves = np.frombuffer(b"".join(frame["row"].to_list()), "<f2")
    return frame["id"].to_list(), halves.reshape(-1, dims).astype(np.float32)


@dataclass(frozen=True)
class Rows:
    """The rows of a set, part by part, each in order of its ids and mapped into memory."""

    parts: tuple[tuple[NDArray[Any], NDArray[np.float32]], ...]
    """Ids and rows of each."""

    def of(self, image: str) -> NDArray[np.float32] | None:
        """The row of a picture, or None."""
        import numpy as np

        wanted = image.encode()
        for ids, rows in self.parts:
            at = int(np.searchsorted(ids, wanted))
            if at < len(ids) and ids[at] == wanted:
                found: NDArray[np.float32] = rows[at]
                return found
        return None

    def likeness(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of the angle between each row and this one."""
        import numpy as np

        found = np.empty(int(self._ends[-1]) if len(self._ends) else 0, np.float32)
        for (_, rows), end in zip(self.parts, self._ends, strict=True):
            # One thread reads memory as fast as it comes; several that wait for each other part after part are slower,
            # and by far where others work.
            np.einsum("ij,j->i", rows, row, out=found[int(end) - len(rows) : int(end)])
        return found

    def ids(self, places: NDArray[np.int64]) -> list[str]:
        """Which pictures the rows at these places are of."""
        import numpy as np

        found = []
        for place, part in zip(places, np.searchsorted(self._ends, places, side="right"), strict=True):
            held = self.parts[int(part)][0]
            found.append(held[int(place) - int(self._ends[int(part)]) + len(held)].decode())
        return found

    def among(self, images: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Places of those of the pictures that have a row, and their rows."""
        import numpy as np

        wanted = np.array(list(images), "S64")
        places, found = [np.empty(0, np.intp)], []
        for ids, rows in self.parts:
            at = np.minimum(np.searchsorted(ids, wanted), max(0, len(ids) - 1))
            there = np.flatnonzero(ids[at] == wanted) if len(ids) else np.empty(0, np.intp)
            places.append(there)
            found.append(np.asarray(rows[at[there]], np.float32))
        whole = np.concatenate(places)
        return whole, np.concatenate(found) if found else np.empty((0, 1), np.float32)

    def nearest(self, row: NDArray[np.float32]) -> Iterator[tuple[str, float]]:
        """Every picture with the cosine of the angle between its row and this one, the most alike first."""
        import numpy as np

        alike = self.likeness(row)
        # The first few hundred are nearly always enough: the others are put in order for who goes on.
        most = min(len(alike), _FIRST)
        first = np.argpartition(-alike, most - 1)[:most] if most < len(alike) else np.arange(most)
        first = first[np.lexsort((first, -alike[first]))]
        yield from zip(self.ids(first), alike[first].tolist(), strict=True)
        if most < len(alike):
            told = set(first.tolist())
            for at in np.lexsort((np.arange(len(alike)), -alike)):
                if int(at) not in told:
                    yield self.ids(np.array([at]))[0], float(alike[at])

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        import numpy as np

        return np.cumsum([len(ids) for ids, _ in self.parts], dtype=np.int64)


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
        self._open: dict[str, tuple[tuple[str, ...], Rows]] = {}

    def rows(self, about: EmbeddingSet) -> Rows:
        """The rows of a set, as they are now; only parts that are new are read.

        Raises:
            Error: `blob_missing`.
        """
        keys = tuple(one.key for one in about.parts)
        with self._lock:
            before, rows = self._open.get(about.id, ((), Rows(())))
            if before != keys:
                known = dict(zip(before, rows.parts, strict=True))
                rows = Rows(tuple(known.get(one.key) or self._mapped(about, one) for one in about.parts))
                self._open[about.id] = (keys, rows)
                self._tidy(about)
            return rows

    def _mapped(self, about: EmbeddingSet, part: StoredFile) -> tuple[NDArray[Any], NDArray[np.float32]]:
        import numpy as np

        ids, rows = (self._folder / f"{_stem(about)}{part.key[:24]}.{kind}.npy" for kind in ("ids", "rows"))
        try:
            return np.load(ids, mmap_mode="r"), np.load(rows, mmap_mode="r")
        except (OSError, ValueError):
            self._folder.mkdir(parents=True, exist_ok=True)
            names, found = rows_of(self._blobs, part, about.dims)
            order, first = np.unique(np.array(names, "S64"), return_index=True)
            for path, values in ((ids, order), (rows, found[first])):
                draft = path.with_name(f".{path.name}.{os.getpid()}")
                with draft.open("wb") as held:
                    np.save(held, values)
                draft.replace(path)
            return np.load(ids, mmap_mode="r"), np.load(rows, mmap_mode="r")

    def _tidy(self, about: EmbeddingSet) -> None:
        """Remove copies of parts that are gone."""
        there = {one.key[:24] for one in about.parts}
        for other in self._folder.glob(f"{_stem(about)}*.npy"):
            if other.name.removeprefix(_stem(about)).split(".")[0] not in there:
                with suppress(OSError):
                    other.unlink()


def _stem(about: EmbeddingSet) -> str:
    return f"{about.id.replace('@', '-')}."
