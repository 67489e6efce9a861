"""One way into all decoders: header first, pixels after the guards."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from darkroom.errors import Error
from darkroom.imaging import exr, fallback, foreign, heif, jxl, pdf, raw, svg, turbo, vips
from darkroom.imaging.header import Header
from darkroom.imaging.limits import Limits
from darkroom.imaging.moving_avif import read_still
from darkroom.imaging.pixels import Array, Pixels
from darkroom.imaging.sniff import Kind, sniff
from darkroom.imaging.source import Data, FileBytes, Source

_PROBES = {
    "jpeg": turbo.probe_jpeg,
    "vips": vips.probe_vips,
    "heif": heif.probe_heif,
    "raw": raw.probe_raw,
    "fallback": fallback.probe_fallback,
    "foreign": foreign.probe_foreign,
    "svg": svg.probe_svg,
    "jxl": jxl.probe_jxl,
    "exr": exr.probe_exr,
    "pdf": pdf.probe_pdf,
}
_DECODERS = {
    "jpeg": turbo.decode_jpeg,
    "vips": vips.decode_vips,
    "heif": heif.decode_heif,
    "raw": raw.decode_raw,
    "fallback": fallback.decode_fallback,
    "foreign": foreign.decode_foreign,
    "svg": svg.decode_svg,
    "jxl": jxl.decode_jxl,
    "exr": exr.decode_exr,
    "pdf": pdf.decode_pdf,
}
# Formats whose headers may be read in this process; for all others even that happens where a crash costs nothing.
_QUICK_FORMATS = ("jpeg", "png", "webp")


def contents(source: Source, limits: Limits) -> Data:
    """All bytes of a file, or for a large TIFF the file that holds them.

    Raises:
        Error: `image_too_many_bytes` or `source_changed`.
    """
    if source.may_stream and source.size > limits.whole_bytes:
        large = FileBytes(source.path, source.name)
        if sniff(large, source.name).format == "tiff":
            return large
        source.check_size(limits.max_file_bytes)
    return source.rest()


def probe(data: Data, name: str) -> Header:
    """What the header says; no pixel is decoded.

    Raises:
        Error: an `image_*` code.
    """
    kind = sniff(data, name)
    try:
        return _probe(data, kind, name)
    except MemoryError as error:
        raise Error("image_out_of_memory", f"{name} needs more memory than is free.") from error


def _probe(data: Data, kind: Kind, name: str) -> Header:
    if isinstance(data, FileBytes):  # a large TIFF; whoever else reads those would read it whole
        return vips.probe_vips(data, kind, name)
    try:
        return _PROBES[kind.decoder](data, kind, name)
    except Error:
        if kind.format != "tiff":
            raise
        # TIFF has more depths and compressions than any one library reads.
        with contextlib.suppress(Error):
            return fallback.probe_fallback(data, replace(kind, decoder="fallback"), name)
        raise


def decode(data: Data, header: Header, target: int, name: str) -> Pixels:
    """Pixels, upright, 8-bit sRGB, at a scale whose long side is at least 95 % of the target, or the whole picture.

    Raises:
        Error: an `image_*` code.
    """
    try:
        return _decode(data, header, target, name)
    except MemoryError as error:
        raise Error("image_out_of_memory", f"{name} needs more memory than is free.") from error


def _decode(data: Data, header: Header, target: int, name: str) -> Pixels:
    if isinstance(data, FileBytes):
        return vips.decode_vips(data, header, target, name)
    try:
        return _DECODERS[header.kind.decoder](data, header, target, name)
    except Error as refused:
        if (still := read_still(data, header, refused, name)) is not None:
            return Pixels(_shown_still(still, header, target))
        if header.kind.format != "tiff" or header.kind.decoder == "fallback":
            raise
        with contextlib.suppress(Error):
            other = replace(header, kind=replace(header.kind, decoder="fallback"))
            found = fallback.decode_fallback(data, other, target, name)
            return replace(found, damaged=refused.code != "image_unsupported")
        raise


def _shown_still(still: Array, header: Header, target: int) -> Array:
    if header.light:
        return vips.shown_light(still, replace(header, bit_depth=8 * still.itemsize), target)
    return vips.from_memory(still, header.icc, target)


def is_quick(head: Data, name: str) -> bool:
    """Whether a file that begins like this may be probed in this process; false sends it to a decoder process."""
    try:
        return sniff(head, name).format in _QUICK_FORMATS
    except Error:
        return True  # a file that is no picture is refused at no risk
