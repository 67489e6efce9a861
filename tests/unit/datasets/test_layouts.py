"""Which layout a folder has: seen by its files, and asked for where several fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from darkroom.datasets.layouts import at, detect, inner
from darkroom.errors import Error

FILES = {
    "imagefolder": ["cats/1.jpg", "dogs/a/2.png"],
    "imagefolder split": ["train/cats/1.jpg", "val/cats/2.jpg", "darkroom.json"],
    "imagefolder one class": ["cats/1.jpg"],
    "yolo": ["data.yaml", "images/1.jpg", "labels/1.txt"],
    "yolo classes": ["classes.txt", "images/train/1.jpg", "labels/train/1.txt"],
    "coco": ["annotations/instances_val.json", "val/1.jpg"],
    "coco split": ["train/_annotations.coco.json", "train/1.jpg", "valid/_annotations.coco.json"],
    "voc": ["Annotations/1.xml", "JPEGImages/1.jpg"],
    "pairs": ["input/1.jpg", "target/1.jpg"],
    "pairs split": ["train/input/1.jpg", "train/target/1.jpg"],
    "csv": ["labels.csv", "images/1.jpg", "notes.csv"],
}
TEXT = {"labels.csv": "path,label\n", "notes.csv": "a,b\n", ".json": '{"images": [], "annotations": []}'}


def written(root: Path, names: list[str]) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if path.name == "darkroom.json" else TEXT.get(path.name, TEXT.get(path.suffix, "x")))
    return root


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a folder"])
@pytest.mark.parametrize("name", FILES)
def test_a_layout_is_seen_by_its_files(name, wrapped, tmp_path):
    root = written(tmp_path / "outer/my set" if wrapped else tmp_path, FILES[name])
    layout, path = detect(tmp_path)
    assert layout == name.partition(" ")[0]
    assert path == (root / "labels.csv" if layout == "csv" else root)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["data.yaml", "Annotations/1.xml"], "yolo (data.yaml), voc (Annotations)"),
        (["a/labels.csv", "a/input/1.jpg", "a/target/1.jpg"], "pairs (input and target), csv (labels.csv)"),
        (["readme.txt"], "There is readme.txt"),
        ([], "There is nothing"),
    ],
)
def test_what_is_not_clear_is_said_with_the_remedy(names, words, tmp_path):
    written(tmp_path, names)
    with pytest.raises(Error) as caught:
        detect(tmp_path)
    assert caught.value.code == "dataset_invalid"
    assert caught.value.context["parameter"] == "format"
    assert words in caught.value.cause


def test_a_table_is_found_where_its_layout_is_named(tmp_path):
    root = written(tmp_path / "one", ["labels.csv", "images/1.jpg"])
    assert at("csv", inner(tmp_path)) == root / "labels.csv"
    assert at("voc", root) == root
    (root / "labels.csv").rename(root / "more.csv")
    (root / "other.csv").write_text("path,label\n")
    (root / "more.csv").write_text("path,label\n")
    with pytest.raises(Error, match=r"several tables: more\.csv, other\.csv"):
        at("csv", root)
