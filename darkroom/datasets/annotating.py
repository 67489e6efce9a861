"""Going through a dataset version picture by picture: which ones, in which order, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import ANNOTATIONS, Annotation, Detection, Segmentation
from darkroom.domain.draft import LabelKind, Queue
from darkroom.domain.train_config import TaskName

_FURTHER: dict[LabelKind, tuple[LabelKind, ...]] = {"single": ("single", "several"), "boxes": ("boxes", "outlines")}
_TASKS: dict[str, TaskName] = {"segmentation": "segmentation", "pair": "enhancement", "detection": "detection"}


def kind_of(manifest: Manifest) -> LabelKind | None:
    """What a dataset says of its pictures; None for what cannot be said by hand (pairs)."""
    frame = manifest.frame
    said = frame["annotations"]
    if said.str.contains('"kind":"pair"', literal=True).any():
        return None
    if said.str.contains('"kind":"segmentation"', literal=True).any():
        return "outlines"
    if said.str.contains('"kind":"detection"').any():
        return "boxes"
    return "several" if (frame["labels"].list.len() > 1).any() else "single"


def kinds_of(manifest: Manifest) -> tuple[LabelKind, ...]:
    """What can be said by hand of the pictures of a dataset: what it says, and then what it may say from now on without losing any of that."""
    if (manifest.frame["labels"].list.len() == 0).all():
        return ("single", "several", "boxes", "outlines")
    kind = kind_of(manifest)
    return _FURTHER.get(kind, (kind,)) if kind is not None else ()


def task_of(manifest: Manifest) -> TaskName:
    """What can be learnt of what a dataset says: of outlines, boxes and pairs what only they tell, else of classes."""
    said = manifest.frame["annotations"]
    for kind, task in _TASKS.items():
        if said.str.contains(f'"kind":"{kind}"', literal=True).any():
            return task
    return "multilabel" if (manifest.frame["labels"].list.len() > 1).any() else "classification"


def listed(manifest: Manifest, queue: Queue, label: str | None, ordered: Sequence[str]) -> list[str]:
    """Keys of the pictures of a queue, in its order.

    Args:
        manifest: of the version.
        queue: which ones.
        label: the class that is meant by `class`.
        ordered: keys of suspects, or of what a model got wrong, the worst first.
    """
    frame = manifest.frame
    if queue == "unlabelled":
        frame = frame.filter(pl.col("labels").list.len() == 0)
    elif queue == "class":
        frame = frame.filter(pl.col("labels").list.contains(label or ""))
    elif queue in ("suspects", "wrong"):
        there = set(frame["key"])
        return [key for key in dict.fromkeys(ordered) if key in there]
    return [str(key) for key in frame["key"]]


def said_of(manifest: Manifest, keys: Sequence[str]) -> dict[str, tuple[Annotation, ...]]:
    """What a version says of some of its pictures."""
    rows = manifest.frame.filter(pl.col("key").is_in(list(keys))).select("key", "annotations")
    return {key: ANNOTATIONS.validate_json(text) for key, text in rows.iter_rows()}


def splits_of(manifest: Manifest, keys: Sequence[str]) -> dict[str, str | None]:
    """Where some pictures of a version are."""
    return dict(manifest.frame.filter(pl.col("key").is_in(list(keys))).select("key", "split").iter_rows())


def same(one: Sequence[Annotation], other: Sequence[Annotation]) -> bool:
    """Whether the same is said, whoever said it and however sure."""
    return sorted(map(_meaning, one)) == sorted(map(_meaning, other))


def applied(manifest: Manifest, said: Mapping[str, tuple[Annotation, ...]]) -> Manifest:
    """The manifest with something else said of some of its pictures; nothing else changes."""
    changes = pl.DataFrame(
        [
            (key, sorted({one.label for one in found}), ANNOTATIONS.dump_json(found).decode())
            for key, found in said.items()
        ],
        schema={"key": pl.String(), "labels": pl.List(pl.String()), "annotations": pl.String()}, orient="row",
    )  # fmt: skip
    return Manifest(manifest.frame.update(changes, on="key"), manifest.root)


def _meaning(one: Annotation) -> tuple[Any, ...]:
    if isinstance(one, Detection):
        return one.kind, one.label, one.box.x, one.box.y, one.box.width, one.box.height
    return (one.kind, one.label, *one.outline) if isinstance(one, Segmentation) else (one.kind, one.label)
