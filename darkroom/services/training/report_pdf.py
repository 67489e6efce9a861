"""A report as a PDF to print or to send: the same as the page, with its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import Any

from darkroom.domain.marks import Mark, marks_in
from darkroom.domain.training import StoredCheckpoint
from darkroom.services.training import report_marks
from darkroom.services.training.report_page import (
    CLASS_NAMES,
    NAMES,
    SLICE_HEADS,
    confused_most,
    confusions,
    facts_of,
    mistake_words,
    mistakes_title,
    slice_words,
)
from darkroom.services.training.views import ReportDetail

Pictures = Mapping[str, tuple[str, bytes]]

_MOST_CLASSES = 16
_ACROSS = 4
_SHOT = 108.0
_MARGIN = 42.0
_INK, _SOFT, _LINE = "#1c1c1c", "#646464", "#d9d9d9"
_GOOD, _BAD = (0.17, 0.6, 0.4), (0.81, 0.17, 0.19)


def render(found: ReportDetail, checkpoint: StoredCheckpoint | None, pictures: Pictures) -> bytes:
    """The file; the same report gives the same bytes.

    Args:
        found: the report.
        checkpoint: what was judged; None when it is gone.
        pictures: media type and bytes of small pictures, by id.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    out = BytesIO()
    title = f"Report on {found.report.dataset}"
    document = SimpleDocTemplate(
        out, pagesize=A4, title=title, author="Darkroom", leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN, invariant=1,
    )  # fmt: skip
    document.build(_Story(title).of(found, checkpoint, pictures))
    return out.getvalue()


