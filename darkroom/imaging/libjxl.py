"""libjxl as imagecodecs brings it: found, checked, and the structures of its interface."""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_int, _pointer, _word, _double = ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_double

# Its structures have kept their layout since 0.7, its functions their parameters since 0.9.
_OLDEST, _NEWEST = 9, 99
UINT8, UINT16, FLOAT = 2, 3, 0
"""Types of samples."""
LINEAR, SRGB, PQ, HLG = 8, 13, 16, 18
"""Transfer functions."""
DATA = 1
"""The profile of the pixels that come out, not that of the file."""


class BasicInfo(ctypes.Structure):
    """`JxlBasicInfo` of jxl/codestream_header.h."""

    _fields_ = [
        ("have_container", _int),
        ("xsize", _word),
        ("ysize", _word),
        ("bits_per_sample", _word),
        ("exponent_bits_per_sample", _word),
        ("intensity_target", ctypes.c_float),
        ("min_nits", ctypes.c_float),
        ("relative_to_max_display", _int),
        ("linear_below", ctypes.c_float),
        ("uses_original_profile", _int),
        ("have_preview", _int),
        ("have_animation", _int),
        ("orientation", _int),
        ("num_color_channels", _word),
        ("num_extra_channels", _word),
        ("alpha_bits", _word),
        ("alpha_exponent_bits", _word),
        ("alpha_premultiplied", _int),
        ("preview", _word * 2),
        ("ticks_numerator", _word),
        ("ticks_denominator", _word),
        ("num_loops", _word),
        ("have_timecodes", _int),
        ("intrinsic", _word * 2),
        ("padding", ctypes.c_uint8 * 100),
    ]


class FrameHeader(ctypes.Structure):
    """`JxlFrameHeader` of jxl/codestream_header.h, and room for what follows its beginning."""

    _fields_ = [
        ("duration", _word),
        ("timecode", _word),
        ("name_length", _word),
        ("is_last", _int),
        ("rest", _word * 16),
    ]


class ColourEncoding(ctypes.Structure):
    """`JxlColorEncoding` of jxl/color_encoding.h."""

    _fields_ = [
        ("color_space", _int),
        ("white_point", _int),
        ("white", _double * 2),
        ("primaries", _int),
        ("red", _double * 2),
        ("green", _double * 2),
        ("blue", _double * 2),
        ("transfer", _int),
        ("gamma", _double),
        ("intent", _int),
    ]


class PixelFormat(ctypes.Structure):
    """`JxlPixelFormat` of jxl/types.h."""

    _fields_ = [("channels", _word), ("kind", _int), ("endianness", _int), ("align", ctypes.c_size_t)]


@cache
def library() -> Any:
    """libjxl, its functions ready to be called; None where it is not there or of a version that is not known."""
    try:
        import imagecodecs._jpegxl  # noqa: F401 - brings the libraries that libjxl stands on

        found = ctypes.CDLL(str(_path()))
        version = found.JxlDecoderVersion()
    except (ImportError, OSError, AttributeError, StopIteration):
        return None
    if not _OLDEST <= version // 1_000 <= _NEWEST:
        return None
    for name in ("JxlDecoderCreate", "JxlEncoderCreate", "JxlEncoderFrameSettingsCreate"):
        getattr(found, name).restype = _pointer
    return found


def _path() -> Path:
    spec = find_spec("imagecodecs")
    package = Path(spec.origin or "").parent if spec else Path()
    places = (package.parent / "imagecodecs.libs", package / ".dylibs")  # of wheels for Linux, for macOS
    return next(path for place in places for path in sorted(place.glob("libjxl[-.]*")))
