"""Reads JPEG 2000, Targa, Photoshop (flattened), Radiance HDR and Netpbm, at the depth they have.

None of them comes from a camera: they are always decoded where a crash or a runaway costs one picture.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.colour import to_srgb
from darkroom.imaging.header import Header, scale_for
from darkroom.imaging.isobmff import boxes
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Array, Pixels, fit
from darkroom.imaging.sniff import Kind
from darkroom.imaging.transfer import curve

AnyArray: TypeAlias = NDArray[Any]

_PILLOW = {"jp2": ("JPEG2000",), "tga": ("TGA",), "psd": ("PSD",), "netpbm": ("PPM",)}
_FOREIGN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
_TRUNCATED = ("truncated", "not enough", "unexpected end", "buffer is not large enough", "broken data stream")
_CHANNELS = {"L": 1, "LA": 2, "P": 3, "PA": 4, "RGB": 3, "RGBA": 4, "CMYK": 4, "1": 1, "I;16": 1, "I": 1, "F": 1}
_RADIANCE_SIZE = re.compile(rb"\n([-+][XY]) +(\d{1,9}) +([-+][XY]) +(\d{1,9})\n")
_NETPBM_TOP = re.compile(rb"P[2356]\s(?:\s*#[^\n]*\n)*\s*\d+\s+(?:#[^\n]*\n\s*)*\d+\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s")
_XMP, _EXIF, _IPTC = 1060, 1058, 1028
# Ways in which a colour box tells colours: by a simple profile, by any.
_PROFILED = (b"\2", b"\3")
_EXIF_UUID = b"JpgTiffExif->JP2"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True)
class Deep:
    """Pixels as a file has them: uint8, uint16, or float32 in sRGB's curve (beyond 1 where it is brighter than white)."""

    array: AnyArray
    icc: bytes = b""


