"""A search for better options of a training: what may vary, how long it may take, and what each trial came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.train_config import TaskName, TrainConfig, checked, nested
from darkroom.errors import Error

Value = bool | int | float | str
"""One value of an option."""
TrialState = Literal["running", "done", "stopped", "failed"]
"""`stopped` is a trial that was ended early because others did better with as much work."""

_FIXED = frozenset({"task", "budget_seconds", "seed", "validations", "patience", "keep_best", "threads"})
"""What a search does not vary: trials are compared by the same measure, and the machine is shared among them."""


class Between(Model):
    """Any number from one end to the other."""

    low: float
    """Least value."""
    high: float
    """Largest value."""
    log: bool = False
    """Whether it is the ratio of two values that counts, as with learning rates."""
    whole: bool = False
    """Whole numbers only."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("low must be above 0 where ratios count")
        if self.whole and (self.low != int(self.low) or self.high != int(self.high)):
            raise ValueError("both ends must be whole numbers")
        return self

    def ends(self) -> tuple[Value, ...]:
        """The values that decide whether all between them are allowed."""
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)

    def holds(self, value: Value) -> bool:
        """Whether a value lies in it."""
        return isinstance(value, int | float) and self.low <= value <= self.high


class OneOf(Model):
    """One of some values."""

    values: tuple[Value, ...] = Field(min_length=2, max_length=100)
    """What there is to choose from."""

    def ends(self) -> tuple[Value, ...]:
        """All of them."""
        return self.values

    def holds(self, value: Value) -> bool:
        """Whether a value is among them."""
        return value in self.values


Dimension = Between | OneOf
"""How one option may vary."""
Space = dict[str, Dimension]
"""Options by name (`learning_rate`, `augment.mixup`) and how each may vary."""

DEFAULT_SPACE: Space = {
    "learning_rate": Between(low=0.005, high=0.08, log=True),
    "weight_decay": Between(low=0.02, high=0.5, log=True),
    "label_smoothing": Between(low=0, high=0.2),
    "batch_size": OneOf(values=(30, 60, 120)),
    "augment.zoom_from": Between(low=0.5, high=1),
    "augment.colour": Between(low=0, high=0.8),
    "augment.mixup": Between(low=0, high=0.5),
    "augment.cutmix": Between(low=0, high=0.5),
}
"""What is tried of classes when nothing is said: the options that decide most, around the defaults."""

_PLACED: Space = {
    "learning_rate": Between(low=0.005, high=0.08, log=True),
    "weight_decay": Between(low=0.02, high=0.5, log=True),
    "batch_size": OneOf(values=(4, 8, 16)),
    "augment.zoom_from": Between(low=0.3, high=0.9),
    "augment.zoom_to": Between(low=1, high=1.5),
    "augment.colour": Between(low=0, high=0.8),
}

SPACES: dict[TaskName, Space] = {
    "classification": DEFAULT_SPACE,
    "multilabel": {name: one for name, one in DEFAULT_SPACE.items() if name != "augment.cutmix"},
    "detection": {**_PLACED, "augment.rotate": Between(low=0, high=15)},
    "segmentation": {
        **_PLACED,
        "augment.rotate": Between(low=0, high=30),
        "class_weights": OneOf(values=("none", "balanced")),
    },
    "enhancement": {
        "learning_rate": Between(low=0.001, high=0.016, log=True),
        "batch_size": OneOf(values=(8, 16, 32)),
        "image_size": OneOf(values=(48, 64, 96)),
        "ema_decay": Between(low=0.9, high=0.995),
    },
}
"""What is tried of each task that can be searched: around its defaults, which are of another optimizer and other pictures than those of classes."""


def usual_space(task: TaskName, said: Mapping[str, Any]) -> Space:
    """What varies when nothing is said.

    Args:
        task: what is learnt.
        said: options that somebody chose: they are the same in every trial.
    """
    fixed = set(said) | {f"augment.{name}" for name in said.get("augment") or ()}
    return {name: one for name, one in SPACES.get(task, {}).items() if name not in fixed}


class SearchGiven(Model):
    """How to look for better options before the training begins."""

    trials: int = Field(24, ge=2, le=1000)
    """Most trials."""
    budget_seconds: float | None = Field(1200.0, gt=0, le=30 * 86_400)
    """Most wall time for all trials; null for as long as they take."""
    space: Space = Field(default_factory=dict, max_length=50)
    """What may vary; where nothing is said, the options that decide most for the task. Everything else is as the training says."""


class Trial(Model):
    """A short training with options of its own."""

    number: int = Field(ge=1)
    """Counted from 1."""
    options: dict[str, Value]
    """What it tried."""
    state: TrialState = "running"
    """Where it is."""
    scores: tuple[float, ...] = ()
    """What each of its validations said; more is better."""
    seconds: float = Field(0.0, ge=0)
    """Wall time."""
    cause: str | None = None
    """Why it failed, in words."""

    @property
    def score(self) -> float:
        """Its best; below every other where there is none."""
        return max(self.scores, default=-math.inf)


class Search(SearchGiven):
    """A search and how far it is."""

    found: tuple[Trial, ...] = ()
    """Every trial begun, in order."""
    chosen: int | None = None
    """Number of the best trial, whose options the training goes on with; null until the search is over."""
    seconds: float = Field(0.0, ge=0)
    """Wall time so far."""

    @property
    def best(self) -> Trial | None:
        """The trial that was chosen."""
        return next((one for one in self.found if one.number == self.chosen), None)

    def leaders(self) -> tuple[Trial, ...]:
        """Trials that came to something, the best first; of equal ones that which was validated more often."""
        told = (one for one in self.found if one.scores)
        return tuple(sorted(told, key=lambda one: (-one.score, -len(one.scores), one.number)))


def checked_space(space: Mapping[str, Dimension], config: TrainConfig) -> None:
    """Refuse what could never be tried.

    Raises:
        Error: `training_invalid`, an option that there is not, that does not vary, or with a value that does not fit.
    """
    for name, dimension in space.items():
        if name in _FIXED:
            raise Error("training_invalid", f"{name} is the same in every trial; it cannot be varied.")
        for value in dimension.ends():
            with_options(config, {name: value})


def with_options(config: TrainConfig, options: Mapping[str, Any]) -> TrainConfig:
    """A configuration with other options in some places; another strength of augmentation brings all that it stands for.

    Raises:
        Error: `training_invalid`, naming the first that does not fit.
    """
    found = config.model_dump()
    if "augment.strength" in options:
        found["augment"] = {}
    for name, value in nested(options).items():
        found[name] = (
            {**found[name], **value} if isinstance(value, dict) and isinstance(found.get(name), dict) else value
        )
    return checked(TrainConfig, found)


def dimension_of(words: str) -> tuple[str, Dimension]:
    """A dimension as people write it: `learning_rate=0.005..0.08:log`, `epochs=40..80:whole`, `batch_size=30,60`.

    Raises:
        Error: `training_invalid`.
    """
    name, equals, value = words.partition("=")
    low, dots, rest = value.partition("..")
    high, _, kind = rest.partition(":")
    if not (equals and name.strip() and value.strip()) or kind not in ("", "log", "whole"):
        raise Error("training_invalid", f"{words} is no NAME=LOW..HIGH[:log|:whole] and no NAME=A,B,C.")
    if not dots:
        return name.strip(), checked(OneOf, {"values": tuple(_parsed(one) for one in value.split(","))})
    found = {"low": low, "high": high, "log": kind == "log", "whole": kind == "whole"}
    return name.strip(), checked(Between, found)


def _parsed(word: str) -> Value:
    word = word.strip()
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(word, word)
