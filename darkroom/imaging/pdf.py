"""Draws pages of a PDF with PDFium: no scripts, no network, at a bounded size, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.header import Header
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Array, Pixels
from darkroom.imaging.sniff import Kind

DPI = 150
"""Resolution of a page when nobody asks for a size."""
MAX_DRAWN = 4_096
"""Longest side a page is given; it has no pixels of its own."""
_POINTS = 72
_LOCK = threading.Lock()  # PDFium keeps its state in one place
_FOREIGN = (RuntimeError, ValueError, OSError, TypeError, IndexError, OverflowError)


def probe_pdf(data: bytes, kind: Kind, name: str) -> Header:
    """Size of the first page, and how many there are.

    Raises:
        Error: `image_corrupt` or `image_unsupported` (a password, no pages).
    """
    with _opened(data, name) as document:
        pages = len(document)
        if not pages:
            raise Error("image_corrupt", f"{name} has no pages.")
        width, height = _size(document[0], DPI / _POINTS, name)
    return Header(
        kind=kind,
        width=width,
        height=height,
        frames=pages,
        blocks=Blocks(),
        memory_mb=(len(data) * 3 + width * height * 24) / 1e6 + 96,
    )


def draw_page(data: bytes, target: int | None, name: str, page: int = 0) -> Array:
    """A page on white.

    Args:
        target: long side in pixels; None for 150 dots per inch.
        page: counted from 0.

    Raises:
        Error: `image_corrupt` or `image_unsupported`.
    """
    with _opened(data, name) as document:
        found = document[page]
        scale = DPI / _POINTS
        wanted = min(MAX_DRAWN, target) if target else max(_size(found, scale, name))
        scale = wanted / max(found.get_size())
        width, height = _size(found, scale, name)
        drawn = found.render(scale=scale, rev_byteorder=True, may_draw_forms=False, limit_image_cache=True)
        return np.ascontiguousarray(drawn.to_numpy()[:height, :width, :3])  # PDFium rounds up


def decode_pdf(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """The first page at the target's size, or at 150 dots per inch where that is smaller.

    Raises:
        Error: `image_corrupt` or `image_unsupported`.
    """
    return Pixels(draw_page(data, min(target, max(header.width, header.height)), name))


def _size(page: Any, scale: float, name: str) -> tuple[int, int]:
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise Error("image_corrupt", f"{name} has a page without a size.")
    scale = min(scale, MAX_DRAWN / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    try:
        import pypdfium2
    except (ImportError, OSError) as error:
        raise Error("image_unsupported", "PDF cannot be drawn here: PDFium is missing.") from error
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
            try:
                yield document
            finally:
                document.close()
        except _FOREIGN as error:
            words = " ".join(str(error).split())[:200].rstrip(".")
            if "password" in words.lower():
                remedy = "Save it without a password, then retry."
                raise Error("image_unsupported", f"{name} is locked by a password.", remedy=remedy) from error
            raise Error("image_corrupt", f"{name} cannot be drawn: {words}.") from error
