from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import polars as pl
import pytest

from darkroom.datasets import exporters
from darkroom.datasets.archives import Archive, unpack
from darkroom.datasets.exporters import EXPORTERS
from darkroom.datasets.layouts import IMPORTERS
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.placing import Facts, Leaving, plain
from darkroom.domain.annotation import Box, Classification, Detection, Segmentation
from darkroom.domain.dataset import SPLITS, Example
from darkroom.errors import Error

OUTLINE = ((0.1, 0.2), (0.5, 0.2), (0.3, 0.6))
AROUND = Box(x=0.1, y=0.2, width=0.4, height=0.4)
BYTES = {hashlib.sha256(bytes([at]) * (at + 1)).hexdigest(): bytes([at]) * (at + 1) for at in range(6)}
FACTS = {key: Facts(bytes=len(data), suffix=".jpg", width=200, height=100) for key, data in BYTES.items()}


def example(at: int, *said, path: str = "", **fields) -> Example:
    split = SPLITS[at % 3]
    return Example(key=list(BYTES)[at], path=path or f"in/{at}.jpg", annotations=said, **{"split": split, **fields})


def written(examples: list[Example], layout: str) -> tuple[Archive, Leaving]:
    leaving = Leaving(Manifest.of(examples, Path("set")), FACTS)
    return Archive(EXPORTERS[layout](leaving), lambda blob: io.BytesIO(BYTES[blob.key])), leaving


def unpacked(archive: Archive, folder: Path) -> Path:
    with archive.open() as file, tarfile.open(fileobj=file) as tar:
        unpack(tar, folder)
    return folder


def said(examples) -> dict[str, tuple]:
    return {one.key: (one.annotations, one.split) for one in examples}


CLASSED = [example(at, Classification(label=("Küste", "a/b")[at % 2])) for at in range(6)]
BOXED = [
    example(0, Detection(label="cat", box=Box(x=0.1, y=0.2, width=0.25, height=0.5))),
    example(1, Detection(label="dog", box=AROUND), Detection(label="cat", box=Box(x=0, y=0, width=1, height=1))),
    example(2),
]
OUTLINED = [example(3, Detection(label="cat", box=AROUND), Segmentation(label="cat", outline=OUTLINE)), *BOXED[:2]]
EVERYTHING = [
    example(
        0, Classification(label="x", source="person"), Detection(label="y", box=AROUND), weight=0.25, group="burst"
    ),
    example(1, Classification(label="x"), Classification(label="z")),
    example(2),
]


def close(found: dict, wanted: dict) -> None:
    assert found.keys() == wanted.keys()
    for key, (parts, split) in wanted.items():
        assert found[key][1] == split
        assert len(found[key][0]) == len(parts)
        for one, other in zip(found[key][0], parts, strict=True):
            assert (one.kind, one.label) == (other.kind, other.label)
            if isinstance(other, Detection):
                assert one.box.model_dump() == pytest.approx(other.box.model_dump(), abs=1e-9)
            if isinstance(other, Segmentation):
                corners = [side for corner in other.outline for side in corner]
                assert [side for corner in one.outline for side in corner] == pytest.approx(corners, abs=1e-9)


@pytest.mark.parametrize(
    ("layout", "examples", "place"),
    [
        ("csv", EVERYTHING, "labels.csv"),
        ("csv", OUTLINED, "labels.csv"),
        ("coco", OUTLINED, ""),
        ("coco", BOXED, ""),
        ("yolo", BOXED, ""),
        ("yolo", OUTLINED[:1], ""),
        ("voc", BOXED, ""),
    ],
)
def test_what_is_exported_is_imported_as_it_was(tmp_path: Path, layout, examples, place):
    archive, leaving = written(examples, layout)
    found = IMPORTERS[layout](unpacked(archive, tmp_path) / place)
    assert (found.problems, leaving.problems) == ([], [])
    close(said(found.examples.values()), said(examples))
    if layout == "csv":
        assert {one.key: one.model_copy(update={"path": ""}) for one in found.examples.values()} == {
            one.key: one.model_copy(update={"path": ""}) for one in examples
        }


def test_classes_become_folders_of_safe_names(tmp_path: Path):
    archive, leaving = written([*CLASSED[:5], example(5)], "imagefolder")
    found = IMPORTERS["imagefolder"](unpacked(archive, tmp_path))
    assert {one.key: (one.annotations[0].label, one.split) for one in found.examples.values()} == {
        one.key: (one.annotations[0].label.replace("/", "_"), one.split) for one in CLASSED[:5]
    }
    assert sorted(one.cause for one in leaving.problems) == [
        "It has no class; a folder for each class takes pictures of exactly one.",
        "The class 'a/b' is a folder a_b.",
    ]


