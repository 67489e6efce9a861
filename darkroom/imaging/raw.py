"""Opens RAW files: the camera's own largest picture where there is one, else LibRaw at half size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from darkroom.errors import Error
from darkroom.imaging import turbo
from darkroom.imaging.colour import to_srgb
from darkroom.imaging.formats.profiles import rgb_profile
from darkroom.imaging.header import TOLERANCE, Header
from darkroom.imaging.ifd import TiffReader
from darkroom.imaging.isobmff import canon_blocks
from darkroom.imaging.jpeg import read_jpeg
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels, fit, upright
from darkroom.imaging.raw_parts import depth_of, embedded_jpegs, is_cut, told_space
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
        cut = is_cut(data, kind, width * height)
        if cut is None:
            raw.unpack()  # reads every value of the sensor, which takes longer than anything else here
    if cut:
        raise Error("image_truncated", f"{name} ends before the sensor's values do.")
    if width < 1 or height < 1:
        raise Error("image_corrupt", f"{name} holds no sensor data.")
    pixels = width * height
    return Header(
        kind=kind,
        width=width,
        height=height,
        bit_depth=depth_of(data, kind),
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
        preview = embedded_preview(raw, data, header, target, name)
        if preview is not None:
            return preview
        array = raw.postprocess(
            half_size=max(header.width, header.height) // 2 >= target * TOLERANCE,
            use_camera_wb=True,
            output_bps=8,
            user_flip=0,
        )
    return Pixels(upright(fit(array, target), header.orientation))


def embedded_preview(raw: Any, data: bytes, header: Header, target: int, name: str) -> Pixels | None:
    """The camera's own picture, upright, in sRGB, if there is one that shows the same at the target's size.

    Args:
        raw: the file as LibRaw sees it.
        data: the file.
        header: what `probe_raw` said of it.
        target: long side that is needed.
        name: for messages.
    """
    # The smallest that is large enough costs least, and shows no less.
    for found, jpeg, space in _candidates(raw, data, header, name):
        if not _shows(found, header, target):
            continue
        try:
            pixels = turbo.decode_jpeg(jpeg, found, target, name)
        except Error:
            continue
        colour = pixels.colour
        if space and not found.icc:
            colour = to_srgb(fit(colour, target), rgb_profile(space))
        return Pixels(upright(fit(colour, target), _turn(found, header)), pixels.damaged)
    return None


def largest_preview(data: bytes, header: Header, name: str) -> tuple[int, int] | None:
    """Width and height, as stored, of the largest picture that the camera put into the file."""
    with opened_raw(data, name) as raw:
        found = _candidates(raw, data, header, name)
    return (found[-1][0].width, found[-1][0].height) if found else None


def _candidates(raw: Any, data: bytes, header: Header, name: str) -> list[tuple[Header, bytes, str]]:
    """JPEGs in the file with their headers and colour spaces, that of fewest pixels first."""
    import rawpy

    given = [(data[one.start : one.start + one.size], one.space) for one in embedded_jpegs(data, header.kind)]
    try:
        thumb = raw.extract_thumb()
        if thumb.format == rawpy.ThumbFormat.JPEG and all(len(thumb.data) != len(one) for one, _ in given):
            given.append((thumb.data, ""))
    except (rawpy.LibRawError, ValueError):
        pass
    blocks = header.blocks
    usual = next(filter(None, map(told_space, (blocks.exif, *blocks.more_exif))), "")
    found = []
    for jpeg, space in given:
        try:
            found.append((turbo.probe_jpeg(jpeg, sniff(jpeg, name), name), jpeg, space or usual))
        except Error:
            continue
    return sorted(found, key=lambda one: one[0].width * one[0].height)


def _turn(found: Header, header: Header) -> int:
    """What is left to be turned: previews may bring an orientation of their own, or lie upright already."""
    tall, upright_tall = found.height > found.width, header.upright[1] > header.upright[0]
    turned_already = header.orientation >= 5 and tall == upright_tall and header.width != header.height
    return 1 if found.orientation != 1 or turned_already else header.orientation


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
