"""A report as one file: complete, harmless whatever classes are called, and readable with many classes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO

from PIL import Image

from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.marks import box_mark, outline_mark
from darkroom.domain.training import Metric, StoredReport
from darkroom.services.training import report_pdf
from darkroom.services.training.report_page import render
from darkroom.services.training.views import ReportDetail

EVIL = "<script>alert(1)</script>\"'&"


def detail(labels: list[str], confusion: list[list[int]]) -> ReportDetail:
    report = StoredReport(
        id="e-1", training="t-1", checkpoint="c-1", dataset="set@1", split="test", count=sum(map(sum, confusion)),
        metrics=(Metric(name="accuracy", value=0.75, low=0.6, high=0.85), Metric(name="calibration_error", value=0.1)),
        details=StoredFile(name="evaluation.json", key="0" * 64, bytes=1), created_at=now(),
    )  # fmt: skip
    classes = [{"label": one, "precision": 0.5, "recall": 1.0, "f1": 0.67, "count": 4} for one in labels]
    bins = [{"low": 0.5, "high": 1.0, "count": 4, "confidence": 0.8, "accuracy": 0.75}]
    mistakes = [{"key": name * 64, "label": labels[0], "predicted": labels[1], "confidence": 0.9} for name in "ab"]
    return ReportDetail(report=report, details={
        "classes": classes, "confusion": confusion, "calibration": bins, "mistakes": mistakes,
    })  # fmt: skip


class Reader(HTMLParser):
    """Collects tags with what they load, and words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_everything_is_inside_and_nothing_runs():
    page = render(detail([EVIL, "dog"], [[3, 1], [0, 4]]), None, {"a" * 64: ("image/webp", b"picture")})
    found = read(page)
    assert not {"script", "link", "iframe", "object", "form"} & set(found.tags)
    assert found.loads == ["data:image/webp;base64,cGljdHVyZQ=="]
    assert not re.search(r"url\(|@import|https?:", page)
    assert EVIL in found.words
    assert "0.750" in found.words
    assert "95 % interval 0.600 to 0.850" in found.words
    assert found.words.count("90% sure") == 2
    assert "svg" in found.tags


def test_of_many_classes_it_shows_what_is_confused_most():
    labels = [f"class {number}" for number in range(60)]
    confusion = [[0] * 60 for _ in labels]
    confusion[3][7], confusion[9][1] = 5, 8
    words = read(render(detail(labels, confusion), None, {})).words
    assert "Confused most" in words
    assert re.search(r"class 9\s+class 1\s+8\s+class 3\s+class 7\s+5\s", words)


def test_of_a_detector_it_tells_what_was_drawn_wrong_and_what_was_missed():
    found = detail(["cat", "dog"], [[1, 0], [0, 1]])
    classes = [{"label": "cat", "ap50": 0.91, "ap": 0.6, "precision": 0.8, "recall": 0.7, "f1": 0.75, "count": 9}]
    mistakes = [{"key": "a" * 64, "wrong": 3, "missed": 2, "confidence": 0.8}]
    page = render(found.model_copy(update={"details": {"classes": classes, "mistakes": mistakes}}), None, {})
    words = read(page).words
    assert re.search(r"AP at 0\.5\s+AP\s+Precision", words)
    assert "0.910" in words
    assert "3 wrong" in words
    assert "2 missed" in words


def test_boxes_and_outlines_are_drawn_into_the_pictures_of_a_page_and_of_a_pdf(monkeypatch):
    marks = (
        box_mark("cat", (0.1, 0.2, 0.5, 0.6)), box_mark(EVIL, (0.6, 0.2, 0.9, 0.6), confidence=0.83, right=False),
        outline_mark("dog", ((0, 0), (0.5, 0), (0.5, 0.25)), found=True),
    )  # fmt: skip
    mistakes = [
        {"key": "a" * 64, "wrong": 1, "missed": 1, "confidence": 0.8},
        {"key": "b" * 64, "wrong": 1, "missed": 0},
    ]
    mistakes[0]["marks"] = [one.model_dump(mode="json") for one in marks]
    found = detail(["cat", "dog"], [[1, 0], [0, 1]]).model_copy(update={"details": {"mistakes": mistakes}})
    held = BytesIO()
    Image.new("RGB", (64, 48), "gray").save(held, "PNG")
    pictures = {name * 64: ("image/png", held.getvalue()) for name in "ab"}
    page = render(found, None, pictures)
    assert re.findall(r'<polygon class=(\w+) points="([^"]+)"', page) == [
        ("there", "0.1,0.2 0.5,0.2 0.5,0.6 0.1,0.6"), ("wrong", "0.6,0.2 0.9,0.2 0.9,0.6 0.6,0.6"),
        ("found", "0,0 0.5,0 0.5,0.25"),
    ]  # fmt: skip
    assert "left:60.0%;top:20.0%" in page
    assert "83%" in read(page).words
    assert "<script" not in page
    assert "Solid lines are what is there" in page
    # Plain, so that what is drawn can be counted: a line to each corner after the first.
    monkeypatch.setattr("reportlab.rl_config.pageCompression", 0)
    plain = found.model_copy(update={"details": {"mistakes": [{**one, "marks": []} for one in mistakes]}})
    made, bare = (report_pdf.render(one, None, pictures) for one in (found, plain))
    lines, fewer = (len(re.findall(rb" l\b", one)) for one in (made, bare))
    assert lines == fewer + 3 + 3 + 2
    assert made.count(b"[3 2] 0 d") == 2, "what was found is dashed"
