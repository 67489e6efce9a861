"""Uploads: multipart/form-data read as a stream, written to disk piece by piece, handed over as one batch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from darkroom.access import require
from darkroom.api.once import is_again, made_id
from darkroom.api.staging import Staging
from darkroom.domain.access import UNPLACED, Principal
from darkroom.domain.ingest import Batch
from darkroom.errors import Error
from darkroom.services.library import Library

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_BUFFER = 1024 * 1024
"""Bytes gathered before a thread writes them; with the piece being read, all that an upload takes of memory."""
_FIELD_LIMIT = 64 * 1024
_TAG_LIMIT = 120
_MOST_TAGS = 100


@dataclass
class _Part:
    """Headers of the part being read."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    header_name: bytes = b""
    header_value: bytes = b""
    kind: str = ""
    """`file`, `tags` or `nothing`."""
    value: bytearray = field(default_factory=bytearray)


class UploadForm:
    """Turns pieces of a multipart body into work for `Staging`, and collects the tags.

    Args:
        boundary: of the parts.
        staging: where files go.
    """

    def __init__(self, boundary: bytes, staging: Staging) -> None:
        self._staging = staging
        self._work: list[Callable[[], None]] = []
        self._waiting = 0
        self._part = _Part()
        self._ended = False
        self.files = 0
        self.tags: list[str] = []
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise Error("bad_request", f"The boundary of the form is not valid: {error}.") from error

    def feed(self, piece: bytes) -> None:
        """Read on.

        Raises:
            Error: `bad_request`, `invalid_parameter` or `payload_too_large`.
        """
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Error("bad_request", f"The multipart body is broken: {error}.") from error

    async def flush(self, *, force: bool = False) -> None:
        """Write what has gathered, once it is worth a thread."""
        if self._work and (force or self._waiting >= _BUFFER or len(self._work) >= 1000):
            work, self._work, self._waiting = self._work, [], 0
            await anyio.to_thread.run_sync(_do, work)

    def check_complete(self) -> None:
        """Refuse a body that ended before its last boundary, or brought no file.

        Raises:
            Error: `bad_request` or `invalid_parameter`.
        """
        if not self._ended:
            raise Error("bad_request", "The upload ended before its last boundary.", remedy="Send it again.")
        if self.files == 0:
            raise Error("invalid_parameter", "files: the form has no file.", parameter="files")

    def _on_part_begin(self) -> None:
        self._part = _Part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def _on_header_end(self) -> None:
        part = self._part
        part.headers[part.header_name.lower()] = part.header_value
        part.header_name, part.header_value = b"", b""

    def _on_headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if name == "files" and filename is not None:
            # Browsers send one nameless part for a file field that was left empty.
            part.kind = "file" if filename else "nothing"
        elif name == "tags" and filename is None:
            part.kind = "tags"
        else:
            raise Error(
                "invalid_parameter",
                f"{name[:100]}: parts are called `files` (with a file name) or `tags`.",
                parameter=name[:100],
            )
        if part.kind == "file":
            self.files += 1
            self._work.append(partial(self._staging.begin, (filename or b"").decode("utf-8", "replace")))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.kind == "file":
            self._work.append(partial(self._staging.write, data[start:end]))
            self._waiting += end - start
            return
        part.value += data[start:end]
        if len(part.value) > _FIELD_LIMIT or (part.kind == "nothing" and part.value):
            raise Error("invalid_parameter", f"{part.kind}: the part is too long.", parameter="tags")

    def _on_part_end(self) -> None:
        if self._part.kind == "file":
            self._work.append(self._staging.finish)
        elif self._part.kind == "tags":
            self.tags += _tags(bytes(self._part.value))

    def _on_end(self) -> None:
        self._ended = True


def _do(work: list[Callable[[], None]]) -> None:
    for one in work:
        one()


def _tags(value: bytes) -> list[str]:
    try:
        found = [" ".join(tag.split()) for tag in value.decode("utf-8").split(",")]
    except UnicodeDecodeError as error:
        raise Error("invalid_parameter", "tags: not valid UTF-8.", parameter="tags") from error
    for tag in found:
        if len(tag) > _TAG_LIMIT or not tag.isprintable():
            raise Error("invalid_parameter", f"tags: a tag has 1 to {_TAG_LIMIT} visible characters.", parameter="tags")
    return [tag for tag in found if tag]


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Error("unsupported_media_type", "An upload is multipart/form-data with a part `files` for each file.")
    boundary = options.get(b"boundary")
    if not boundary:
        raise Error("bad_request", "The Content-Type header names no boundary.")
    return boundary


def _expected(request: Request) -> int:
    value = request.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


async def receive(request: Request, library: Library, principal: Principal) -> Batch:
    """Take an upload in and submit it as a batch, whose run is asked for at once.

    Raises:
        Error: whatever was wrong; nothing is left on disk then.
    """
    # A refusal is written down, which may wait for the database: not in the event loop.
    await anyio.to_thread.run_sync(require, principal, "images:write", UNPLACED)
    settings = library.settings
    boundary = _boundary(request)
    batch_id = made_id(request, "b")
    if is_again(request) and (found := await anyio.to_thread.run_sync(_left, library, batch_id)):
        async for _piece in request.stream():
            pass
        return found
    staging = Staging(
        settings.uploads / batch_id, max_bytes=settings.max_file_bytes, max_files=settings.batch_max_files
    )
    form = UploadForm(boundary, staging)
    submitting = False
    try:
        await anyio.to_thread.run_sync(staging.prepare, _expected(request))
        await _read(request, form)
        items = await anyio.to_thread.run_sync(staging.complete, tuple(sorted(set(form.tags))))
        submitting = True
        submit = partial(library.ingest.submit, principal, items, connector="upload", launch=True, batch_id=batch_id)
        return await anyio.to_thread.run_sync(submit)
    except BaseException as error:
        # A submit that broke half-way may have reached the database all the same: its files are its own then.
        if not submitting or (isinstance(error, Error) and not error.retryable):
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(staging.discard)
        raise


def _left(library: Library, batch_id: str) -> Batch | None:
    """What an attempt that broke off has left of the same upload: its batch, or files that nobody will take in."""
    found = library.stores.batches.find(batch_id)
    if found is None:
        shutil.rmtree(library.settings.uploads / batch_id, ignore_errors=True)
    return found


async def _read(request: Request, form: UploadForm) -> None:
    try:
        async for piece in request.stream():
            form.feed(piece)
            await form.flush()
            if len(form.tags) > _MOST_TAGS:
                raise Error("invalid_parameter", f"tags: {_MOST_TAGS} at most.", parameter="tags")
    except ClientDisconnect as error:
        raise Error("bad_request", "The client went away during the upload.") from error
    form.check_complete()
    await form.flush(force=True)
