"""How a policy of augmentation changes pictures: the very code that a step of a training runs, seen before one begins.

`serve` answers line by line, so that whoever turns a knob pays for starting PyTorch once.
"""

from __future__ import annotations

import base64
import json
import select
from io import BytesIO
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from torch import Tensor

from darkroom.datasets.manifest import Manifest
from darkroom.errors import Error
from darkroom.imaging import native
from training import masks
from training.augment import MEAN, SPREAD
from training.config import TrainConfig
from training.data import Pictures, mixed, shown
from training.tasks import TASKS

_IDLE_SECONDS = 120.0
_INK = ((46, 204, 113), (52, 152, 219), (231, 76, 60), (241, 196, 15), (155, 89, 182), (26, 188, 156))
_LEAST_SHARE = 0.005
_COVER = 0.45
_EDGES = ("left", "top", "right", "bottom")


def preview(config: TrainConfig, manifest: Manifest, draws: int, *, drawn: bool = False) -> dict[str, Any]:
    """Pictures in rows: each as it is, then as often changed as asked for.

    Args:
        config: says the policy, the seed and the size.
        manifest: the pictures, one row for each.
        draws: how often each is changed; the draws of a seed are always the same.
        drawn: whether boxes are drawn into the pictures.

    Raises:
        Error: a `dataset_*` code.
    """
    # What is said of a class is spread over others while learning; here it is to tell how much of a picture is seen.
    config = config.model_copy(update={"label_smoothing": 0.0})
    task = TASKS[config.task]
    labels = manifest.labels
    part = task.decoded(manifest, labels, config.image_size, None)
    if config.task == "enhancement":
        part = _firsts(part)
    count = len(part)
    parted = _each_its_own(part, config.task)
    generator = torch.Generator()
    columns = [_inked(torch.cat(list(shown(part.pixels, config.image_size, count))), part.targets, config)]
    told: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for draw in range(draws):
        generator.manual_seed(mixed(config.seed, draw))
        pictures, targets = task.changed(parted, count, config, torch.arange(count), generator)
        columns.append(_inked(_as_seen(pictures, config.task), targets[:, 0] if targets.ndim == 4 else targets, config))
        for row in range(count):
            told[row].append(_told(config.task, targets[row], row, labels, part.keys))
    before = [_boxes(part.targets[row], labels) if config.task == "detection" else [] for row in range(count)]
    said = dict(manifest.frame.select("key", "labels").iter_rows())
    rows = [
        {"key": key, "labels": said[key], "boxes": before[row], "draws": told[row]} for row, key in enumerate(part.keys)
    ]
    return {"rows": rows, "size": config.image_size, "sheet": base64.b64encode(_sheet(columns, rows, drawn)).decode()}


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answer requests, one JSON object a line, until there are no more, or none came for two minutes."""
    while select.select([lines], [], [], _IDLE_SECONDS)[0]:
        line = lines.readline()
        if not line:
            return
        asked = json.loads(line)
        try:
            config = TrainConfig.model_validate(asked["config"])
            found = preview(config, Manifest.read(Path(asked["manifest"])), asked["draws"], drawn=asked["drawn"])
        except Error as error:
            found = {"error": [error.code, error.cause]}
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _firsts(part: Pictures) -> Pictures:
    """One part of each picture."""
    places = torch.tensor([part.keys.index(key) for key in dict.fromkeys(part.keys)])
    keys = tuple(part.keys[place] for place in places.tolist())
    return Pictures(part.pixels[places], part.targets[places], part.weights[places], keys)


def _each_its_own(part: Pictures, task: str) -> Pictures:
    """The pictures, each of a class of its own where classes are mixed: the shares then tell of pictures."""
    weights = torch.ones(len(part))
    targets = part.targets
    if task == "classification":
        targets = torch.arange(len(part))
    elif task == "multilabel":
        targets = torch.eye(len(part), dtype=torch.bool)
    return Pictures(part.pixels, targets, weights, part.keys)


def _as_seen(pictures: Tensor, task: str) -> Tensor:
    """Back to 0 to 1 from what networks like."""
    if task in ("enhancement", "style"):
        return pictures
    return (pictures * torch.tensor(SPREAD).view(1, 3, 1, 1) + torch.tensor(MEAN).view(1, 3, 1, 1)).clamp(0, 1)


def _inked(pictures: Tensor, kinds: Tensor, config: TrainConfig) -> Tensor:
    """Pictures with the classes of their pixels laid over them, where the task has such."""
    if config.task != "segmentation":
        return pictures
    kinds = masks.scaled(kinds.to(torch.uint8), config.image_size).long()
    ink = torch.tensor([(0, 0, 0), *_INK])[torch.where(kinds > 0, (kinds - 1) % len(_INK) + 1, 0)].permute(0, 3, 1, 2)
    cover = _COVER * ((kinds > 0) & (kinds < masks.UNKNOWN))[:, None]
    return pictures * (1 - cover) + ink / 255 * cover


def _told(task: str, target: Tensor, row: int, labels: tuple[str, ...], keys: tuple[str, ...]) -> dict[str, Any]:
    """What is said of a changed picture: its boxes, and which other one is seen in it, how much."""
    if task == "detection":
        return {"boxes": _boxes(target, labels), "other": None, "share": 1.0}
    if task in ("segmentation", "enhancement", "style"):
        return {"boxes": [], "other": None, "share": 1.0}
    shares = target[: len(keys)].clone()
    shares[row] = 0
    share, other = shares.max(0)
    seen = round(float(share), 3) if float(share) > _LEAST_SHARE else 0.0
    return {"boxes": [], "other": keys[int(other)] if seen else None, "share": round(1 - seen, 3)}


def _boxes(rows: Tensor, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [(labels[int(row[0])], [round(one, 4) for one in row[1:5]]) for row in rows.tolist() if row[0] >= 0]
    return [{"label": label, **dict(zip(_EDGES, places, strict=True))} for label, places in found]


def _sheet(columns: list[Tensor], rows: list[dict[str, Any]], drawn: bool) -> bytes:
    """All pictures in one, a row for each, as WebP; as PNG where what is said is drawn into it, for a file."""
    grid = torch.stack(columns, 1)
    down, across, _, height, width = grid.shape
    whole = grid.permute(0, 3, 1, 4, 2).reshape(down * height, across * width, 3)
    image = native.pillow().fromarray(np.ascontiguousarray((whole * 255).round().to(torch.uint8).numpy()))
    target = BytesIO()
    if drawn:
        _draw(image, rows, width)
        image.save(target, "PNG")
    else:
        image.save(target, "WEBP", quality=82, method=2)
    return target.getvalue()


def _draw(image: Any, rows: list[dict[str, Any]], side: int) -> None:
    """Boxes, each class in a colour of its own, and the share of a picture that another one is seen in."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(image)
    cells = [(row, column, cell) for row, one in enumerate(rows) for column, cell in enumerate([one, *one["draws"]])]
    names = sorted({box["label"] for _, _, cell in cells for box in cell["boxes"]})
    for row, column, cell in cells:
        corner = (column * side, row * side)
        for box in cell["boxes"]:
            ink = _INK[names.index(box["label"]) % len(_INK)]
            places = [corner[at % 2] + box[edge] * (side - 1) for at, edge in enumerate(_EDGES)]
            pen.rectangle(places, outline=ink, width=max(1, side // 100))
        if cell.get("other"):
            pen.text(
                (corner[0] + 3, corner[1] + 2),
                f"{cell['share']:.0%}",
                fill="white",
                stroke_width=2,
                stroke_fill="black",
            )
