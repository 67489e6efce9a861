"""Writing the files of pictures into one zip file."""

from __future__ import annotations

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from darkroom.domain.access import Principal, Warrant
from darkroom.domain.image import ImageRecord
from darkroom.domain.work import LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.batch_run import SYSTEMIC
from darkroom.services.exports.names import free_name
from darkroom.services.exports.views import ExportGiven
from darkroom.services.gallery import BlobKind, GalleryService, ImageFile
from darkroom.services.recipes.renditions import RenditionService
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.settings import Settings
from darkroom.store import Stores

_AT_ONCE = 500
_CHUNK = 1 << 20
_FIRST_YEAR = 1980
"""A zip file knows no earlier one."""
_NOTHING = {"ids": ["0" * 64]}
"""Stands for the selection, which became a list of pictures when the export began."""


class _Bundle:
    """A zip file that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names: set[str] = set()

    def add(self, record: ImageRecord, file: ImageFile, source: BinaryIO, beside: ImageFile | None) -> None:
        """Write a file of a picture, and what is said of it."""
        name = free_name(self.names, file.filename, record.id)
        moment = record.capture.taken_at or record.ingested_at
        date = moment.timetuple()[:6] if moment.year >= _FIRST_YEAR else (_FIRST_YEAR, 1, 1, 0, 0, 0)
        with source:
            self._put(name, date, source, file.bytes)
        if beside is not None:
            with _opened(beside) as words:
                self._put(f"{name}.xmp", date, words, beside.bytes)

    def _put(self, name: str, date: tuple[int, int, int, int, int, int], source: BinaryIO, size: int) -> None:
        entry = zipfile.ZipInfo(name, date)
        entry.external_attr = 0o644 << 16
        entry.file_size = size
        with self._archive.open(entry, "w") as target:
            shutil.copyfileobj(source, target, _CHUNK)


class ExportKind(WholeKind):
    """Writes an export; begun again it begins anew, for half a zip file is none.

    Args:
        settings: the folder that it lies in.
        stores: pictures.
        gallery: gives their files to whoever may see them.
        renditions: gives what recipes made.
        guard: vouches for who asked.
    """

    name = "export"
    permission = "images:read"

    def __init__(
        self, settings: Settings, stores: Stores, gallery: Callable[[], GalleryService],
        renditions: Callable[[], RenditionService], guard: Callable[[], Warrant],
    ) -> None:  # fmt: skip
        super().__init__(stores)
        self._settings = settings
        self._gallery = gallery
        self._renditions = renditions
        self._guard = guard

    def do(self, work: LongWork, progress: Progress) -> None:
        """Write every file that is there, and give the whole its name at the end."""
        params = json.loads(work.params)
        given = ExportGiven.model_validate({**params["given"], "selection": _NOTHING})
        who = Principal.model_validate(params["principal"]).model_copy(update={"warrant": self._guard()})
        images = self.stores.work.text(work.id).split("\n")
        progress.of(len(images))
        self._settings.exports.mkdir(parents=True, exist_ok=True)
        part = self._settings.exports / f"{work.id}-{secrets.token_hex(4)}.part"
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
                bundle = _Bundle(archive)
                for start in range(0, len(images), _AT_ONCE):
                    self._write(bundle, who, given, images[start : start + _AT_ONCE], progress)
            if not bundle.names:
                raise Error("not_found", "None of the pictures could be written.")
            size = part.stat().st_size
            part.replace(self._settings.exports / f"{work.id}.zip")
            progress.add(0, bytes=size)
        finally:
            part.unlink(missing_ok=True)

    def _write(
        self, bundle: _Bundle, who: Principal, given: ExportGiven, images: Sequence[str], progress: Progress
    ) -> None:  # fmt: skip
        records = {one.id: one for one in self.stores.images.many(images)}
        made = self._renditions().made(who, given.of, images) if given.of is not None else {}
        for image in images:
            try:
                record, file, beside = self._found(who, given, image, records.get(image), made)
                source = _opened(file)
            except Error as error:
                if error.code in SYSTEMIC or error.retryable:
                    raise
                progress.add(failures=[WorkFailure(id=image, code=error.code, cause=error.cause)])
                continue
            # From here on nothing may fail for one picture alone: half of it stands in the file.
            bundle.add(record, file, source, beside)
            progress.add(changed=1)

    def _found(
        self, who: Principal, given: ExportGiven, image: str, record: ImageRecord | None, made: dict[str, str]
    ) -> tuple[ImageRecord, ImageFile, ImageFile | None]:
        """What is written of a picture.

        Raises:
            Error: `not_found` where it may not be seen any more, or the recipe made nothing of it; `blob_missing`.
        """
        if record is None or (given.of is not None and image not in made):
            raise Error("not_found", "It is gone." if record is None else "The recipe has no result of it.", id=image)
        beside = self._gallery().sidecar(who, image) if given.sidecars else None
        if given.of is not None:
            return record, self._renditions().file(who, image, made[image]), beside
        kind: BlobKind = "preview" if given.files == "previews" else "original"
        return record, self._gallery().file(who, image, kind), beside


def _opened(file: ImageFile) -> BinaryIO:
    try:
        if isinstance(file.content, Path):
            return file.content.open("rb")
    except FileNotFoundError as error:
        raise Error("blob_missing", f"The bytes of {file.filename} are gone.") from error
    return BytesIO(file.content) if isinstance(file.content, bytes) else file.content()
