"""Finding things: which classes a picture shows, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import Detection as Found
from darkroom.domain.marks import Mark, box_mark
from darkroom.domain.panel import PanelPicture, Said
from darkroom.domain.training import Metric
from darkroom.errors import Error
from training.augment import augment_moved, normalise
from training.boxes import area, generalised_overlap, moved, overlap, suppressed
from training.checkpoint import Loaded
from training.config import EvalConfig, TrainConfig
from training.data import Pictures, shown, stored_side, with_targets
from training.evaluate_boxes import BoxEvaluation, evaluate_boxes
from training.spotter import centres, placed
from training.tasks.base import Judged, Learner

NOTHING = -1.0
"""Class of a row that only fills a table of boxes."""
# Cells within this many cells of the middle of a box are told to find it (FCOS, centre sampling).
_REACH = 1.5
_GAMMA = 2.0
_EDGES = 2.0
# Boxes that a picture may be said to show at most, and how sure one must be of each.
_MOST = 300
_LEAST = 0.01
_SURE = 0.05
# What is drawn into a picture while a model learns.
_PANEL_SURE, _PANEL_BOXES = 0.25, 20


class Detection(Learner):
    """Boxes with classes in each picture; chosen by the mean average precision at half overlap."""

    name = "detection"
    score = "map50"
    """The figure that checkpoints are chosen by; more is better."""
    output = "found"
    """What the exported model calls its answer."""

    def __init__(
        self, config: TrainConfig, manifest: Manifest, device: torch.device, cache: Path | None = None
    ) -> None:
        super().__init__(config, manifest, device, cache)
        said = self.train.targets[..., 0]
        lacking = [name for place, name in enumerate(self.labels) if not (said == place).any()]
        if not self.labels or lacking:
            raise Error("dataset_invalid", f"No training picture has a box around {', '.join(lacking) or 'anything'}.")

    @staticmethod
    def answering(model: nn.Module) -> nn.Module:
        """The model with all that goes before and after it, as it is exported; its output is called `found`."""
        return Finder(model)

    @staticmethod
    def apart(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
        """By how much two answers differ at most: boxes, confidence, and the class of what is not nearly nothing."""
        other = (ours[..., 5] != theirs[..., 5]) & (ours[..., 4] >= _SURE)
        return max(float(np.abs(ours[..., :5] - theirs[..., :5]).max()), float(other.any()))

    @staticmethod
    def decoded(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None) -> Pictures:
        """Decode a part of a dataset, with what is said of each picture."""
        return load(part, labels, image_size, cache)

    @staticmethod
    def worth(found: Loaded, pictures: Pictures) -> Judged:
        """What a checkpoint is worth by pictures."""
        about = found.about
        details = judge(found.model, pictures, about.labels, about.image_size)
        whole = details.map50
        figures = (
            Metric(name="map50", value=whole.value, low=whole.low, high=whole.high),
            Metric(name="map", value=details.mean_map),
            Metric(name="precision", value=_mean(one.precision for one in details.classes if one.count)),
            Metric(name="recall", value=_mean(one.recall for one in details.classes if one.count)),
        )
        return Judged(figures, len(pictures), details)

    @staticmethod
    def changed(
        part: Pictures, classes: int, config: TrainConfig, places: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pictures, changed, with their boxes moved along: count x most x 5 (class, then the box)."""
        places = places.to(part.targets.device)
        pictures, maps = augment_moved(part.pixels[places], config.image_size, config.augment, generator)
        targets = part.targets[places]
        boxes, seen = moved(targets[..., 1:], targets[..., 0] >= 0, maps)
        kinds = torch.where(seen, targets[..., 0], torch.full_like(targets[..., 0], NOTHING))
        weights = part.weights[places, None, None].expand(-1, targets.shape[1], 1)
        return pictures, torch.cat([kinds[..., None], boxes, weights], -1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Quality focal loss of the classes (Li et al., Generalized Focal Loss, 2020), and distance of the boxes."""
        boxes, scores = placed(outputs)
        rows, columns = outputs.shape[-2:]
        chosen = assigned(targets, rows, columns)
        mine = chosen >= 0
        wanted = torch.zeros_like(scores)
        number, cell = mine.nonzero(as_tuple=True)
        rest = scores.sum() * 0 + boxes.sum() * 0
        if len(number):
            said = targets[number, chosen[number, cell]]
            ours = boxes[number, cell]
            quality = overlap(ours.detach(), said[:, 1:5])
            wanted[number, cell, said[:, 0].long()] = quality
            share = said[:, 5]
            rest = _EDGES * ((1 - generalised_overlap(ours, said[:, 1:5])) * share).sum()
        certainty = scores.sigmoid()
        focus = (certainty.detach() - wanted).abs() ** _GAMMA
        kinds = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none") * focus
        kinds = kinds * targets[:, :1, 5:6]
        return (kinds.sum() + rest) / max(1, len(number))

    def validate(self, model: nn.Module, most: int | None = None) -> dict[str, float]:
        """What is said of a model while it learns; `most` pictures at most."""
        found = judge(model, self.looked_at(most), self.labels, self.config.image_size, quick=True)
        return {"map50": found.map50.value, "map": found.mean_map}

    def truths(self, part: Pictures) -> Iterator[PanelPicture]:
        """The boxes of each."""
        for key, rows in zip(part.keys, part.targets.cpu(), strict=True):
            marks = tuple(box_mark(self.labels[int(row[0])], row[1:].tolist()) for row in rows if row[0] >= 0)
            yield PanelPicture(key=key, marks=marks[:_PANEL_BOXES])

    def said(self, model: nn.Module, part: Pictures) -> Iterator[Said]:
        """The boxes that it is not too unsure of."""
        found = predict(model, part.pixels, self.config.image_size, len(part))
        for rows, there in zip(found, part.targets.cpu(), strict=True):
            sure = [row for row in rows if float(row[4]) >= _PANEL_SURE][:_PANEL_BOXES]
            yield Said(marks=tuple(self._mark(row, there) for row in sure))

    def _mark(self, row: Tensor, there: Tensor) -> Mark:
        """A box that was found; right where half of it is shared with one of its class."""
        same = there[there[:, 0] == row[5]][:, 1:]
        right = bool(len(same)) and bool((overlap(row[None, :4], same) >= 0.5).any())
        return box_mark(self.labels[int(row[5])], row[:4].tolist(), confidence=float(row[4]), right=right)


def _mean(values: Iterable[float]) -> float:
    found = tuple(values)
    return sum(found) / len(found) if found else 0.0


def load(part: Manifest, labels: tuple[str, ...], image_size: int, cache: Path | None = None) -> Pictures:
    """Decode the pictures of a manifest; what is said of each is a table of boxes, filled up to the longest.

    Raises:
        Error: `dataset_invalid`, no picture can be decoded.
    """
    place = {label: index for index, label in enumerate(labels)}
    said = [
        [(place[one.label], one.box) for one in example.annotations if isinstance(one, Found)]
        for example in part.examples()
    ]
    table = torch.full((len(said), max(1, *(len(one) for one in said)) if said else 1, 5), NOTHING)
    for row, found in enumerate(said):
        for column, (kind, box) in enumerate(found):
            edges = (box.x, box.y, min(1.0, box.x + box.width), min(1.0, box.y + box.height))
            table[row, column] = torch.tensor([kind, *(max(0.0, edge) for edge in edges)])
    return with_targets(part, table, stored_side(image_size), cache)


def assigned(targets: Tensor, rows: int, columns: int) -> Tensor:
    """Which box each cell is to find: count x cells, -1 for none; of several the smallest.

    Args:
        targets: count x most x 6.
        rows: of the grid.
        columns: of the grid.
    """
    size = torch.tensor([columns, rows, columns, rows], device=targets.device)
    boxes, present = targets[..., 1:5] * size, targets[..., 0] >= 0
    middle = centres(rows, columns, targets.device)
    heart = (boxes[..., :2] + boxes[..., 2:]) / 2
    low = torch.maximum(boxes[..., :2], heart - _REACH)
    high = torch.minimum(boxes[..., 2:], heart + _REACH)
    # The cell in which the middle of a box lies finds it, however small it is.
    low, high = torch.minimum(low, heart.floor()), torch.maximum(high, heart.floor() + 1)
    cells = middle[None, None]
    inside = ((cells >= low[:, :, None]) & (cells <= high[:, :, None])).all(-1) & present[..., None]
    cost = torch.where(inside, area(boxes)[..., None], torch.inf)
    best, which = cost.min(1)
    return torch.where(best.isfinite(), which, -1)


class Finder(nn.Module):
    """A detector with all that goes before and after it: pictures from 0 to 1 in, rows out.

    Each cell gives a row of left, top, right, bottom (shares of the picture), how sure, and the class. Of several that
    tell of one thing, whoever reads them keeps the surest.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        """Count x rows x 6."""
        boxes, scores = placed(self.model(normalise(pictures)))
        sure, kind = scores.sigmoid().max(-1)
        return torch.cat([boxes.clamp(0, 1), sure[..., None], kind[..., None].float()], -1)


def predict(model: nn.Module, pixels: Tensor, size: int, batch_size: int) -> list[Tensor]:
    """What is found in each picture: rows as `Finder` gives them, without those that others outdo."""
    model.eval()
    finder = Finder(model)
    found: list[Tensor] = []
    with torch.inference_mode():
        for batch in shown(pixels, size, batch_size):
            for rows in finder(batch).float().cpu():
                sure = rows[rows[:, 4] >= _LEAST]
                sure = sure[sure[:, 4].argsort(descending=True, stable=True)[:_MOST]]
                found.append(sure[suppressed(sure[:, :4], sure[:, 4], sure[:, 5])])
    return found


def judge(
    model: nn.Module,
    part: Pictures,
    labels: tuple[str, ...],
    size: int,
    config: EvalConfig | None = None,
    *,
    quick: bool = False,
) -> BoxEvaluation:
    """Judge a model by pictures; `quick` leaves out how sure the figures are."""
    config = config or EvalConfig()
    found = predict(model, part.pixels, size, min(config.batch_size, 16))
    truth = [rows[rows[:, 0] >= 0] for rows in part.targets.cpu()]
    return evaluate_boxes(
        [one.numpy() for one in found], [one.numpy() for one in truth], labels, part.keys, config, quick=quick
    )
