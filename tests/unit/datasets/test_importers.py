from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from darkroom.datasets.importers import import_csv, import_folder
from darkroom.errors import Error


def write(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def labels(found) -> dict[str, tuple[str, str | None]]:
    return {one.path: (one.annotations[0].label, one.split) for one in found.examples.values()}


def test_a_folder_for_each_class(tmp_path: Path):
    key = write(tmp_path / "cat/a.jpg", b"a")
    write(tmp_path / "dog/deeper/b.PNG", b"b")
    found = import_folder(tmp_path)
    assert labels(found) == {"cat/a.jpg": ("cat", None), "dog/deeper/b.PNG": ("dog", None)}
    assert found.problems == []
    assert key in found.examples


def test_folders_named_after_splits(tmp_path: Path):
    for number, place in enumerate(("Train", "val", "test")):
        write(tmp_path / place / "cat/a.jpg", bytes([number + 1]))
    found = labels(import_folder(tmp_path))
    assert found == {
        "Train/cat/a.jpg": ("cat", "train"),
        "val/cat/a.jpg": ("cat", "validation"),
        "test/cat/a.jpg": ("cat", "test"),
    }


def test_a_class_may_be_named_like_a_split_beside_others(tmp_path: Path):
    write(tmp_path / "test/a.jpg", b"a")
    write(tmp_path / "pants/b.jpg", b"b")
    assert labels(import_folder(tmp_path)) == {"test/a.jpg": ("test", None), "pants/b.jpg": ("pants", None)}


def test_what_is_malformed_is_listed_and_the_rest_imported(tmp_path: Path):
    write(tmp_path / "cat/a.jpg", b"a")
    write(tmp_path / "cat/empty.jpg", b"")
    write(tmp_path / "cat/notes.txt", b"words")
    write(tmp_path / "cat/.DS_Store", b"words")
    write(tmp_path / "dog/again.jpg", b"a")
    found = import_folder(tmp_path)
    assert labels(found) == {"cat/a.jpg": ("cat", None)}
    assert sorted((one.file, one.cause) for one in found.problems) == [
        ("cat/empty.jpg", "It is empty or cannot be read."),
        ("cat/notes.txt", "It is not a picture."),
        ("dog/again.jpg", "dog/again.jpg is cat/a.jpg again, with another label or split; the first stays."),
    ]


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_pictures_is_refused(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Error) as caught:
        import_folder(tmp_path / name).manifest()
    assert caught.value.code == "dataset_invalid"
    assert name in caught.value.cause


def test_a_table_with_everything(tmp_path: Path):
    write(tmp_path / "a.jpg", b"a")
    write(tmp_path / "sub/b.jpg", b"b")
    table = tmp_path / "labels.csv"
    table.write_text("\ufeffpath,label,split,weight,group\na.jpg,cat,val,,\nsub\\b.jpg,dog,,2.5,burst\n")
    first, second = sorted(import_csv(table).examples.values(), key=lambda one: one.path)
    assert (first.split, first.weight, first.group) == ("validation", 1.0, None)
    assert (second.path, second.split, second.weight, second.group) == ("sub/b.jpg", None, 2.5, "burst")


def test_malformed_lines_are_listed_with_their_number(tmp_path: Path):
    write(tmp_path / "a.jpg", b"a")
    write(tmp_path / "b.jpg", b"b")
    write(tmp_path.parent / "outside.jpg", b"c")
    table = tmp_path / "labels.csv"
    lines = (
        "a.jpg,cat,,",
        "a.jpg,,,",
        "gone.jpg,cat,,",
        "../outside.jpg,cat,,",
        "/etc/hostname,cat,,",
        "b.jpg,dog,later,",
    )
    table.write_text("path,label,split,weight\n" + "\n".join(lines) + "\nb.jpg,dog,,-1\nb.jpg,dog,,much\na.jpg,dog,,\n")
    found = import_csv(table)
    assert labels(found) == {"a.jpg": ("cat", None)}
    problems = {one.line: one.cause for one in found.problems}
    assert list(problems) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert problems[3] == "The label is empty."
    assert problems[4] == "gone.jpg is missing, empty or cannot be read."
    assert problems[5] == "../outside.jpg leads outside the folder."
    assert problems[6] == "/etc/hostname leads outside the folder."
    assert problems[7].startswith("later is no split")
    assert problems[8].startswith("weight must be more than 0")
    assert problems[9] == "weight is no number."
    assert problems[10].endswith("the first stays.")
    assert {one.file for one in found.problems} == {"labels.csv"}


@pytest.mark.parametrize(("text", "says"), [("file,class\na.jpg,cat\n", "label or path"), ("", "label or path")])
def test_a_table_without_the_columns_is_refused(tmp_path: Path, text: str, says: str):
    table = tmp_path / "labels.csv"
    table.write_text(text)
    with pytest.raises(Error, match=says):
        import_csv(table)


def test_a_table_that_is_no_text_is_refused(tmp_path: Path):
    table = tmp_path / "labels.csv"
    table.write_bytes(b"path,label\n\xff\xfe\x00,cat\n")
    with pytest.raises(Error, match="cannot be read as a table"):
        import_csv(table)
