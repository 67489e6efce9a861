from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from darkroom.datasets.boxes import import_coco, import_voc, import_yolo
from darkroom.datasets.layouts import IMPORTERS
from darkroom.errors import Error

CORPORA = Path(__file__).parents[4] / "shared/corpora/detection"


def put(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def boxes(found) -> dict[str, list[tuple[str, float, float, float, float]]]:
    return {
        one.path: [
            (said.label, *(round(getattr(said.box, side), 4) for side in ("x", "y", "width", "height")))
            for said in one.annotations
        ]
        for one in found.examples.values()
    }


def coco(folder: Path, **changes: Any) -> Path:
    whole = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 50}],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 5, 20, 10]}],
    }
    return put(folder / "instances.json", json.dumps({**whole, **changes}))


def test_coco(tmp_path: Path):
    put(tmp_path / "images/a.jpg", b"a")
    found = import_coco(coco(tmp_path))
    assert boxes(found) == {"a.jpg": [("cat", 0.1, 0.1, 0.2, 0.2)]}
    assert found.problems == []
    assert found.root == tmp_path / "images"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"category_id": 8}, "has the class 8, which is not listed"),
        ({"bbox": [90, 5, 20, 10]}, "reaches outside the picture"),
        ({"bbox": [10, 5, 0, 10]}, "greater than 0"),
        ({"bbox": [10, 5, 20]}, "no box of four numbers"),
        ({"bbox": [10, 5, 20, float("nan")]}, "annotations[1]"),
        ({"image_id": 9}, "picture 9, which is not listed"),
        ({"image_id": None}, "names no picture"),
        ({"id": 1}, "the id 1 again"),
    ],
)
def test_what_is_malformed_in_coco_is_listed_and_the_rest_imported(tmp_path: Path, change, says: str):
    put(tmp_path / "a.jpg", b"a")
    good = {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 5, 20, 10]}
    found = import_coco(coco(tmp_path, annotations=[good, {**good, "id": 2, **change}]))
    assert boxes(found) == {"a.jpg": [("cat", 0.1, 0.1, 0.2, 0.2)]}
    (problem,) = found.problems
    assert says in problem.cause
    assert "annotations[1]" in problem.cause
    assert problem.file == "instances.json"


@pytest.mark.parametrize("text", ["{", "[]", '{"images": []}', "[" * 100_000])
def test_a_file_that_is_no_coco_is_refused(tmp_path: Path, text: str):
    with pytest.raises(Error) as caught:
        import_coco(put(tmp_path / "x.json", text))
    assert caught.value.code == "dataset_invalid"


def test_yolo(tmp_path: Path):
    put(tmp_path / "classes.txt", "cat\ndog\n")
    put(tmp_path / "images/train/a.jpg", b"a")
    put(tmp_path / "images/b.c.png", b"b")
    put(tmp_path / "labels/train/a.txt", "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.2 0.2\n")
    put(tmp_path / "labels/b.c.txt", "")
    put(tmp_path / "labels/gone.txt", "0 0.5 0.5 0.1 0.1\n")
    found = import_yolo(tmp_path)
    assert boxes(found) == {
        "train/a.jpg": [("dog", 0.4, 0.3, 0.2, 0.4), ("cat", 0.0, 0.0, 0.2, 0.2)],
        "b.c.png": [],
    }
    assert [(one.file, one.cause) for one in found.problems] == [("gone.txt", "There is no picture gone.")]


def test_malformed_lines_of_yolo_are_listed_with_their_number(tmp_path: Path):
    put(tmp_path / "classes.txt", "cat\n")
    put(tmp_path / "a.jpg", b"a")
    put(
        tmp_path / "a.txt",
        "0 0.5 0.5 0.2 0.4\n3 0.5 0.5 0.2 0.2\ncat 1 2 3 4\n0 0.9 0.5 0.4 0.2\n0 0.5 0.5\n0 nan 0.5 0.1 0.1\n",
    )
    found = import_yolo(tmp_path)
    assert boxes(found) == {"a.jpg": [("cat", 0.4, 0.3, 0.2, 0.4)]}
    assert [one.line for one in found.problems] == [2, 3, 4, 5, 6]


def test_yolo_without_names_is_refused(tmp_path: Path):
    with pytest.raises(Error, match=r"classes\.txt"):
        import_yolo(tmp_path)


def voc(name: str = "cat", corners: tuple[object, ...] = (11, 6, 30, 15), head: str = "") -> str:
    sides = "".join(
        f"<{side}>{value}</{side}>" for side, value in zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    )
    return (
        f"{head}<annotation><filename>a.jpg</filename><size><width>100</width><height>50</height></size>"
        f"<object><name>{name}</name><bndbox>{sides}</bndbox></object></annotation>"
    )


def test_voc(tmp_path: Path):
    put(tmp_path / "JPEGImages/a.jpg", b"a")
    put(tmp_path / "Annotations/a.xml", voc())
    found = import_voc(tmp_path)
    assert boxes(found) == {"a.jpg": [("cat", 0.1, 0.1, 0.2, 0.2)]}
    assert found.problems == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (voc(corners=(51, 6, 130, 15)), "outside the picture"),
        (voc(corners=(11, 6, "wide", 15)), "no box of four numbers"),
        (voc(name=""), "label"),
        (voc()[:40], "cannot be read as XML"),
        (voc(head='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), "DOCTYPE"),
        (voc().replace("a.jpg", "../../etc/passwd"), "leads outside the folder"),
        (voc().replace("<width>100</width>", ""), "known size"),
    ],
)
def test_what_is_malformed_in_voc_is_listed(tmp_path: Path, text: str, says: str):
    put(tmp_path / "JPEGImages/a.jpg", b"a")
    put(tmp_path / "Annotations/a.xml", text)
    found = import_voc(tmp_path)
    (problem,) = found.problems
    assert says in problem.cause
    assert problem.file == "a.xml"
    assert [one.annotations for one in found.examples.values()] in ([], [()])


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the shared pictures")
def test_real_labels(tmp_path: Path):
    found = IMPORTERS["voc"](CORPORA / "bccd")
    assert found.manifest().labels == ("Platelets", "RBC", "WBC")
    assert len(found.examples) >= 360
