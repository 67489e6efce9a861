"""What a file is, from its bytes; its name and extension are never asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from darkroom.errors import Error
from darkroom.imaging.ifd import TiffReader
from darkroom.imaging.source import Data, FileBytes

Decoder = Literal["jpeg", "vips", "heif", "raw", "fallback", "foreign", "svg", "jxl", "exr", "pdf"]
"""The library that reads the pixels."""


@dataclass(frozen=True)
class Kind:
    """A format that can be read."""

    format: str
    """Short name, as in `ImageRecord.format`."""
    media_type: str
    """IANA media type."""
    decoder: Decoder
    """Who reads it."""


KINDS = {
    "jpeg": Kind("jpeg", "image/jpeg", "jpeg"),
    "png": Kind("png", "image/png", "vips"),
    "webp": Kind("webp", "image/webp", "vips"),
    "tiff": Kind("tiff", "image/tiff", "vips"),
    "gif": Kind("gif", "image/gif", "vips"),
    "avif": Kind("avif", "image/avif", "vips"),
    "heic": Kind("heic", "image/heic", "heif"),
    "heif": Kind("heif", "image/heif", "heif"),
    "bmp": Kind("bmp", "image/bmp", "fallback"),
    "jp2": Kind("jp2", "image/jp2", "foreign"),
    "tga": Kind("tga", "image/x-tga", "foreign"),
    "psd": Kind("psd", "image/vnd.adobe.photoshop", "foreign"),
    "hdr": Kind("hdr", "image/vnd.radiance", "foreign"),
    "netpbm": Kind("netpbm", "image/x-portable-anymap", "foreign"),
    "svg": Kind("svg", "image/svg+xml", "svg"),
    "jxl": Kind("jxl", "image/jxl", "jxl"),
    "exr": Kind("exr", "image/x-exr", "exr"),
    "pdf": Kind("pdf", "application/pdf", "pdf"),
    "dng": Kind("dng", "image/x-adobe-dng", "raw"),
    "nef": Kind("nef", "image/x-nikon-nef", "raw"),
    "cr2": Kind("cr2", "image/x-canon-cr2", "raw"),
    "cr3": Kind("cr3", "image/x-canon-cr3", "raw"),
    "crw": Kind("crw", "image/x-canon-crw", "raw"),
    "arw": Kind("arw", "image/x-sony-arw", "raw"),
    "raf": Kind("raf", "image/x-fuji-raf", "raw"),
    "orf": Kind("orf", "image/x-olympus-orf", "raw"),
    "rw2": Kind("rw2", "image/x-panasonic-rw2", "raw"),
    "pef": Kind("pef", "image/x-pentax-pef", "raw"),
    "srw": Kind("srw", "image/x-samsung-srw", "raw"),
    "kdc": Kind("kdc", "image/x-kodak-kdc", "raw"),
    "mrw": Kind("mrw", "image/x-minolta-mrw", "raw"),
    "x3f": Kind("x3f", "image/x-sigma-x3f", "raw"),
    "raw": Kind("raw", "image/x-raw", "raw"),
}
"""Every kind that is read, by its short name."""

_BIG_TIFF = (b"II+\0", b"MM\0+")

# Longer marks first where one begins like another.
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    *((0, mark, "tiff") for mark in _BIG_TIFF),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"FUJIFILMCCD-RAW", "raf"),
    (0, b"IIRO", "orf"),
    (0, b"IIRS", "orf"),
    (0, b"MMOR", "orf"),
    (0, b"IIU\0", "rw2"),
    (6, b"HEAPCCDR", "crw"),
    (0, b"\0MRM", "mrw"),
    (0, b"FOVb", "x3f"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "jp2"),
    (0, b"8BPS\0\1", "psd"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"#?RGBE", "hdr"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (0, b"\x76\x2f\x31\x01", "exr"),
    (0, b"%PDF-", "pdf"),
)

_UNSUPPORTED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS\0\2", "large Photoshop (PSB)"),
    (0, b"SDPX", "DPX"),
    (0, b"XPDS", "DPX"),
    (0, b"\x80\x2a\x5f\xd7", "Cineon"),
    (0, b"DDS ", "DirectDraw Surface"),
    (0, b"qoif", "QOI"),
    (0, b"\0\0\x01\0", "icon"),
    (0, b"\0\0\x02\0", "cursor"),
    (0, b"icns", "Apple icon"),
    (0, b"\x97JB2\r\n\x1a\n", "JBIG2"),
    (0, b"\xffMLI", "MLI"),
    (0, b"SIMPLE  =", "FITS"),
    (0, b"gimp xcf", "GIMP"),
    (0, b"II\xbc\x01", "JPEG XR"),
    (0, b"\x01\xda", "SGI"),
    (0, b"\x59\xa6\x6a\x95", "Sun raster"),
    (0, b"P7\n", "PAM"),
)

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"j2ki", b"vvic", b"evbi", b"jpeg", b"avci", b"unif"}

_PHOTOMETRIC = 0x0106
_DNG_VERSION = 0xC612
_MAKE = 0x010F
_RAW_PHOTOMETRICS = (32803, 34892)
_RAW_MAKERS = (
    ("NIKON", "nef"),
    ("CANON", "cr2"),
    ("SONY", "arw"),
    ("PENTAX", "pef"),
    ("RICOH", "pef"),
    ("SAMSUNG", "srw"),
    ("KODAK", "kdc"),
    ("OLYMPUS", "orf"),
    ("OM DIGITAL", "orf"),
    ("PANASONIC", "rw2"),
    ("LEICA", "dng"),
)


def sniff(data: Data, name: str) -> Kind:
    """What the file is.

    Args:
        data: its bytes; the first 64 kB are enough for all formats but some TIFF-like RAW files.
        name: for messages only.

    Raises:
        Error: `image_empty`, `image_unsupported` or `image_not_an_image`.
    """
    if isinstance(data, FileBytes):
        return KINDS["tiff" if data[:4] in _BIG_TIFF else _tiff_or_raw(data)]
    if not data:
        raise Error("image_empty", f"{name} has no bytes.")
    found = _by_mark(data) or _by_container(data)
    if found:
        return KINDS[found]
    if unsupported := _unsupported(data):
        raise Error("image_unsupported", f"{name} is a picture of type {unsupported}.", format=unsupported)
    raise Error("image_not_an_image", f"{name} does not begin like any known picture format.")


def _by_mark(data: bytes) -> str | None:
    return next((kind for offset, mark, kind in _MARKS if data[offset : offset + len(mark)] == mark), None)


def _by_container(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff_or_raw(data)
    return next((kind for kind, fits in _WEAK if fits(data)), None)


def _is_bitmap(data: bytes) -> bool:
    """Two letters are a weak mark: the header that follows must have a known length."""
    known_headers = (12, 16, 40, 52, 56, 64, 108, 124)
    return data[:2] == b"BM" and len(data) >= 26 and int.from_bytes(data[14:18], "little") in known_headers


def _is_netpbm(data: bytes) -> bool:
    return data[:1] == b"P" and data[1:2] in b"123456Ff" and data[2:3] in b" \t\r\n" and len(data) > 8


def _is_svg(data: bytes) -> bool:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in data[:4096].lower()


def _is_targa(data: bytes) -> bool:
    """Version 2 signs at its end; version 1 has no mark, so every byte of its header must make sense."""
    if data[-18:-2] == b"TRUEVISION-XFILE":
        return True
    if len(data) < 18 or data[1] > 1 or data[2] not in (1, 2, 3, 9, 10, 11) or data[17] & 0xC0:
        return False
    has_map, is_mapped = data[1] == 1, data[2] in (1, 9)
    bits = {1: (8, 16), 2: (15, 16, 24, 32), 3: (8, 16)}[data[2] & 7]
    width, height = int.from_bytes(data[12:14], "little"), int.from_bytes(data[14:16], "little")
    if has_map != is_mapped or (not has_map and any(data[3:8])) or data[16] not in bits or not width or not height:
        return False
    least = width * height * ((data[16] + 7) // 8)
    return len(data) >= 18 + (least if data[2] < 9 else least // 128)


# Formats without a mark of their own, in the order in which they are asked.
_WEAK: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("bmp", _is_bitmap),
    ("netpbm", _is_netpbm),
    ("svg", _is_svg),
    ("tga", _is_targa),
)


def _by_brand(data: bytes) -> str | None:
    length = int.from_bytes(data[:4], "big")
    brands = [data[8:12]] + [data[at : at + 4] for at in range(16, min(length, len(data), 256) - 3, 4)]
    if brands[0] == b"crx ":
        return "cr3"
    # The major brand decides; `mif1` says only "HEIF", then the compatible brands tell the codec.
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "avif"
        if brand in _HEIC_BRANDS:
            return "heic"
    return "heif" if _HEIF_BRANDS.intersection(brands) else None


def _tiff_or_raw(data: Data) -> str:
    """A TIFF whose directories hold sensor data is RAW: TIFF readers would show its thumbnail or its Bayer plane."""
    if data[8:11] == b"CR\x02":
        return "cr2"
    make = ""
    has_sensor_data = False
    for ifd in TiffReader(data).chain():
        if _DNG_VERSION in ifd.tags:
            return "dng"
        make = make or ifd.text(_MAKE).upper()
        has_sensor_data = has_sensor_data or ifd.number(_PHOTOMETRIC) in _RAW_PHOTOMETRICS
    if not has_sensor_data:
        return "tiff"
    return next((kind for maker, kind in _RAW_MAKERS if maker in make), "raw")


def _unsupported(data: bytes) -> str | None:
    for offset, mark, title in _UNSUPPORTED:
        if data[offset : offset + len(mark)] == mark:
            return title
    if data[:1] == b"\x0a" and data[1:2] in b"\0\x02\x03\x04\x05" and data[2:3] == b"\x01":
        return "PCX"
    return "PDF, for which no renderer is installed" if data[:5] == b"%PDF-" else None
