"""Unpacks what strangers packed: plain files below one folder and nothing else, no more of them and no more bytes than agreed."""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from darkroom.domain.dataset import ImportProblem
from darkroom.errors import Error

MOST_FILES = 300_000
"""Files that are unpacked of one archive."""
_MOST_AT_ONCE = 32 << 20
"""Bytes of a list of contents or of a long name; an archive that says it has more would fill the memory."""
_CHUNK = 1 << 20
_UTF8 = 0x800
"""The flag of a zip entry whose name is UTF-8."""
_LONGEST = 240
"""Bytes of one part of a name; file systems take 255."""


@dataclass(frozen=True)
class _Entry:
    """A plain file in an archive."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class _Guarded:
    """A file of which nobody reads more at a time than fits the memory.

    Args:
        file: what is read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_AT_ONCE:
            raise Error("dataset_invalid", "The archive has a list of contents that is far too long.")
        return self._file.read(size if size >= 0 else _MOST_AT_ONCE)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()


def unpack(
    archive: Path, folder: Path, *, most_bytes: int, most_files: int = MOST_FILES,
    on_file: Callable[[int], None] = lambda _: None,
) -> list[ImportProblem]:  # fmt: skip
    """Write the files of a zip or tar file (also one packed by gzip) below a folder; returns those left out.

    Hidden files are passed over. Only plain files are written, never a link, and never anywhere else.

    Args:
        archive: the file.
        folder: where to; it is there, and empty.
        most_bytes: bytes that may come of it, counted as they are written.
        most_files: files that may come of it.
        on_file: told the size before each file is written; it may raise.

    Raises:
        Error: `dataset_invalid` for what is no archive, is damaged, encrypted, or would write elsewhere; `payload_too_large`.
        OSError: where it cannot be written.
    """
    left_out: list[ImportProblem] = []
    bytes_left, files = most_bytes, 0
    with _read_errors(), archive.open("rb") as file:
        for entry in _entries(file):
            path = _path(entry.name)
            if path is None:
                continue
            if cause := _wrong_name(path):
                left_out.append(ImportProblem(file=_shown(entry.name), cause=cause))
                continue
            files += 1
            if files > most_files:
                raise Error("payload_too_large", f"The archive has more than {most_files:,} files.")
            if entry.size > bytes_left:
                raise _too_many(most_bytes)
            on_file(entry.size)
            bytes_left = _written(entry, folder.joinpath(*path.parts), bytes_left, most_bytes)
    return left_out


def bytes_of(archive: Path) -> int | None:
    """Most bytes that can come of an archive, without unpacking it; nothing where only that would tell.

    Raises:
        Error: `dataset_invalid` for what cannot be read.
    """
    with _read_errors(), archive.open("rb") as file:
        magic = file.read(2)
        if magic == b"PK":
            # No more than an entry says is ever read of it.
            with zipfile.ZipFile(_Guarded(file)) as packed:
                return sum(one.file_size for one in packed.infolist())
        return None if magic == b"\x1f\x8b" else archive.stat().st_size


def _written(entry: _Entry, target: Path, bytes_left: int, most: int) -> int:
    """Write a file; returns the bytes that are left then. What an entry says of its size is not believed."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("wb")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise Error("dataset_invalid", f"{_shown(entry.name)} in the archive is a file and a folder.") from error
    with file, entry.open() as source:
        while piece := source.read(_CHUNK):
            bytes_left -= len(piece)
            if bytes_left < 0:
                raise _too_many(most)
            file.write(piece)
    return bytes_left


def _entries(file: BinaryIO) -> Iterator[_Entry]:
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"PK"):
        with zipfile.ZipFile(_Guarded(file)) as packed:
            yield from _of_zip(packed)
        return
    plain: BinaryIO = file
    if magic.startswith(b"\x1f\x8b"):
        plain = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
    elif magic.startswith((b"BZh", b"\xfd7zXZ\x00")):
        raise Error("dataset_invalid", "The archive is packed by bzip2 or xz.", remedy="Send a zip, a tar or a tar.gz.")
    with tarfile.open(fileobj=_Guarded(plain), mode="r:", errors="surrogateescape") as tar:  # type: ignore[call-overload]
        yield from _of_tar(tar)


def _of_zip(packed: zipfile.ZipFile) -> Iterator[_Entry]:
    for one in packed.infolist():
        kind = stat.S_IFMT(one.external_attr >> 16)
        if one.is_dir():
            continue
        if kind not in (0, stat.S_IFREG):
            raise _no_file(one.filename)
        if one.flag_bits & 1 or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            how = "encrypted" if one.flag_bits & 1 else "packed in a rare way"
            raise Error(
                "dataset_invalid", f"{_shown(one.filename)} in the archive is {how}.",
                remedy="Pack it without a password, by deflate.",
            )  # fmt: skip
        yield _Entry(_zip_name(one), one.file_size, lambda one=one: packed.open(one))  # type: ignore[misc]


def _zip_name(one: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write UTF-8 and do not say so."""
    if one.flag_bits & _UTF8:
        return one.filename
    try:
        return one.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return one.filename


def _of_tar(tar: tarfile.TarFile) -> Iterator[_Entry]:
    for one in tar:
        if one.isdir():
            continue
        if not one.isreg() or one.issparse():
            raise _no_file(one.name)
        yield _Entry(one.name, one.size, lambda one=one: tar.extractfile(one))  # type: ignore[misc,arg-type]
        tar.members = []  # type: ignore[attr-defined] # it would keep every one of them


def _path(name: str) -> PurePosixPath | None:
    """Where an entry goes; nothing for hidden files, and for what macOS puts beside.

    Raises:
        Error: `dataset_invalid` for a way out of the folder.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise Error("dataset_invalid", f"{_shown(name)} in the archive leads outside of it.")
    if not path.parts or any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return None
    return path


def _wrong_name(path: PurePosixPath) -> str:
    try:
        sizes = [len(part.encode()) for part in path.parts]
    except UnicodeEncodeError:
        return "Its name is not UTF-8."
    if not all(part.isprintable() for part in path.parts):
        return "Its name has signs that cannot be shown."
    return f"Its name has more than {_LONGEST} bytes." if max(sizes) > _LONGEST or sum(sizes) > 4 * _LONGEST else ""


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:200]


def _no_file(name: str) -> Error:
    return Error("dataset_invalid", f"{_shown(name)} in the archive is a link or a device.", remedy="Pack the files themselves.")  # fmt: skip


def _too_many(most: int) -> Error:
    return Error(
        "payload_too_large", f"The archive has more than {most:,} bytes when it is unpacked.",
        remedy="Send it in several archives, or raise DARKROOM_IMPORT_MAX_BYTES.",
    )  # fmt: skip


@contextmanager
def _read_errors() -> Iterator[None]:
    """Turn what the archive is at fault for into our error; what the disk is passes."""
    try:
        yield
    except (
        zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError,
        RuntimeError, UnicodeError, ValueError,
    ) as error:  # fmt: skip
        raise Error(
            "dataset_invalid", f"The archive cannot be read: {str(error)[:200] or type(error).__name__}.",
            remedy="Send a zip, a tar or a tar.gz.",
        ) from error  # fmt: skip
