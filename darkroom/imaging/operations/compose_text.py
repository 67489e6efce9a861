"""Letters as opacity: in the fonts that OpenCV carries (Rubik for most alphabets, OFL; WenQuanYi Micro Hei for
Chinese, Japanese and Korean, Apache-2.0), or in a font that is given, drawn with Pillow.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Literal, Protocol

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats

MAX_LETTERS = 2_000
MAX_FONT_BYTES = 30_000_000
# Beyond this no letter is drawn: it would ask for memory by the gigabyte.
MAX_LETTER_PIXELS = 4_000
_MAX_PIXELS = 200_000_000
_LINE = 1.25
"""Distance of two lines, relative to the height of the letters."""
_NO_LETTER = "\U0010ffff"
# Neither library draws with one font in two threads at the same time.
_LOCK = threading.RLock()


@dataclass(frozen=True)
class Written:
    """What a text covers, float from 0 to 1, height x width: letters alone, and letters with their outline."""

    letters: Floats
    outlined: Floats


class _Face(Protocol):
    """A font at a size."""

    def width(self, line: str) -> int:
        """Of a line in pixels."""

    def draw(self, canvas: Any, line: str, left: int, baseline: int) -> None:
        """Write a line into a canvas of bytes."""


class _BuiltIn:
    def __init__(self, pixels: int) -> None:
        cv2 = native.cv2()
        self._cv2, self._pixels, self._face = cv2, pixels, cv2.FontFace("sans")
        # Without a range of its own the text would be wrapped at the border of the canvas.
        self._options = {"weight": 400, "flags": cv2.PUT_TEXT_ALIGN_LEFT, "wrap": (0, 1 << 20)}

    def width(self, line: str) -> int:
        box = self._cv2.getTextSize((0, 0), line, (0, 0), self._face, self._pixels, **self._options)
        return int(box[0] + box[2]) if line.strip() else 0

    def draw(self, canvas: Any, line: str, left: int, baseline: int) -> None:
        self._cv2.putText(canvas, line, (left, baseline), (255,), self._face, self._pixels, **self._options)


class _Given:
    def __init__(self, data: bytes, pixels: int) -> None:
        native.pillow()
        from PIL import ImageFont

        if len(data) > MAX_FONT_BYTES:
            raise Error("invalid_parameter", f"The font has {len(data):,} bytes; {MAX_FONT_BYTES:,} are allowed.")
        try:
            self._font = ImageFont.truetype(BytesIO(data), pixels)
        except OSError as error:
            raise Error("invalid_parameter", "The font cannot be read: it is no TrueType or OpenType font.") from error

    def width(self, line: str) -> int:
        return int(np.ceil(self._font.getlength(line)))

    def draw(self, canvas: Any, line: str, left: int, baseline: int) -> None:
        from PIL import Image, ImageDraw

        page = Image.new("L", (canvas.shape[1], canvas.shape[0]))
        ImageDraw.Draw(page).text((left, baseline), line, 255, font=self._font, anchor="ls")
        np.maximum(canvas, np.asarray(page), out=canvas)


@lru_cache(maxsize=8)
def _face(data: bytes, pixels: int) -> _Face:
    return _Given(data, pixels) if data else _BuiltIn(pixels)


def write(
    text: str,
    pixels: int,
    *,
    font: bytes = b"",
    align: Literal["left", "center", "right"] = "left",
    outline: int = 0,
    width: int | None = None,
) -> Written:
    """Draw a text; the result is cut to what is drawn.

    Args:
        text: may have several lines.
        pixels: height of the letters, more exactly of the font's em square.
        font: TrueType or OpenType; empty for the built-in ones.
        align: how lines stand to each other.
        outline: width of a stroke around the letters in pixels.
        width: lines longer than this are broken between words.

    Raises:
        Error: `invalid_parameter` for a font that cannot be read or lacks a letter, and for a text that is too large.
    """
    with _LOCK:
        _check_letters(font, text)
        return _written(text, max(1, min(pixels, MAX_LETTER_PIXELS)), font, align=align, outline=outline, width=width)


def _written(text: str, pixels: int, font: bytes, *, align: str, outline: int, width: int | None) -> Written:
    face = _face(font, pixels)
    lines = [part for line in text.splitlines() for part in (_broken(face, line, width) if width else [line])]
    widths = [face.width(line) for line in lines]
    # Room for letters that lean out of their place and for marks above and below.
    longest, room = max(widths, default=0), pixels + outline
    size = (round(_LINE * pixels) * len(lines) + 2 * room, longest + 2 * room)
    if size[0] * size[1] > _MAX_PIXELS:
        raise Error("invalid_parameter", f"The text would cover {size[1]} x {size[0]} pixels; make it smaller.")
    canvas = np.zeros(size, np.uint8)
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    for number, (line, wide) in enumerate(zip(lines, widths, strict=True)):
        face.draw(canvas, line, room + round(shift * (longest - wide)), room + round((_LINE * number + 0.8) * pixels))
    return _cut(canvas, outline)


def _cut(canvas: Any, outline: int) -> Written:
    cv2 = native.cv2()
    outlined = canvas
    if outline:
        side = 2 * outline + 1
        outlined = cv2.dilate(canvas, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    left, top, width, height = cv2.boundingRect(outlined)
    inside = (slice(top, top + max(1, height)), slice(left, left + max(1, width)))
    letters, whole = (values[inside].astype(np.float32) / np.float32(255) for values in (canvas, outlined))
    return Written(letters, whole)


def _broken(face: _Face, line: str, width: int) -> list[str]:
    """A line broken between words so that each part fits; a word that is too long stands alone."""
    if face.width(line) <= width:
        return [line]
    lines: list[str] = []
    for word in line.split():
        if lines and face.width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _check_letters(font: bytes, text: str) -> None:
    """A missing letter would be drawn as a box or a question mark, which nobody wants in ten thousand pictures."""
    lost = [letter for letter in dict.fromkeys(text) if letter.strip() and not _has(font, letter)]
    if lost:
        which = "The font given" if font else "The built-in font"
        raise Error(
            "invalid_parameter",
            f"{which} has no letter for {' '.join(lost[:10])}.",
            remedy="Name a font file that has it.",
        )


@lru_cache(maxsize=4096)
def _has(font: bytes, letter: str) -> bool:
    missing = _NO_LETTER if font else "?"
    return letter == missing or not np.array_equal(_small(font, letter), _small(font, missing))


@lru_cache(maxsize=4096)
def _small(font: bytes, letter: str) -> Any:
    canvas = np.zeros((60, 60), np.uint8)
    _face(font, 20).draw(canvas, letter, 20, 40)
    return canvas