def probe_foreign(data: bytes, kind: Kind, name: str) -> Header:
    """Header of one of these formats.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    if kind.format == "hdr":
        return _probe_radiance(data, kind, name)
    image = _open(data, kind, name)
    depth = _depth(data, kind, image)
    channels = _CHANNELS.get(image.mode, 3)
    pixels = image.width * image.height
    return Header(
        kind=kind,
        width=image.width,
        height=image.height,
        bit_depth=depth,
        channels=channels,
        icc=_boxed_profile(data) if kind.format == "jp2" else bytes(image.info.get("icc_profile") or b""),
        blocks=_BLOCKS[kind.format](data) if kind.format in _BLOCKS else Blocks(),
        memory_mb=(len(data) * 2 + pixels * channels * (2 if depth > 8 else 1) * 4) / 1e6 + 48,
    )


def _probe_radiance(data: bytes, kind: Kind, name: str) -> Header:
    found = _RADIANCE_SIZE.search(data[:65_536])
    if found is None:
        raise Error("image_corrupt", f"{name} does not say how large it is.")
    first, second = int(found[2]), int(found[4])
    height, width = (first, second) if found[1][1:] == b"Y" else (second, first)
    if not width or not height:
        raise Error("image_corrupt", f"{name} has no pixels.")
    return Header(
        kind=kind, width=width, height=height, bit_depth=32, memory_mb=(len(data) + width * height * 36) / 1e6 + 48
    )


def _depth(data: bytes, kind: Kind, image: Any) -> int:
    if kind.format == "jp2":
        at = data.find(b"\xff\x51")  # the segment that sizes the picture; its first component is what counts
        return (data[at + 40] & 0x7F) + 1 if 0 <= at < len(data) - 41 else 8
    if kind.format == "netpbm":
        if data[1:2] in b"Ff":
            return 32
        found = _NETPBM_TOP.match(data[:1024])
        return max(8, int(found[1]).bit_length()) if found else 1
    return 16 if image.mode in ("I;16", "I") else 1 if image.mode == "1" else 8


def _photoshop_blocks(data: bytes) -> Blocks:
    """Exif, IPTC and XMP among the resources of a Photoshop file."""
    at = 26 + 4 + int.from_bytes(data[26:30], "big")
    end = min(len(data), at + 4 + int.from_bytes(data[at : at + 4], "big"))
    at += 4
    found: dict[int, bytes] = {}
    while at + 12 <= end and data[at : at + 4] == b"8BIM":
        name = data[at + 6] + 1
        start = at + 6 + name + name % 2 + 4
        size = int.from_bytes(data[start - 4 : start], "big")
        found.setdefault(int.from_bytes(data[at + 4 : at + 6], "big"), data[start : start + size])
        at = start + size + size % 2
    return Blocks(found.get(_EXIF, b""), found.get(_IPTC, b""), found.get(_XMP, b""))


def _boxed_blocks(data: bytes) -> Blocks:
    """Exif and XMP in boxes of a JPEG 2000 file."""
    found = {
        data[start : start + 16]: data[start + 16 : stop]
        for kind, start, stop in boxes(data, 0, len(data))
        if kind == b"uuid"
    }
    return Blocks(found.get(_EXIF_UUID, b""), b"", found.get(_XMP_UUID, b""))


def _profile_box(data: bytes) -> tuple[int, int]:
    """Where in a JPEG 2000 file a box with a colour profile has its contents; nowhere is 0, 0."""
    heads = (part for part in boxes(data, 0, len(data)) if part[0] == b"jp2h")
    for _, start, stop in heads:
        for kind, begin, end in boxes(data, start, stop):
            if kind == b"colr" and data[begin : begin + 1] in _PROFILED:
                return begin, end
    return 0, 0


def _boxed_profile(data: bytes) -> bytes:
    """The colour profile of a JPEG 2000 file, which Pillow passes over."""
    start, stop = _profile_box(data)
    return data[start + 3 : stop] if stop else b""


_BLOCKS: dict[str, Callable[[bytes], Blocks]] = {"psd": _photoshop_blocks, "jp2": _boxed_blocks}


def decode_foreign(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels in sRGB at the target's size or smaller; light beyond white is brought back by compression.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    deep = read_foreign(data, header, name, target)
    colour = shown(deep)
    return Pixels(fit(to_srgb(colour, deep.icc) if colour.shape[2] == 3 else colour, target))


def shown(deep: Deep) -> Array:
    """Eight bits, three or four channels."""
    array = deep.array
    if array.dtype == np.float32:
        top = float(np.nanpercentile(array[:: max(1, array.shape[0] // 256), :, :3], 99.5))
        clean = np.nan_to_num(array, nan=0.0, posinf=top, neginf=0.0)
        # In the curve of sRGB this is a soft shoulder: what is twice as bright as white is nearly white.
        bright = clean / (1 + clean * (1 - 1 / top)) if top > 1 else clean
        array = (np.clip(bright, 0, 1) * 255 + 0.5).astype(np.uint8)
    elif array.dtype == np.uint16:
        array = native.cv2().convertScaleAbs(array, alpha=255 / 65_535).reshape(array.shape)
    if array.shape[2] < 3:
        grey = np.repeat(array[:, :, :1], 3, axis=2)
        array = grey if array.shape[2] == 1 else np.concatenate([grey, array[:, :, 1:]], axis=2)
    return np.ascontiguousarray(array)


def read_foreign(data: bytes, header: Header, name: str, target: int | None = None) -> Deep:
    """All that the file holds of its pixels, or a coarser scale of it that is still as large as the target.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    kind = header.kind
    if kind.format == "hdr" or (header.bit_depth > 8 and kind.format in ("jp2", "netpbm")):
        found = (_openjpeg(data, header) if kind.format == "jp2" else None) or _opencv(data, header)
        if found is not None:
            return found
        if kind.format == "hdr":
            raise Error("image_corrupt", f"{name} cannot be decoded as Radiance HDR.")
    if kind.format == "jp2" and target and (factor := scale_for(max(header.width, header.height), target)) > 1:
        with contextlib.suppress(*_FOREIGN):  # not every file has the levels
            return replace(_load(_open(data, kind, name), factor.bit_length() - 1), icc=header.icc)
    image = _open(data, kind, name)
    try:
        found = _load(image)
        return replace(found, icc=header.icc) if kind.format == "jp2" else found
    except _FOREIGN as error:
        raise _mapped(error, name) from error


