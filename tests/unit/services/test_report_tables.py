"""A report as a workbook: its tables as sheets, numbers as numbers."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from io import BytesIO

from darkroom.domain.training import Interval, ReportSlice
from darkroom.services.training.report_tables import sheets, workbook
from tests.unit.services.test_report_page import EVIL, detail

PART = ReportSlice(
    dimension="camera", value="X", share=Interval(value=0.5, low=0.3, high=0.7, count=10), apart=-0.25, apart_low=-0.4,
    apart_high=-0.1, telling=True,
)  # fmt: skip


def cells(data: bytes, number: int) -> list[tuple[str, str]]:
    """Values of a sheet with their kinds, texts in place of their numbers."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        texts = [unescape(one) for one in re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/sharedStrings.xml").decode())]
        found = re.findall(
            r'<c [^>]*?(t="s")?>(?:<v>(.*?)</v>)', book.read(f"xl/worksheets/sheet{number}.xml").decode()
        )
    return [("text", texts[int(value)]) if kind else ("number", value) for kind, value in found]


def test_every_table_is_a_sheet():
    found = detail(["=1+1", EVIL], [[3, 1], [0, 4]])
    tables = list(sheets(found, None, [PART]))
    assert [one.title for one in tables] == [
        "Figures", "Classes", "Confusion, pictures", "Confused most", "Calibration", "Parts", "Worst pictures",
        "Where it comes from",
    ]  # fmt: skip
    by = {one.title: one for one in tables}
    assert by["Figures"].rows[0] == ("Accuracy", 0.75, 0.6, 0.85)
    assert by["Confusion, pictures"].rows == [("=1+1", 3, 1), (EVIL, 0, 4)]
    assert by["Confused most"].rows == [("=1+1", EVIL, 1)]
    assert by["Parts"].rows[0][:4] == ("camera", "X", 0.5, 0.3)
    assert by["Worst pictures"].heads[0] == "Picture"
    data = workbook(tables, found.report.created_at)
    assert data == workbook(tables, found.report.created_at)
    assert cells(data, 3) == [
        ("text", "is / taken for"), ("text", "=1+1"), ("text", EVIL), ("text", "=1+1"), ("number", "3"), ("number", "1"),
        ("text", EVIL), ("number", "0"), ("number", "4"),
    ]  # fmt: skip
    with zipfile.ZipFile(BytesIO(data)) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist()), "nothing is a formula"


def test_a_report_without_parts_and_classes_has_what_is_left():
    found = detail(["a", "b"], [[1, 0], [0, 1]])
    bare = found.model_copy(update={"details": {}})
    assert [one.title for one in sheets(bare, None, [])] == ["Figures", "Where it comes from"]
