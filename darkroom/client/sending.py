"""Sending files of any size and number: what is known is not sent, large ones go in parts, what broke off goes on."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.client import library, uploads, work
from darkroom.client.call import Call, Piece, elsewhere
from darkroom.client.waiting import Pauses
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.services.uploads.views import UploadPart, UploadView

IN_PARTS = 16 << 20
"""Bytes from which on a file goes in parts; smaller ones go together in one request."""
AT_ONCE = 4
"""Parts sent at the same time."""
_FILES = 200
_BYTES = 256 << 20
_HASHES = 1000
_READ = 1 << 20

Progress = Callable[[int, int], None]
"""Told the bytes dealt with, and those of all files."""
Steps = Generator[list[Call[Any]], list[Any], "Sent"]
"""Calls to be done, all at the same time if one likes, in exchange for their answers; at the end what came of it."""


@dataclass(frozen=True)
class Sent:
    """What came of sending files."""

    batches: tuple[str, ...]
    """Ids of the batches that take them in."""
    sent: int
    """Files that were sent."""
    known: int
    """Files whose bytes were in the library already, or among the files twice."""
    bytes: int
    """Bytes that were sent."""


@dataclass(frozen=True)
class _File:
    path: Path
    size: int
    sha256: str
    modified: float


def steps(paths: Sequence[Path], *, tags: Sequence[str] = (), on_progress: Progress | None = None) -> Steps:
    """How files are sent, without sending anything: whoever drives it does the calls.

    Args:
        paths: the files.
        tags: for all of them; files that are known already are sent all the same then, to get them.
        on_progress: told how far it is.

    Raises:
        Error: `source_missing` or `source_unreadable` for a file that cannot be read.
    """
    files = [_examined(path) for path in _pictures(paths)]
    far = _Far(sum(one.size for one in files), on_progress)
    distinct: dict[str, _File] = {}
    for one in files:
        distinct.setdefault(one.sha256, one)
    left = list(distinct.values()) if tags else (yield from _unknown(list(distinct.values())))
    far.add(far.total - sum(one.size for one in left))
    batches: list[str] = []
    for group in _groups([one for one in left if one.size < IN_PARTS]):
        sent = [path for one in group for path in (one.path, *_sidecars(one.path))]
        (accepted,) = yield [library.upload_images(sent, tags=tags)]
        batches.append(accepted.batch.id)
        far.add(sum(one.size for one in group))
    large = [one for one in left if one.size >= IN_PARTS]
    if large:
        batches += yield from _in_parts(large, tuple(tags), far)
    size = sum(one.size for one in left)
    return Sent(batches=tuple(batches), sent=len(left), known=len(files) - len(left), bytes=size)


def _pictures(paths: Sequence[Path]) -> list[Path]:
    """The files without sidecars of others of them, which go with their pictures."""
    sidecars = {beside for path in paths for beside in _sidecars(path)}
    return [path for path in paths if path not in sidecars]


def _sidecars(path: Path) -> list[Path]:
    from darkroom.services.sidecars import is_sidecar, sidecars_of

    return [] if is_sidecar(path.name) else sidecars_of(path)[:1]


class _Far:
    """How far it is."""

    def __init__(self, total: int, tell: Progress | None) -> None:
        self.total = total
        self._done = 0
        self._tell = tell

    def add(self, count: int) -> None:
        self._done += count
        if self._tell is not None:
            self._tell(self._done, self.total)


def _examined(path: Path) -> _File:
    seen = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(_READ):
                seen.update(piece)
        info = path.stat()
    except FileNotFoundError as error:
        raise Error("source_missing", f"{path} is not there.", remedy="Check the path.") from error
    except OSError as error:
        raise Error("source_unreadable", f"{path} cannot be read: {error.strerror}.") from error
    return _File(path, info.st_size, seen.hexdigest(), info.st_mtime)


def _unknown(files: list[_File]) -> Generator[list[Call[Any]], list[Any], list[_File]]:
    from darkroom.services.uploads.views import HashesGiven

    chunks = [files[start : start + _HASHES] for start in range(0, len(files), _HASHES)]
    answers = yield [uploads.find_known(HashesGiven(sha256=tuple(one.sha256 for one in chunk))) for chunk in chunks]
    known = {one for answer in answers for one in answer.known}
    return [one for one in files if one.sha256 not in known]


def _groups(files: list[_File]) -> Iterator[list[_File]]:
    """Small files, so many together that a request pays, so few that one that breaks costs little."""
    group: list[_File] = []
    size = 0
    for one in files:
        if group and (len(group) == _FILES or size + one.size > _BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.size
    if group:
        yield group


def _in_parts(files: list[_File], tags: tuple[str, ...], far: _Far) -> Generator[list[Call[Any]], list[Any], list[str]]:
    """All of them as one batch."""
    from darkroom.services.uploads.views import NewUpload, UploadGroup

    key = str(uuid.uuid4())
    whole = 0
    for one in files:
        modified = datetime.fromtimestamp(one.modified, UTC)
        new = NewUpload(
            name=one.path.name, bytes=one.size, sha256=one.sha256, modified_at=modified, tags=tags, batch=key
        )
        (begun,) = yield [uploads.begin_upload(new)]
        if begun.upload is None:  # it came in by another way since it was asked for
            far.add(one.size)
            continue
        yield from _parts(one, begun.upload, far)
        yield from _completed(begun.upload.id)
        whole += 1
    if not whole:
        return []
    (accepted,) = yield [uploads.submit_uploads(UploadGroup(batch=key))]
    return [accepted.batch.id]


def _completed(upload_id: str) -> Generator[list[Call[Any]], list[Any], None]:
    """Have an upload put together; of a large one that goes on after the request was answered."""
    (found,) = yield [uploads.complete_upload(upload_id)]
    pauses = Pauses()
    while found.operation is not None:
        (seen,) = yield [work.get_work(found.operation.id)]
        if not seen.is_over:
            time.sleep(pauses.next(seen))
        elif seen.state == "done":
            (found,) = yield [uploads.complete_upload(upload_id)]
        elif seen.error is not None:
            raise Error(seen.error.code, seen.error.cause, remedy=seen.error.remedy)
        else:
            raise Error(
                "conflict", "Putting the file together was cancelled.", remedy="Send it again: what is there stays."
            )


def _parts(file: _File, upload: UploadView, far: _Far) -> Generator[list[Call[Any]], list[Any], None]:
    left = [part for part in upload.parts if not part.there]
    far.add(file.size - sum(part.bytes for part in left))
    for start in range(0, len(left), 2 * AT_ONCE):
        portion = left[start : start + 2 * AT_ONCE]
        yield [_call(file, upload, part) for part in portion]
        far.add(sum(part.bytes for part in portion))


def _call(file: _File, upload: UploadView, part: UploadPart) -> Call[Any]:
    piece = Piece(file.path, part.offset, part.bytes)
    if part.url.startswith(("https://", "http://")):
        return elsewhere("PUT", part.url, piece, part.headers)
    return uploads.put_upload_part(upload.id, part.number, piece)


def driven(send: Callable[[Call[Any]], Any], work: Steps) -> Sent:
    """Do the steps, several calls at the same time."""
    answers = None
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload") as pool:
        while not isinstance(found := _next(work, answers), Sent):
            answers = list(pool.map(send, found))
    return found


async def driven_async(send: Callable[[Call[Any]], Awaitable[Any]], work: Steps) -> Sent:
    """Do the steps, several calls at the same time; files are read in between, and not in the event loop."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(call: Call[Any]) -> Any:
        async with turns:
            return await send(call)

    found = await asyncio.to_thread(_next, work, None)
    while not isinstance(found, Sent):
        found = await asyncio.to_thread(_next, work, await asyncio.gather(*map(one, found)))
    return found


def _next(work: Steps, answers: list[Any] | None) -> list[Call[Any]] | Sent:
    try:
        return work.send(answers)  # type: ignore[arg-type] # None begins it
    except StopIteration as end:
        sent: Sent = end.value
        return sent
