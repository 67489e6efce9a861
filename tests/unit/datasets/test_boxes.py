from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from darkroom.datasets.boxes import import_voc
from darkroom.datasets.coco import import_coco
from darkroom.datasets.layouts import IMPORTERS
from darkroom.datasets.yolo import import_yolo
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
        ({"bbox": [10, 5, 0, 10]}, "has no width"),
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


CAT = {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 5, 20, 10]}


@pytest.mark.parametrize("packed", [False, True])
def test_masks_of_coco_in_run_lengths_become_outlines_of_the_same_pixels(tmp_path: Path, packed: bool):
    """Beside pycocotools, which made such masks up."""
    from pycocotools import mask as tools

    put(tmp_path / "a.jpg", b"a")
    there = np.zeros((50, 100), np.uint8)
    there[5:15, 10:30], there[20:45, 60:61], there[30:40, 80:100] = 1, 1, 1
    whole = tools.encode(np.asfortranarray(there))
    columns = there.T.ravel()
    edges = np.flatnonzero(np.diff(columns, prepend=0, append=1 - columns[-1]))
    plain = np.diff(edges, prepend=0).tolist()
    said = {"size": [50, 100], "counts": whole["counts"].decode() if packed else plain}
    found = import_coco(coco(tmp_path, annotations=[{**CAT, "segmentation": said}]))
    assert found.problems == []
    (one,) = found.examples.values()
    outlines = [said.outline for said in one.annotations if said.kind == "segmentation"]
    assert len(outlines) == 3
    again = np.zeros_like(there)
    for outline in outlines:
        flat = [side for x, y in outline for side in (x * 100, y * 50)]
        again |= tools.decode(tools.frPyObjects([flat], 50, 100))[..., 0]
    assert (again == there).mean() > 0.999


def test_outlines_of_coco_are_kept_and_what_is_none_is_listed_with_its_line(tmp_path: Path):
    put(tmp_path / "a.jpg", b"a")
    corners = [10, 5, 30, 5, 20, 15]
    entries = [
        {**CAT, "segmentation": [corners]},
        {**CAT, "id": 2, "segmentation": {"size": [50, 100], "counts": "x"}},
        {**CAT, "id": 3, "segmentation": [[10, 5, 30]]},
        {**CAT, "id": 4, "segmentation": [[10, 5, 300, 5, 20, 15]]},
    ]
    whole = json.loads(coco(tmp_path, annotations=entries).read_text())
    found = import_coco(put(tmp_path / "instances.json", json.dumps(whole, indent=0)))
    (one,) = found.examples.values()
    assert [said.kind for said in one.annotations] == ["detection", "segmentation", *["detection"] * 3]
    assert one.annotations[1].outline == ((0.1, 0.1), (0.3, 0.1), (0.2, 0.3))
    assert [problem.cause.partition(": ")[0] for problem in found.problems] == [
        f"annotations[{at}]" for at in (1, 2, 3)
    ]
    assert all("its box stays" in problem.cause.lower() for problem in found.problems)
    lines = (tmp_path / "instances.json").read_text().splitlines()
    assert all(lines[problem.line - 1] == "{" for problem in found.problems)
    assert [lines[problem.line] for problem in found.problems] == ['"id": 2,', '"id": 3,', '"id": 4,']


@pytest.mark.parametrize(
    ("places", "files"),
    [
        ({"train": "train", "validation": "val"}, "annotations/instances_{}2017.json"),
        ({"train": "train/images", "validation": "val/images"}, "instances_{}.json"),
        ({"train": "train", "validation": "valid", "test": "test"}, "{}/_annotations.coco.json"),
        ({"train": "images", "test": "images"}, "annotations/instances_{}.json"),
    ],
)
def test_a_folder_of_coco_files_says_the_splits(tmp_path: Path, places: dict[str, str], files: str):
    for at, (split, folder) in enumerate(places.items()):
        name = folder.partition("/")[0] if folder != "images" else split
        place = folder if "/images" not in folder else f"images/{name}"
        put(tmp_path / place / f"{at}.jpg", bytes([at + 1]))
        image = {"id": 1, "file_name": f"{at}.jpg", "width": 100, "height": 50}
        whole = {"images": [image], "categories": [{"id": 7, "name": "cat"}], "annotations": [CAT]}
        put(tmp_path / files.format(name), json.dumps(whole))
    found = import_coco(tmp_path)
    assert found.problems == []
    assert {one.split for one in found.examples.values()} == set(places)
    assert all(len(one.annotations) == 1 for one in found.examples.values())
    assert found.root == tmp_path


def test_a_folder_without_coco_files_says_what_is_wanted(tmp_path: Path):
    with pytest.raises(Error, match="no COCO files"):
        import_coco(tmp_path)


