"""What an encoder is: a name, a function, and a reason why it cannot serve a particular picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import Prepared


@dataclass(frozen=True)
class Encoder:
    """One way to write a format.

    Args:
        name: of the library, as the table shows it.
        write: bytes of a picture that was brought into what the format takes; foreign errors are mapped by `encode`.
        refuses: why it cannot do this one; None when it can.
        max_side: longest side in pixels.
        on_request: used only when `EncodeOptions.encoder` names it.
        caution: why it is used on request only.
    """

    name: str
    write: Callable[[Prepared, EncodeOptions], bytes]
    refuses: Callable[[Prepared, EncodeOptions], str | None] = lambda _picture, _options: None
    max_side: int = 100_000
    on_request: bool = False
    caution: str = ""


def too_long(picture: Prepared, limit: int) -> str | None:
    """Why a side is too long for an encoder."""
    longest = max(picture.frames.width, picture.frames.height)
    return f"a side of {longest:,} pixels, {limit:,} is the most" if longest > limit else None
