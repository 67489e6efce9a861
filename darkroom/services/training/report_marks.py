"""Boxes and outlines drawn into the pictures of a report: as SVG over a picture of a page, and by a pen in a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from darkroom.domain.marks import Mark

LEGEND = "Solid lines are what is there, dashed ones what was found; red ones were found wrong."
STYLE = """
.drawn{position:relative;margin:0}.shots .drawn img{height:auto}.drawn svg{position:absolute;inset:0;width:100%;height:100%}
.drawn polygon{fill:none;stroke-width:2px;vector-effect:non-scaling-stroke}.there{stroke:#2fbf7d}.found{stroke:#ffb02e;stroke-dasharray:5 3}.wrong{stroke:#ff5a5f;stroke-dasharray:5 3}
.drawn small{position:absolute;padding:0 3px;border-radius:3px;background:#000b;color:#fff;font-size:10px;line-height:1.3}
"""
_INKS = {"there": (0.12, 0.62, 0.4), "found": (0.95, 0.6, 0.05), "wrong": (0.88, 0.2, 0.22)}
_DASHES = (3, 2)
_LETTERS = 5.0


def kind_of(mark: Mark) -> str:
    """`there`, `found`, or found `wrong`."""
    if mark.confidence is None:
        return "there"
    return "found" if mark.right else "wrong"


def words_of(mark: Mark) -> str:
    """How sure a model was of a box; of what is there, and of outlines, nothing."""
    return f"{mark.confidence:.0%}" if mark.is_box and mark.confidence is not None else ""


def drawn(image: str, marks: Sequence[Mark]) -> str:
    """A picture of a page with its marks.

    Args:
        image: the element of the picture.
        marks: what is drawn; nothing is changed without any.
    """
    if not marks:
        return image
    lines = "".join(
        f'<polygon class={kind_of(one)} points="{" ".join(f"{x:g},{y:g}" for x, y in one.outline)}"/>' for one in marks
    )
    words = "".join(
        f'<small title="{escape(one.label)}" style="left:{left:.1%};top:{top:.1%}">{words_of(one)}</small>'
        for one, (left, top) in ((one, corner(one)) for one in marks if words_of(one))
    )
    return f'<figure class=drawn>{image}<svg viewBox="0 0 1 1" preserveAspectRatio=none>{lines}</svg>{words}</figure>'


def corner(mark: Mark) -> tuple[float, float]:
    """Its left and its top end."""
    return min(x for x, _ in mark.outline), min(y for _, y in mark.outline)


def marked(picture: Any, marks: Sequence[Mark]) -> Any:
    """A picture of a PDF with its marks.

    Args:
        picture: reportlab's image, which knows its size.
        marks: what is drawn.
    """
    from reportlab.platypus import Flowable

    class Marked(Flowable):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.width, self.height, self.hAlign = picture.drawWidth, picture.drawHeight, "LEFT"

        def draw(self) -> None:
            picture.drawOn(self.canv, 0, 0)
            for one in marks:
                _pen(self.canv, one, self.width, self.height)

    return Marked() if marks else picture


def _pen(canvas: Any, mark: Mark, width: float, height: float) -> None:
    ink = _INKS[kind_of(mark)]
    canvas.setStrokeColorRGB(*ink)
    canvas.setFillColorRGB(*ink)
    canvas.setLineWidth(0.9)
    canvas.setDash(*(() if mark.confidence is None else _DASHES))
    places = [(x * width, (1 - y) * height) for x, y in mark.outline]
    path = canvas.beginPath()
    path.moveTo(*places[0])
    for place in places[1:]:
        path.lineTo(*place)
    path.close()
    canvas.drawPath(path)
    if words := words_of(mark):
        left, top = corner(mark)
        canvas.setFont("Vera", _LETTERS)
        canvas.drawString(left * width, min(height - _LETTERS, (1 - top) * height + 1), words)
