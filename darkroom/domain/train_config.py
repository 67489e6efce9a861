"""What a training or an evaluation is told: every choice with its default, its range and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from darkroom.domain.base import Model
from darkroom.errors import Error

_Config = TypeVar("_Config", bound=Model)

REGISTRY = "model:"
"""What names a model of the registry begins with, where folders of the machine are named too."""
Strength = Literal["none", "light", "standard", "strong"]
"""How much pictures are changed: not at all, half as much as is standard for the task, as much, or half as much again."""
_FACTORS: dict[str, float] = {"none": 0.0, "light": 0.5, "strong": 1.5}
# What strong changes beside the rest, where colours change at all.
_STRONG = {"noise": 0.06, "blur": 0.008}


class AugmentConfig(Model):
    """A policy: how each picture is changed every time it is shown, so that few of them teach as much as many."""

    strength: Strength = "standard"
    """What the other values are where they are not given."""
    flip: float = Field(0.5, ge=0, le=1)
    """Share of pictures that are mirrored left to right."""
    flip_down: float = Field(0.0, ge=0, le=1)
    """Share of pictures that are mirrored top to bottom."""
    zoom_from: float = Field(0.8, gt=0, le=2)
    """Least share of the area that is shown."""
    zoom_to: float = Field(1.1, gt=0, le=2)
    """Largest share of the area that is shown; above 1 the surroundings are filled by reflection."""
    rotate: float = Field(15.0, ge=0, le=180)
    """Turned by at most this many degrees either way."""
    shear: float = Field(0.1, ge=0, le=1)
    """Slanted by at most this much."""
    stretch: float = Field(0.15, ge=0, le=1)
    """Width and height change against each other by at most this share."""
    shift: float = Field(0.1, ge=0, le=1)
    """Moved by at most this share of half the side, beside what zooming leaves free."""
    colour: float = Field(0.5, ge=0, lt=1)
    """Brightness, contrast and saturation change by at most this share."""
    tint: float = Field(0.2, ge=0, le=1)
    """Each channel is made brighter or darker by at most this share."""
    grey: float = Field(0.2, ge=0, le=1)
    """Share of pictures that lose their colours."""
    blur: float = Field(0.0, ge=0, le=0.05)
    """Softened by a Gaussian of at most this share of the side."""
    noise: float = Field(0.0, ge=0, le=0.5)
    """Grain of at most this spread, as a share of full brightness."""
    cutout: float = Field(0.5, ge=0, le=1)
    """Share of pictures that lose a rectangle."""
    cutout_side: float = Field(0.4, ge=0.1, le=1)
    """Longest side of that rectangle, as a share of the picture's."""
    mixup: float = Field(0.3, ge=0, le=1)
    """Share of pictures that another one shines through."""
    cutmix: float = Field(0.3, ge=0, le=1)
    """Share of pictures that get a piece of another one."""

    @model_validator(mode="before")
    @classmethod
    def _by_strength(cls, given: Any) -> Any:
        return {**preset(given.get("strength"), {}), **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.zoom_from > self.zoom_to:
            raise ValueError("zoom_from must not be above zoom_to")
        if self.mixup + self.cutmix > 1:
            raise ValueError("mixup and cutmix are shares of the same pictures: together at most 1")
        return self

    @classmethod
    def nothing(cls) -> Self:
        """Every picture as it is."""
        return cls.model_validate({"strength": "none"})


def preset(strength: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    """What a strength stands for; what is no strength stands for nothing, for its field to refuse it.

    Args:
        strength: one of `Strength`.
        own: what is standard for the task, where that is not so for all.
    """
    factor = _FACTORS.get(strength) if isinstance(strength, str) else None
    if factor is None:
        return dict(own)
    usual = {name: field.default for name, field in AugmentConfig.model_fields.items() if name != "strength"}
    usual |= own
    found = {name: round(value * factor, 4) for name, value in usual.items()}
    found |= {name: round(1 + (usual[name] - 1) * factor, 4) for name in ("zoom_from", "zoom_to")}
    # Half the pictures mirrored are all that can be learnt of mirroring, and a rectangle is as large as it is.
    found |= {name: usual[name] if factor else 0.0 for name in ("flip", "flip_down")}
    found["cutout_side"] = usual["cutout_side"]
    return found | (_STRONG if strength == "strong" and usual["colour"] else {})


TaskName = Literal["classification", "multilabel", "detection", "segmentation", "enhancement", "style"]
"""What can be learnt: one class for each picture, several, boxes with classes, the class of each pixel, a picture from a picture, or a style from one."""

CLASSES: tuple[TaskName, ...] = ("classification", "multilabel")
"""What learns classes of whole pictures."""

ARCHITECTURES: dict[str, tuple[TaskName, ...]] = {
    "residual": CLASSES,
    "residual-deep": CLASSES,
    "residual-tiny": CLASSES,
    "spotter": ("detection",),
    "spotter-tiny": ("detection",),
    "segmenter": ("segmentation",),
    "segmenter-tiny": ("segmentation",),
    "retoucher": ("enhancement",),
    "retoucher-tiny": ("enhancement",),
    "painter": ("style",),
    "painter-tiny": ("style",),
}
"""What can learn which task, by name: known before PyTorch is loaded. How each is built says `training/models.py`."""

_UNTOUCHED: dict[str, float] = {
    "zoom_from": 1.0, "zoom_to": 1.0, "rotate": 0.0, "shear": 0.0, "stretch": 0.0, "shift": 0.0, "colour": 0.0, "tint": 0.0,
    "grey": 0.0, "cutout": 0.0, "mixup": 0.0, "cutmix": 0.0,
}  # fmt: skip
_DEFAULTS: dict[str, dict[str, Any]] = {
    "multilabel": {"augment": {"cutout": 0.0, "cutmix": 0.0}},
    "detection": {
        "model": "spotter",
        "image_size": 256,
        "batch_size": 8,
        "augment": {
            "rotate": 5.0, "shear": 0.0, "stretch": 0.1, "zoom_from": 0.5, "zoom_to": 1.2, "cutout": 0.0, "grey": 0.1,
            "mixup": 0.0, "cutmix": 0.0,
        },
    },
    "segmentation": {
        "model": "segmenter",
        "image_size": 192,
        "batch_size": 8,
        "label_smoothing": 0.0,
        "augment": {
            "rotate": 10.0, "zoom_from": 0.6, "zoom_to": 1.2, "cutout": 0.0, "grey": 0.1, "mixup": 0.0, "cutmix": 0.0,
        },
    },
    "enhancement": {
        "model": "retoucher",
        "image_size": 64,
        "batch_size": 16,
        "optimizer": "adamw",
        "learning_rate": 0.004,
        "weight_decay": 0.0,
        "augment": _UNTOUCHED,
    },
    "style": {
        "model": "painter",
        "image_size": 128,
        "batch_size": 4,
        "optimizer": "adamw",
        "learning_rate": 0.003,
        "weight_decay": 0.0,
        "ema_decay": 0.95,
        "validations": 6,
        "augment": _UNTOUCHED,
    },
}  # fmt: skip
"""Where a task has defaults of its own."""


class TrainConfig(Model):
    """A training. Whoever sets nothing gets what was found best for a few hundred photographs from scratch."""

    task: TaskName = "classification"
    """What is learnt; what is not said has the defaults that were found for it."""
    model: str = "residual"
    """Name of the architecture."""
    weights: str | None = Field(None, max_length=200)
    """Weights that others trained to begin with: a folder of the machine's `backbones`, or `hub:OWNER/NAME`; the architecture is theirs."""
    tune: Literal["full", "head", "lora"] = "full"
    """What of those weights learns: all, the last layer alone, or small matrices beside them (LoRA)."""
    lora_rank: int = Field(8, ge=1, le=256)
    """Rank of those matrices."""
    style: str | None = Field(None, max_length=4096)
    """For the task `style`: the picture whose style is learnt, by its id in the library; a file for `python -m training`."""
    features: str | None = Field(None, max_length=200)
    """For the task `style`: a network that tells styles apart in place of patches of pixels: a folder of the machine's `backbones`, `hub:OWNER/NAME`, or a classifier of the library, `model:NAME` (its champion) or `model:NAME@3`."""
    keep: float = Field(0.025, ge=0, le=1)
    """For the task `style`: how much what a picture shows counts beside the style; more keeps more of it."""
    image_size: int = Field(112, ge=16, le=1024, multiple_of=8)
    """Side of the square that pictures are scaled to."""
    epochs: int = Field(240, ge=1)
    """How often every picture is shown at most; a budget may end it earlier, with the schedule fitted to it."""
    budget_seconds: float | None = Field(480.0, gt=0)
    """Wall time for training and validation; None for as long as the epochs take."""
    batch_size: int = Field(60, ge=2)
    """Pictures at a time."""
    accumulate: int = Field(1, ge=1)
    """Batches whose gradients are added up to one step."""
    optimizer: Literal["muon", "sgd", "adamw"] = "muon"
    """How weights follow gradients."""
    learning_rate: float = Field(0.02, gt=0)
    """Largest step size. Good values differ: about 0.02 for muon, 0.1 for sgd, 0.002 for adamw."""
    weight_decay: float = Field(0.1, ge=0, le=1)
    """How strongly weights are drawn to zero, relative to the learning rate."""
    schedule: Literal["cosine", "one_cycle", "constant"] = "cosine"
    """How the learning rate goes: up and down a cosine, up and down a line, or level."""
    warmup: float = Field(0.05, ge=0, lt=1)
    """Share of the training in which the learning rate rises."""
    clip: float = Field(2.0, ge=0)
    """Gradients longer than this are shortened to it; 0 leaves them alone."""
    ema_decay: float = Field(0.99, ge=0, lt=1)
    """The weights that are kept are a moving average over about 1 / (1 - this) steps; 0 keeps the latest."""
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    """Share of certainty that is spread over all classes."""
    class_weights: Literal["none", "balanced"] = "none"
    """Whether rare classes count more."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Numbers in the forward pass; auto takes bfloat16 where the GPU or processor computes with it."""
    augment: AugmentConfig = AugmentConfig()
    """How pictures are changed each time."""
    validations: int = Field(16, ge=1)
    """How often the validation split is looked at, spread over the training."""
    patience: int = Field(0, ge=0)
    """Stops after so many validations without a better one; 0 never does."""
    keep_best: int = Field(2, ge=0)
    """How many of the best checkpoints are kept beside the last."""
    checkpoint_seconds: float = Field(30.0, ge=0)
    """At most this much work is lost when the process is killed."""
    checkpoint_steps: int | None = Field(None, ge=1)
    """Checkpoints after so many steps in place of seconds."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Everything random follows from it."""
    threads: int | None = Field(None, ge=1)
    """Processor threads; without it one for each core, of which one stays free where there are more than two."""

    @model_validator(mode="before")
    @classmethod
    def _of_task(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        own = _DEFAULTS.get(str(given.get("task")), {})
        if given.get("weights"):
            rate = 0.0003 if given.get("tune", "full") == "full" else 0.003
            own = {
                **own, "model": "backbone", "image_size": 224, "batch_size": 32, "epochs": 20, "optimizer": "adamw",
                "learning_rate": rate,
            }  # fmt: skip
        augment = given.get("augment", {})
        if isinstance(augment, dict):
            augment = {**preset(augment.get("strength"), own.get("augment", {})), **augment}
        return {**own, **given, **({"augment": augment} if augment else {})}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.weights is None) != (self.model != "backbone"):
            raise ValueError("the model backbone is that of weights, and weights bring no other")
        if self.weights is not None and self.task not in CLASSES:
            raise ValueError(f"weights: those of others learn classes of pictures, not the task {self.task}")
        if (self.style is None) != (self.task != "style"):
            raise ValueError("style: the task style needs the picture whose style is learnt; no other takes one")
        if self.features is not None and self.task != "style":
            raise ValueError("features: only the task style looks at pictures through another network")
        if self.task == "style" and self.image_size < 64:
            raise ValueError("image_size must be 64 at least for the task style: strokes are larger than a few pixels")
        if self.patience and self.schedule != "constant" and self.validations <= self.patience:
            raise ValueError("patience must be smaller than validations, or it never stops anything")
        if self.patience and not self.keep_best:
            raise ValueError("patience needs keep_best of at least 1: the best one is what it goes back to")
        return self


class EvalConfig(Model):
    """How a checkpoint is judged."""

    batch_size: int = Field(128, ge=1)
    """Pictures at a time."""
    flips: bool = True
    """Each picture is looked at mirrored too, and the two answers are averaged."""
    bins: int = Field(15, ge=2)
    """Steps of confidence over which calibration is measured."""
    mistakes: int = Field(20, ge=0)
    """How many of the most confident mistakes are named."""
    cell_pictures: int = Field(24, ge=0)
    """How many pictures are named for each cell of the confusion."""


def checked(kind: type[_Config], options: dict[str, Any]) -> _Config:
    """A configuration from options.

    Raises:
        Error: `training_invalid`, naming the first option that does not fit.
    """
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Error("training_invalid", f"{where + ': ' if where else ''}{first['msg']}.") from error


def shared(config: TrainConfig, workers: int) -> TrainConfig:
    """The configuration with as many parts in a step as that many processes can share; a step holds the same pictures.

    Raises:
        Error: `training_invalid`, the batch cannot be divided.
    """
    if config.accumulate % workers == 0:
        return config
    size, rest = divmod(config.batch_size, workers)
    if rest or size < 2:
        cause = f"Batches of {config.batch_size} cannot be shared by {workers} workers; choose a multiple of {workers}."
        raise Error("training_invalid", cause)
    return config.model_copy(update={"batch_size": size, "accumulate": config.accumulate * workers})


def would_fit(batch_size: int, accumulate: int) -> str:
    """What to try where batches are too large for the memory: the same pictures in a step, half as many at a time."""
    if batch_size < 4:
        return "try a smaller image_size or model: batches cannot be smaller"
    return f"try batch_size={batch_size // 2} with accumulate={2 * accumulate}"


def seconds_of(words: str) -> float | None:
    """A time as people write it.

    Raises:
        Error: `training_invalid`.
    """
    if words == "none":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", words.strip())
    if match is None or float(match[1]) <= 0:
        raise Error(
            "training_invalid",
            f"budget: {words} is no time; write 90s, 8m, 2h or none, or an amount of money: 0.50 EUR.",
        )
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


_MONEY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]{2,12}|[^\w\s.,]{1,3})")
_TIMES = ("none", "s", "m", "h")


