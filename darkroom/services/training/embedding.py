"""What models of the registry make of pictures: made of those that lack it, and looked through for what is alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet
from darkroom.domain.image import ImageRecord
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.work import LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.recipes.models import ModelShelf, Registered
from darkroom.services.sight import whole
from darkroom.services.training.embedding_views import EmbeddingList, EmbeddingView
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.embeddings import ids_of, packed

if TYPE_CHECKING:
    from darkroom.imaging.operations.learned_features import Features
    from darkroom.imaging.pixels import Array
    from darkroom.services.work.service import WorkService

_PART = 2000
"""Pictures of a part, which is kept before the next one begins."""
_BATCH = 32
_DECODERS = 2
_TASKS = ("classification", "multilabel")
_SMALL = 256
"""Side up to which a thumbnail serves."""


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
        found = [one for one in self._stores.embeddings.all() if one.id in ModelShelf(self._stores, scope)]
        return EmbeddingList(items=tuple(
            EmbeddingView(
                model=one.id, dims=one.dims, pictures=min(one.count, total), of=total,
                bytes=sum(part.bytes for part in one.parts), updated_at=one.updated_at,
            ) for one in found
        ))  # fmt: skip

    def begin(self, principal: Principal, words: str) -> WorkView:
        """Embed all pictures that a model has not seen yet; asking again while it goes on leads to the same operation.

        Raises:
            Error: `not_found`; `model_unusable` for one that is no classifier or has no ONNX file.
        """
        scope_of(principal, "training:write")
        whole(principal, "images:read")
        found = _classifier(ModelShelf(self._stores, EVERYTHING).get(words), words)
        made = self._work().begin_whole(
            principal, EmbedKind.name, title=f"Embed pictures by {found.version.id}", params={"model": found.version.id},
            work_id=same_id(self._stores, EmbedKind.name, principal.id, found.version.id),
        )  # fmt: skip
        return view_of(made, self._settings)


def alike(
    stores: Stores, record: ImageRecord, scope: Scope
) -> tuple[str, Iterator[tuple[str, float]]] | None:  # fmt: skip
    """The model that pictures are compared by, and all of them, the most alike first; None where none has seen the picture.

    Args:
        stores: rows.
        record: the picture.
        scope: pictures that whoever asks may see, and so which models he may use; what is told is for the caller to look at.
    """
    for about in stores.embeddings.all():
        if about.parts and about.id in ModelShelf(stores, scope):
            rows = stores.embedded.rows(about)
            if (row := rows.of(record.id)) is not None:
                return about.id, rows.nearest(row)
    return None


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
        from darkroom.imaging.operations.learned_features import Features

        words = str(json.loads(work.params)["model"])
        shelf = ModelShelf(self.stores, EVERYTHING)
        found = _classifier(shelf.get(words), words)
        data, _ = shelf.read(words)
        features = Features(data, found.version.id)
        known = self.stores.embeddings.find(found.version.id)
        there = ids_of(self.stores.blobs, known) if known else set()
        progress.of(self.stores.images.estimated_count())
        with ThreadPoolExecutor(_DECODERS) as pool:
            for ids in self._all():
                missing = [one for one in ids if one not in there]
                progress.add(len(ids) - len(missing))
                if missing:
                    self._part(found, features, missing, pool, progress)
        self.stores.embeddings.drop_earlier(found.version.name, found.version.number)
        progress.of(progress.done)
        progress.save()

    def _all(self) -> Iterator[list[str]]:
        after = ""
        while ids := self.stores.images.ids_after(after, _PART):
            yield ids
            after = ids[-1]

    def _part(
        self, found: Registered, features: Features, ids: list[str], pool: ThreadPoolExecutor,
        progress: Progress,
    ) -> None:  # fmt: skip
        import numpy as np

        names: list[str] = []
        rows, side = [], found.about.about.image_size
        every = self.stores.images.many(ids)
        for start in range(0, len(every), _BATCH):
            records = every[start : start + _BATCH]
            seen = list(pool.map(lambda one: self._picture(one, side), records))
            good = [
                (one.id, picture)
                for one, picture in zip(records, seen, strict=True)
                if not isinstance(picture, WorkFailure)
            ]
            if good:
                rows.append(features.rows([picture for _, picture in good]))
                names += [image for image, _ in good]
            bad = [one for one in seen if isinstance(one, WorkFailure)]
            progress.add(len(records), changed=len(good), failures=bad)
        if not rows:
            return
        data = packed(names, np.concatenate(rows))
        key = hashlib.sha256(data).hexdigest()
        self.stores.blobs.put("originals", key, data, durable=True)
        part = StoredFile(
            name=f"{found.version.name}-{found.version.number}-{key[:8]}.parquet", key=key, bytes=len(data)
        )
        moment = now()
        about = EmbeddingSet(
            id=found.version.id, name=found.version.name, number=found.version.number,
            checkpoint=found.version.checkpoint, dims=rows[0].shape[1], count=0, created_at=moment, updated_at=moment,
        )  # fmt: skip
        self.stores.embeddings.add(about, part, len(names))

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


def _classifier(found: Registered, words: str) -> Registered:
    if found.about.about.task not in _TASKS:
        raise Error(
            "model_unusable", f"{words} does {found.about.about.task}; pictures are embedded by classifiers.",
            remedy="Name a model that tells classes apart.",
        )  # fmt: skip
    return found
