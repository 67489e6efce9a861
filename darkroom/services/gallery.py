"""Looking at the library: pages, counts, single pictures and their files."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import SHA256_PATTERN
from darkroom.domain.image import ImageRecord
from darkroom.domain.language.nodes import Box
from darkroom.domain.query import Facets, GroupKey, ImageQuery
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.gallery_views import (
    ImageDetail,
    ImageGroup,
    ImageGroups,
    ImageIndex,
    ImageMap,
    ImageMark,
    ImagePage,
    ImageSummary,
    Lineage,
    MapCluster,
    SimilarImage,
    SimilarImages,
)
from darkroom.services.lineage import LineageService
from darkroom.services.runs import run_url
from darkroom.services.sight import visible
from darkroom.services.training.embedding import alike
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs import BlobStore
from darkroom.store.documents import from_millis
from darkroom.store.gazetteer import gazetteer
from darkroom.store.image_queries import order, query_digest

BlobKind = Literal["original", "thumbnail", "preview"]
"""The files of a picture."""

_SHA256 = re.compile(SHA256_PATTERN.removesuffix("$") + r"\Z")
LikenessBy = Literal["hash", "model"]
"""What pictures are compared by: their perceptual hashes, or what a model makes of them."""

_NEAR_DUPLICATES_SHOWN = 50
_RANKED = 100
"""Pictures that are read at once along a ranking."""
_MARKS = 400
_AT_ONCE = 1 << 20
"""Bytes up to which a file of an object store is fetched whole."""


@dataclass(frozen=True)
class ImageFile:
    """A file of a picture, ready to be sent."""

    media_type: str
    """From the bytes."""
    content: Path | bytes | Callable[[], BinaryIO]
    """Where it lies on this machine, the bytes, or what opens it where the store is elsewhere."""
    bytes: int
    """Size."""
    etag: str
    """Names these very bytes."""
    filename: str
    """What to call it when it is saved."""
    lasting: bool = True
    """Whether its address always has these bytes."""


class GalleryService:
    """Reads pictures.

    Args:
        settings: for links into Dagster.
        stores: repositories and blobs.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self.lineage = LineageService(settings, stores)
        """Where pictures came from and what came of them."""

    def page(
        self, principal: Principal, query: ImageQuery, *, limit: int, cursor: str | None = None, skip: int = 0,
        thumbnails: bool = False,
    ) -> ImagePage:  # fmt: skip
        """One page of a view.

        Args:
            principal: who asks.
            query: the view.
            limit: most pictures.
            cursor: where to begin.
            skip: pictures to pass over from there.
            thumbnails: whether to bring the thumbnails along, as far as they lie on this machine.

        Raises:
            Error: `invalid_cursor` for a cursor of another view.
        """
        scope = scope_of(principal, "images:read")
        found = self._stores.page(query, limit=limit, cursor=cursor, skip=skip, scope=scope)
        items = tuple(ImageSummary.of(record) for record in found.items)
        whole = cursor is None and not skip and found.next_cursor is None
        total = len(items) if whole else self._total(query, scope)
        small = dict(_brought(self._stores.blobs, found.items)) if thumbnails else {}
        return ImagePage(items=items, total=total, next_cursor=found.next_cursor, thumbnails=small)

    def _total(self, query: ImageQuery, scope: Scope) -> int:
        newest = self._stores.events.last_seq()
        early = self._stores.count_early(query, scope, newest=newest)
        return self._stores.columns.count(query, scope=scope, newest=newest) if early is None else early

    def index(self, principal: Principal, query: ImageQuery, *, every: int) -> ImageIndex:
        """Where the pages of a view begin; of the first alone while the columnar copy is being built."""
        scope = scope_of(principal, "images:read")
        # Read before the counts: an event in between is then told twice rather than never.
        seq = self._stores.events.last_seq()
        if (early := self._stores.count_early(query, scope, newest=seq)) is not None:
            return ImageIndex(total=early, every=every, anchors=(None,), seq=seq, whole=False)
        anchors = self._stores.columns.anchors(query, every, scope=scope, newest=seq)
        total = self._stores.columns.count(query, scope=scope, newest=seq)
        marks = tuple(_marks(query, anchors, every))
        return ImageIndex(
            total=total, every=every, anchors=tuple(anchor or None for anchor in anchors), marks=marks, seq=seq
        )

    def groups(self, principal: Principal, query: ImageQuery, by: GroupKey) -> ImageGroups:
        """A view divided by day, tag, batch or stack; only stacks of several are told of."""
        scope = scope_of(principal, "images:read")
        seq = self._stores.events.last_seq()
        more, found = self._stores.columns.groups(query, by, scope=scope)
        groups = tuple(ImageGroup(value=one.value, count=one.count, at=from_millis(one.at)) for one in found)
        return ImageGroups(total=sum(one.count for one in groups), groups=groups, more=more, seq=seq)

    def map(self, principal: Principal, query: ImageQuery, box: Box, step: float) -> ImageMap:
        """Where pictures of a view were taken, those near each other together."""
        scope = scope_of(principal, "images:read")
        total, found = self._stores.columns.clusters(query, box, step, scope=scope)
        towns = gazetteer() if found else None
        clusters = []
        for one in found:
            path = towns.path(one.latitude, one.longitude) if towns else []
            clusters.append(MapCluster(**vars(one), name=path[-1] if path else None))
        return ImageMap(total=total, clusters=tuple(clusters), step=step)

    def similar(
        self, principal: Principal, image_id: str, *, distance: int, limit: int, by: LikenessBy | None = None
    ) -> SimilarImages:
        """Pictures that look like one: by what a model makes of them where one has seen it, else by their perceptual hashes.

        Raises:
            Error: `not_found`, also where a model is asked for and none has seen the picture.
        """
        scope = scope_of(principal, "images:read")
        record = self._record(image_id, scope)
        if by != "hash" and (found := alike(self._stores, record, scope)) is not None:
            model, ranked = found
            items = tuple(islice(self._compared(record, ranked, scope), limit))
            return SimilarImages(items=items, model=model)
        if by == "model":
            remedy = "`darkroom embed MODEL` has a classifier of the registry look at all pictures."
            raise Error("not_found", f"No model has looked at {record.name} yet.", id=record.id, remedy=remedy)
        near = dict(self._stores.columns.similar(int(record.phash, 16), distance, limit + 1, scope=scope))
        others = self._stores.images.many([one for one in near if one != record.id])[:limit]
        return SimilarImages(
            items=tuple(
                SimilarImage(
                    image=ImageSummary.of(one), distance=near[one.id], likeness=max(0.0, 1 - near[one.id] / 32)
                )
                for one in others
            )
        )

    def _compared(
        self, record: ImageRecord, ranked: Iterator[tuple[str, float]], scope: Scope
    ) -> Iterator[SimilarImage]:
        """Those that are there and may be seen, in order."""
        bits = int(record.phash, 16)
        while part := dict(islice(ranked, _RANKED)):
            for one in self._stores.images.many(list(part)):
                if one.id != record.id and scope.covers(one.collections):
                    apart = (bits ^ int(one.phash, 16)).bit_count()
                    yield SimilarImage(
                        image=ImageSummary.of(one), distance=apart, likeness=min(1.0, max(0.0, part[one.id]))
                    )

    def facets(self, principal: Principal, query: ImageQuery) -> Facets:
        """Live counts for the filters of a view."""
        scope = scope_of(principal, "images:read")
        facets = self._stores.columns.facets(query, scope=scope)
        # The ledger is of the whole library: whoever sees a part of it is told nothing of the rest.
        failed = sum(self._stores.failures.counts().values()) if scope.is_everything else 0
        return facets.model_copy(update={"failed": failed})

    def get(self, principal: Principal, image_id: str) -> ImageDetail:
        """Everything known of a picture.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, "images:read")
        record = self._record(image_id, scope)
        url = run_url(self._settings, record.run_id) if record.run_id else None
        lineage = Lineage(
            sources=record.sources,
            batch=record.batch,
            run_id=record.run_id,
            dagster_run_url=url,
            renditions=record.renditions,
            original_is_preview=record.original_is_preview,
            near_duplicates=self._near_duplicates(record, scope),
        )
        shown = {**dict(record), "collections": tuple(one for one in record.collections if scope.covers((one,)))}
        return ImageDetail.model_construct(**shown, lineage=lineage)

    def visible(self, principal: Principal, ids: Sequence[str]) -> list[ImageRecord]:
        """Those of the pictures that there are and that somebody may see, without `metadata`."""
        scope = scope_of(principal, "images:read")
        return [one for one in self._stores.images.many(ids) if scope.covers(one.collections)]

    def file(self, principal: Principal, image_id: str, kind: BlobKind) -> ImageFile:
        """A file of a picture.

        Raises:
            Error: `not_found` for an unknown picture, `blob_missing` when its bytes are gone.
        """
        record = self._record(image_id, scope_of(principal, "images:read"))
        if kind == "original":
            return self._file("originals", record.id, record.media_type, record.name)
        if kind == "preview" and record.original_is_preview:
            return self._file("originals", record.id, record.media_type, _file_name(record, kind, record.media_type))
        return self._rendition(record, kind)

    def sidecar(self, principal: Principal, image_id: str) -> ImageFile:
        """What people say of a picture, as an XMP sidecar.

        Raises:
            Error: `not_found` for an unknown picture.
        """
        from darkroom.imaging.words import MEDIA_TYPE, SUFFIX, Words, sidecar

        record = self._record(image_id, scope_of(principal, "images:read"))
        data = sidecar(record.id, Words.of(record))
        return ImageFile(
            media_type=MEDIA_TYPE, content=data, bytes=len(data), etag=f'"{hashlib.sha256(data).hexdigest()}"',
            filename=record.name + SUFFIX, lasting=False,
        )  # fmt: skip

    def trashed(self, principal: Principal, image_id: str) -> ImageFile:
        """The thumbnail of a picture in the trash.

        Raises:
            Error: `not_found` for a picture that is not there, `blob_missing` when its bytes are gone.
        """
        scope = scope_of(principal, "trash:read")
        found = self._stores.trash.find(image_id)
        if found is None or not scope.covers(found.image.collections):
            raise Error("not_found", f"There is no picture {image_id[:80]!r} in the trash.", id=image_id[:80])
        return self._rendition(found.image, "thumbnail")

    def _rendition(self, record: ImageRecord, kind: BlobKind) -> ImageFile:
        rendition = record.rendition(kind)
        if rendition is None:
            raise Error("not_found", f"The picture {record.name} has no {kind} yet.", id=record.id, kind=kind)
        name = _file_name(record, kind, rendition.media_type)
        return self._file("renditions", rendition.address, rendition.media_type, name)

    def _record(self, image_id: str, scope: Scope) -> ImageRecord:
        if not _SHA256.match(image_id):
            raise Error("not_found", "No picture has that id: ids are 64 lower-case hexadecimal digits.")
        found = self._stores.images.find(image_id)
        # Whoever sees a part of the pictures is not told that there was one more.
        if found is None and scope.is_everything and self._stores.trash.find(image_id):
            raise Error(
                "not_found", f"The picture {image_id!r} is in the trash.", id=image_id, remedy="Restore it first."
            )
        return visible(self._stores, image_id, scope)

    def _near_duplicates(self, record: ImageRecord, scope: Scope) -> tuple[ImageSummary, ...]:
        if record.duplicate_group is None:
            return ()
        query = ImageQuery(duplicates=record.duplicate_group)
        found = self._stores.images.page(query, limit=_NEAR_DUPLICATES_SHOWN + 1, scope=scope)
        others = [ImageSummary.of(other) for other in found.items if other.id != record.id]
        return tuple(others[:_NEAR_DUPLICATES_SHOWN])

    def _file(self, namespace: Literal["originals", "renditions"], key: str, media_type: str, name: str) -> ImageFile:
        return stored_file(self._stores.blobs, namespace, key, media_type, name)


def stored_file(
    blobs: BlobStore, namespace: Literal["originals", "renditions"], key: str, media_type: str, name: str
) -> ImageFile:
    """A blob as a file to be sent.

    Raises:
        Error: `blob_missing`.
    """
    info = blobs.stat(namespace, key)
    if info is None:
        raise Error("blob_missing", f"The bytes of {name} are not in the store.", key=key, namespace=namespace)
    content = blobs.local_path(namespace, key) or partial(open_blob, blobs, namespace, key, info.bytes)
    return ImageFile(media_type=media_type, content=content, bytes=info.bytes, etag=f'"{key}"', filename=name)


def open_blob(blobs: BlobStore, namespace: str, key: str, size: int) -> BinaryIO:
    """A blob of a store without files: small ones with one request, of large ones what is asked for."""
    return io.BytesIO(blobs.read(namespace, key)) if size <= _AT_ONCE else blobs.open(namespace, key)


def _brought(blobs: BlobStore, records: Sequence[ImageRecord]) -> Iterator[tuple[str, str]]:
    """Thumbnails as addresses that hold them. One that has to come from elsewhere is better asked for by itself."""
    for record in records:
        small = record.rendition("thumbnail")
        path = blobs.local_path("renditions", small.address) if small else None
        if small is None or path is None:
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        yield record.id, f"data:{small.media_type};base64,{base64.b64encode(data).decode()}"


def _marks(query: ImageQuery, anchors: list[str | None], every: int) -> Iterator[ImageMark]:
    """What stands at some of the anchors; a cursor holds the value that it begins after."""
    wanted, name = order(query), query_digest(query)
    step = -(-len(anchors) // _MARKS)
    for at in range(step, len(anchors), step):
        if (position := wanted.position(name, anchors[at])) is not None:
            yield ImageMark(position=at * every - 1, value=position.value)


def _file_name(record: ImageRecord, kind: BlobKind, media_type: str) -> str:
    return f"{Path(record.name).stem}-{kind}.{media_type.rpartition('/')[2]}"
