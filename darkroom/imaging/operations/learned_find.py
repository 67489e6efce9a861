"""Learned operations that find things: objects as boxes, and what each pixel belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import (
    Array,
    Colour,
    Context,
    Floats,
    ModelRef,
    Params,
    Raster,
    Region,
    Shape,
    colour_value,
    to_float,
)
from darkroom.imaging.operations.compose import with_opacity
from darkroom.imaging.operations.compose_cutout import refined
from darkroom.imaging.operations.compose_layers import Layer, laid
from darkroom.imaging.operations.compose_text import write
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.learned_model import Model, load_model

_STEP: dict[str, JsonValue] = {"step": 0.05}
_MEAN, _SPREAD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
_MOST_BOXES = 300
# Sums of shares that were computed in half precision.
_NEARLY = 0.01
_STRIDES = (8, 16, 32)


class _FindParams(Params):
    model: ModelRef
    """The model."""
    labels: tuple[str, ...] = Field((), max_length=2000)
    """Names of its classes in order; empty: their numbers."""
    values: Literal["imagenet", "0..1", "0..255", "-1..1"] = "imagenet"
    """How values are prepared: `imagenet` takes off the mean of that collection and divides by its spread."""
    side: int = Field(512, ge=32, le=2048, json_schema_extra={"unit": "px"})
    """Longer side at which the model looks, unless it takes one size only."""


def prepared(image: Raster, model: Model, side: int, values: str) -> Floats:
    """What the model gets: the picture at its size, with its range of values. Alpha is laid on grey."""
    colour = np.clip(to_float(np.ascontiguousarray(image.colour)), 0, 1)
    if image.alpha is not None:
        alpha = to_float(image.alpha)
        colour = colour * alpha + 0.5 * (1 - alpha)
    if colour.shape[2] != model.channels:
        colour = colour.repeat(3, axis=2) if model.channels == 3 else colour.mean(axis=2, keepdims=True)
    height, width = colour.shape[:2]
    scale = side / max(height, width)
    tall, wide = model.fixed_size or tuple(max(8, round(size * scale / 8) * 8) for size in (height, width))
    cv2 = native.cv2()
    how = cv2.INTER_AREA if wide < width else cv2.INTER_LINEAR
    colour = cv2.resize(colour, (wide, tall), interpolation=how).reshape(tall, wide, -1).astype(np.float32)
    if values == "imagenet":
        colour = (colour - _MEAN[: colour.shape[2]]) / _SPREAD[: colour.shape[2]]
    elif values == "bgr":
        colour = colour[:, :, ::-1] * np.float32(255)
    elif values != "0..1":
        colour = colour * np.float32(255) if values == "0..255" else colour * 2 - 1
    return np.asarray(colour, np.float32)


def find_objects(
    image: Raster, model: Model, *, labels: tuple[str, ...] = (), score: float = 0.5, side: int = 512,
    values: str = "imagenet", overlap: float = 0.5,
) -> tuple[Region, ...]:  # fmt: skip
    """The objects that a detector finds, best first, as relative boxes.

    Understood are: rows of left, top, right, bottom, score, class (0 to 1, or pixels of the model's input); boxes,
    scores and classes apart; logits with boxes of centre and size, as DETR and YOLOS give them; and grids of three
    strides, as YuNet gives them.

    Args:
        image: the picture.
        model: the detector.
        labels: names of its classes.
        score: least confidence.
        side: longer side at which it looks.
        values: how values are prepared.
        overlap: of two boxes of one class that share more than this the weaker is dropped.

    Raises:
        Error: `model_unusable` where its outputs are of no kind that is understood.
    """
    given = prepared(image, model, side, values)
    boxes, scores, classes = _decoded(model, model.run(given), given.shape[:2])
    found: list[Region] = []
    for number in np.argsort(-scores)[: 10 * _MOST_BOXES]:
        if scores[number] < score or len(found) >= _MOST_BOXES:
            break
        left, top, right, bottom = (float(one) for one in np.clip(boxes[number], 0, 1))
        kind = int(classes[number])
        label = labels[kind] if 0 <= kind < len(labels) else str(kind)
        region = Region(left, top, right, bottom, label, float(scores[number]))
        apart = all(one.label != label or _shared(one, region) <= overlap for one in found)
        if right > left and bottom > top and apart:
            found.append(region)
    return tuple(found)


def is_yunet(names: Iterable[str]) -> bool:
    """Whether a model with such outputs is a YuNet, the face detector that OpenCV knows."""
    return {f"{kind}_{stride}" for kind in ("cls", "obj", "bbox") for stride in _STRIDES} <= set(names)


def _grids(named: dict[str, Any], size: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """YuNet's boxes: each cell of a grid says how far from its corner a face has its middle, and how large it is."""
    boxes, scores = [], []
    for stride in _STRIDES:
        cls, obj, box = (np.asarray(named[f"{kind}_{stride}"], np.float64) for kind in ("cls", "obj", "bbox"))
        box, cells = box.reshape(-1, 4), size[1] // stride
        place = np.arange(len(box))
        middle = np.stack([place % cells, place // cells], axis=1) + box[:, :2]
        half = np.exp(np.clip(box[:, 2:], -10, 10)) / 2
        boxes.append(np.concatenate([middle - half, middle + half], axis=1) * stride)
        scores.append(np.sqrt(np.clip(cls.ravel(), 0, 1) * np.clip(obj.ravel(), 0, 1)))
    found = np.concatenate(boxes) / np.array([size[1], size[0], size[1], size[0]], np.float64)
    return found, np.concatenate(scores), np.zeros(len(found))


def _decoded(model: Model, outputs: list[Any], size: tuple[int, ...]) -> tuple[Array, Array, Array]:
    names = [one.name for one in model.facts.outputs]
    if is_yunet(names):
        return _grids(dict(zip(names, outputs, strict=True)), size)
    arrays = [np.asarray(one[0] if np.ndim(one) > 1 and np.shape(one)[0] == 1 else one) for one in outputs]
    if len(arrays) == 1 and arrays[0].ndim == 2 and arrays[0].shape[1] >= 6:
        rows = arrays[0].astype(np.float64)
        return _relative(rows[:, :4], size), rows[:, 4], rows[:, 5]
    boxes = next((one for one in arrays if one.ndim == 2 and one.shape[1] == 4), None)
    if boxes is not None:
        rest = [one for one in arrays if one is not boxes]
        logits = next((one for one in rest if one.ndim == 2 and len(one) == len(boxes) and one.shape[1] > 1), None)
        if logits is not None:  # DETR: the last class is "nothing"
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            odds = (odds / odds.sum(axis=1, keepdims=True))[:, :-1]
            centre, half = boxes[:, :2], boxes[:, 2:] / 2
            return np.concatenate([centre - half, centre + half], axis=1), odds.max(axis=1), odds.argmax(axis=1)
        flat = [one for one in rest if one.ndim == 1 and len(one) == len(boxes)]
        if len(flat) >= 2:
            scores = next((one for one in flat if np.issubdtype(one.dtype, np.floating)), flat[0])
            classes = next(one for one in flat if one is not scores)
            return _relative(boxes.astype(np.float64), size), scores, classes
    shapes = ", ".join(str(one.shape) for one in arrays)
    raise Error("model_unusable", f"{model.name} gives {shapes}, which is no kind of detection that is understood.")


def _relative(boxes: Array, size: tuple[int, ...]) -> Array:
    """Boxes that go beyond one are pixels of what the model saw."""
    if boxes.size and float(boxes.max()) > 2:
        return boxes / np.array([size[1], size[0], size[1], size[0]], np.float64)
    return boxes


def _shared(one: Region, other: Region) -> float:
    """Intersection over union."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(0.0, across) * max(0.0, down)
    areas = sum((box.right - box.left) * (box.bottom - box.top) for box in (one, other))
    return both / max(1e-12, areas - both)


def segment(image: Raster, model: Model, *, side: int = 512, values: str = "imagenet") -> Floats:
    """How much each pixel belongs to each class: height x width x classes, each pixel's sum is one.

    A model with one channel gives the odds of the foreground: class 1, class 0 is the rest. Numbers that are shares already stay as they are.

    Raises:
        Error: `model_unusable`.
    """
    made = model.picture(prepared(image, model, side, values))
    if made.shape[2] == 1:
        inside = made if made.min() >= 0 and made.max() <= 1 else 1 / (1 + np.exp(-np.clip(made, -50, 50)))
        odds = np.concatenate([1 - inside, inside], axis=2)
    elif made.min() >= 0 and np.abs(made.sum(axis=2) - 1).max() < _NEARLY:
        odds = made
    else:
        powers = np.exp(made - made.max(axis=2, keepdims=True))
        odds = powers / powers.sum(axis=2, keepdims=True)
    size = (image.shape.width, image.shape.height)
    cv2 = native.cv2()
    planes = [
        cv2.resize(np.ascontiguousarray(odds[:, :, one]), size, interpolation=cv2.INTER_LINEAR)
        for one in range(odds.shape[2])
    ]
    return np.stack(planes, axis=2).astype(np.float32)


class CutOutParams(_FindParams):
    """Parameters of `cut_out_learned`."""

    classes: tuple[int, ...] = Field((1,), min_length=1, max_length=1000)
    """Which classes stay; the rest becomes transparent."""
    refine: int = Field(8, ge=0, le=100, json_schema_extra={"unit": "px"})
    """Draw the model's coarse border to the edges of the picture within so many pixels."""
    invert: bool = False
    """Let these classes go instead."""


def _segmenter() -> dict[str, bytes]:
    from darkroom.imaging.operations.learned_write import brightness_segmenter

    return {"segmenter": brightness_segmenter()}


@operation(
    "cut_out_learned",
    version=2,
    category="learned",
    aliases=("remove background", "segmentation", "matting", "person cut-out"),
    examples=({"model": "segmenter", "values": "0..1"}, {"model": "segmenter", "refine": 0, "invert": True}),
    example_files=_segmenter,
)
def cut_out_learned(image: Raster, params: CutOutParams, context: Context) -> Raster:
    """Make everything transparent that does not belong to the classes asked for, by a segmentation model."""
    model = load_model(context.file(params.model), params.model)
    odds = segment(image, model, side=params.side, values=params.values)
    wanted = [one for one in params.classes if one < odds.shape[2]]
    cover = odds[:, :, wanted].sum(axis=2, keepdims=True)
    cover = 1 - cover if params.invert else cover
    if params.refine:
        cover = refined(cover, to_float(image.colour), max(1, round(params.refine * context.scale)))
    return with_opacity(image, np.clip(cover, 0, 1).astype(np.float32))


@cut_out_learned.shape_of
def _transparent(shape: Shape, params: CutOutParams) -> Shape:
    return replace(shape, channels=4)


class OverlayParams(_FindParams):
    """Parameters of `segment_overlay`."""

    opacity: float = Field(0.5, ge=0, le=1, json_schema_extra=_STEP)
    """Of the colours; 0 changes nothing."""


@operation(
    "segment_overlay",
    version=2,
    category="learned",
    aliases=("segmentation map", "show classes"),
    identity={"model": "segmenter", "opacity": 0},
    examples=({"model": "segmenter", "values": "0..1"},),
    example_files=_segmenter,
)
def segment_overlay(image: Raster, params: OverlayParams, context: Context) -> Raster:
    """Colour each pixel by the class that a segmentation model sees in it; the first class stays as it is."""
    if params.opacity == 0:
        return image
    model = load_model(context.file(params.model), params.model)
    classes = segment(image, model, side=params.side, values=params.values).argmax(axis=2)
    colours = palette(int(classes.max()) + 1)
    layer = Layer(colours[classes], (classes > 0).astype(np.float32)[:, :, None])
    return laid(image, layer, (0, 0), opacity=params.opacity)


def palette(count: int) -> Floats:
    """So many colours, far from each other, always the same: hues by the golden angle."""
    hue = (np.arange(count) * 0.61803398875) % 1.0 * 6
    ramp = np.clip(np.abs((hue[:, None] + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return np.asarray(0.25 + 0.75 * ramp, np.float32)


class DetectParams(_FindParams):
    """Parameters of `detection_overlay`."""

    score: float = Field(0.5, ge=0, le=1, json_schema_extra=_STEP)
    """Least confidence."""
    overlap: float = Field(0.5, ge=0, le=1, json_schema_extra=_STEP)
    """Of two boxes of one class that share more than this the weaker is left out."""
    colour: Colour | None = None
    """Of the boxes; empty: each class its own."""
    line: float = Field(0.004, ge=0.0005, le=0.05, json_schema_extra={"step": 0.0005})
    """Width of a line, as a share of the longer side."""
    names: bool = True
    """Write class and confidence."""


def _detector() -> dict[str, bytes]:
    from darkroom.imaging.operations.learned_write import fixed_detector

    return {"detector": fixed_detector()}


@operation(
    "detection_overlay",
    category="learned",
    aliases=("object detection", "boxes", "debug overlay", "show objects"),
    examples=({"model": "detector"}, {"model": "detector", "names": False, "colour": "#00ff00"}),
    example_files=_detector,
)
def detection_overlay(image: Raster, params: DetectParams, context: Context) -> Raster:
    """Draw the objects that a detection model finds, with their names."""
    model = load_model(context.file(params.model), params.model)
    found = find_objects(
        image, model, labels=params.labels, score=params.score, side=params.side, values=params.values,
        overlap=params.overlap,
    )  # fmt: skip
    for region in reversed(found):
        image = _drawn(image, region, params)
    return image


def _drawn(image: Raster, region: Region, params: DetectParams) -> Raster:
    height, width = image.shape.height, image.shape.width
    line = max(1, round(params.line * max(width, height)))
    left, right = round(region.left * width), max(round(region.left * width) + 1, round(region.right * width))
    top, bottom = round(region.top * height), max(round(region.top * height) + 1, round(region.bottom * height))
    number = params.labels.index(region.label) if region.label in params.labels else sum(region.label.encode())
    colour = palette(number + 1)[number]
    if params.colour:
        colour = np.array(colour_value(params.colour, Shape(1, 1, 3, "float32")), np.float32)
    cover = np.ones((bottom - top, right - left, 1), np.float32)
    cover[line:-line, line:-line] = 0
    image = laid(image, Layer(np.broadcast_to(colour, (*cover.shape[:2], 3)), cover), (left, top))
    if not params.names or min(height, width) < 24:
        return image
    letters = write(f"{region.label} {region.score:.2f}", max(8, 4 * line)).letters
    pad = np.pad(letters, line)
    ink = pad[:, :, None] * (np.float32(1) - colour.mean().round()) + (1 - pad[:, :, None]) * colour
    label = Layer(ink.astype(np.float32), np.ones((*pad.shape, 1), np.float32))
    return laid(image, label, (left, max(0, top - pad.shape[0])))
