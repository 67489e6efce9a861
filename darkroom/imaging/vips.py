"""Decodes PNG, WebP, TIFF, GIF, AVIF and unusual JPEG with libvips: colour managed, 16 bits, CMYK, alpha."""

from __future__ import annotations

import contextlib
import re
import threading
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.cicp import Cicp, fitted, stretched, to_shown, told_by_numbers, widened_grey
from darkroom.imaging.completeness import is_cut
from darkroom.imaging.formats.metadata.entries import is_big
from darkroom.imaging.header import Header, scale_for
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.moving_avif import frames_of
from darkroom.imaging.pixels import Array, Pixels, fit
from darkroom.imaging.png import iptc_of_png
from darkroom.imaging.sniff import Kind
from darkroom.imaging.source import Data, FileBytes
from darkroom.imaging.tiff_layout import exif_of, held_bytes, lacks_tiles

_DEPTHS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}
_TRUNCATED = (
    "premature end",
    "truncated",
    "end of file",
    "unexpected end",
    "not enough data",
    "read error",
    "out of data",
)
_NOISE = re.compile(r"source: bad seek to \d+|unable to (?:call \w+|write to memory|load source)\s*")
_UNSUPPORTED = (
    "not a whole number of bytes",
    "samples out of range",
    "bad labq format",
    "separate planes",
    "not built in",
    "not configured",
    "unsupported",
    "not supported",
    "unsupported codec",
    "no decoding plugin",
    # Of a layer: the size of the picture has passed our own guard.
    "exceeds the maximum image size",
)
_MEMORY = ("out of memory", "unable to allocate", "cannot allocate")
FAILING = threading.Lock()
"""Held by whoever finds out why a picture failed."""
# Regions that are read, those before them, and what is made of them; and what every decoder needs beside.
_AT_A_TIME, _ROOM_MB = 4, 16
# Lines that are held, in one step or another, of what is read from top to bottom and made smaller meanwhile: 2,200 to 3,000 were measured.
_LINES_HELD = 3_200
_PNG_INTERLACED_AT = 28
_QUICK_PIXELS = 6_000_000
_QUICK_FORMATS = ("png", "webp")
_SHOWN = (("srgb", 3), ("srgb", 4), ("b-w", 1), ("b-w", 2))


def probe_vips(data: Data, kind: Kind, name: str) -> Header:
    """Header of anything that libvips reads, without its pixels.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    image = _open(data, kind, name)
    if kind.format == "tiff" and lacks_tiles(data):
        raise Error("image_truncated", f"{name} ends too early: some of its tiles are missing.")
    fields = set(image.get_fields())
    frames = frames_of(data) if kind.format == "avif" else _number(image, fields, "n-pages", 1)
    depth = _number(image, fields, "bits-per-sample", 0) or _DEPTHS.get(image.format, 8)
    orientation = _number(image, fields, "orientation", 1)
    pixels = image.width * image.height
    bytes_each = image.bands * max(1, depth // 8)
    held = held_bytes(data, image.width, image.height, bytes_each) if kind.format == "tiff" else None
    whole = 0 if isinstance(data, FileBytes) else len(data)
    return Header(
        kind=kind,
        width=image.width,
        height=image.height,
        frames=max(1, frames),
        bit_depth=min(max(depth, 1), 64),
        channels=min(max(image.bands, 1), 8),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        icc=_blob(image, fields, "icc-profile-data"),
        blocks=_blocks(image, fields, data, kind),
        memory_mb=(whole + _decoded_bytes(data, image, kind, bytes_each, held)) / 1e6 + _ROOM_MB,
        streams=held is not None,
        light=light_of(data, image, kind.format),
        quick=kind.format in _QUICK_FORMATS
        and pixels <= _QUICK_PIXELS
        and frames == 1
        and image.interpretation != "cmyk",
    )


def _decoded_bytes(data: Data, image: Any, kind: Kind, bytes_each: int, held: int | None) -> int:
    """Most memory, beside the file, of a picture that is made small while it is read.

    Args:
        held: bytes of the regions of a TIFF that can be read in parts.
    """
    whole = image.width * image.height * (bytes_each + 4)
    if held is None and (kind.format != "png" or data[_PNG_INTERLACED_AT : _PNG_INTERLACED_AT + 1] != b"\0"):
        return int(whole)  # of one piece: WebP, AVIF, interlaced PNG, odd TIFFs
    return int(min(whole, max(_AT_A_TIME * (held or 0), image.width * _LINES_HELD * bytes_each)))


def decode_vips(data: Data, header: Header, target: int, name: str) -> Pixels:
    """Pixels, upright, in sRGB, at the target's size or smaller.

    Raises:
        Error: `image_truncated`, `image_corrupt` or `image_unsupported`.
    """
    vips_error = native.pyvips().Error
    with contextlib.suppress(vips_error):
        return Pixels(_thumbnail(data, header, target, "error"))
    # All threads write into one buffer of messages: what was said of this picture is only known when it is asked alone.
    with FAILING:
        return _failed(data, header, target, name)


def _failed(data: Data, header: Header, target: int, name: str) -> Pixels:
    vips_error = native.pyvips().Error
    try:
        return Pixels(_thumbnail(data, header, target, "error"))
    except vips_error as strict:
        refused = mapped(strict, name, data, header.kind.format)
        if refused.code == "image_corrupt":
            with contextlib.suppress(vips_error):
                return Pixels(_thumbnail(data, header, target, "truncated"), damaged=True)
        raise refused from strict


def from_memory(array: Array, icc: bytes, target: int) -> Array:
    """An array of any depth and colour, converted and scaled like a file would be."""
    height, width = array.shape[:2]
    bands = array.shape[2] if array.ndim == 3 else 1
    kind = "ushort" if array.dtype == np.uint16 else "uchar"
    image = native.pyvips().Image.new_from_memory(np.ascontiguousarray(array).data, width, height, bands, kind)
    interpretations = {
        ("uchar", True): "srgb",
        ("ushort", True): "rgb16",
        ("uchar", False): "b-w",
        ("ushort", False): "grey16",
    }
    image = image.copy(interpretation=interpretations[kind, bands >= 3])
    if icc:
        image = image.copy()
        image.set_type(native.pyvips().GValue.blob_type, "icc-profile-data", icc)
    return finish(image.thumbnail_image(target, height=target, size="down", no_rotate=True, export_profile="srgb"))


def mapped(error: Exception, name: str, data: Data = b"", format_: str = "") -> Error:
    """Our error for one of libvips'; with the data, a file that was cut is told from one that is damaged."""
    words = _words(error)
    if _says(error, _UNSUPPORTED):
        return Error("image_unsupported", f"{name} uses a feature of its format that cannot be read here: {words}.")
    if _says(error, _MEMORY):
        return Error("image_out_of_memory", f"{name} needs more memory than is allowed.")
    if _says(error, _TRUNCATED) or is_cut(data, format_):
        return Error("image_truncated", f"{name} ends too early: {words}.")
    if "exceeds the maximum" in words and "bad seek" in str(error):
        # libheif compares a size with the length of a file that was cut.
        return Error("image_truncated", f"{name} ends too early: {words}.")
    if "exceeds" in words or "too large" in words.lower():
        return Error("image_too_many_pixels", f"{name} has a side that is longer than allowed: {words}.")
    return Error("image_corrupt", f"{name} cannot be decoded: {words}.")


