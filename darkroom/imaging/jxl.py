"""Decodes JPEG XL with libjxl: still or moving, any depth, its profile beside it; it comes upright."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import libjxl
from darkroom.imaging.cicp import Cicp, fitted, to_shown
from darkroom.imaging.colour import MAX_PROFILE, to_srgb
from darkroom.imaging.foreign import AnyArray, Deep, shown
from darkroom.imaging.header import Header
from darkroom.imaging.isobmff import boxes
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels, fit
from darkroom.imaging.sniff import Kind
from darkroom.imaging.transfer import curve

# Of jxl/decode.h.
_DONE, _BROKEN, _MORE, _ROOM = 0, 1, 2, 5
_INFO, _COLOUR, _FRAME, _IMAGE = 0x40, 0x100, 0x400, 0x1000
_HDR = (libjxl.PQ, libjxl.HLG)
# Light of a white page among highlights (ITU-R BT.2408).
_WHITE_NITS = 203
_BOX_MOST = 4_000_000
# Primaries as libjxl and as H.273 number them; P3 is told apart by its white.
_PRIMARIES = {1: 1, 9: 9, 11: 12}
_P3, _DCI_P3, _D65 = 11, 11, 1
_CMYK = b"CMYK"
_GREY = 1
MOST_FRAMES = 5_001
"""Frames are counted no further."""


@dataclass
class Found:
    """What the events of a decoder told."""

    info: libjxl.BasicInfo = field(default_factory=libjxl.BasicInfo)
    icc: bytes = b""
    transfer: int = libjxl.SRGB
    light: Cicp | None = None
    """How light beyond white is told, where there is such."""
    coded: bool = False
    """Whether the pixels come as that tells: what was kept without loss libjxl does not convert."""
    durations: list[int] = field(default_factory=list)
    frames: list[AnyArray] = field(default_factory=list)

    @property
    def channels(self) -> int:
        """Of the array: colours and alpha."""
        return int(self.info.num_color_channels) + bool(self.info.alpha_bits)

    @property
    def floating(self) -> bool:
        """Whether there may be something beyond white."""
        return bool(self.info.exponent_bits_per_sample) or self.transfer in _HDR


def probe_jxl(data: bytes, kind: Kind, name: str) -> Header:
    """Header of a JPEG XL, turned as its orientation asks.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    found = _walked(data, name, _INFO | _COLOUR | _FRAME)
    info = found.info
    width, height = int(info.xsize), int(info.ysize)
    bits = 32 if found.floating else int(info.bits_per_sample)
    # Inside, every channel may be float, in two copies.
    memory = width * height * found.channels * (bits // 8 + 8) / 1e6
    return Header(
        kind=kind,
        width=width,
        height=height,
        frames=max(1, len(found.durations)),
        bit_depth=bits,
        channels=found.channels,
        icc=found.icc,
        light=found.light,
        blocks=_blocks(data),
        memory_mb=memory + len(data) * 2 / 1e6 + 64,
    )


def read_jxl(data: bytes, name: str) -> Found:
    """All frames, as uint8, uint16 or, where there may be something beyond white, as float in the curve of sRGB.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    found = _walked(data, name, _INFO | _COLOUR | _FRAME | _IMAGE)
    if not found.frames:
        raise Error("image_corrupt", f"{name} holds no frame.")
    if found.light and found.coded:
        found.frames = [to_shown(array, found.light) for array in found.frames]
    elif found.transfer in _HDR:
        found.frames = [_with_white(array, found.info.intensity_target / _WHITE_NITS) for array in found.frames]
    elif found.floating and found.transfer == libjxl.LINEAR:
        found.frames = [_with_white(array, 1.0) for array in found.frames]
    return found


def decode_jxl(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """The first frame in sRGB at the target's size or smaller.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    found = read_jxl(data, name)
    first = found.frames[0]
    colour = shown(Deep(fitted(first) if found.light else first, found.icc))
    alpha = colour[:, :, 3:]
    colour = to_srgb(np.ascontiguousarray(colour[:, :, :3]), found.icc)
    return Pixels(fit(np.concatenate([colour, alpha], axis=2) if alpha.size else colour, target))


def _with_white(array: AnyArray, scale: float) -> AnyArray:
    """Linear light, 1 at the brightest of the file, with white at 1."""
    colours = 1 if array.shape[2] < 3 else 3
    seen = curve(array[:, :, :colours] * np.float32(scale))
    return seen if array.shape[2] == colours else np.concatenate([seen, array[:, :, colours:]], axis=2)


@contextmanager
def _decoder(data: bytes, events: int) -> Iterator[tuple[Any, Any]]:
    library = libjxl.library()
    if library is None:
        raise Error("image_unsupported", "JPEG XL cannot be read here: libjxl is missing.")
    decoder = ctypes.c_void_p(library.JxlDecoderCreate(None))
    try:
        library.JxlDecoderSubscribeEvents(decoder, events)
        library.JxlDecoderSetUnpremultiplyAlpha(decoder, 1)
        library.JxlDecoderSetInput(decoder, data, ctypes.c_size_t(len(data)))
        yield library, decoder
    finally:
        library.JxlDecoderDestroy(decoder)


def _walked(data: bytes, name: str, events: int) -> Found:
    found = Found()
    with _decoder(data, events) as (library, decoder):
        answers: dict[int, Callable[[], None]] = {
            _INFO: lambda: _take_info(library, decoder, found, name),
            _COLOUR: lambda: _take_colour(library, decoder, found, name),
            _FRAME: lambda: _take_frame(library, decoder, found),
            _ROOM: lambda: _make_room(library, decoder, found, name),
            _IMAGE: lambda: None,
        }
        starved = False
        while (status := library.JxlDecoderProcessInput(decoder)) != _DONE:
            if status == _MORE and not starved:
                starved = True
                library.JxlDecoderCloseInput(decoder)  # some files end where only their length says so
                continue
            if status not in answers:
                code = "image_truncated" if starved else "image_corrupt"
                raise Error(code, f"{name} {'ends too early' if starved else 'cannot be decoded'}.")
            answers[status]()
            if len(found.durations) >= MOST_FRAMES:
                break
    return found


def _take_info(library: Any, decoder: Any, found: Found, name: str) -> None:
    if library.JxlDecoderGetBasicInfo(decoder, ctypes.byref(found.info)):
        raise Error("image_corrupt", f"{name} has no sizes that can be read.")


def _take_colour(library: Any, decoder: Any, found: Found, name: str) -> None:
    encoding = libjxl.ColourEncoding()
    named = not library.JxlDecoderGetColorAsEncodedProfile(decoder, libjxl.DATA, ctypes.byref(encoding))
    found.transfer = encoding.transfer if named else 0
    known = named and (encoding.color_space == _GREY or encoding.primaries in _PRIMARIES)
    if found.transfer in _HDR:
        found.light = _numbers(encoding) if known else None
        found.coded = bool(found.info.uses_original_profile)
    if found.light and found.coded:
        return
    if found.transfer in _HDR and not found.coded:
        # What no screen profile can tell comes as light in sRGB's primaries, as far beyond white as it goes.
        encoding.transfer, encoding.primaries, encoding.white_point = libjxl.LINEAR, 1, 1
        library.JxlDecoderSetPreferredColorProfile(decoder, ctypes.byref(encoding))
        return
    found.transfer = libjxl.SRGB if found.transfer in _HDR else found.transfer
    if named and (encoding.color_space == _GREY or encoding.primaries == 1) and found.transfer == libjxl.SRGB:
        return
    if found.transfer == libjxl.LINEAR and found.info.exponent_bits_per_sample:
        return
    size = ctypes.c_size_t()
    if library.JxlDecoderGetICCProfileSize(decoder, libjxl.DATA, ctypes.byref(size)) or size.value > MAX_PROFILE:
        return
    profile = ctypes.create_string_buffer(size.value)
    if not library.JxlDecoderGetColorAsICCProfile(decoder, libjxl.DATA, profile, size):
        found.icc = profile.raw
    if found.icc[16:20] == _CMYK:
        raise Error("image_unsupported", f"{name} is a JPEG XL in print colours, which cannot be read here.")


def _numbers(encoding: libjxl.ColourEncoding) -> Cicp:
    if encoding.color_space == _GREY:
        return Cicp(1, encoding.transfer)
    if encoding.primaries == _P3 and encoding.white_point != _D65:
        return Cicp(_DCI_P3, encoding.transfer)
    return Cicp(_PRIMARIES[encoding.primaries], encoding.transfer)


def _take_frame(library: Any, decoder: Any, found: Found) -> None:
    header = libjxl.FrameHeader()
    library.JxlDecoderGetFrameHeader(decoder, ctypes.byref(header))
    info = found.info
    ticks = info.ticks_numerator / max(1, info.ticks_denominator) if info.have_animation else 0
    found.durations.append(round(header.duration * 1000 / ticks) if ticks else 0)


def _make_room(library: Any, decoder: Any, found: Found, name: str) -> None:
    info = found.info
    kind, type_ = (libjxl.UINT8, np.uint8) if info.bits_per_sample <= 8 else (libjxl.UINT16, np.uint16)
    if found.floating:
        kind, type_ = libjxl.FLOAT, np.float32  # type: ignore[assignment]
    array: AnyArray = np.zeros((info.ysize, info.xsize, found.channels), type_)
    format_ = libjxl.PixelFormat(found.channels, kind, 0, 0)
    room = ctypes.c_void_p(array.ctypes.data)
    if library.JxlDecoderSetImageOutBuffer(decoder, ctypes.byref(format_), room, ctypes.c_size_t(array.nbytes)):
        raise Error("image_unsupported", f"{name} holds channels that cannot be read here.")
    found.frames.append(array)


def _blocks(data: bytes) -> Blocks:
    """Exif and XMP, which lie in boxes beside the pixels, perhaps compressed."""
    found: dict[bytes, bytes] = {}
    for kind, start, stop in boxes(data, 0, len(data)):
        content = data[start : min(stop, start + _BOX_MOST)]
        packed = kind == b"brob"
        found.setdefault(content[:4] if packed else kind, _unpacked(content[4:]) if packed else content)
    exif = found.get(b"Exif", b"")
    return Blocks(exif[4 + int.from_bytes(exif[:4], "big") :], b"", found.get(b"xml ", b""))


def _unpacked(content: bytes) -> bytes:
    with suppress(ImportError, RuntimeError, ValueError, MemoryError):
        import imagecodecs

        return bytes(imagecodecs.brotli_decode(content, out=_BOX_MOST))
    return b""
