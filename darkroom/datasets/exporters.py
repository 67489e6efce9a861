"""Writes a dataset version as other programs read it: the pictures as they are, under safe names, and labels beside them."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from darkroom.datasets.archives import File, packed
from darkroom.datasets.box_exporters import coco, voc, yolo
from darkroom.datasets.placing import Leaving, Placed, classes, plain, things
from darkroom.domain.annotation import ANNOTATIONS, Classification

SHARD_BYTES = 512 << 20
"""Bytes of pictures in one file of WebDataset, about."""
_SHARD_PICTURES = 10_000


def imagefolder(leaving: Leaving) -> Iterator[File]:
    """A folder for each split, in it one for each class."""
    folders: dict[str, str] = {}
    for one in leaving.placed():
        said = classes(one.example)
        if len(said) != 1:
            has = f"has the classes {', '.join(said)}" if said else "has no class"
            leaving.leave_out(one, f"It {has}; a folder for each class takes pictures of exactly one.")
            continue
        label = said[0]
        if label not in folders:
            folders[label] = _free(label, set(folders.values()))
            if folders[label] != label:
                leaving.leave_out(one, f"The class {label!r} is a folder {folders[label]}.")
        yield one.file(f"{one.example.split or 'train'}/{folders[label]}")


def table(leaving: Leaving) -> Iterator[File]:
    """`labels.csv` and the folder `images`; tells everything, in `annotations` what a class alone does not say."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("path", "label", "split", "weight", "group", "annotations"))
    for one in leaving.placed():
        example = one.example
        said = example.annotations
        simple = len(said) == 1 and said[0] == Classification(label=said[0].label)
        label = ", ".join(dict.fromkeys(part.label for part in said))
        more = "" if simple else ANNOTATIONS.dump_json(said).decode()
        place = f"images/{one.name}"
        writer.writerow((place, label, example.split or "", repr(example.weight), example.group or "", more))
        yield one.file("images")
    yield File("labels.csv", (out.getvalue().encode(),))


def huggingface(leaving: Leaving) -> Iterator[File]:
    """ImageFolder of Hugging Face: a folder for each split with `metadata.parquet`, boxes in pixels under `objects`.

    Lines of JSON would not do: where a split says nothing, `datasets` cannot tell of which type that is, and refuses all of it.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    kinds = leaving.manifest.frame["annotations"]
    boxes = bool(kinds.str.contains('"kind":"(detection|segmentation)"').any())
    several = any(len(classes(one)) > 1 for one in leaving.manifest.examples())
    for one in leaving.placed():
        place = one.example.split or "train"
        row: dict[str, Any] = {"file_name": one.name}
        said = classes(one.example)
        if several:
            row["labels"] = said
        elif said or not boxes:
            row["label"] = said[0] if said else None
        if boxes:
            row["objects"] = _objects(one)
        rows[place].append(row)
        yield one.file(place)
    for folder, found in rows.items():
        yield File(f"{folder}/metadata.parquet", (_table(found),))


def webdataset(leaving: Leaving) -> Iterator[File]:
    """Shards `train-000000.tar` of limited size, in them each picture with a JSON file of its name."""
    numbers = {label: number for number, label in enumerate(leaving.manifest.labels)}
    waiting: dict[str, list[Placed]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    made: dict[str, int] = defaultdict(int)
    for one in leaving.placed():
        place = one.example.split or "train"
        if waiting[place] and (
            sizes[place] + one.facts.bytes > SHARD_BYTES or len(waiting[place]) >= _SHARD_PICTURES
        ):  # fmt: skip
            yield _shard(place, made[place], waiting.pop(place), numbers)
            made[place], sizes[place] = made[place] + 1, 0
        waiting[place].append(one)
        sizes[place] += one.facts.bytes
    for split, held in sorted(waiting.items()):
        yield _shard(split, made[split], held, numbers)
    yield File("classes.txt", ("".join(f"{label}\n" for label in numbers).encode(),))


EXPORTERS: dict[str, Callable[[Leaving], Iterator[File]]] = {
    "imagefolder": imagefolder,
    "csv": table,
    "coco": coco,
    "yolo": yolo,
    "voc": voc,
    "huggingface": huggingface,
    "webdataset": webdataset,
}
"""Every layout that is written, by name."""


def _objects(one: Placed) -> dict[str, Any]:
    found, (width, height) = things(one.example), (one.facts.width, one.facts.height)
    return {
        "bbox": [
            [part.box.x * width, part.box.y * height, part.box.width * width, part.box.height * height] for part in found
        ],
        "categories": [part.label for part in found],
        "segmentation": [
            [[side for x, y in outline for side in (x * width, y * height)] for outline in part.outlines]
            for part in found
        ],
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> bytes:
    """Rows as Parquet, whose types do not depend on what there is in them."""
    import polars as pl

    numbers = pl.List(pl.Float64())
    objects = pl.Struct(
        {"bbox": pl.List(numbers), "categories": pl.List(pl.String()), "segmentation": pl.List(pl.List(numbers))}
    )
    types = {"file_name": pl.String(), "label": pl.String(), "labels": pl.List(pl.String()), "objects": objects}
    held = io.BytesIO()
    pl.DataFrame(rows, schema={name: types[name] for name in rows[0]}).write_parquet(held)
    return held.getvalue()


def _shard(place: str, number: int, held: Iterable[Placed], numbers: dict[str, int]) -> File:
    def inside() -> Iterator[File]:
        for one in held:
            said = classes(one.example)
            about = {
                "image": one.example.key, "width": one.facts.width, "height": one.facts.height, "labels": said,
                "annotations": ANNOTATIONS.dump_python(one.example.annotations, mode="json"),
                "weight": one.example.weight, "group": one.example.group,
            }  # fmt: skip
            yield one.file("")
            if len(said) == 1:
                yield File(f"{one.stem}.cls", (str(numbers[said[0]]).encode(),))
            yield File(f"{one.stem}.json", (_json(about).encode(),))

    return File(f"{place}-{number:06}.tar", tuple(packed(inside())))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _free(label: str, taken: set[str]) -> str:
    name = plain(label) or "class"
    known = {one.casefold() for one in taken}
    found, number = name, 2
    while found.casefold() in known:
        found, number = f"{name}-{number}", number + 1
    return found
