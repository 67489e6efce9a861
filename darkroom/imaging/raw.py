"""Develops RAW files: the camera's own large preview where there is one, else LibRaw at half size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from darkroom.errors import Error
from darkroom.imaging import turbo
from darkroom.imaging.header import TOLERANCE, Header
from darkroom.imaging.ifd import TiffReader
from darkroom.imaging.isobmff import canon_blocks
from darkroom.imaging.jpeg import read_jpeg
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels, fit, upright
from darkroom.imaging.sniff import Kind, sniff

_XMP_TAG = 700
_IPTC_TAG = 33723
# LibRaw's turns as Exif orientations.
_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}
# Previews of another shape (letterboxed, cropped) do not show the picture.
_SHAPE_TOLERANCE = 0.06


@contextmanager
def opened_raw(data: bytes, name: str) -> Iterator[Any]:
    """The file as LibRaw sees it; its errors become ours."""
    import rawpy

    try:
        with rawpy.imread(BytesIO(data)) as raw:
            yield raw
    except rawpy.LibRawFileUnsupportedError as error:
        raise Error("image_unsupported", f"{name} is a RAW file of a camera that LibRaw does not know.") from error
    except (rawpy.LibRawIOError, rawpy.LibRawDataError) as error:
        raise Error("image_truncated", f"{name} ends too early, or its pixels are damaged: {_words(error)}.") from error
    except MemoryError as error:
        raise Error("image_out_of_memory", f"{name} needs more memory than is allowed.") from error
    except (rawpy.LibRawError, OSError, ValueError, RuntimeError) as error:
        raise Error("image_corrupt", f"{name} cannot be developed: {_words(error)}.") from error


def _words(error: BaseException) -> str:
    found = error.args[0] if error.args else ""
    return (found.decode("latin-1") if isinstance(found, bytes) else str(found)) or type(error).__name__


def probe_raw(data: bytes, kind: Kind, name: str) -> Header:
    """Header of a RAW file: the size of the developed picture, not of a thumbnail in it.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    with opened_raw(data, name) as raw:
        sizes = raw.sizes
        width, height = int(sizes.width), int(sizes.height)
        white = int(raw.white_level or 16383)
    if width < 1 or height < 1:
        raise Error("image_corrupt", f"{name} holds no sensor data.")
    pixels = width * height
    return Header(
        kind=kind,
        width=width,
        height=height,
        bit_depth=min(max(white.bit_length(), 8), 32),
        channels=3,
        orientation=_ORIENTATIONS.get(int(sizes.flip), 1),
        blocks=_blocks(data, kind),
        # LibRaw keeps the sensor's values and a quarter-size four-channel picture.
        memory_mb=(len(data) * 2 + pixels * 2 + pixels * 4) / 1e6 + 48,
    )


def decode_raw(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels, upright, in sRGB, at the target's size or smaller.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    with opened_raw(data, name) as raw:
        preview = embedded_preview(raw, header, target, name)
        if preview is not None:
            return preview
        array = raw.postprocess(
            half_size=max(header.width, header.height) // 2 >= target * TOLERANCE,
            use_camera_wb=True,
            output_bps=8,
            user_flip=0,
        )
    return Pixels(upright(fit(array, target), header.orientation))


def embedded_preview(raw: Any, header: Header, target: int, name: str) -> Pixels | None:
    """The camera's own picture, upright, if there is one that shows the same at the target's size."""
    import rawpy

    try:
        thumb = raw.extract_thumb()
    except (rawpy.LibRawError, ValueError):
        return None
    if thumb.format != rawpy.ThumbFormat.JPEG:
        return None
    try:
        found = turbo.probe_jpeg(thumb.data, sniff(thumb.data, name), name)
        if not _shows(found, header, target):
            return None
        pixels = turbo.decode_jpeg(thumb.data, found, target, name)
    except Error:
        return None
    # The preview may bring its own orientation; most rely on that of the RAW file.
    turn = header.orientation if found.orientation == 1 else 1
    return Pixels(upright(fit(pixels.colour, target), turn), pixels.damaged)


def _shows(found: Header, header: Header, target: int) -> bool:
    large = max(found.width, found.height) >= min(target * TOLERANCE, max(header.width, header.height))
    shape = max(found.upright) / max(1, min(found.upright))
    wanted = max(header.upright) / max(1, min(header.upright))
    return large and abs(shape / wanted - 1) < _SHAPE_TOLERANCE


def _blocks(data: bytes, kind: Kind) -> Blocks:
    if kind.format == "cr3":
        return canon_blocks(data)
    if kind.format == "raf":
        # Fuji puts a whole JPEG with Exif at the place named in its header.
        start, size = int.from_bytes(data[84:88], "big"), int.from_bytes(data[88:92], "big")
        try:
            info = read_jpeg(data[start : start + size], "preview")
        except Error:
            return Blocks()
        return Blocks(info.exif, info.photoshop, info.xmp)
    reader = TiffReader(data)
    if not reader.valid:
        return Blocks()
    first = reader.read(reader.first)
    xmp, iptc = first.tags.get(_XMP_TAG, b""), first.tags.get(_IPTC_TAG, b"")
    return Blocks(data, iptc if isinstance(iptc, bytes) else b"", xmp if isinstance(xmp, bytes) else b"")
