"""Colour profiles: their names, and the conversion to sRGB for arrays that no library converts on the way."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array

_LOCK = threading.Lock()
MAX_PROFILE = 4_000_000
# Profiles that cameras and phones write: converting these in the fast lane is safe.
_COMMON = ("display p3", "adobe rgb", "camera rgb profile", "apple rgb", "uniform")


@lru_cache(maxsize=64)
def profile_name(icc: bytes) -> str | None:
    """Description of a profile, as the profile itself gives it."""
    if len(icc) < 132 or len(icc) > MAX_PROFILE:
        return None
    for index in range(min(int.from_bytes(icc[128:132], "big"), 100)):
        entry = icc[132 + index * 12 : 144 + index * 12]
        if entry[:4] == b"desc":
            start = int.from_bytes(entry[4:8], "big")
            return _description(icc[start : start + int.from_bytes(entry[8:12], "big")])
    return None


def _description(tag: bytes) -> str | None:
    if tag[:4] == b"mluc" and len(tag) >= 28:
        size, start = int.from_bytes(tag[20:24], "big"), int.from_bytes(tag[24:28], "big")
        text = tag[start : start + size].decode("utf-16-be", "ignore")
    else:
        text = tag[12 : 12 + int.from_bytes(tag[8:12], "big")].decode("latin-1", "ignore")
    return " ".join(text.replace("\0", " ").split())[:120] or None


def is_srgb(icc: bytes) -> bool:
    """Whether the profile may be ignored: absent, or sRGB by its own name."""
    return not icc or "srgb" in (profile_name(icc) or "").lower()


def is_common(icc: bytes) -> bool:
    """Whether the profile is one that cameras write."""
    name = (profile_name(icc) or "").lower()
    return any(name.startswith(known) for known in _COMMON)


@lru_cache(maxsize=32)
def _transform(icc: bytes) -> Any:
    from io import BytesIO

    from PIL import ImageCms

    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(icc)), ImageCms.createProfile("sRGB"), "RGB", "RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def to_srgb(array: Array, icc: bytes) -> Array:
    """The RGB array converted from its profile; a profile that cannot be used is ignored, as browsers do."""
    if is_srgb(icc) or icc[16:20] != b"RGB " or len(icc) > MAX_PROFILE:
        return array
    with _LOCK:
        transform = _transform(icc)
    if transform is None:
        return array
    image = native.pillow().fromarray(array)
    return np.asarray(transform.apply(image))