def test_outlines_of_yolo_are_read_as_outlines(tmp_path: Path):
    put(tmp_path / "classes.txt", "cat\ndog\n")
    put(tmp_path / "a.jpg", b"a")
    lines = (
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2",
        "0 0.5 0.5 0.2 0.2 0.9",
        "0 0.1 0.1 0.2 0.1 0.2 1.2",
        "0 0.1 0.1 0.2 0.2 0.3 0.3 0.1",
        "0 0.1 0.1 0.1 0.2 0.1 0.3",
        "0 0.5 0.5 0.2 0.2 7",
    )
    put(tmp_path / "a.txt", "\n".join(lines))
    found = import_yolo(tmp_path)
    (one,) = found.examples.values()
    box, outline, other = one.annotations
    assert [round(getattr(box.box, side), 9) for side in ("x", "y", "width", "height")] == [0.1, 0.1, 0.1, 0.1]
    assert (outline.kind, outline.label, outline.outline) == (
        "segmentation",
        "dog",
        ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.1, 0.2)),
    )
    assert (other.kind, other.confidence) == ("detection", 0.9)
    assert [(problem.file, problem.line, problem.cause) for problem in found.problems] == [
        ("a.txt", 3, "The outline reaches outside the picture."),
        ("a.txt", 4, f"{lines[3]!r} is neither a box of four numbers nor an outline of three corners or more."),
        ("a.txt", 5, "The outline has no area."),
        ("a.txt", 6, "7.0 says how sure a model was; that is 0 to 1."),
    ]


@pytest.mark.parametrize(
    "about",
    [
        "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
        "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cat', 'dog']\n",
        "path: /elsewhere/data\ntrain: [images/train]\nval: images/val\ntest: gone\nnames: [cat, dog]\n",
    ],
)
def test_data_yaml_says_classes_and_splits(tmp_path: Path, about: str):
    put(tmp_path / "data.yaml", about)
    folders = ("train/{}", "valid/{}") if "../train" in about else ("{}/train", "{}/val")
    for at, folder in enumerate(folders):
        put(tmp_path / folder.format("images") / f"{at}.jpg", bytes([at + 1]))
        put(tmp_path / folder.format("labels") / f"{at}.txt", f"{at} 0.5 0.5 0.2 0.2\n")
    for found in (import_yolo(tmp_path), import_yolo(tmp_path / "data.yaml")):
        assert found.problems == []
        assert {(one.split, one.annotations[0].label) for one in found.examples.values()} == {
            ("train", "cat"), ("validation", "dog"),
        }  # fmt: skip


def test_what_is_wrong_with_a_box_is_said_in_plain_words(tmp_path: Path):
    put(tmp_path / "classes.txt", "cat\n")
    put(tmp_path / "a.jpg", b"a")
    put(tmp_path / "a.txt", "0 0.5 0.5 1.4 0.2\n0 0.5 0.5 -0.1 0.2\n0 0.5 0.5 inf 0.2\n")
    assert [one.cause for one in import_yolo(tmp_path).problems] == [
        "The box reaches outside the picture.", "The box has no width.", "The box has something that is no number.",
    ]  # fmt: skip
    put(tmp_path / "JPEGImages/a.jpg", b"a")
    put(tmp_path / "Annotations/a.xml", voc(corners=(51, 6, 130, 15)).replace("<object>", "\n\n<object>"))
    (problem,) = import_voc(tmp_path).problems
    assert (problem.line, problem.cause) == (3, "object 1: The box reaches outside the picture.")


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
        (voc(name=""), "object 1: It has no class."),
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


def test_what_lists_of_splits_and_ids_say_twice_or_of_nothing_is_listed_with_its_line(tmp_path: Path):
    put(tmp_path / "voc/JPEGImages/a.jpg", b"a")
    put(tmp_path / "voc/Annotations/a.xml", voc())
    put(tmp_path / "voc/ImageSets/Main/train.txt", "a\ngone\n")
    put(tmp_path / "voc/ImageSets/Main/val.txt", "\na\n")
    found = import_voc(tmp_path / "voc")
    assert [one.split for one in found.examples.values()] == ["train"]
    assert [(one.file, one.line, one.cause) for one in found.problems] == [
        ("ImageSets/Main/train.txt", 2, "There is no annotation gone.xml."),
        ("ImageSets/Main/val.txt", 2, "a is in train already, where it stays."),
    ]
    put(tmp_path / "voc/Annotations/a.xml", voc() + "\n<")
    assert [one.line for one in import_voc(tmp_path / "voc").problems][-1] == 2

    for name in ("a", "b"):
        put(tmp_path / f"{name}.jpg", name.encode())
    image = {"width": 100, "height": 50}
    twice = [{"id": 1, "file_name": "a.jpg", **image}, {"id": 1, "file_name": "b.jpg", **image}]
    found = import_coco(coco(tmp_path, images=twice, categories=[{"id": 7, "name": "cat"}, {"id": 7, "name": "dog"}]))
    assert boxes(found) == {"a.jpg": [("cat", 0.1, 0.1, 0.2, 0.2)]}
    assert [one.cause.partition(";")[0] for one in found.problems] == [
        "categories[1]: It has the id 7 again.", "images[1]: It has the id 1 again",
    ]  # fmt: skip
    assert all(one.line for one in found.problems)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the shared pictures")
def test_real_labels(tmp_path: Path):
    found = IMPORTERS["voc"](CORPORA / "bccd")
    assert found.manifest().labels == ("Platelets", "RBC", "WBC")
    assert len(found.examples) >= 360
