"""A report as a workbook: each of its tables a sheet, numbers as numbers, to reckon with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from darkroom.domain.training import ReportSlice, StoredCheckpoint
from darkroom.services.training.report_page import CLASS_NAMES, NAMES, confused_most, confusions, facts_of
from darkroom.services.training.views import ReportDetail

Cell = str | float | None
_MOST_COLUMNS = 1000
_WIDEST = 60


@dataclass(frozen=True)
class Sheet:
    """A table with its heading."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def sheets(
    found: ReportDetail, checkpoint: StoredCheckpoint | None, slices: Sequence[ReportSlice]
) -> Iterator[Sheet]:  # fmt: skip
    """The tables of a report; those that it does not have are left out.

    Args:
        found: the report.
        checkpoint: what was judged; None when it is gone.
        slices: all parts of the pictures that are told apart.
    """
    details = found.details
    yield Sheet(
        "Figures", ("Figure", "Value", "95 % low", "95 % high"),
        [(NAMES.get(one.name, one.name), one.value, one.low, one.high) for one in found.report.metrics],
    )  # fmt: skip
    yield from _classes(details.get("classes", ()))
    for labels, counts, what in confusions(details):
        if len(labels) <= _MOST_COLUMNS:
            heads = ("is / taken for", *labels)
            yield Sheet(
                f"Confusion, {what.lower()}", heads, [(name, *row) for name, row in zip(labels, counts, strict=True)]
            )
        yield Sheet("Confused most", ("Is", "Taken for", what), confused_most(labels, counts, 10_000))
    if bins := details.get("calibration", ()):
        names = ("low", "high", "confidence", "accuracy", "count")
        heads = ("From", "To", "Mean confidence", "Right", "Pictures")
        yield Sheet("Calibration", heads, [[one.get(name) for name in names] for one in bins])
    if slices:
        heads = (
            "By",
            "Part",
            "Right",
            "95 % low",
            "95 % high",
            "Pictures",
            "Beside the others",
            "95 % low",
            "95 % high",
            "Told apart",
        )
        yield Sheet("Parts", heads, [_part(one) for one in slices])
    yield from _mistakes(details.get("mistakes", ()))
    yield Sheet("Where it comes from", ("What", "Which"), list(facts_of(found, checkpoint).items()))


def workbook(tables: Sequence[Sheet], created: datetime) -> bytes:
    """The file; the same tables give the same bytes.

    Args:
        tables: its sheets.
        created: when the report was made.
    """
    import xlsxwriter

    out = BytesIO()
    # What classes are called stays text, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"author": "Darkroom", "created": created.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    taken: set[str] = set()
    for table in tables:
        sheet = book.add_worksheet(_named(table.title, taken))
        sheet.write_row(0, 0, table.heads, bold)
        for at, row in enumerate(table.rows, 1):
            sheet.write_row(at, 0, row)
        sheet.freeze_panes(1, 1)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.heads) - 1)
        longest = max((len(str(row[0])) for row in table.rows), default=0)
        sheet.set_column(0, 0, min(_WIDEST, max(longest, len(table.heads[0])) + 4))
        sheet.set_column(1, len(table.heads), 16)
    book.close()
    return out.getvalue()


def _named(title: str, taken: set[str]) -> str:
    """A title that no other sheet has."""
    name, number = title, 1
    while name in taken:
        number += 1
        name = f"{title} {number}"
    taken.add(name)
    return name


def _classes(classes: Sequence[dict[str, Any]]) -> Iterator[Sheet]:
    shares = [name for name in CLASS_NAMES if classes and name in classes[0]]
    if not shares:
        return
    spans = [name for name in shares if any(one.get(f"{name}_span") for one in classes)]
    heads = ["Class", *(CLASS_NAMES[name] for name in shares), "Examples"]
    heads += [f"{CLASS_NAMES[name]}, 95 % {end}" for name in spans for end in ("low", "high")]
    yield Sheet("Classes", heads, [
        [str(one["label"]), *(one[name] for name in shares), one["count"],
         *(end for name in spans for end in one.get(f"{name}_span") or (None, None))]
        for one in classes
    ])  # fmt: skip


def _part(one: ReportSlice) -> tuple[Cell, ...]:
    share = one.share
    return (
        one.dimension, one.value, share.value, share.low, share.high, share.count, one.apart, one.apart_low,
        one.apart_high, "yes" if one.telling else "no",
    )  # fmt: skip


def _mistakes(mistakes: Sequence[dict[str, Any]]) -> Iterator[Sheet]:
    """The worst pictures; what is drawn into them stays in the page."""
    if not mistakes:
        return
    names = [name for name, value in mistakes[0].items() if isinstance(value, str | int | float)]
    yield Sheet("Worst pictures", ["Picture" if name == "key" else name for name in names], [
        [one.get(name) for name in names] for one in mistakes
    ])  # fmt: skip
