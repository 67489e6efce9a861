"""libavif as Pillow brings it, for what Pillow does not hand on: frames of 10 and 12 bits at their own depth."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_int, _word, _long = ctypes.c_int, ctypes.c_uint32, ctypes.c_uint64
_pointer, _double = ctypes.c_void_p, ctypes.c_double

# Since 1.0 its structures only grow at their ends.
_MAJOR = b"1."
_OK, _RGB, _RGBA = 0, 0, 1
# Neither the number of channels nor a clean aperture has to be told as the standard wants it: Pillow reads such files too.
_LENIENT = ~3 & 0xFFFFFFFF


class _Bytes(ctypes.Structure):
    _fields_ = [("data", _pointer), ("size", ctypes.c_size_t)]


class _Image(ctypes.Structure):
    """The beginning of `avifImage`."""

    _fields_ = [
        ("width", _word),
        ("height", _word),
        ("depth", _word),
        ("layout", _int * 3),
        ("planes", _pointer * 3),
        ("row_bytes", _word * 3),
        ("owns_planes", _int),
        ("alpha", _pointer),
        ("alpha_row_bytes", _word),
        ("owns_alpha", _int),
        ("premultiplied", _int),
        ("icc", _Bytes),
    ]


class _Decoder(ctypes.Structure):
    """The beginning of `avifDecoder`."""

    _fields_ = [
        ("codec", _int),
        ("threads", _int),
        ("source", _int),
        ("progressive", _int),
        ("incremental", _int),
        ("ignore_exif", _int),
        ("ignore_xmp", _int),
        ("limits", _word * 3),
        ("strict", _word),
        ("image", ctypes.POINTER(_Image)),
        ("index", _int),
        ("count", _int),
        ("progress", _int),
        ("timescale", _long),
        ("begins", _double),
        ("begins_in_ticks", _long),
        ("seconds", _double),
    ]


class _Pixels(ctypes.Structure):
    """`avifRGBImage`, and room for what follows."""

    _fields_ = [
        ("width", _word),
        ("height", _word),
        ("depth", _word),
        ("format", _int),
        ("choices", _int * 6),
        ("threads", _int),
        ("pixels", _pointer),
        ("row_bytes", _word),
        ("rest", _word * 32),
    ]


@cache
def library() -> Any:
    """libavif, its functions ready to be called; None where Pillow has none, or one that is not known."""
    try:
        from PIL import _avif

        found = ctypes.CDLL(_avif.__file__)  # symbols are looked for in what it stands on as well
        found.avifVersion.restype = ctypes.c_char_p
        if not found.avifVersion().startswith(_MAJOR):
            return None
        decoder = ctypes.POINTER(_Decoder)
        found.avifDecoderCreate.restype = decoder
        found.avifDecoderDestroy.argtypes = [decoder]
        found.avifDecoderSetIOMemory.argtypes = [decoder, ctypes.c_char_p, ctypes.c_size_t]
        found.avifDecoderParse.argtypes = [decoder]
        found.avifDecoderNthImage.argtypes = [decoder, _word]
        found.avifRGBImageSetDefaults.argtypes = [ctypes.POINTER(_Pixels), ctypes.POINTER(_Image)]
        found.avifImageYUVToRGB.argtypes = [ctypes.POINTER(_Image), ctypes.POINTER(_Pixels)]
        found.avifResultToString.restype = ctypes.c_char_p
    except (ImportError, OSError, AttributeError):
        return None
    return found


class Film:
    """An AVIF whose frames are decoded one after the other.

    Args:
        decoder: of the library, the file parsed.
    """

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    @property
    def count(self) -> int:
        """Of frames, at least 1."""
        return max(1, int(self._decoder.contents.count))

    @property
    def icc(self) -> bytes:
        """Its profile, or nothing."""
        found = self._decoder.contents.image.contents.icc
        return ctypes.string_at(found.data, found.size) if found.size else b""

    def frame(self, at: int) -> tuple[NDArray[Any], int]:
        """A frame as stored and the milliseconds that it stays: RGB, or RGBA with straight alpha; uint8, or all of uint16.

        Raises:
            ValueError: it cannot be decoded.
        """
        _checked(library().avifDecoderNthImage(self._decoder, at))
        known = self._decoder.contents
        image, wanted = known.image, _Pixels()
        library().avifRGBImageSetDefaults(ctypes.byref(wanted), image)
        kind = np.uint16 if image.contents.depth > 8 else np.uint8
        channels = 4 if image.contents.alpha else 3
        made: NDArray[Any] = np.empty((image.contents.height, image.contents.width, channels), kind)
        wanted.depth, wanted.format = 8 * made.itemsize, _RGBA if channels == 4 else _RGB
        wanted.pixels, wanted.row_bytes = made.ctypes.data, made.strides[0]
        _checked(library().avifImageYUVToRGB(image, ctypes.byref(wanted)))
        return made, round(known.seconds * 1_000)


def _checked(result: int) -> None:
    if result != _OK:
        raise ValueError((library().avifResultToString(result) or b"?").decode("latin-1"))


@contextmanager
def opened(data: bytes) -> Iterator[Film]:
    """The file as libavif sees it; `library` must be there.

    Raises:
        ValueError: it cannot be read.
    """
    decoder = library().avifDecoderCreate()
    if not decoder:
        raise MemoryError
    try:
        # The pool spreads pictures over cores.
        decoder.contents.threads, decoder.contents.ignore_exif, decoder.contents.ignore_xmp = 1, 1, 1
        decoder.contents.strict &= _LENIENT
        _checked(library().avifDecoderSetIOMemory(decoder, data, len(data)))
        _checked(library().avifDecoderParse(decoder))
        yield Film(decoder)
    finally:
        library().avifDecoderDestroy(decoder)
