"""What models of the registry make of pictures: made of those that lack it, and looked through for what is alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.event import EventType
from darkroom.domain.image import ImageRecord
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.work import OVER, LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.sight import whole
from darkroom.services.training.embedding_views import EmbeddingList, EmbeddingView
from darkroom.services.training.makers import SEARCHING, Maker, maker_of, resolved, row_of, usable
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.embeddings import ids_in, ids_of, packed, rows_of
from darkroom.store.files import keep_file

if TYPE_CHECKING:
    from darkroom.imaging.pixels import Array
    from darkroom.services.training.makers import Rows
    from darkroom.services.work.service import WorkService

_PART = 2000
"""Pictures of a part, which is kept before the next one begins."""
_BATCH = 32
_DECODERS = 2
_SMALL = 256
"""Side up to which a thumbnail serves."""
_AT_A_TIME = 600.0
"""Seconds after which what was begun by itself makes room, so that the run of whoever waits has a place."""
_LITTLE = _PART // 2
_MOST_LITTLE = 8
"""Parts with fewer rows than that are made one when there are more of them."""
_CHANGES: tuple[EventType, ...] = ("images.added", "images.deleted", "trash.changed")
_QUIET, _PATIENCE, _AGAIN = timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10)
"""How long no picture must have come, unless that goes on for so long, and when what failed is tried again."""


class EmbeddingService:
    """Embeddings of pictures.

    Args:
        settings: for links.
        stores: models, pictures and rows.
        work: does the embedding; asked for when it is needed.
    """

    def __init__(self, settings: Settings, stores: Stores, work: Callable[[], WorkService]) -> None:
        self._settings = settings
        self._stores = stores
        self._work = work

    def all(self, principal: Principal) -> EmbeddingList:
        """Every set whose model one may use."""
        scope = scope_of(principal, "training:read")
        total = self._stores.images.estimated_count()
        found = [one for one in self._stores.embeddings.all() if usable(self._stores, one, scope)]
        return EmbeddingList(items=tuple(
            EmbeddingView(
                model=one.id.removesuffix(SEARCHING), dims=one.dims, pictures=min(one.count, total), of=total,
                bytes=sum(part.bytes for part in one.parts), updated_at=one.updated_at,
            ) for one in found
        ))  # fmt: skip

    def begin(self, principal: Principal, words: str) -> WorkView:
        """Embed all pictures that a model has not seen yet; asking again while it goes on leads to the same operation.

        Raises:
            Error: `not_found`; `model_unusable` for one that is no classifier and not for searching, or has no ONNX file.
        """
        scope_of(principal, "training:write")
        whole(principal, "images:read")
        meant = resolved(self._stores, words)
        if (running := self.running(meant)) is not None and meant.endswith(SEARCHING):
            return view_of(running, self._settings)
        made = self._work().begin_whole(
            principal, EmbedKind.name, title=_title(meant), params={"model": meant},
            work_id=same_id(self._stores, EmbedKind.name, principal.id, meant),
        )  # fmt: skip
        return view_of(made, self._settings)

    def running(self, meant: str) -> LongWork | None:
        """The work that makes rows of a set just now."""
        last = self._last(meant)
        return last if last is not None and last.state not in OVER else None

    def keep_up(self, principal: Principal) -> str | None:
        """Have the model for searching look at pictures that came since; its name where there was something to begin.

        Asked at any time: it is begun once at a time, not while pictures are coming in unless they do so for long, and
        after it failed or was stopped not at once.
        """
        whole(principal, "images:read")
        scope_of(principal, "training:write")
        model, newest = self._stores.search_models.used(), self._stores.events.newest(_CHANGES)
        if model is None or newest is None:
            return None
        meant = model.id + SEARCHING
        about, last, moment = self._stores.embeddings.find(meant), self._last(meant), now()
        if about is not None and about.seen >= newest.seq:
            return None
        coming = moment - newest.at < _QUIET and about is not None and moment - about.updated_at < _PATIENCE
        ended = last.finished_at if last is not None and last.state in ("failed", "cancelled") else None
        if coming or self.running(meant) or (ended is not None and moment - ended < _AGAIN):
            return None
        self._work().begin_whole(principal, EmbedKind.name, title=_title(meant), params={"model": meant})
        return model.id

    def _last(self, meant: str) -> LongWork | None:
        return self._stores.work.last(EmbedKind.name, json.dumps({"model": meant}))


def _title(meant: str) -> str:
    return f"Embed pictures by {meant.removesuffix(SEARCHING)}"


def alike(
    stores: Stores, record: ImageRecord, scope: Scope
) -> tuple[str, Iterator[tuple[str, float]]] | None:  # fmt: skip
    """The model that pictures are compared by, and all of them, the most alike first; None where none has seen the picture.

    Args:
        stores: rows.
        record: the picture.
        scope: pictures that whoever asks may see, and so which models he may use; what is told is for the caller to look at.
    """
    found = row_of(stores, record.id, scope)
    if found is None:
        return None
    about, rows, row = found
    return about.id.removesuffix(SEARCHING), rows.nearest(row)


class EmbedKind(WholeKind):
    """Makes rows of the pictures that have none of a model yet, part by part.

    Args:
        stores: models, pictures, rows, and where the work is.
    """

    name = "embed"
    permission = "training:write"

    def do(self, work: LongWork, progress: Progress) -> None:
        """Embed what is missing; parts that an earlier run has kept are passed over.

        Raises:
            Error: `model_unusable`, `blob_missing`.
        """
        maker = maker_of(self.stores, str(json.loads(work.params)["model"]))
        seen = self.stores.events.last_seq()
        known = self.stores.embeddings.find(maker.id)
        there = ids_of(self.stores.blobs, known) if known else set()
        progress.of(self.stores.images.estimated_count())
        begun, all_seen = time.monotonic(), True
        with ThreadPoolExecutor(_DECODERS) as pool:
            for ids in self._all():
                if work.principal == SYSTEM.id and time.monotonic() - begun > _AT_A_TIME:
                    all_seen = False
                    break  # others have their turn; the next one goes on
                missing = [one for one in ids if one not in there]
                progress.add(len(ids) - len(missing))
                if missing:
                    self._part(maker, missing, pool, progress)
        if maker.number:
            self.stores.embeddings.drop_earlier(maker.name, maker.number)
        if maker.dims is not None and all_seen:
            self.stores.embeddings.mark_seen(maker.set(maker.dims), seen)
        self._tidy(maker.id, since=known.seen if known else 0)
        progress.of(progress.done)
        progress.save()

    def _all(self) -> Iterator[list[str]]:
        after = ""
        while ids := self.stores.images.ids_after(after, _PART):
            yield ids
            after = ids[-1]

    def _part(self, maker: Maker, ids: list[str], pool: ThreadPoolExecutor, progress: Progress) -> None:
        import numpy as np

        names: list[str] = []
        rows = []
        every = self.stores.images.many(ids)
        for start in range(0, len(every), _BATCH):
            records = every[start : start + _BATCH]
            seen = list(pool.map(lambda one: self._picture(one, maker.side), records))
            good = [
                (one.id, picture)
                for one, picture in zip(records, seen, strict=True)
                if not isinstance(picture, WorkFailure)
            ]
            if good:
                rows.append(maker.rows([picture for _, picture in good]))
                names += [image for image, _ in good]
            bad = [one for one in seen if isinstance(one, WorkFailure)]
            progress.add(len(records), changed=len(good), failures=bad)
        if rows:
            made = np.concatenate(rows)
            self.stores.embeddings.add(maker.set(made.shape[1]), self._kept(maker.id, names, made), len(names))

    def _kept(self, meant: str, names: list[str], rows: Rows) -> StoredFile:
        name = meant.replace("@", "-")
        kept = keep_file(self.stores.blobs, name, packed(names, rows))
        return kept.model_copy(update={"name": f"{name}-{kept.key[:8]}.parquet"})

    def _tidy(self, meant: str, *, since: int) -> None:
        """Make one part of many small ones, and leave out rows of pictures that are gone for good."""
        import numpy as np

        about = self.stores.embeddings.find(meant)
        if about is None:
            return
        gone = self.stores.events.newest(("images.deleted",))
        held = [(part, ids_in(self.stores.blobs, part)) for part in about.parts]
        dead = self._dead([one for _, ids in held for one in ids]) if gone is not None and gone.seq > since else set()
        little = [part for part, ids in held if len(ids) < _LITTLE]
        chosen = {part.key for part in little} if len(little) > _MOST_LITTLE else set()
        chosen |= {part.key for part, ids in held if not dead.isdisjoint(ids)}
        if chosen:
            read = [rows_of(self.stores.blobs, part, about.dims) for part in about.parts if part.key in chosen]
            rows = {name: row for names, found in read for name, row in zip(names, found, strict=True)}
            left = {name: row for name, row in rows.items() if name not in dead}
            made = self._kept(meant, list(left), np.stack(list(left.values()))) if left else None
            fewer = sum(len(names) for names, _ in read) - len(left)
            self.stores.embeddings.swap(meant, chosen, made, fewer)
        # The copies of this machine are made here rather than by whoever searches first.
        self.stores.embedded.rows(self.stores.embeddings.get(meant))

    def _dead(self, ids: list[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), _PART):
            piece = ids[start : start + _PART]
            left = set(piece) - self.stores.images.known(piece, scope=EVERYTHING)
            found |= left - set(self.stores.trash.among(sorted(left)))
        return found

    def _picture(self, record: ImageRecord, side: int) -> Array | WorkFailure:
        try:
            return self._small(record, side)
        except Error as error:
            return WorkFailure(id=record.id, code=error.code, cause=error.cause)

    def _small(self, record: ImageRecord, side: int) -> Array:
        """The whole picture as a square, as the model has learnt from them; of a rendition, which costs little to read."""
        from darkroom.imaging import codecs, native
        from darkroom.imaging.ingest import inspect
        from darkroom.imaging.limits import Limits
        from darkroom.imaging.pixels import opaque

        thumbnail, preview = record.rendition("thumbnail"), record.rendition("preview")
        chosen = thumbnail if side <= _SMALL or preview is None else preview
        if chosen is None:
            raise Error("not_found", f"The picture {record.name} has no thumbnail yet.", id=record.id)
        data = self.stores.blobs.read("renditions", chosen.address)
        header = inspect(data, name=record.name, limits=Limits())
        pixels = opaque(codecs.decode(data, header, max(header.width, header.height), record.name).colour)
        cv2 = native.cv2()
        way = cv2.INTER_AREA if min(pixels.shape[:2]) >= side else cv2.INTER_LINEAR
        made: Array = cv2.resize(pixels, (side, side), interpolation=way)
        return made
