"""Reads what libvips reads at its own depth: pages, frames, pyramids, print colours and Lab brought to RGB."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np

from darkroom.imaging import native, vips
from darkroom.imaging.cicp import stretched, to_shown
from darkroom.imaging.formats.frames import AnyArray, Frames
from darkroom.imaging.formats.prepare import from_vips
from darkroom.imaging.header import TOLERANCE, Header, reduction_for, scale_for
from darkroom.imaging.moving_avif import read_film
from darkroom.imaging.source import Data
from darkroom.imaging.transfer import curve

_PAGED = ("tiff", "gif", "webp")
_PRINT = ("cmyk",)
_MEASURED = ("lab", "labq", "labs", "xyz", "lch", "yxy", "hsv", "cmc", "oklab", "oklch")


def read_vips(
    data: Data, header: Header, name: str, target: int | None, *, page: int = 0, all_frames: bool = False
) -> Frames:
    """The picture as stored, not yet turned.

    Raises:
        Error: `image_truncated`, `image_corrupt` or `image_unsupported`.
    """
    if header.kind.format == "avif" and header.frames > 1 and (page or all_frames) and isinstance(data, bytes):
        film = read_film(data, name, None if all_frames else page)
        delays = film.delays if all_frames else ()
        frames = Frames(film.frames[0], film.icc or header.icc, film.frames[1:], delays)
        told = header.light
        return frames.mapped(lambda coded: to_shown(coded, told)) if told else frames
    error_type = native.pyvips().Error
    options = _options(data, header, target, page=page, all_frames=all_frames)
    with contextlib.suppress(error_type):
        return _read(data, header, target, options, "error")
    with vips.FAILING:  # the messages of all threads lie in one place
        return _failed(data, header, name, target, options)


def _failed(data: Data, header: Header, name: str, target: int | None, options: dict[str, Any]) -> Frames:
    error_type = native.pyvips().Error
    try:
        return _read(data, header, target, options, "error")
    except error_type as strict:
        refused = vips.mapped(strict, name, data, header.kind.format)
        if refused.code == "image_corrupt":
            with contextlib.suppress(error_type):
                return replace(_read(data, header, target, options, "truncated"), sound=False)
        raise refused from strict


def _options(data: Data, header: Header, target: int | None, *, page: int, all_frames: bool) -> dict[str, Any]:
    kind = header.kind.format
    if kind in _PAGED and (page or all_frames) and header.frames > 1:
        return {"n": -1} if all_frames and kind != "tiff" else {"page": page}
    if kind == "tiff" and target:
        return {"page": _level(data, header, target)}
    if kind == "jpeg" and target:
        return {"shrink": scale_for(max(header.width, header.height), target)}
    return {}


def _read(data: Data, header: Header, target: int | None, options: dict[str, Any], fail_on: str) -> Frames:
    image = vips.opened(data, header.kind, fail_on=fail_on, **options)
    if target and "n" not in options:
        image = _shrunk(image, reduction_for(header, max(image.width, image.height), target))
    height = image.get("page-height") if "n" in options and image.get_typeof("page-height") else image.height
    delays = tuple(image.get("delay")) if image.get_typeof("delay") else ()
    loop = int(image.get("loop")) if image.get_typeof("loop") else 0
    pixels, icc = _rgb(image)
    if header.kind.format == "avif":
        pixels = stretched(pixels, header.bit_depth)
    if header.light:
        pixels = to_shown(pixels, header.light)
    count = max(1, pixels.shape[0] // height) if height else 1
    cuts = [np.ascontiguousarray(pixels[at * height : (at + 1) * height]) for at in range(count)]
    return Frames(cuts[0], icc, tuple(cuts[1:]), delays if count > 1 else (), loop)


def _shrunk(image: Any, factor: int) -> Any:
    """Averaged over squares while it is read, so that a picture larger than memory can be looked at."""
    if factor < 2:
        return image
    if not image.hasalpha():
        return image.shrink(factor, factor)
    return image.premultiply().shrink(factor, factor).unpremultiply().cast(image.format)


def _level(data: Data, header: Header, target: int) -> int:
    """Page of a pyramid that is the smallest of those large enough; 0 for pages that are no pyramid."""
    chosen, width, height = 0, header.width, header.height
    for page in range(1, min(header.frames, 20)):
        smaller = vips.opened(data, header.kind, page=page)
        width, height = width // 2, height // 2
        # Halved exactly, give or take the pixel that does not divide: nobody scans a booklet like that.
        if (
            abs(smaller.width - width) > 1
            or abs(smaller.height - height) > 1
            or max(width, height) < target * TOLERANCE
        ):
            break
        chosen = page
    return chosen


def _rgb(image: Any) -> tuple[AnyArray, bytes]:
    """Grey or RGB of 8 or 16 bits or float, and the profile it is in."""
    icc = bytes(image.get("icc-profile-data")) if image.get_typeof("icc-profile-data") else b""
    if image.interpretation in _PRINT:
        deep = image.format == "ushort"
        source = {"embedded": True} if icc[16:20] == b"CMYK" else {"input_profile": "cmyk"}
        alpha = image[4] if image.bands > 4 else None
        image = image[:4].icc_transform("srgb", depth=16 if deep else 8, intent="relative", **source)
        image, icc = image if alpha is None else image.bandjoin(alpha.cast(image.format)), b""
    elif image.interpretation in _MEASURED:
        image, icc = image.colourspace("rgb16"), b""
    elif image.interpretation == "multiband" or image.bands > 4:
        image = image[:3] if image.bands >= 3 else image[0]
    if image.format in ("uint", "int"):
        image = (image / 65_536).cast("ushort")
    elif image.format in ("char", "short"):
        image = image.cast("uchar" if image.format == "char" else "ushort")
    pixels = from_vips(image)
    if pixels.dtype == np.float32:
        return _float(pixels, icc), icc
    return _whole(pixels), icc if icc[16:20] in (b"RGB ", b"GRAY") else b""


def _float(pixels: AnyArray, icc: bytes) -> AnyArray:
    """Float without a profile is light, as in every program that writes it; with one it is what the profile says."""
    if icc:
        return pixels
    colours = 1 if pixels.shape[2] < 3 else 3
    shown = curve(pixels[:, :, :colours])
    return shown if pixels.shape[2] == colours else np.concatenate([shown, pixels[:, :, colours:]], axis=2)


def _whole(pixels: AnyArray) -> AnyArray:
    """Without a channel of alpha in which nothing is transparent."""
    if pixels.shape[2] in (2, 4) and pixels[:, :, -1].min() == np.iinfo(pixels.dtype).max:
        return np.ascontiguousarray(pixels[:, :, :-1])
    return pixels