def test_names_are_safe_and_no_two_pictures_share_one():
    paths = ["../../etc/passwd", "a.jpg", "b/A.png", "con.jpg", "..", "a.b:c?.jpg"]
    archive, _ = written([example(at, CLASSED[0].annotations[0], path=path) for at, path in enumerate(paths)], "csv")
    with archive.open() as file, tarfile.open(fileobj=file) as tar:
        names = [name for name in tar.getnames() if name.startswith("images/")]
    assert len({name.casefold() for name in names}) == 6
    assert {"images/passwd.jpg", "images/con_.jpg", "images/a_b_c_.jpg"} <= set(names)
    assert all(name.count("/") == 1 and name.endswith(".jpg") for name in names)
    assert plain("  .. ") == ""


def test_any_part_of_an_archive_can_be_read_and_it_is_always_the_same():
    examples = [example(at, Classification(label="长" * 90)) for at in range(6)]
    archive, _ = written(examples, "imagefolder")
    with archive.open() as file:
        whole = file.read()
        assert len(whole) == archive.size
        for start in (0, 1, 511, 513, 1700, archive.size - 3):
            file.seek(start)
            assert file.read(700) == whole[start : start + 700]
    again, _ = written(examples, "imagefolder")
    assert (again.digest, again.open().read()) == (archive.digest, whole)
    assert written(examples[1:], "imagefolder")[0].digest != archive.digest


def test_hugging_face_reads_a_row_for_each_picture_of_one_type_in_all_splits(tmp_path: Path):
    def told(name: str, examples: list[Example]) -> tuple[Path, dict[str, pl.DataFrame]]:
        root = unpacked(written(examples, "huggingface")[0], tmp_path / name)
        found = {split: pl.read_parquet(root / split / "metadata.parquet") for split in SPLITS}
        # `datasets` refuses all of it where they differ.
        assert len({str(one.schema) for one in found.values()}) == 1
        return root, found

    root, found = told("boxes", [*OUTLINED[:1], *BOXED[1:]])
    (row,) = found["train"].to_dicts()
    assert (root / "train" / row["file_name"]).read_bytes() == BYTES[OUTLINED[0].key]
    assert row["objects"] == {
        "bbox": [[20.0, 20.0, 80.0, 40.0]], "categories": ["cat"], "segmentation": [[[20.0, 20.0, 100.0, 20.0, 60.0, 60.0]]],
    }  # fmt: skip
    assert found["test"]["objects"].to_list() == [{"bbox": [], "categories": [], "segmentation": []}]
    _, found = told("classes", [*CLASSED[:5], example(5)])
    assert sorted(found["test"]["label"].to_list(), key=str) == ["Küste", None]
    _, found = told("several", [*EVERYTHING[1:], example(3)])
    assert (found["validation"]["labels"].to_list(), found["test"]["labels"].to_list()) == ([["x", "z"]], [[]])


def test_shards_are_limited_and_hold_each_picture_with_its_labels(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(exporters, "SHARD_BYTES", 4)
    examples = [one.model_copy(update={"split": "train"}) for one in CLASSED]
    root = unpacked(written(examples, "webdataset")[0], tmp_path)
    shards = sorted(root.glob("train-*.tar"))
    assert [one.name for one in shards] == [f"train-{number:06}.tar" for number in range(len(shards))]
    assert len(shards) > 2
    seen = {}
    for shard in shards:
        with tarfile.open(shard) as tar:
            names = tar.getnames()
            assert [name.partition(".")[2] for name in names] == ["jpg", "cls", "json"] * (len(names) // 3)
            for name in names[2::3]:
                about = json.load(tar.extractfile(name))
                assert tar.extractfile(name.replace(".json", ".jpg")).read() == BYTES[about["image"]]
                seen[about["image"]] = about["labels"]
    assert seen == {one.key: [one.annotations[0].label] for one in examples}


def test_what_a_layout_cannot_tell_is_said(tmp_path: Path):
    examples = [*EVERYTHING[:2], *OUTLINED[:1]]
    _, leaving = written(examples, "voc")
    assert sorted(one.cause for one in leaving.problems) == [
        "No box and no outline is drawn in it, and this layout tells of nothing else.",
        "This layout does not tell that all of it shows x.",
        "This layout has boxes alone; the outlines are not told.",
    ]
    leaving = Leaving(Manifest.of(CLASSED, Path("set")), {})
    assert list(EXPORTERS["imagefolder"](leaving)) == []
    assert {one.cause for one in leaving.problems} == {"The picture, or its bytes, are not in the library any more."}


@pytest.mark.parametrize("name", ["/opt/escaped", "../escaped", "a/../../escaped"])
def test_nothing_is_unpacked_beside_the_folder(tmp_path, name):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    held.seek(0)
    with tarfile.open(fileobj=held) as tar, pytest.raises(Error, match="no file that may be written"):
        unpack(tar, tmp_path / "into")


def test_links_are_not_unpacked(tmp_path):
    held, link = io.BytesIO(), tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(fileobj=held, mode="w") as tar:
        tar.addfile(link)
    held.seek(0)
    with tarfile.open(fileobj=held) as tar, pytest.raises(Error, match="link in the archive"):
        unpack(tar, tmp_path)
