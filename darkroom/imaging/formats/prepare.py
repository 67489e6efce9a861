"""Brings pixels into the colours, depth and channels that a format takes, and says what that changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.colour import is_srgb, profile_name
from darkroom.imaging.formats.frames import AnyArray, Frames
from darkroom.imaging.formats.options import EncodeOptions

_KINDS = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}
_INTERPRETATIONS = {
    ("uint8", True): "srgb",
    ("uint16", True): "rgb16",
    ("float32", True): "srgb",
    ("uint8", False): "b-w",
    ("uint16", False): "grey16",
    ("float32", False): "b-w",
}
_BUILT_IN = {"p3": "p3", "cmyk": "cmyk", "srgb": "srgb"}
# Beyond rounding.
_WHITE = 1.002


@dataclass(frozen=True)
class Takes:
    """What a format can hold."""

    depths: tuple[int, ...]
    """Bits of a sample, as arrays have them: 8, 16, 32 (float)."""
    alpha: bool
    animation: bool
    grey: bool = True
    """Whether one channel is written as such."""


@dataclass(frozen=True)
class Prepared:
    """Pixels that a format takes."""

    frames: Frames
    notes: tuple[str, ...]
    cmyk: bool = False


def prepare(frames: Frames, options: EncodeOptions, takes: Takes) -> Prepared:
    """The picture as the format takes it.

    Colours come first (at full depth), then transparency, then depth: so nothing is rounded twice.
    """
    notes: list[str] = []
    wanted = _depth(frames, options, takes)
    if frames.animated and not takes.animation:
        notes.append(f"only the first of {len(frames.more) + 1} frames")
        frames = replace(frames, more=(), delays=())
    if frames.has_alpha and (not takes.alpha or options.profile == "cmyk"):
        frames = flattened(frames, options.rgb())
        notes.append(f"transparency replaced by {options.background}")
    if not takes.grey and frames.channels < 3:
        frames = frames.mapped(_as_rgb)
    before = frames.icc
    frames = _coloured(frames, options)
    if before and frames.icc != before:
        notes.append(f"colours converted from {profile_name(before) or 'an unnamed profile'}")
    if frames.depth == 32 and wanted < 32 and max(float(frame.max()) for frame in frames.each) > _WHITE:
        notes.append("what is brighter than white was cut")
    if frames.depth > wanted:
        notes.append(f"{_words(frames.depth)} reduced to {_words(wanted)}")
    return Prepared(with_depth(frames, wanted), tuple(notes), options.profile == "cmyk")


def _words(depth: int) -> str:
    return "float" if depth == 32 else f"{depth} bits"


def _depth(frames: Frames, options: EncodeOptions, takes: Takes) -> int:
    asked = {10: 16, 12: 16}.get(options.bit_depth or 0, options.bit_depth) or frames.depth
    return max((depth for depth in takes.depths if depth <= asked), default=min(takes.depths))


def _as_rgb(array: AnyArray) -> AnyArray:
    grey = np.repeat(array[:, :, :1], 3, axis=2)
    return grey if array.shape[2] == 1 else np.concatenate([grey, array[:, :, 1:]], axis=2)


def flattened(frames: Frames, background: tuple[int, int, int]) -> Frames:
    """The picture on a colour, without alpha."""

    def flat(array: AnyArray) -> AnyArray:
        top = 1.0 if array.dtype == np.float32 else float(np.iinfo(array.dtype).max)
        colour = array[:, :, :-1].astype(np.float32)
        behind = np.array(background, np.float32) * (top / 255)
        if colour.shape[2] == 1:
            behind = np.array([behind @ (0.2126, 0.7152, 0.0722)], np.float32)
        alpha = array[:, :, -1:].astype(np.float32) / top
        blended = colour * alpha + behind * (1 - alpha)
        rounded: AnyArray = (blended if top == 1.0 else blended + 0.5).astype(array.dtype)
        return rounded

    return frames.mapped(flat)


def with_depth(frames: Frames, depth: int) -> Frames:
    """The picture with samples of so many bits; values outside 0 to 1 are cut where they cannot be held."""
    return frames if frames.depth == depth else frames.mapped(lambda array: _redepth(array, depth))


def _redepth(array: AnyArray, depth: int) -> AnyArray:
    if depth == 32:
        scaled: AnyArray = array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
        return scaled
    top = 255 if depth == 8 else 65_535
    kind: Any = np.uint8 if depth == 8 else np.uint16
    if array.dtype == np.float32:
        clean = np.nan_to_num(array, nan=0.0, posinf=1.0, neginf=0.0)
        rounded: AnyArray = (np.clip(clean, 0, 1) * top + 0.5).astype(kind)
        return rounded
    if depth == 16:
        return array.astype(np.uint16) * 257
    halved: AnyArray = native.cv2().convertScaleAbs(array, alpha=255 / 65_535)
    return halved.reshape(array.shape)


def _coloured(frames: Frames, options: EncodeOptions) -> Frames:
    """The picture in the profile asked for."""
    if options.profile == "keep":
        return frames
    if options.profile == "srgb" and (is_srgb(frames.icc) or not _usable(frames)):
        return replace(frames, icc=b"")
    source = frames
    if frames.depth == 32:  # the colour engine takes whole numbers; 16 bits hold what a screen profile can
        source = with_depth(frames, 16)
    converted = source.mapped(lambda array: _transformed(array, frames.icc, options.profile))
    return replace(converted, icc=b"" if options.profile == "srgb" else built_in(options.profile))


def _usable(frames: Frames) -> bool:
    """Whether the profile is for as many channels as the picture has; another one is ignored, as browsers do."""
    return frames.icc[16:20] == (b"RGB " if frames.channels >= 3 else b"GRAY")


@cache
def built_in(name: str) -> bytes:
    """A profile that libvips brings: `srgb`, `p3` or `cmyk`."""
    return bytes(native.pyvips().Image.profile_load(_BUILT_IN[name]))


def _transformed(array: AnyArray, icc: bytes, wanted: str) -> AnyArray:
    image = vips_image(_as_rgb(array) if wanted != "srgb" and array.shape[2] < 3 else array)
    pyvips = native.pyvips()
    if icc and icc[16:20] == (b"RGB " if image.bands >= 3 else b"GRAY"):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
        source: dict[str, Any] = {"embedded": True}
    else:
        source = {"input_profile": "srgb"}
    depth = 16 if array.dtype == np.uint16 else 8
    try:
        made = image.icc_transform(wanted, depth=depth, intent="relative", black_point_compensation=True, **source)
    except pyvips.Error:  # a profile that cannot be used is ignored, as browsers do
        made = image.icc_transform(wanted, depth=depth, input_profile="srgb") if wanted != "srgb" else image
    return from_vips(made)


def vips_image(array: AnyArray, *, cmyk: bool = False) -> Any:
    """The array as libvips sees it, without a copy; it may be changed with `set_type`."""
    height, width, bands = array.shape
    kind = _KINDS[array.dtype.name]
    contiguous = np.ascontiguousarray(array)
    image = native.pyvips().Image.new_from_memory(contiguous.data, width, height, bands, kind)
    interpretation = "cmyk" if cmyk else _INTERPRETATIONS[array.dtype.name, bands >= 3]
    return image.copy(interpretation=interpretation)


def from_vips(image: Any) -> AnyArray:
    """Pixels of a libvips picture of 8 or 16 bits or float."""
    kinds: dict[str, Any] = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}
    if image.format not in kinds:
        image = image.cast("ushort" if image.format in ("short", "uint", "int") else "float")
    shape = (image.height, image.width, image.bands)
    return np.ndarray(buffer=image.write_to_memory(), dtype=kinds[image.format], shape=shape)
