"""Writes pictures: the first encoder of the format that can do what is asked, with its reason if none can."""

from __future__ import annotations

from functools import cache

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.encoder import Encoder, too_long
from darkroom.imaging.formats.frames import AnyArray, Frames, Turnable
from darkroom.imaging.formats.metadata.carry import Carry, carried
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared, prepare
from darkroom.imaging.formats.targets import TARGETS, TargetFormat

_PROBE_SIDE = 16


def encode(
    picture: Frames | Turnable | AnyArray,
    options: EncodeOptions,
    *,
    icc: bytes = b"",
    metadata: Carry | None = None,
) -> Encoded:
    """The picture as a file of a format.

    Args:
        picture: frames, what an operation made, or an array (height x width x channels of uint8, uint16 or float32).
        icc: profile of an array; none means sRGB.
        metadata: what of the source's metadata is to come along; nothing without it.

    Raises:
        Error: `encoder_missing` when nothing here writes the format, `format_limit` when the picture does not fit
            into it, `invalid_parameter` for options that no encoder has, `encode_failed` when one broke.
    """
    frames = Frames.given(picture, icc)
    target = TARGETS[options.format]
    prepared = prepare(frames, options, target.taking(options))
    encoder = _chosen(target, prepared, options)
    data = _written(encoder, prepared, options)
    made, notes = prepared.frames, prepared.notes
    depth = target.bits(prepared, options)
    if frames.depth > 8 and depth < made.depth:
        notes += (f"{made.depth} bits reduced to {depth} bits",)
    if metadata is not None:
        data, lost = carried(data, target.name, metadata, made.width, made.height)
        notes += lost
    lossless = options.lossless or target.lossless(options)
    return Encoded(
        data=data,
        format=target.name,
        media_type=target.media_type,
        extension=target.extension,
        width=made.width,
        height=made.height,
        encoder=encoder.name,
        quality=None if lossless else options.quality or target.quality,
        bit_depth=depth,
        channels=made.channels,
        frames=len(made.more) + 1,
        notes=notes,
    )


def _chosen(target: TargetFormat, picture: Prepared, options: EncodeOptions) -> Encoder:
    reasons: list[str] = []
    if options.encoder and options.encoder not in {encoder.name for encoder in target.encoders}:
        names = ", ".join(encoder.name for encoder in target.encoders) or "none"
        raise Error(
            "invalid_parameter", f"{target.title} has no encoder {options.encoder}.", remedy=f"Encoders are: {names}."
        )
    for encoder in target.encoders:
        if options.encoder not in (None, encoder.name):
            continue
        reason = _why_not(encoder, picture, options)
        if reason is None:
            return encoder
        reasons.append(f"{encoder.name}: {reason}")
    raise _refusal(target, picture, reasons)


def _why_not(encoder: Encoder, picture: Prepared, options: EncodeOptions) -> str | None:
    if encoder.on_request and options.encoder is None:
        return encoder.caution
    reason = too_long(picture, encoder.max_side) or encoder.refuses(picture, options)
    if reason is None and not works(encoder, options.format):
        return "does not work on this machine"
    return reason


def _refusal(target: TargetFormat, picture: Prepared, reasons: list[str]) -> Error:
    words = "; ".join(reasons) or target.missing
    longest = max(picture.frames.width, picture.frames.height)
    if target.encoders and all(longest > encoder.max_side for encoder in target.encoders):
        most = max(encoder.max_side for encoder in target.encoders)
        return Error(
            "format_limit", f"{target.title} takes sides of at most {most:,} pixels; this one has {longest:,}."
        )
    if not target.encoders or all(encoder.on_request for encoder in target.encoders):
        return Error("encoder_missing", f"{target.title} cannot be written here: {words}.", format=target.name)
    return Error("format_limit", f"No encoder of {target.title} can do this: {words}.", format=target.name)


def _written(encoder: Encoder, picture: Prepared, options: EncodeOptions) -> bytes:
    try:
        return encoder.write(picture, options)
    except (Error, MemoryError):
        raise
    except Exception as error:  # libraries raise what they like
        words = " ".join(str(error).split())[:300]
        raise Error("encode_failed", f"{encoder.name} could not write {options.format}: {words}.") from error


@cache
def works(encoder: Encoder, format_: str) -> bool:
    """Whether an encoder writes a tiny picture on this machine; tried once in a process."""
    ramp = np.arange(_PROBE_SIDE * _PROBE_SIDE * 3, dtype=np.uint32).reshape(_PROBE_SIDE, _PROBE_SIDE, 3)
    options = EncodeOptions.checked(format=format_)
    tiny = prepare(Frames.of((ramp % 251).astype(np.uint8)), options, TARGETS[format_].taking(options))
    try:
        return len(encoder.write(tiny, options)) > 0
    except Exception:  # noqa: BLE001 - whatever it is, it does not work
        return False