class _Story:
    """What stands in the file, from top to bottom."""

    def __init__(self, title: str) -> None:
        from reportlab.lib.styles import ParagraphStyle

        plain, bold = _fonts()
        self._title = title
        self.plain = ParagraphStyle("plain", fontName=plain, fontSize=9, leading=12, textColor=_INK)
        self.soft = ParagraphStyle("soft", parent=self.plain, textColor=_SOFT, fontSize=8, leading=11)
        self.head = ParagraphStyle(
            "head", parent=self.plain, fontName=bold, fontSize=12, leading=16, spaceBefore=16, spaceAfter=6
        )
        self.top = ParagraphStyle("top", parent=self.head, fontSize=17, leading=22, spaceBefore=0)

    def of(self, found: ReportDetail, checkpoint: StoredCheckpoint | None, pictures: Pictures) -> list[Any]:
        """All of it."""
        report, details = found.report, found.details
        when = f"{report.created_at:%d %B %Y, %H:%M} UTC"
        story = [
            self.words(self._title, self.top),
            self.words(f"{report.count:,} examples of the split {report.split} · {when}", self.soft),
            self.words("What it is worth", self.head),
            self.table(
                [
                    ["Figure", "Value", "95 % interval"],
                    *(
                        [NAMES.get(one.name, one.name), f"{one.value:.3f}", _span(one.low, one.high)]
                        for one in report.metrics
                    ),
                ]
            ),
        ]
        classes = details.get("classes", ())
        names = [name for name in CLASS_NAMES if classes and name in classes[0]]
        if names:
            rows = [
                [str(one["label"]), *(f"{float(one[name]):.3f}" for name in names), f"{int(one['count']):,}"]
                for one in classes
            ]
            story += [
                self.words("Classes", self.head),
                self.table([["Class", *(CLASS_NAMES[name] for name in names), "Examples"], *rows]),
            ]
        for labels, counts, what in confusions(details):
            story += self.confusion(labels, counts, what)
        story += self.calibration(details.get("calibration", ()))
        if found.weakest:
            parts = [[f"{one.dimension}: {one.value}", *slice_words(one)] for one in found.weakest]
            story += [self.words("Where it is weaker", self.head), self.table([list(SLICE_HEADS), *parts])]
        story += self.mistakes(details.get("mistakes", ()), pictures)
        story += [
            self.words("Where it comes from", self.head),
            self.table([[name, value] for name, value in facts_of(found, checkpoint).items()], head=False),
        ]
        return story

    def words(self, text: str, style: Any = None) -> Any:
        """A paragraph of plain text."""
        from reportlab.platypus import Paragraph

        return Paragraph(escape(text), style or self.plain)

    def table(self, rows: Sequence[Sequence[str]], *, head: bool = True) -> Any:
        """A table whose first column is text and whose others are figures."""
        from reportlab.platypus import Table

        cells = [
            [self.words(one, self.soft if head and not at else None) for one in row] for at, row in enumerate(rows)
        ]
        made = Table(cells, hAlign="LEFT", repeatRows=int(head))
        made.setStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
        return made

    def confusion(self, labels: Sequence[str], counts: Sequence[Sequence[int]], what: str) -> list[Any]:
        """The whole matrix of few classes; of many, what is confused most."""
        if len(labels) > _MOST_CLASSES:
            pairs = [[real, called, f"{count:,}"] for real, called, count in confused_most(labels, counts)]
            return [self.words("Confused most", self.head), self.table([["Is", "Taken for", what], *pairs])]
        from reportlab.lib.colors import Color
        from reportlab.platypus import Table

        rows = [
            ["", *labels],
            *([label, *(str(one or "") for one in row)] for label, row in zip(labels, counts, strict=True)),
        ]
        made = Table([[self.words(one, self.soft) for one in row] for row in rows], hAlign="LEFT")
        style: list[tuple[Any, ...]] = [
            ("INNERGRID", (1, 1), (-1, -1), 2, "#ffffff"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
        for at, row in enumerate(counts):
            whole = sum(row) or 1
            style += [
                (
                    "BACKGROUND",
                    (to + 1, at + 1),
                    (to + 1, at + 1),
                    Color(*(_GOOD if at == to else _BAD), alpha=0.7 * count / whole),
                )
                for to, count in enumerate(row)
            ]
        made.setStyle(style)
        hint = "A row for what they are, a column for what they were taken for."
        return [self.words("Confusion", self.head), self.words(hint, self.soft), made]

    def calibration(self, bins: Sequence[Mapping[str, Any]]) -> list[Any]:
        """How sure it was beside how often it was right."""
        if not bins:
            return []
        rows = [
            [
                f"{one['low']:.0%} to {one['high']:.0%}",
                f"{one['confidence']:.1%}",
                f"{one['accuracy']:.1%}",
                f"{int(one['count']):,}",
            ]
            for one in bins
        ]
        heads = ["Sure", "On average", "Right", "Pictures"]
        return [self.words("Calibration", self.head), self.table([heads, *rows])]

    def mistakes(self, mistakes: Sequence[Mapping[str, Any]], pictures: Pictures) -> list[Any]:
        """The worst of them with their pictures."""
        title = mistakes_title(mistakes)
        if not mistakes:
            return [self.words(title, self.head), self.words("None.")]
        from reportlab.platypus import Table

        cells = [
            [self.shot(pictures.get(str(one["key"])), marks_in(one)), self.words(mistake_words(one), self.soft)]
            for one in mistakes
        ]
        rows = [
            [*cells[at : at + _ACROSS], *[""] * (_ACROSS - len(cells[at : at + _ACROSS]))]
            for at in range(0, len(cells), _ACROSS)
        ]
        made = Table(rows, hAlign="LEFT", colWidths=[_SHOT + 18] * _ACROSS)
        made.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
        key = [self.words(report_marks.LEGEND, self.soft)] if any(marks_in(one) for one in mistakes) else []
        return [self.words(title, self.head), *key, made]

    def shot(self, picture: tuple[str, bytes] | None, marks: Sequence[Mark]) -> Any:
        """A small picture with what is drawn into it; one that is gone, or that one may not see, leaves its place."""
        from PIL import Image as Opened
        from PIL import UnidentifiedImageError
        from reportlab.platypus import Image, Spacer

        if picture is None:
            return Spacer(_SHOT, _SHOT * 0.75)
        try:
            with Opened.open(BytesIO(picture[1])) as small:
                held = BytesIO()
                small.convert("RGB").save(held, "JPEG", quality=85)
                share = min(_SHOT / small.width, _SHOT / small.height)
                image = Image(BytesIO(held.getvalue()), small.width * share, small.height * share, hAlign="LEFT")
                return report_marks.marked(image, marks)
        except (UnidentifiedImageError, OSError):
            return Spacer(_SHOT, _SHOT * 0.75)


def _fonts() -> tuple[str, str]:
    """Fonts that are embedded, for letters beyond those of English."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in (("Vera", "Vera.ttf"), ("VeraBd", "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    return "Vera", "VeraBd"


def _span(low: float | None, high: float | None) -> str:
    return f"{low:.3f} to {high:.3f}" if low is not None and high is not None else ""
