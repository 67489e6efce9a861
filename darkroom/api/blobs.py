"""Files of pictures over HTTP: validators, immutable caching, single ranges, streamed from disk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from darkroom.api.disposition import disposition
from darkroom.api.etags import matches
from darkroom.errors import Error
from darkroom.services.gallery import ImageFile

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})\Z")
_SHOWN_INLINE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/bmp", "image/tiff", "image/heic",
        "image/heif", "image/x-icon", "image/jxl",
    }
)  # fmt: skip
"""Everything else is sent as an attachment: SVG and HTML would run scripts under our address."""


def file_headers(file: ImageFile, *, attachment: bool) -> dict[str, str]:
    """Headers of a file: most never change under their address, and each must never act as a page of ours."""
    inline = file.media_type in _SHOWN_INLINE and not attachment
    return {
        "ETag": file.etag,
        "Cache-Control": "private, max-age=31536000, immutable" if file.lasting else "private, no-cache",
        "Content-Disposition": disposition(file.filename, inline=inline),
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
    }


def wanted_range(headers: Headers, file: ImageFile) -> tuple[int, int] | None:
    """First and last byte asked for, or None for the whole file.

    Several ranges, other units and malformed headers are answered with the whole file, as RFC 9110 allows.

    Raises:
        Error: `bad_request` with status words when the range lies outside the file.
    """
    found = _RANGE.match(headers.get("range", ""))
    if found is None or headers.get("if-range", file.etag) != file.etag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        start, end = max(file.bytes - int(last), 0), file.bytes - 1
        satisfiable = int(last) > 0 and file.bytes > 0
    else:
        start, end = int(first), min(int(last), file.bytes - 1) if last else file.bytes - 1
        if last and int(last) < start:
            return None
        satisfiable = start < file.bytes
    if not satisfiable:
        raise Error(
            "range_not_satisfiable",
            f"The file has {file.bytes} bytes; the range asked for lies outside.",
            headers={"Content-Range": f"bytes */{file.bytes}"},
        )
    return start, end


async def file_response(file: ImageFile, headers: Headers, *, attachment: bool = False) -> Response:
    """The answer to a request for a file.

    Raises:
        Error: `range_not_satisfiable`, or `blob_missing` when the file went away in this moment.
    """
    answer = file_headers(file, attachment=attachment)
    if matches(headers.get("if-none-match"), file.etag):
        return Response(status_code=304, headers=answer)
    part = wanted_range(headers, file)
    start, end = part or (0, file.bytes - 1)
    answer["Content-Length"] = str(end - start + 1)
    if part is not None:
        answer["Content-Range"] = f"bytes {start}-{end}/{file.bytes}"
    status = 206 if part is not None else 200
    if isinstance(file.content, bytes):
        return Response(file.content[start : end + 1], status, answer, media_type=file.media_type)
    if end - start < _CHUNK:
        body = await anyio.to_thread.run_sync(_read, file.content, start, end - start + 1)
        return Response(body, status, answer, media_type=file.media_type)
    opened = await anyio.to_thread.run_sync(_open, file.content)
    return StreamingResponse(_pieces(opened, start, end), status, answer, media_type=file.media_type)


def _open(content: Path | Callable[[], BinaryIO]) -> BinaryIO:
    try:
        return content.open("rb") if isinstance(content, Path) else content()
    except OSError as error:
        raise Error("blob_missing", f"The stored file cannot be opened: {error.strerror}.") from error


def _read(content: Path | Callable[[], BinaryIO], start: int, count: int) -> bytes:
    with _open(content) as file:
        file.seek(start)
        return file.read(count)


async def _pieces(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `start` to `end`, read in another thread piece by piece."""
    left = end - start + 1
    try:
        await anyio.to_thread.run_sync(file.seek, start)
        while left > 0:
            piece = await anyio.to_thread.run_sync(file.read, min(_CHUNK, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
    finally:
        file.close()
