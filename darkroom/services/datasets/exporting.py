"""Versions of datasets as other programs read them: one tar file, put together while it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion, Split
from darkroom.domain.image import ImageRecord
from darkroom.errors import Error
from darkroom.services.datasets.views import ExportLayout
from darkroom.services.gallery import ImageFile, open_blob
from darkroom.store import Stores

if TYPE_CHECKING:
    from typing import BinaryIO

    from darkroom.datasets.archives import Blob, File
    from darkroom.datasets.placing import Facts, Leaving
    from darkroom.services.datasets.datasets import DatasetService

MEDIA_TYPE = "application/x-tar"
_AT_ONCE = 1000
_MOST = 200_000
_ASKED = 16
"""Pictures that a store is asked for at the same time; one that is elsewhere takes its time."""
_MOST_NAMED = 1000
_ENDINGS: dict[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe"), "png": (".png",), "webp": (".webp",), "tiff": (".tif", ".tiff"), "gif": (".gif",),
    "bmp": (".bmp",), "heic": (".heic", ".heif"), "avif": (".avif",), "jp2": (".jp2",),
}  # fmt: skip
_ENDING = re.compile(r"\.[a-z0-9]{1,5}")


class ExportService:
    """Writes versions.

    Args:
        stores: pictures and their bytes.
        datasets: knows who may see which version.
    """

    def __init__(self, stores: Stores, datasets: DatasetService) -> None:
        self._stores = stores
        self._datasets = datasets

    def export(self, principal: Principal, words: str, layout: ExportLayout, split: Split | None = None) -> ImageFile:
        """A version as one tar file; `darkroom.json` in it says what it is, and what could not be told in its layout.

        Args:
            principal: who asks: he must see every picture.
            words: the version, `name@number` or `name`.
            layout: how.
            split: only the examples of this one.

        Raises:
            Error: `not_found`, `forbidden`; `dataset_invalid` when nothing of it can be told in that layout.
        """
        scope_of(principal, "datasets:read")
        from darkroom.datasets.archives import Archive
        from darkroom.datasets.exporters import EXPORTERS
        from darkroom.datasets.placing import Leaving

        version = self._datasets.seen(principal, words)
        self._datasets.usable(principal, version, "images:read")
        manifest = self._datasets.read(version)
        manifest = manifest if split is None else manifest.part(split)
        _check_size(version, len(manifest), split)
        leaving = Leaving(manifest, self._facts(manifest.frame["key"].to_list()))
        files = _told(EXPORTERS[layout](leaving), version, layout, leaving)
        archive = Archive(files, partial(self._open, self._stores))
        # What takes part in the bytes is in the tag, so that a download that broke off goes on with the same ones.
        return ImageFile(
            media_type=MEDIA_TYPE, content=archive.open, bytes=archive.size, etag=f'"{archive.digest}"',
            filename=f"{version.dataset}-{version.number}-{layout}.tar", lasting=False,
        )  # fmt: skip

    @staticmethod
    def _open(stores: Stores, blob: Blob) -> BinaryIO:
        path = stores.blobs.local_path("originals", blob.key)
        return path.open("rb") if path is not None else open_blob(stores.blobs, "originals", blob.key, blob.size)

    def _facts(self, keys: Sequence[str]) -> dict[str, Facts]:
        found: dict[str, Facts] = {}
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            found.update((one.id, _facts_of(one)) for one in self._stores.images.many(part))
            lost = [one for one in part if one not in found]
            for key in self._stores.trash.among(lost) if lost else ():
                trashed = self._stores.trash.find(key)
                if trashed is not None:
                    found[key] = _facts_of(trashed.image)
        return self._stored(found)

    def _stored(self, facts: Mapping[str, Facts]) -> dict[str, Facts]:
        """Those whose bytes are there, with their true size: once it is being sent, nothing can be lacking."""

        def size(key: str) -> int | None:
            info = self._stores.blobs.stat("originals", key)
            return info.bytes if info is not None else None

        with ThreadPoolExecutor(_ASKED, thread_name_prefix="export") as pool:
            sizes = pool.map(size, facts)
            return {
                key: replace(one, bytes=bytes_)
                for (key, one), bytes_ in zip(facts.items(), sizes, strict=True)
                if bytes_
            }


def _facts_of(record: ImageRecord) -> Facts:
    from darkroom.datasets.placing import Facts

    own = PurePosixPath(record.name).suffix.lower()
    known = _ENDINGS.get(record.format)
    suffix = own if _ENDING.fullmatch(own) else f".{record.format}"
    if known is not None and own not in known:
        suffix = known[0]
    return Facts(bytes=record.bytes, suffix=suffix, width=record.width, height=record.height)


def _check_size(version: CommittedVersion, count: int, split: Split | None) -> None:
    where = f"The split {split} of {version.id}" if split else version.id
    if not count:
        raise Error("dataset_invalid", f"{where} holds no example.")
    if count > _MOST:
        raise Error(
            "invalid_parameter", f"{where} has {count:,} pictures; one file takes at most {_MOST:,}.", parameter="split",
            remedy="Export split by split, or commit smaller versions.",
        )  # fmt: skip


def _told(
    files: Iterator[File], version: CommittedVersion, layout: str, leaving: Leaving
) -> Iterator[File]:  # fmt: skip
    """The files, with the one behind them that says what they are."""
    from darkroom.datasets.archives import Blob, File

    pictures = 0
    for one in files:
        pictures += sum(isinstance(piece, Blob) for piece in one.pieces)
        yield one
    problems = leaving.problems
    if not pictures:
        first = f" {problems[0].file}: {problems[0].cause}" if problems else ""
        raise Error(
            "dataset_invalid", f"Nothing of {version.id} can be told as {layout}.{first}",
            remedy="Choose another format; csv tells everything.",
        )  # fmt: skip
    about = {
        "dataset": version.id, "hash": version.hash, "format": layout, "pictures": pictures, "not_told": len(problems),
        "problems": [one.model_dump(mode="json", exclude_none=True) for one in problems[:_MOST_NAMED]],
    }  # fmt: skip
    yield File("darkroom.json", (json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n",))
