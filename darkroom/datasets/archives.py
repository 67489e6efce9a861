"""A tar file that is put together while it is read: nothing is copied before, and any part of it can be asked for."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from darkroom.errors import Error

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BLOCK = tarfile.BLOCKSIZE
_PLAIN = 100
"""Bytes of a name up to which its entry has a head of one block."""
_END = bytes(2 * _BLOCK)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that lie in a store."""

    key: str
    """Their hash."""
    size: int
    """How many they are."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in a tar file before an entry, and fills the block of the one before it."""

    fill: int
    """Bytes that are lacking before it."""
    name: str
    """Name of the entry."""
    size: int
    """Bytes of the entry."""

    def bytes(self) -> bytes:
        """As it stands there; the same whenever it is written."""
        info = tarfile.TarInfo(self.name)
        info.size = self.size
        return bytes(self.fill) + info.tobuf(tarfile.GNU_FORMAT)


Piece = bytes | Blob | Head


@dataclass(frozen=True, slots=True)
class File:
    """A file of an archive."""

    name: str
    """Its path, with slashes."""
    pieces: tuple[Piece, ...]
    """Its bytes."""

    @property
    def size(self) -> int:
        """Its bytes, counted."""
        return sum(size_of(one) for one in self.pieces)


def size_of(piece: Piece) -> int:
    """Bytes of a piece."""
    if isinstance(piece, bytes):
        return len(piece)
    if isinstance(piece, Blob):
        return piece.size
    plain = piece.name.isascii() and len(piece.name) <= _PLAIN and piece.size < 8**11
    return piece.fill + _BLOCK if plain else len(piece.bytes())


def packed(files: Iterable[File]) -> Iterator[Piece]:
    """The pieces of a tar file with some files."""
    fill = 0
    for one in files:
        size = one.size
        yield Head(fill, one.name, size)
        yield from one.pieces
        fill = -size % _BLOCK
    yield bytes(fill) + _END


class Archive:
    """A tar file that is there only while it is read.

    Args:
        files: what is in it, in order.
        open_blob: opens bytes that lie in a store.
    """

    def __init__(self, files: Iterable[File], open_blob: Callable[[Blob], BinaryIO]) -> None:
        self.open_blob = open_blob
        self.pieces: list[Piece] = []
        self.starts: list[int] = []
        seen, at = hashlib.sha256(), 0
        for piece in packed(files):
            self.pieces.append(piece)
            self.starts.append(at)
            at += size_of(piece)
            seen.update(piece if isinstance(piece, bytes) else repr(piece).encode())
        self.size = at
        self.digest = seen.hexdigest()

    def open(self) -> BinaryIO:
        """The file, from its first byte on."""
        return io.BufferedReader(_Reader(self), 1 << 18)


class _Reader(io.RawIOBase):
    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._at = 0
        self._held: tuple[int, BinaryIO] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._archive.size}[whence]
        return self._at

    def readinto(self, target: Buffer, /) -> int:
        room = memoryview(target)
        if self._at >= self._archive.size or not room:
            return 0
        which = bisect_right(self._archive.starts, self._at) - 1
        piece, begun = self._archive.pieces[which], self._at - self._archive.starts[which]
        most = min(len(room), size_of(piece) - begun)
        data = self._stored(which, piece, begun, most) if isinstance(piece, Blob) else _part(piece, begun, most)
        room[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _stored(self, which: int, blob: Blob, begun: int, most: int) -> bytes:
        if self._held is None or self._held[0] != which:
            self._let_go()
            self._held = which, self._archive.open_blob(blob)
        file = self._held[1]
        file.seek(begun)
        data = file.read(most)
        if not data:
            raise OSError(f"{blob.key} has fewer than {blob.size} bytes")
        return data

    def _let_go(self) -> None:
        if self._held is not None:
            self._held[1].close()
            self._held = None


def _part(piece: bytes | Head, begun: int, most: int) -> bytes:
    whole = piece if isinstance(piece, bytes) else piece.bytes()
    return whole[begun : begun + most]


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of an archive into a folder; `extractall` of Python before 3.11.4 would also write anywhere else.

    Raises:
        Error: `dataset_invalid` for what is no plain file below the folder.
        OSError: where it cannot be written.
    """
    for member in archive:
        path = PurePosixPath(member.name)
        if not member.isreg() or path.is_absolute() or ".." in path.parts:
            raise Error("dataset_invalid", f"{member.name} in the archive is no file that may be written.")
        target = folder.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(member)
        assert source is not None  # noqa: S101 - it is a plain file
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
