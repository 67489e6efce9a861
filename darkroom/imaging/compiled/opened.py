"""Opens what is written in C, where it was built."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

from darkroom.imaging.compiled.build import library


class Axis(ctypes.Structure):
    """How one direction is made smaller; see `reduce.h`."""

    _fields_ = (
        ("size", ctypes.c_int),
        ("taps", ctypes.c_int),
        ("first", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class Compiled:
    """A build that was found. Its functions let other threads run meanwhile."""

    build: str
    """`fast` or `plain`."""
    fits_fast: bool
    """Whether the processor has what the fast build asks for."""
    decode: Any
    """`darkroom_jpeg_scaled`."""
    state_bytes: int
    """Of what it keeps from one picture to the next."""
    reduce: Any
    """`darkroom_reduce`."""


@cache
def compiled() -> Compiled | None:
    """The faster build where the processor has what it asks for; None where none was built."""
    plain = bound("plain")
    return (bound("fast") if plain and plain.fits_fast else None) or plain


def bound(build: str) -> Compiled | None:
    """A build with its functions; None where it was not built, or cannot be loaded."""
    path = library(build)
    if not path.exists():
        return None
    try:
        found = ctypes.CDLL(str(path))
    except OSError:  # for another machine, or from a disk that nothing may be run from
        return None
    whole, address, axis = ctypes.c_size_t, ctypes.c_void_p, ctypes.POINTER(Axis)
    size, decode, reduce = found.darkroom_jpeg_state, found.darkroom_jpeg_scaled, found.darkroom_reduce
    size.restype = whole
    decode.argtypes = [address, ctypes.c_char_p, whole, ctypes.c_int, axis, axis, address, whole]
    reduce.argtypes = [address, ctypes.c_int, ctypes.c_int, ctypes.c_int, axis, axis, address]
    return Compiled(build, bool(found.darkroom_jpeg_fast()), decode, int(size()), reduce)
