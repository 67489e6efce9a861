"""Encodes lossy WebP straight from 4:2:0 planes where the library that Pillow brings allows it.

Pillow hands libwebp 32-bit pixels, and libwebp turns them into 4:2:0 slowly. OpenCV does that in a twentieth of the
time, to the same limited range. So the same libwebp is called directly; where that is impossible, Pillow is asked.
"""

from __future__ import annotations

import ctypes
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array

# Since libwebp 1.0; the library refuses another major version by itself.
_ABI = 0x0210
_int, _pointer, _word = ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32


class _Config(ctypes.Structure):
    """`WebPConfig` of webp/encode.h."""

    _fields_ = [
        ("lossless", _int),
        ("quality", ctypes.c_float),
        ("method", _int),
        ("image_hint", _int),
        ("target_size", _int),
        ("target_psnr", ctypes.c_float),
        ("segments", _int),
        ("rest", _int * 32),
    ]


class _Picture(ctypes.Structure):
    """`WebPPicture` of webp/encode.h."""

    _fields_ = [
        ("use_argb", _int),
        ("colorspace", _int),
        ("width", _int),
        ("height", _int),
        ("y", _pointer),
        ("u", _pointer),
        ("v", _pointer),
        ("y_stride", _int),
        ("uv_stride", _int),
        ("a", _pointer),
        ("a_stride", _int),
        ("pad1", _word * 2),
        ("argb", _pointer),
        ("argb_stride", _int),
        ("pad2", _word * 3),
        ("writer", _pointer),
        ("custom", _pointer),
        ("rest", ctypes.c_uint8 * 256),
    ]


class _Writer(ctypes.Structure):
    """`WebPMemoryWriter` of webp/encode.h."""

    _fields_ = [("memory", _pointer), ("size", ctypes.c_size_t), ("room", ctypes.c_size_t), ("pad", _word)]


def encode_webp(array: Array, quality: int, effort: int = 0) -> bytes:
    """The picture as WebP; effort 0 costs a sixth of effort 4, the library's default, for a fifth more bytes."""
    library = _library() if array.shape[2] == 3 else None
    found = _encode(library, array, quality, effort) if library else None
    return found or _pillow(array, quality, effort)


def _pillow(array: Array, quality: int, effort: int) -> bytes:
    target = BytesIO()
    native.pillow().fromarray(array).save(target, "WEBP", quality=quality, method=effort)
    return target.getvalue()


@cache
def _library() -> Any:
    """libwebp as Pillow loaded it, once it has shown that it does the same as through Pillow; else None."""
    try:
        from PIL import _webp

        library = ctypes.CDLL(_webp.__file__)
        if library.WebPGetEncoderVersion() >> 16 != 1:
            return None
        probe = np.add.outer(np.arange(33) * 3, np.arange(47) * 2)[:, :, None].repeat(3, axis=2).astype(np.uint8)
        made = _encode(library, probe, 90, 0)
        with native.pillow().open(BytesIO(made or b"")) as image:
            shown = np.asarray(image.convert("RGB")).astype(np.int16)
    except (ImportError, OSError, AttributeError, ValueError):
        return None
    return library if shown.shape == probe.shape and np.abs(shown - probe).max() < 24 else None


def _encode(library: Any, array: Array, quality: int, effort: int) -> bytes | None:
    height, width = array.shape[:2]
    cv2 = native.cv2()
    if height % 2 or width % 2:  # planes of chroma need even sides; the picture keeps its own size
        array = cv2.copyMakeBorder(array, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    planes = cv2.cvtColor(array, cv2.COLOR_RGB2YUV_I420)
    rows, columns = array.shape[:2]
    config, picture, writer = _Config(), _Picture(), _Writer()
    if not library.WebPConfigInitInternal(ctypes.byref(config), 0, ctypes.c_float(quality), _ABI):
        return None
    if not library.WebPPictureInitInternal(ctypes.byref(picture), _ABI):
        return None
    config.method = effort
    if effort == 0:
        config.segments = 1
    picture.width, picture.height = width, height
    picture.y = planes.ctypes.data
    picture.u = picture.y + rows * columns
    picture.v = picture.u + rows * columns // 4
    picture.y_stride, picture.uv_stride = columns, columns // 2
    library.WebPMemoryWriterInit(ctypes.byref(writer))
    picture.writer = ctypes.cast(library.WebPMemoryWrite, _pointer)
    picture.custom = ctypes.addressof(writer)
    done = library.WebPEncode(ctypes.byref(config), ctypes.byref(picture))
    made = ctypes.string_at(writer.memory, writer.size) if done else None
    library.WebPMemoryWriterClear(ctypes.byref(writer))
    library.WebPPictureFree(ctypes.byref(picture))
    return made
