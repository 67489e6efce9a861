"""Formats that can be read, what they hold, and a trial of each decoder on a tiny picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native, scaled_jpeg

Decoders = tuple[tuple[str, str], ...]
_VIPS: Decoders = (("libvips", ""),)
_PILLOW: Decoders = (("Pillow", "in a process of its own"),)
_RAW: Decoders = (("LibRaw", "the camera's own preview first, else developed"),)
_OWN = "Darkroom"
_SIDE = 8


@dataclass(frozen=True)
class Known:
    """A format as something to read."""

    name: str
    title: str
    extensions: tuple[str, ...]
    media_type: str
    decoders: Decoders = ()
    depths: tuple[int, ...] = (8,)
    alpha: bool = False
    animation: bool = False
    cmyk: bool = False
    icc: bool = True
    missing: str = ""


def _raw(name: str, title: str, *extensions: str, media_type: str) -> Known:
    return Known(name, title, extensions, media_type, _RAW, (8, 16), icc=False)


KNOWN: tuple[Known, ...] = (
    Known(
        "jpeg",
        "JPEG",
        (".jpg", ".jpeg", ".jpe"),
        "image/jpeg",
        (("libjpeg-turbo", ""), (_OWN, "made smaller at once"), ("libvips", "print colours, rarities")),
        cmyk=True,
    ),
    Known("png", "PNG", (".png",), "image/png", _VIPS, (1, 2, 4, 8, 16), alpha=True),
    Known("webp", "WebP", (".webp",), "image/webp", _VIPS, alpha=True, animation=True),
    Known(
        "avif",
        "AVIF",
        (".avif",),
        "image/avif",
        (("libvips", ""), ("libavif", "frames, layers")),
        (8, 10, 12),
        alpha=True,
        animation=True,
    ),
    Known(
        "tiff",
        "TIFF",
        (".tif", ".tiff"),
        "image/tiff",
        (("libvips", ""), ("Pillow", "unusual depths and compressions")),
        (1, 8, 16, 32),
        alpha=True,
        animation=True,
        cmyk=True,
    ),
    Known("gif", "GIF", (".gif",), "image/gif", _VIPS, alpha=True, animation=True, icc=False),
    Known("jxl", "JPEG XL", (".jxl",), "image/jxl", (("libjxl", ""),), (8, 16, 32), alpha=True, animation=True),
    Known("heic", "HEIC", (".heic", ".heics"), "image/heic", (("libheif", ""),), (8, 10, 12), alpha=True),
    Known("heif", "HEIF", (".heif", ".hif"), "image/heif", (("libheif", ""),), (8, 10, 12), alpha=True),
    Known(
        "jp2",
        "JPEG 2000",
        (".jp2", ".j2k", ".jpx"),
        "image/jp2",
        (("Pillow", "in a process of its own"), ("OpenJPEG", "more than 8 bits")),
        (8, 10, 12, 16),
        alpha=True,
    ),
    Known("bmp", "BMP", (".bmp", ".dib"), "image/bmp", _PILLOW, (1, 4, 8), icc=False),
    Known("tga", "Targa", (".tga",), "image/x-tga", _PILLOW, alpha=True, icc=False),
    Known("psd", "Photoshop", (".psd",), "image/vnd.adobe.photoshop", (("Pillow", "flattened"),), cmyk=True),
    Known("hdr", "Radiance HDR", (".hdr", ".pic"), "image/vnd.radiance", (("OpenCV", ""),), (32,), icc=False),
    Known("exr", "OpenEXR", (".exr",), "image/x-exr", (("OpenEXR", "flat ones"),), (32,), alpha=True, icc=False),
    Known(
        "netpbm",
        "Netpbm",
        (".ppm", ".pgm", ".pbm", ".pfm"),
        "image/x-portable-anymap",
        (("Pillow", ""), ("OpenCV", "more than 8 bits")),
        (1, 8, 16, 32),
        icc=False,
    ),
    Known(
        "svg", "SVG", (".svg",), "image/svg+xml", (("librsvg", "nothing from outside the file"),), alpha=True, icc=False
    ),
    Known("pdf", "PDF", (".pdf",), "application/pdf", (("PDFium", "the first page"),), animation=True, icc=False),
    _raw("dng", "DNG", ".dng", media_type="image/x-adobe-dng"),
    _raw("nef", "Nikon RAW", ".nef", ".nrw", media_type="image/x-nikon-nef"),
    _raw("cr2", "Canon RAW 2", ".cr2", media_type="image/x-canon-cr2"),
    _raw("cr3", "Canon RAW 3", ".cr3", media_type="image/x-canon-cr3"),
    _raw("crw", "Canon RAW", ".crw", media_type="image/x-canon-crw"),
    _raw("arw", "Sony RAW", ".arw", ".sr2", media_type="image/x-sony-arw"),
    _raw("raf", "Fujifilm RAW", ".raf", media_type="image/x-fuji-raf"),
    _raw("orf", "Olympus RAW", ".orf", media_type="image/x-olympus-orf"),
    _raw("rw2", "Panasonic RAW", ".rw2", media_type="image/x-panasonic-rw2"),
    _raw("pef", "Pentax RAW", ".pef", media_type="image/x-pentax-pef"),
    _raw("srw", "Samsung RAW", ".srw", media_type="image/x-samsung-srw"),
    _raw("kdc", "Kodak RAW", ".kdc", media_type="image/x-kodak-kdc"),
    _raw("mrw", "Minolta RAW", ".mrw", media_type="image/x-minolta-mrw"),
    _raw("x3f", "Sigma RAW", ".x3f", media_type="image/x-sigma-x3f"),
    _raw("raw", "RAW of other cameras", media_type="image/x-raw"),
)
"""Every format that is read, and those that a person might look for."""


def _tiny() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.arange(_SIDE * _SIDE * 3, dtype=np.uint8).reshape(_SIDE, _SIDE, 3)


def _by_pillow(kind: str) -> bytes:
    target = BytesIO()
    native.pillow().fromarray(_tiny()).save(target, kind)
    return target.getvalue()


def _by_opencv(extension: str) -> bytes:
    pixels = _tiny().astype(np.float32) / 255 if extension == ".hdr" else _tiny()
    return bytes(native.cv2().imencode(extension, pixels)[1])


def _photoshop() -> bytes:
    side = _SIDE.to_bytes(4, "big")
    head = b"8BPS\0\1" + bytes(6) + b"\0\3" + side + side + b"\0\x08\0\3" + bytes(12)
    return head + bytes(2) + bytes(_SIDE * _SIDE * 3)


def _drawing() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="4" height="8"/></svg>'


def _jpeg_xl() -> bytes:
    from darkroom.imaging.formats.encode import encode
    from darkroom.imaging.formats.options import EncodeOptions

    return encode(_tiny(), EncodeOptions(format="jxl")).data


def _light() -> bytes:
    import OpenEXR

    target = BytesIO()
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"RGB": _tiny().astype(np.float32)}, num_threads=0).write(target)
    return target.getvalue()


_SAMPLES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: _by_pillow("JPEG"),
    "png": lambda: _by_pillow("PNG"),
    "webp": lambda: _by_pillow("WEBP"),
    "avif": lambda: _by_pillow("AVIF"),
    "tiff": lambda: _by_pillow("TIFF"),
    "gif": lambda: _by_pillow("GIF"),
    "jp2": lambda: _by_pillow("JPEG2000"),
    "bmp": lambda: _by_pillow("BMP"),
    "tga": lambda: _by_pillow("TGA"),
    "psd": _photoshop,
    "hdr": lambda: _by_opencv(".hdr"),
    "netpbm": lambda: _by_pillow("PPM"),
    "svg": _drawing,
    "jxl": _jpeg_xl,
    "exr": _light,
    "pdf": lambda: _by_pillow("PDF"),
}


@cache
def reads_here(format_: str, decoder: str) -> bool:
    """Whether a decoder reads a tiny picture here; for those without an encoder, whether the library says so."""
    if decoder == "libheif":
        return _has_hevc()
    if decoder == "LibRaw":
        return _has_libraw()
    if decoder == _OWN:
        return bool(scaled_jpeg.available())
    return _reads(format_)


@cache
def _reads(format_: str) -> bool:
    from darkroom.imaging import codecs

    try:
        data = _SAMPLES[format_]()
        header = codecs.probe(data, f"trial of {format_}")
        return codecs.decode(data, header, _SIDE, f"trial of {format_}").colour.shape[:2] == (_SIDE, _SIDE)
    except (Error, ImportError, OSError, ValueError, KeyError, SystemError):
        return False


@cache
def _has_hevc() -> bool:
    try:
        import pillow_heif

        return bool(pillow_heif.libheif_info().get("decoders"))
    except (ImportError, OSError):
        return False


@cache
def _has_libraw() -> bool:
    try:
        import rawpy
    except (ImportError, OSError):
        return False
    return bool(rawpy.libraw_version)
