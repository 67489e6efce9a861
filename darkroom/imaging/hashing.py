"""Content hash and perceptual hash."""

from __future__ import annotations

import hashlib

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array
from darkroom.imaging.source import Data, FileBytes

_SIDE = 32
_LOW = 8


def sha256(data: Data) -> str:
    """Content hash, in hexadecimal."""
    if isinstance(data, FileBytes):
        with data.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(data).hexdigest()


def perceptual_hash(luma: Array) -> str:
    """64-bit hash that changes little when the picture is scaled, compressed or slightly toned.

    The low frequencies of a discrete cosine transform of 32 x 32 pixels against their median (Zauner, 2010).
    """
    cv2 = native.cv2()
    small = cv2.resize(luma, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:_LOW, :_LOW].ravel()
    return np.packbits(low > np.median(low)).tobytes().hex()


def hamming(one: str, other: str) -> int:
    """In how many bits two perceptual hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