def _load(image: Any, levels: int = 0) -> Deep:
    """The pixels.

    Args:
        levels: how often JPEG 2000 is to be halved.
    """
    if levels:
        image.reduce = levels
    image.load()
    array, icc = _pixels(image)
    if array.shape[2] == 4 and array.dtype == np.uint8 and (not array[:, :, 3].any() or array[:, :, 3].min() == 255):
        array = array[:, :, :3]  # nothing can be meant to be invisible altogether: the channel was not filled
    return Deep(np.ascontiguousarray(array), icc)


def _openjpeg(data: bytes, header: Header) -> Deep | None:
    """JPEG 2000 of any number of channels; OpenCV refuses grey with alpha, Pillow has eight bits."""
    import imagecodecs

    start, stop = _profile_box(data)
    # The library would convert from the profile, at eight bits: it must not find one.
    plain = data[: start - 4] + b"free" + data[start:] if stop else data
    try:
        array = imagecodecs.jpeg2k_decode(plain, numthreads=1)
    except (imagecodecs.Jpeg2kError, *_FOREIGN):
        return None
    array = array[:, :, None] if array.ndim == 2 else array
    if array.dtype.name not in ("uint8", "uint16") or array.shape != (header.height, header.width, header.channels):
        return None
    return Deep(_widened(array, header.bit_depth), header.icc)


def _widened(array: AnyArray, bits: int) -> AnyArray:
    """Samples of so many bits over all of their type's range."""
    top = (1 << bits) - 1
    if array.dtype != np.uint16 or not 255 < top < 65_535:
        return array
    wide: AnyArray = np.clip(array.astype(np.float32) * (65_535 / top) + 0.5, 0, 65_535).astype(np.uint16)
    return wide


def _opencv(data: bytes, header: Header) -> Deep | None:
    cv2 = native.cv2()
    with contextlib.suppress(cv2.error):
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if array is None or array.dtype.name not in ("uint8", "uint16", "float32"):
            return None
        array = array[:, :, None] if array.ndim == 2 else array
        if array.shape[2] >= 3:
            array = cv2.cvtColor(array, cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGB)
        if array.dtype == np.float32:
            return Deep(curve(array))
        return Deep(_widened(array, header.bit_depth), header.icc)
    return None


def _pixels(image: Any) -> tuple[AnyArray, bytes]:
    icc = bytes(image.info.get("icc_profile") or b"")
    if image.mode in ("I;16", "I"):
        deep = np.asarray(image).astype(np.int64)
        return np.clip(deep, 0, 65_535).astype(np.uint16)[:, :, None], b""
    if image.mode == "F":
        return curve(np.asarray(image).astype(np.float32)[:, :, None]), b""
    if image.mode in ("CMYK", "LAB"):
        return _converted(image, icc), b""
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))[:, :, None], icc
    has_alpha = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
    return np.asarray(image.convert("RGBA" if has_alpha else "RGB")), icc


def _converted(image: Any, icc: bytes) -> AnyArray:
    from PIL import ImageCms

    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        if image.mode == "LAB":
            source: Any = ImageCms.createProfile("LAB")
        else:
            source = ImageCms.ImageCmsProfile(BytesIO(icc)) if icc else None
        if source is not None:
            made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return np.asarray(made)
    return np.asarray(image.convert("RGB"))


def _open(data: bytes, kind: Kind, name: str) -> Any:
    try:
        return native.pillow().open(BytesIO(data), formats=_PILLOW[kind.format])
    except _FOREIGN as error:
        raise _mapped(error, name) from error


def _mapped(error: Exception, name: str) -> Error:
    words = str(error).split("<_io", 1)[0].strip(" .") or type(error).__name__
    low = words.lower()
    if "nsupported" in words or "unknown pixel mode" in low or "not supported" in low:
        return Error("image_unsupported", f"{name} uses a feature of its format that cannot be read here: {words}.")
    code = "image_truncated" if any(phrase in low for phrase in _TRUNCATED) else "image_corrupt"
    return Error(code, f"{name} cannot be decoded: {words}.")