def _words(error: Exception) -> str:
    """libvips' message without what it says over and over."""
    lines = [_NOISE.sub("", line).strip() for line in str(error).splitlines()]
    return "; ".join(dict.fromkeys(line for line in lines if line))[:300] or "its data make no sense"


def _says(error: Exception, phrases: tuple[str, ...]) -> bool:
    words = str(error).lower()
    return any(phrase in words for phrase in phrases)


def _open(data: Data, kind: Kind, name: str) -> Any:
    try:
        return opened(data, kind)
    except native.pyvips().Error as error:
        raise mapped(error, name, data, kind.format) from error


def opened(data: Data, kind: Kind, **options: Any) -> Any:
    """The picture as libvips sees it, nothing decoded yet; libvips' own errors."""
    image = native.pyvips().Image
    if isinstance(data, FileBytes):
        return image.new_from_file(str(data.path), access="sequential", **options)
    if kind.format == "avif":
        # The library reads moving ones, of brand `avis`, but does not find that out by itself.
        found = image.heifload_buffer(data, access="sequential", **options)
    else:
        found = image.new_from_buffer(data, "", access="sequential", **options)
    told = told_by_numbers(data, kind.format)
    return _coloured(found, told, kind.format) if told else found


def _coloured(image: Any, told: Cicp, format_: str) -> Any:
    """The picture with what its file tells of colours by numbers, which loaders leave aside.

    In a PNG they count more than a profile beside them, in an AVIF less.
    """
    if told.narrow_grey:
        image = widened_grey(image)
    has_profile = bool(image.get_typeof("icc-profile-data"))
    if has_profile and format_ != "png":
        return image
    image = image.copy()
    if told.profile:
        image.set_type(native.pyvips().GValue.blob_type, "icc-profile-data", told.profile)
    elif has_profile:
        image.remove("icc-profile-data")
    return image


def light_of(data: Data, image: Any, format_: str) -> Cicp | None:
    """How a picture codes light beyond white, if it does and no profile says otherwise.

    Args:
        image: as `opened` gives it.
    """
    told = None if image.get_typeof("icc-profile-data") else told_by_numbers(data, format_)
    return told if told and told.is_light else None


def shown(data: Data, header: Header, name: str) -> Any:
    """The whole picture in 8-bit sRGB, of which nothing is read before it is asked for; with alpha where it has such a channel.

    Raises:
        Error: as `decode_vips`; reading raises libvips' own errors, see `mapped`.
    """
    try:
        return _plain(_scaled(data, header, max(header.width, header.height), "error"))
    except native.pyvips().Error as error:
        raise mapped(error, name, data, header.kind.format) from error