class Cost(Model):
    """An amount of money."""

    amount: float = Field(gt=0, le=1e9)
    """How much."""
    currency: str | None = Field(None, max_length=12)
    """What it is told in; refused where prices are told in another."""


def budget_of(words: str) -> dict[str, Any]:
    """A budget as people write it, by the field that it belongs to: `budget_seconds`, or `budget_cost` (`0.50 EUR`).

    Raises:
        Error: `training_invalid`.
    """
    match = _MONEY.fullmatch(words.strip())
    if match is None or match[2].lower() in _TIMES:
        return {"budget_seconds": seconds_of(words)}
    return {"budget_cost": Cost(amount=float(match[1]), currency=match[2])}


def options_of(pairs: list[str]) -> dict[str, Any]:
    """Options given as NAME=VALUE; `augment.mixup=0` reaches into a group.

    Raises:
        Error: `training_invalid`.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Error("training_invalid", f"{pair} is no NAME=VALUE.")
        found[name] = None if value == "none" and name != "class_weights" else value
    return nested(found)


def nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options by name, those of a group (`augment.mixup`) in a mapping of their own.

    Raises:
        Error: `training_invalid`, a group is given as one value too.
    """
    found: dict[str, Any] = {}
    for name, value in options.items():
        group, dot, inner = name.partition(".")
        if not dot:
            found[name] = value
        elif isinstance(found.setdefault(group, {}), dict):
            found[group][inner] = value
        else:
            raise Error("training_invalid", f"{group} is a group; give its parts only, such as {name}.")
    return found
