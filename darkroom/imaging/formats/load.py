"""Reads a picture as it is: its own depth, its own profile, all its frames if asked; upright, in RGB or grey.

Where an ingest wants eight bits in sRGB at the size of a preview, whoever edits or converts wants everything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import codecs, foreign
from darkroom.imaging.cicp import to_shown
from darkroom.imaging.exr import read_exr
from darkroom.imaging.formats.develop import RawOptions, develop_raw
from darkroom.imaging.formats.frames import AnyArray, Frames
from darkroom.imaging.formats.read_heif import read_heif
from darkroom.imaging.formats.read_jpeg import read_jpeg
from darkroom.imaging.formats.read_vips import read_vips
from darkroom.imaging.header import Header, check, reduction_for
from darkroom.imaging.jxl import read_jxl
from darkroom.imaging.limits import Limits
from darkroom.imaging.moving_avif import read_still
from darkroom.imaging.pdf import draw_page
from darkroom.imaging.pixels import upright
from darkroom.imaging.source import Data, FileBytes


@dataclass(frozen=True)
class LoadOptions:
    """What of a picture is wanted."""

    target: int | None = None
    """Long side that is needed; a coarser scale that is still as large is cheaper. None: everything."""
    reduced: tuple[int, int] | None = None
    """Width and height of the upright picture that come next, by Lanczos: a reader that makes both at once may give them."""
    page: int = 0
    """Page of a TIFF, frame of an animation, counted from 0."""
    all_frames: bool = False
    """Every frame of an animation."""
    raw: RawOptions = RawOptions()
    """How a RAW file is developed."""


@dataclass(frozen=True)
class Loaded:
    """A picture and what its header said."""

    frames: Frames
    header: Header


def load(
    data: Data,
    name: str,
    options: LoadOptions | None = None,
    *,
    limits: Limits | None = None,
    header: Header | None = None,
) -> Loaded:
    """The picture, checked against the limits before a pixel is decoded.

    Args:
        name: for messages.
        limits: guards; those of an ingest without them.
        header: what `codecs.probe` said of these bytes, where it was asked already.

    Raises:
        Error: an `image_*` code; `invalid_parameter` for a page that is not there.
    """
    options = options or LoadOptions()
    header = header or codecs.probe(data, name)
    limits = limits or Limits()
    check(header, len(data), limits, name)
    _check_part(header, options, limits, name)
    if not 0 <= options.page < header.frames:
        raise Error("invalid_parameter", f"{name} has {header.frames} pages, page {options.page} was asked for.")
    try:
        frames = _read(data, header, name, options)
    except MemoryError as error:
        raise Error("image_out_of_memory", f"{name} needs more memory than is free.") from error
    if header.kind.decoder != "raw":  # those come upright, by the turn of the file or of its preview
        frames = frames.mapped(lambda array: _turned(array, header.orientation))
    return Loaded(frames, header)


def _check_part(header: Header, options: LoadOptions, limits: Limits, name: str) -> None:
    """Reading by regions helps only whoever wants less than everything."""
    long_side = max(header.width, header.height)
    factor = reduction_for(header, long_side, options.target) if options.target else 1
    pixels = header.width * header.height // factor**2
    if header.streams and pixels > limits.max_pixels:
        raise Error(
            "image_too_many_pixels",
            f"{name} is {header.width} x {header.height}, of which {pixels / 1e6:,.0f} megapixels would be in memory at once.",
            remedy="Let the recipe begin with a resize, or raise DARKROOM_MAX_PIXELS.",
            pixels=pixels,
        )


def _turned(array: AnyArray, orientation: int) -> AnyArray:
    if orientation == 1:
        return array
    made: AnyArray = upright(array, orientation)
    return made if made.ndim == 3 else made[:, :, None]


def _read(data: Data, header: Header, name: str, options: LoadOptions) -> Frames:
    if isinstance(data, FileBytes):
        return read_vips(data, header, name, options.target, page=options.page, all_frames=options.all_frames)
    reader = _READERS[header.kind.decoder]
    try:
        return reader(data, header, name, options)
    except Error as refused:
        if (still := read_still(data, header, refused, name)) is not None:
            return Frames(to_shown(still, header.light) if header.light else still, header.icc)
        if header.kind.format != "tiff" or header.kind.decoder == "fallback":
            raise
        # TIFF has more depths and compressions than any one library reads.
        with contextlib.suppress(Error):
            other = replace(header, kind=replace(header.kind, decoder="fallback"))
            return replace(_eight_bits(data, other, name, options), sound=refused.code == "image_unsupported")
        raise


def _eight_bits(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    """What has no more than eight bits in sRGB to give; it comes upright, and is turned back to be turned again."""
    whole = options.target or max(header.width, header.height)
    found = codecs.decode(data, replace(header, orientation=1), whole, name)
    return Frames(found.colour, sound=not found.damaged)


def _foreign(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    deep = foreign.read_foreign(data, header, name, options.target)
    return Frames(np.ascontiguousarray(deep.array), deep.icc)


def _svg(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    # A drawing has no size of its own: the one that is wanted is as good as any.
    wanted = options.target or max(header.width, header.height)
    return Frames(codecs.decode(data, header, wanted, name).colour)


def _jxl(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    found = read_jxl(data, name)
    if not options.all_frames:
        return Frames(found.frames[min(options.page, len(found.frames) - 1)], found.icc)
    first, *more = found.frames
    return Frames(first, found.icc, tuple(more), tuple(found.durations) if more else (), int(found.info.num_loops))


def _exr(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    return Frames(read_exr(data, name).array)


def _pdf(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    return Frames(draw_page(data, options.target, name, options.page))


def _jpeg(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    size = options.reduced[::-1] if options.reduced and header.orientation >= 5 else options.reduced
    return read_jpeg(data, header, name, options.target, size)


def _vips(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    return read_vips(data, header, name, options.target, page=options.page, all_frames=options.all_frames)


def _heif(data: bytes, header: Header, name: str, _options: LoadOptions) -> Frames:
    return read_heif(data, header, name)


def _raw(data: bytes, header: Header, name: str, options: LoadOptions) -> Frames:
    return develop_raw(data, header, name, options.raw, options.target)


_READERS: dict[str, Callable[[bytes, Header, str, LoadOptions], Frames]] = {
    "jpeg": _jpeg,
    "vips": _vips,
    "heif": _heif,
    "raw": _raw,
    "foreign": _foreign,
    "svg": _svg,
    "jxl": _jxl,
    "exr": _exr,
    "pdf": _pdf,
    "fallback": _eight_bits,
}
