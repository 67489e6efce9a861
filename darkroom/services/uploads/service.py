"""Use cases of uploads in parts."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from darkroom import logs
from darkroom.access import require, scope_of
from darkroom.domain.access import UNPLACED, Principal
from darkroom.domain.base import now
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.domain.upload import Upload, part_bytes_for
from darkroom.domain.work import OVER
from darkroom.errors import Error
from darkroom.services.activity_views import BatchView
from darkroom.services.gallery import GalleryService
from darkroom.services.ingest import IngestService
from darkroom.services.uploads.files import check_room, clean_name
from darkroom.services.uploads.parts import BucketParts, FolderParts, PartPlace, PartWriter, assemble
from darkroom.services.uploads.views import (
    HashesKnown,
    NewUpload,
    UploadBegun,
    UploadCompleted,
    UploadList,
    UploadPart,
    UploadSummary,
    UploadView,
    summary,
)
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs.direct import pending_parts

CONNECTOR = "upload"
"""Name kept in the sources of the pictures, the same as of uploads in one request."""
JOINED_AT_ONCE = 256 << 20
"""Bytes up to which a file is put together while somebody waits for the answer: a second or two."""
_MOST_LISTED = 1000
_log = logs.get(__name__)


class UploadService:
    """Use cases of uploads in parts. Nobody sees those of others; every method checks a permission first.

    Args:
        settings: folders and limits.
        stores: uploads, batches and the bucket.
        ingest: takes whole files over.
        gallery: knows which pictures somebody may see.
        work: puts large files together.
    """

    def __init__(
        self, settings: Settings, stores: Stores, ingest: IngestService, gallery: GalleryService, *, work: WorkService
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._ingest = ingest
        self._gallery = gallery
        self._work = work
        self._folder = FolderParts(settings.uploads)

    def known(self, principal: Principal, hashes: tuple[str, ...]) -> HashesKnown:
        """Which content is in the library already, among the pictures that somebody may see."""
        scope_of(principal, "images:read")
        return HashesKnown(known=tuple(one.id for one in self._gallery.visible(principal, hashes)))

    def begin(self, principal: Principal, new: NewUpload, upload_id: str) -> UploadBegun:
        """Begin to send a file, or go on with one of the same content that broke off; nothing is sent that is known.

        Args:
            principal: who sends it.
            new: what is known of the file.
            upload_id: identity that it gets.

        Raises:
            Error: `payload_too_large`, `too_many_uploads`, `storage_*`.
        """
        require(principal, "images:write", UNPLACED)
        if new.sha256 is not None:
            if image := self._known(principal, new):
                return UploadBegun(image=image, upload=None)
            again = self._stores.uploads.same(owner_of(principal), new.sha256, new.bytes)
            if again is not None and self._stores.uploads.regroup(again.id, new.batch, new.tags):
                return UploadBegun(image=None, upload=self._view(self._stores.uploads.get(again.id)))
        if (before := self._stores.uploads.find(upload_id)) is not None:
            return UploadBegun(image=None, upload=self._view(before))
        self._check_limits(principal, new)
        upload = Upload(
            id=upload_id, owner=owner_of(principal), principal=principal.id, name=clean_name(new.name), bytes=new.bytes,
            part_bytes=part_bytes_for(new.bytes), sha256=new.sha256, modified_at=new.modified_at, tags=new.tags,
            group=new.batch, direct=pending_parts(self._settings, self._stores.blobs) is not None, created_at=now(),
            touched_at=now(),
        )  # fmt: skip
        # On its way in it lies on the disk twice for a moment: in parts, and whole.
        check_room(self._settings.uploads, new.bytes if upload.direct else 2 * new.bytes)
        self._stores.uploads.insert(upload)
        return UploadBegun(image=None, upload=self._view(upload))

    def _known(self, principal: Principal, new: NewUpload) -> str | None:
        try:
            found = self._gallery.visible(principal, (new.sha256 or "",))
        except Error as error:
            if error.code != "forbidden":
                raise
            return None  # who may not look may still send
        # A picture that lacks one of the tags goes the whole way: it gets it there.
        return next((one.id for one in found if set(new.tags) <= set(one.tags)), None)

    def _check_limits(self, principal: Principal, new: NewUpload) -> None:
        owner, most = owner_of(principal), self._settings.batch_max_files
        if new.bytes > (allowed := self._settings.most_bytes(new.name)):
            cause = f"{clean_name(new.name)} has more than {allowed} bytes."
            raise Error("payload_too_large", cause, file=clean_name(new.name))
        if self._stores.uploads.count(owner, "open") >= self._settings.upload_most_open:
            cause = f"{self._settings.upload_most_open} uploads are open already."
            raise Error("too_many_uploads", cause)
        if new.batch and self._stores.uploads.count(owner, "open", "waiting", group=new.batch) >= most:
            raise Error(
                "too_many_uploads", f"A batch takes {most} files at most.",
                remedy="Submit what is there, and go on with another key.",
            )  # fmt: skip

    def list(self, principal: Principal) -> UploadList:
        """One's own uploads that belong to no batch yet, newest first; who may not begin any has none."""
        scope_of(principal, "images:write")
        found = self._stores.uploads.list(owner_of(principal), limit=_MOST_LISTED)
        return UploadList(items=tuple(self._summary(one) for one in found))

    def get(self, principal: Principal, upload_id: str) -> UploadView:
        """One of one's own uploads, with the parts that are there.

        Raises:
            Error: `not_found`.
        """
        require(principal, "images:write", UNPLACED)
        return self._view(self._own(principal, upload_id))

    def part(self, principal: Principal, upload_id: str, number: int, digest: bytes | None) -> PartWriter:
        """What takes a part in; the caller tells `note_part` when it is in its place.

        Raises:
            Error: `not_found` for an upload or part that there is not, `conflict` when the file is whole or its parts
                go to the bucket.
        """
        require(principal, "images:write", UNPLACED)
        upload = self._own(principal, upload_id)
        if not 1 <= number <= upload.part_count:
            raise Error("not_found", f"The upload has parts 1 to {upload.part_count}, and no part {number}.")
        if upload.state != "open":
            raise Error("conflict", "The file is whole already.", remedy="Go on with submitting it.")
        if upload.direct:
            raise Error("conflict", "The parts of this upload go to the addresses that it names.")
        return self._folder.writer(upload, number, digest)

    def note_part(self, principal: Principal, upload_id: str, number: int) -> UploadPart:
        """Remember that a part came in just now."""
        require(principal, "images:write", UNPLACED)
        upload = self._own(principal, upload_id)
        self._stores.uploads.touch(upload.id)
        return self._part(upload, number, there=True)

    def complete(
        self, principal: Principal, upload_id: str, batch_id: str, *, work_id: str | None = None
    ) -> UploadCompleted:  # fmt: skip
        """Put the parts together and verify the whole; a file without a key is submitted then. Of a large one that is an operation.

        Args:
            principal: who sent it.
            upload_id: which.
            batch_id: identity of its batch, if it becomes one of its own.
            work_id: identity of the operation, if it takes one.

        Raises:
            Error: `not_found`, `conflict` while parts are missing, `upload_damaged` (the upload is gone then).
        """
        require(principal, "images:write", UNPLACED)
        upload = self._own(principal, upload_id)
        if upload.state == "open":
            self._check_parts(upload)
            if upload.bytes > JOINED_AT_ONCE:
                return UploadCompleted(
                    upload=self._summary(upload), batch=None, operation=self._joining(principal, upload, work_id)
                )
            self.join(upload)
        batch = self.hand_over_alone(principal, upload_id, batch_id)
        view = None if batch is None else BatchView.of(batch, self._settings)
        return UploadCompleted(upload=self._summary(self._stores.uploads.get(upload_id)), batch=view)

    def _joining(self, principal: Principal, upload: Upload, work_id: str | None) -> WorkView:
        """The operation that puts an upload together: one at a time."""
        own = f"o-{upload.id.partition('-')[2]}"
        before = self._stores.work.find(own)
        work = self._work.begin_whole(
            principal, "upload", title=f"Put {upload.name} together", params={"upload": upload.id},
            work_id=own if before is None or before.state not in OVER else work_id,
        )  # fmt: skip
        return view_of(work, self._settings)

    def hand_over_alone(self, principal: Principal, upload_id: str, batch_id: str) -> Batch | None:
        """The batch of a whole upload, made now if it waits for no others; None where it waits. The caller has checked who asks."""
        require(principal, "images:write", UNPLACED)
        upload = self._stores.uploads.get(upload_id)
        if upload.group is not None:
            return self._stores.batches.find(upload.batch) if upload.batch else None
        # Two requests at once: the batch that marked it first is its batch.
        self._stores.uploads.take([upload.id], batch_id)
        upload = self._stores.uploads.get(upload_id)
        return self.hand_over(principal, [], upload.batch or batch_id)

    def _check_parts(self, upload: Upload) -> None:
        there = self._place(upload).there(upload)
        missing = [one for one in range(1, upload.part_count + 1) if there.get(one) != upload.part_size(one)]
        if missing:
            named = ", ".join(str(one) for one in missing[:20])
            raise Error(
                "conflict", f"Parts are missing: {named}{', ...' if len(missing) > 20 else ''}.",
                remedy="Send them, then complete it again.", missing=missing[:1000],
            )  # fmt: skip

    def join(self, upload: Upload, on_part: Callable[[], None] = lambda: None) -> None:
        """Make one file of the parts of an upload; the caller has checked who asks.

        Args:
            upload: whose parts.
            on_part: told of each part; what it raises ends the joining, and can be begun again.

        Raises:
            Error: `upload_damaged` (the upload is gone then), a storage error.
        """
        if upload.state != "open":
            return
        place = self._place(upload)
        try:
            pieces = _told(place.pieces(upload), upload, on_part)
            path, found = assemble(self._settings.uploads, upload, pieces)
        except Error:
            if self._stores.uploads.get(upload.id).state != "open":
                return  # another request has completed it and cleared the parts
            raise
        if upload.sha256 is not None and not hmac.compare_digest(found, upload.sha256):
            path.unlink(missing_ok=True)
            self.forget(upload)
            raise Error("upload_damaged", f"{upload.name} hashes to {found}, not to what was announced.")
        self._stores.uploads.finish(upload.id)
        place.clear(upload)

    def submit(self, principal: Principal, group: str, batch_id: str) -> Batch:
        """Make a batch of the whole files of a key, and ask for its run; asked again, it gives the same batch.

        Raises:
            Error: `not_found` when none is whole.
        """
        require(principal, "images:write", UNPLACED)
        owner = owner_of(principal)
        waiting = self._stores.uploads.waiting(owner, group, limit=self._settings.batch_max_files)
        if not waiting and not self._stores.uploads.of_batch(batch_id):
            before = self._stores.uploads.last_batch(owner, group)
            found = self._stores.batches.find(before) if before else None
            if found is None:
                raise Error("not_found", "No upload of that key is whole.", remedy="Complete its uploads first.")
            return found
        return self.hand_over(principal, waiting, batch_id)

    def hand_over(self, principal: Principal, upload_ids: Sequence[str], batch_id: str) -> Batch:
        """Give whole uploads, whoever owns them, to a batch.

        They are marked first: after a crash in between, `UploadTidier` finds that their batch is not there.

        Raises:
            Error: `conflict` when their files are gone.
        """
        require(principal, "images:write", UNPLACED)
        taken = self._stores.uploads.take(upload_ids, batch_id)
        if (found := self._stores.batches.find(batch_id)) is not None:
            return found
        items = [item for one in taken if (item := self._item(one)) is not None]
        if not items:
            raise Error("conflict", "The files are not there any more.", remedy="Send them again.")
        try:
            return self._ingest.submit(principal, items, connector=CONNECTOR, launch=True, batch_id=batch_id)
        except Error as error:
            if error.code != "already_exists":
                raise
            return self._stores.batches.get(batch_id)

    def _item(self, upload: Upload) -> BatchItem | None:
        path = self._settings.uploads / upload.id / upload.name
        try:
            found = path.stat()
        except OSError:
            _log.warning("upload_lost", upload=upload.id, path=str(path))
            return None
        return BatchItem(
            key=upload.name, path=str(path), bytes=found.st_size, modified_ns=found.st_mtime_ns, tags=upload.tags
        )

    def drop(self, principal: Principal, upload_id: str) -> None:
        """Give up one of one's own uploads; what came in is removed.

        Raises:
            Error: `not_found`, `conflict` when it belongs to a batch.
        """
        require(principal, "images:write", UNPLACED)
        upload = self._own(principal, upload_id)
        if upload.state == "submitted":
            raise Error("conflict", "The file belongs to a batch.", remedy="Cancel the batch.")
        self.forget(upload)

    def forget(self, upload: Upload) -> None:
        """Remove an upload with everything that came in; the caller has checked who asks."""
        self._place(upload).clear(upload)
        shutil.rmtree(self._settings.uploads / upload.id, ignore_errors=True)
        self._stores.uploads.remove(upload.id)

    def _own(self, principal: Principal, upload_id: str) -> Upload:
        found = self._stores.uploads.find(upload_id)
        if found is None or found.owner != owner_of(principal):
            raise Error("not_found", "You have no such upload.", remedy="Begin it again with POST /api/v1/uploads.")
        return found

    def _place(self, upload: Upload) -> PartPlace:
        if not upload.direct:
            return self._folder
        pending = pending_parts(self._settings, self._stores.blobs, even_if_off=True)
        if pending is None:
            raise Error("conflict", "The bucket that the parts went to is no longer the main place.")
        return BucketParts(pending)

    def _part(self, upload: Upload, number: int, *, there: bool) -> UploadPart:
        url, headers = self._place(upload).address(upload, number)
        offset = (number - 1) * upload.part_bytes
        return UploadPart(
            number=number, offset=offset, bytes=upload.part_size(number), there=there, url=url, headers=headers
        )

    def _received(self, upload: Upload) -> dict[int, int]:
        """Parts that are whole."""
        if upload.state != "open":
            return {one: upload.part_size(one) for one in range(1, upload.part_count + 1)}
        there = self._place(upload).there(upload)
        return {
            one: size
            for one, size in there.items()
            if 1 <= one <= upload.part_count and size == upload.part_size(one)
        }  # fmt: skip

    def _summary(self, upload: Upload) -> UploadSummary:
        return summary(upload, sum(self._received(upload).values()), self._expires(upload))

    def _view(self, upload: Upload) -> UploadView:
        there = self._received(upload)
        open_ = upload.state == "open"
        numbers = range(1, upload.part_count + 1) if open_ else range(0)
        parts = tuple(self._part(upload, one, there=one in there) for one in numbers)
        short = summary(upload, sum(there.values()), self._expires(upload))
        return UploadView(**dict(short), parts=parts)

    def _expires(self, upload: Upload) -> datetime:
        return upload.touched_at + timedelta(hours=self._settings.upload_keep_hours)


def _told(pieces: Iterator[bytes], upload: Upload, on_part: Callable[[], None]) -> Iterator[bytes]:
    """The pieces, and a word whenever a part is through."""
    size, parts = 0, 0
    for piece in pieces:
        yield piece
        size += len(piece)
        for _ in range(parts, min(size // upload.part_bytes + (size == upload.bytes), upload.part_count)):
            parts += 1
            on_part()


def owner_of(principal: Principal) -> str:
    """Whose uploads somebody's are: those of an account are the same in a browser and with its tokens."""
    return principal.account
