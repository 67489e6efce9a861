"""Writes JPEG 2000 with OpenJPEG: by Pillow at 8 bits, by imagecodecs at 10, 12 and 16; with its profile, without loss if asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging.formats.encoder import Encoder
from darkroom.imaging.formats.frames import AnyArray
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, Takes
from darkroom.imaging.formats.writers import pillow_save
from darkroom.imaging.isobmff import boxes

TAKES = Takes(depths=(8, 16), alpha=True, animation=False)
QUALITY = 80
_HEAD = 8
# Of a colour box: a profile follows, which readers that know only simple ones may leave aside.
_BY_PROFILE = b"\2\0\1"


def bits(picture: Prepared, options: EncodeOptions) -> int:
    """Bits of a sample: what was asked for, where the picture has as many."""
    depth = picture.frames.depth
    return options.bit_depth if options.bit_depth in (10, 12) and depth == 16 else depth


def _decibels(options: EncodeOptions) -> float:
    """OpenJPEG is told a signal-to-noise ratio: 30 dB is poor, 50 dB cannot be told from the original."""
    return 28 + 0.22 * (options.quality or QUALITY)


def _pillow(picture: Prepared, options: EncodeOptions) -> bytes:
    if options.lossless:
        made = pillow_save.save(picture, "JPEG2000", irreversible=False)
    else:
        layers = [_decibels(options)]
        made = pillow_save.save(picture, "JPEG2000", quality_mode="dB", quality_layers=layers, irreversible=True)
    return _profiled(made, picture.frames.icc)


def _openjpeg(picture: Prepared, options: EncodeOptions) -> bytes:
    import imagecodecs

    depth = bits(picture, options)
    encode: Any = imagecodecs.jpeg2k_encode  # takes parts of a decibel, whatever its types say
    made = encode(
        _narrowed(picture.frames.pixels, depth),
        level=None if options.lossless else _decibels(options),
        reversible=options.lossless,
        codecformat="jp2",
        bitspersample=depth,
        planar=False,
        numthreads=1,
    )
    return _profiled(bytes(made), picture.frames.icc)


def _narrowed(pixels: AnyArray, depth: int) -> AnyArray:
    """Samples of 16 bits in the range of fewer, rounded; those of 8 as they are."""
    if depth in (8, 16):
        return np.ascontiguousarray(pixels)
    scale = ((1 << depth) - 1) / 65_535
    narrowed: AnyArray = (pixels * np.float32(scale) + 0.5).astype(np.uint16)
    return narrowed


def _profiled(data: bytes, icc: bytes) -> bytes:
    """The file with its colours told by a profile, which neither library writes, in place of a number."""
    if not icc:
        return data
    start, stop = next((start, stop) for kind, start, stop in boxes(data, 0, len(data)) if kind == b"jp2h")
    inner = b""
    for kind, begin, end in boxes(data, start, stop):
        content = _BY_PROFILE + icc if kind == b"colr" else data[begin:end]
        inner += (_HEAD + len(content)).to_bytes(4, "big") + kind + content
    return data[: start - _HEAD] + (_HEAD + len(inner)).to_bytes(4, "big") + b"jp2h" + inner + data[stop:]


ENCODERS = (Encoder("Pillow", _pillow, pillow_save.deep), Encoder("OpenJPEG", _openjpeg))
