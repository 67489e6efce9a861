"""Writes JPEG XL with libjxl: 8 and 16 bits and float, transparency, frames, any profile, without loss if asked."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import libjxl
from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.frames import AnyArray, Frames
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes

TAKES = Takes(depths=(8, 16, 32), alpha=True, animation=True)
QUALITY = 80
# A tenth of the time of the library's default of 7, for a few per cent more bytes.
EFFORT = 3
MAX_SIDE = 262_143
_FAST, _SLOWEST = 1, 9

# Of jxl/encode.h.
_DONE, _MORE = 0, 2
_OPTION_EFFORT = 0
_KINDS: dict[str, tuple[int, int, int]] = {
    "uint8": (libjxl.UINT8, 8, 0),
    "uint16": (libjxl.UINT16, 16, 0),
    "float32": (libjxl.FLOAT, 32, 8),
}
_ROOM = 1 << 20
_TICKS = 1_000


def distance(quality: int) -> float:
    """How far from the original, in units of what can just be seen, as libjxl's own tools map a quality."""
    if quality >= 30:
        return max(0.1, 0.1 + (100 - quality) * 0.09)
    return 53 / 3000 * quality * quality - 23 / 20 * quality + 25


def _write(picture: Prepared, options: EncodeOptions) -> bytes:
    library = libjxl.library()
    if library is None:
        raise Error("encoder_missing", "libjxl is missing.")
    with _encoder(library) as encoder:
        frames = picture.frames
        _describe(library, encoder, frames, options)
        settings = ctypes.c_void_p(library.JxlEncoderFrameSettingsCreate(encoder, None))
        effort = min(_SLOWEST, max(_FAST, EFFORT if options.effort is None else options.effort))
        _must(library.JxlEncoderFrameSettingsSetOption(settings, _OPTION_EFFORT, ctypes.c_int64(effort)), "the effort")
        if options.lossless:
            _must(library.JxlEncoderSetFrameLossless(settings, 1), "lossless")
        else:
            far = ctypes.c_float(distance(options.quality or QUALITY))
            _must(library.JxlEncoderSetFrameDistance(settings, far), "the quality")
        for number, array in enumerate(frames.each):
            _add(library, settings, array, _delay(frames, number))
        library.JxlEncoderCloseInput(encoder)
        return _made(library, encoder)


@contextmanager
def _encoder(library: Any) -> Iterator[Any]:
    encoder = ctypes.c_void_p(library.JxlEncoderCreate(None))
    try:
        yield encoder
    finally:
        library.JxlEncoderDestroy(encoder)


def _must(status: int, what: str) -> None:
    if status:
        raise ValueError(f"libjxl refused {what}")


def _describe(library: Any, encoder: Any, frames: Frames, options: EncodeOptions) -> None:
    """Sizes, depth, profile and speed, before the first frame."""
    info = libjxl.BasicInfo()
    library.JxlEncoderInitBasicInfo(ctypes.byref(info))
    _, bits, exponent = _KINDS[frames.pixels.dtype.name]
    info.xsize, info.ysize = frames.width, frames.height
    info.bits_per_sample, info.exponent_bits_per_sample = bits, exponent
    info.num_color_channels = 1 if frames.channels < 3 else 3
    if frames.has_alpha:
        info.num_extra_channels, info.alpha_bits, info.alpha_exponent_bits = 1, bits, exponent
    info.uses_original_profile = int(options.lossless)
    if frames.animated:
        info.have_animation, info.ticks_numerator, info.ticks_denominator = 1, _TICKS, 1
        info.num_loops = frames.loop
    if bits > 8:
        library.JxlEncoderSetCodestreamLevel(encoder, 10)
    _must(library.JxlEncoderSetBasicInfo(encoder, ctypes.byref(info)), "the sizes")
    if frames.icc:
        status = library.JxlEncoderSetICCProfile(encoder, frames.icc, ctypes.c_size_t(len(frames.icc)))
        _must(status, "the profile")
    else:
        encoding = libjxl.ColourEncoding()
        library.JxlColorEncodingSetToSRGB(ctypes.byref(encoding), int(frames.channels < 3))
        _must(library.JxlEncoderSetColorEncoding(encoder, ctypes.byref(encoding)), "sRGB")


def _delay(frames: Frames, number: int) -> int | None:
    if not frames.animated:
        return None
    return frames.delays[number] if number < len(frames.delays) else 100


def _add(library: Any, settings: Any, array: AnyArray, delay: int | None) -> None:
    if delay is not None:
        header = libjxl.FrameHeader()
        library.JxlEncoderInitFrameHeader(ctypes.byref(header))
        header.duration = delay
        _must(library.JxlEncoderSetFrameHeader(settings, ctypes.byref(header)), "a frame")
    pixels = np.ascontiguousarray(array)
    format_ = libjxl.PixelFormat(pixels.shape[2], _KINDS[pixels.dtype.name][0], 0, 0)
    room = ctypes.c_void_p(pixels.ctypes.data)
    size = ctypes.c_size_t(pixels.nbytes)
    _must(library.JxlEncoderAddImageFrame(settings, ctypes.byref(format_), room, size), "the pixels")


def _made(library: Any, encoder: Any) -> bytes:
    parts = []
    status = _MORE
    while status == _MORE:
        room = ctypes.create_string_buffer(_ROOM)
        at, left = ctypes.c_void_p(ctypes.addressof(room)), ctypes.c_size_t(_ROOM)
        status = library.JxlEncoderProcessOutput(encoder, ctypes.byref(at), ctypes.byref(left))
        parts.append(room.raw[: _ROOM - left.value])
    if status != _DONE:
        raise ValueError(f"libjxl gave up, error {library.JxlEncoderGetError(encoder)}")
    return b"".join(parts)


ENCODERS = (Encoder("libjxl", _write, max_side=MAX_SIDE),)
