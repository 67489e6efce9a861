"""Pictures of a dataset, changed as a training would change them and written as files of their own, with boxes and outlines moved along."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import ANNOTATIONS, Annotation, Box, Detection, Segmentation
from darkroom.domain.dataset import Example
from darkroom.imaging import native
from training.augment import MEAN, SPREAD, augment_moved
from training.boxes import moved
from training.config import AugmentConfig
from training.data import mixed, stored_side, with_targets

ROWS = "rows.jsonl"
"""File that tells of the pictures, a line for each."""
_AT_ONCE = 64
_JPEG_QUALITY = 95
_LEAST_SEEN = 0.25
Corners = list[tuple[float, float]]


def expand(
    manifest: Manifest, policy: AugmentConfig, out: Path, *, size: int, times: int, seed: int,
    tell: Callable[[int], None] = lambda _: None,
) -> int:  # fmt: skip
    """Write each picture several times, as squares, and what is to be seen in them; returns how many could not be decoded.

    What a picture becomes follows from its content, the seed and the number of the copy: others beside it change nothing.

    Args:
        manifest: the pictures.
        policy: how they are changed; pictures are not mixed with each other.
        out: folder for the files.
        size: side of the squares.
        times: how often each is changed.
        seed: another one gives other changes.
        tell: is told how many more pictures were dealt with.

    Raises:
        Error: `dataset_invalid`, no picture of a part can be decoded.
    """
    examples = {one.key: one for one in manifest.examples()}
    generator, left_out = torch.Generator(), 0
    with (out / ROWS).open("w") as rows:
        for start in range(0, len(manifest), _AT_ONCE):
            part = Manifest(manifest.frame.slice(start, _AT_ONCE), manifest.root)
            seen = with_targets(part, torch.arange(len(part)), stored_side(size))
            left_out += len(seen.problems)
            for at, key in enumerate(seen.keys):
                for index in range(times):
                    generator.manual_seed(mixed(mixed(seed, index), int(key[:15], 16)))
                    picture, places = augment_moved(seen.pixels[at : at + 1], size, policy, generator)
                    name = f"{key[:20]}-{index + 1}.jpg"
                    _write(out / name, picture[0])
                    said = ANNOTATIONS.dump_python(_moved(examples[key], places), mode="json")
                    rows.write(
                        json.dumps({"source": key, "index": index + 1, "file": name, "annotations": said}) + "\n"
                    )
            tell(len(part))
    return left_out


def _write(path: Path, picture: Tensor) -> None:
    cv2 = native.cv2()
    plain = picture * torch.tensor(SPREAD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
    pixels = (plain.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    cv2.imwrite(str(path), pixels[:, :, ::-1].copy(), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])


def _moved(example: Example, places: Tensor) -> tuple[Annotation, ...]:
    """What is to be seen in a changed picture; things that left it are left out."""
    found: list[Annotation] = []
    for one in example.annotations:
        if isinstance(one, Detection):
            box = _box(one.box, places)
            found += [one.model_copy(update={"box": box})] if box is not None else []
        elif isinstance(one, Segmentation):
            outline = _outline(one.outline, places)
            found += [one.model_copy(update={"outline": outline})] if outline is not None else []
        else:
            found.append(one)
    return tuple(found)


def _box(box: Box, places: Tensor) -> Box | None:
    edges = torch.tensor([[[box.x, box.y, box.x + box.width, box.y + box.height]]])
    there, seen = moved(edges, torch.ones(1, 1, dtype=torch.bool), places)
    if not seen[0, 0]:
        return None
    left, top, right, bottom = there[0, 0].tolist()
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _outline(outline: Iterable[tuple[float, float]], places: Tensor) -> tuple[tuple[float, float], ...] | None:
    corners = torch.tensor(list(outline), dtype=torch.float32) * 2 - 1
    back = torch.linalg.inv(places[0, :, :2].float())
    whole = (((corners - places[0, :, 2]) @ back.T) + 1) / 2
    before: Corners = [(float(x), float(y)) for x, y in whole.tolist()]
    after = clipped(before)
    if len(after) < 3 or area(after) < _LEAST_SEEN * area(before):
        return None
    return tuple(after)


def clipped(corners: Corners) -> Corners:
    """A polygon cut to the picture, from 0 to 1 (Sutherland and Hodgman, 1974)."""
    for axis in (0, 1):
        for sign, edge in ((1.0, 0.0), (-1.0, 1.0)):
            kept: Corners = []
            for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
                inside, there = ((place[axis] - edge) * sign for place in (one, other))
                if inside >= 0:
                    kept.append(one)
                if (inside >= 0) != (there >= 0):
                    share = inside / (inside - there)
                    kept.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
            corners = [(min(1.0, max(0.0, x)), min(1.0, max(0.0, y))) if axis else (x, y) for x, y in kept]
    return corners


def area(corners: Corners) -> float:
    """Of a polygon."""
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(x * down - right * y for (x, y), (right, down) in pairs)) / 2