def _thumbnail(data: Data, header: Header, target: int, fail_on: str) -> Array:
    if header.light:
        # The library would take coded light for sRGB.
        image = opened(data, header.kind, fail_on=fail_on)
        kind: Any = np.uint16 if image.format == "ushort" else np.uint8
        shape = (image.height, image.width, image.bands)
        return shown_light(np.ndarray(buffer=image.write_to_memory(), dtype=kind, shape=shape), header, target)
    return finish(_scaled(data, header, target, fail_on))


def shown_light(pixels: Any, header: Header, target: int) -> Array:
    """Eight bits in sRGB of a picture with light beyond white, at the target's size or smaller.

    Args:
        pixels: as they are coded, of a header that has `light`.
    """
    small = fit(pixels, target)
    shaped = small if small.ndim == 3 else small[:, :, None]
    eight = fitted(to_shown(stretched(shaped, header.bit_depth), header.light or Cicp()))
    if eight.shape[2] < 3:
        grey = np.repeat(eight[:, :, :1], 3, axis=2)
        eight = grey if eight.shape[2] == 1 else np.concatenate([grey, eight[:, :, 1:]], axis=2)
    return eight


def _scaled(data: Data, header: Header, target: int, fail_on: str) -> Any:
    # `thumbnail_buffer` would be shorter, but loses the errors of the PNG and TIFF loaders.
    image = opened(data, header.kind, fail_on=fail_on)
    if image.format == "uint":
        # The library would clip 32 bits at 255; the upper half is what shows.
        deep = "grey16" if image.bands < 3 else "rgb16"
        image = (image / 65536).cast("ushort").copy(interpretation=deep)
    elif header.kind.format == "jpeg":
        factor = scale_for(max(header.width, header.height), target)
        image = opened(data, header.kind, fail_on=fail_on, shrink=factor)
    if is_shown_as_it_is(image, target):
        profile = image.get_typeof("icc-profile-data")
        return image.icc_transform("srgb", embedded=True, intent="relative") if profile else image
    return image.thumbnail_image(target, height=target, size="down", export_profile="srgb")


def is_shown_as_it_is(image: Any, target: int) -> bool:
    """Whether neither size nor turn would change, nor colours but by a profile: to find that out, `thumbnail_image` takes a dozen times
    as long as reading, and with alpha, which it multiplies in and takes out again, thirty times."""
    turned = image.get_typeof("orientation") and image.get("orientation") > 1
    plain = image.format == "uchar" and (image.interpretation, image.bands) in _SHOWN
    # What a profile of grey means is left to the library.
    told = not image.get_typeof("icc-profile-data") or image.interpretation == "srgb"
    return plain and not turned and told and max(image.width, image.height) <= target


def finish(image: Any) -> Array:
    """Three or four bands of eight bits, in memory."""
    image = _plain(image)
    array = np.ndarray(buffer=image.write_to_memory(), dtype=np.uint8, shape=(image.height, image.width, image.bands))
    has_alpha = image.bands == 4 and bool((array[:, :, 3] != 255).any())
    return array if has_alpha or image.bands == 3 else np.ascontiguousarray(array[:, :, :3])


def _plain(image: Any) -> Any:
    """Three or four bands of eight bits."""
    if image.interpretation == "multiband" or image.bands > 4:
        image = image[:3] if image.bands >= 3 else image[0]
        image = image.copy(interpretation="srgb" if image.bands == 3 else "b-w")
    if image.bands < 3 or image.interpretation not in ("srgb", "rgb"):
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    if image.bands not in (3, 4):
        image = image[:3] if image.bands > 4 else image[0].bandjoin([image[0], image[0]])
    return image


def _number(image: Any, fields: set[str], name: str, otherwise: int) -> int:
    if name not in fields:
        return otherwise
    value = image.get(name)
    return int(value) if isinstance(value, int | float) else otherwise


def _blob(image: Any, fields: set[str], name: str) -> bytes:
    value = image.get(name) if name in fields else b""
    return value.encode("utf-8", "ignore") if isinstance(value, str) else bytes(value)


def _blocks(image: Any, fields: set[str], data: Data, kind: Kind) -> Blocks:
    exif = _exif_of_tiff(data) if kind.format == "tiff" else _blob(image, fields, "exif-data")
    iptc = _blob(image, fields, "iptc-data") or _blob(image, fields, "photoshop-data")
    if kind.format == "png" and not iptc and isinstance(data, bytes):
        iptc = iptc_of_png(data)
    return Blocks(exif, iptc, _blob(image, fields, "xmp-data"))


def _exif_of_tiff(data: Data) -> bytes:
    """The file itself is the block; of a large one, or one that readers of Exif do not know, only what describes it."""
    return data if isinstance(data, bytes) and not is_big(data) else exif_of(data)
