"""A short look at what a training would cost: the real loop on some of its pictures, a few steps long.

What is broken fails here within seconds: the model is judged by two batches of the validation split before it takes a step.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import torch

from darkroom.datasets.manifest import Manifest
from darkroom.domain.probe import Probe
from darkroom.domain.train_config import would_fit
from darkroom.errors import Error
from darkroom.memory import peak_bytes
from training import machine
from training.config import TrainConfig
from training.going_on import halved
from training.loop import Run, checked_before, look, start, step
from training.session import Shelf, begin_with
from training.tasks import TASKS

# The first steps also pay for what is set up only once.
_WARM = 2
_MOST = 24
_LEAST = 4
_SECONDS = 6.0


def probe(
    config: TrainConfig, manifest: Manifest, *, shelf: Shelf | None = None, tell: Callable[[int], None] | None = None
) -> Probe:
    """Measure a training with the pictures of a (small) dataset.

    Args:
        config: as it would begin.
        manifest: some of its pictures, of both splits and of every class.
        shelf: where weights that others trained come from.
        tell: is told how many steps were measured.

    Raises:
        Error: what the training would end with: a `dataset_*` or `training_*` code.
    """
    began = time.perf_counter()
    task = TASKS[config.task](config, manifest, machine.device())
    decoded = (time.perf_counter() - began) / max(1, len(task.train) + len(task.validation))
    while True:
        try:
            with tempfile.TemporaryDirectory(prefix="darkroom-probe-") as folder:
                begin_with(config, Path(folder), shelf)
                made = _measured(task, config, Path(folder), manifest.hash, tell or (lambda _: None))
                return made.model_copy(update={"decode_seconds": decoded, "examples_of": len(manifest.part("train"))})
        except (RuntimeError, MemoryError) as error:
            if not machine.is_out_of_memory(error):
                raise
            smaller = halved(config)
            if smaller is None:
                cause = (
                    f"Not even batches of {config.batch_size} fit; {would_fit(config.batch_size, config.accumulate)}."
                )
                raise Error("training_out_of_memory", cause) from error
            config = smaller


def _measured(task: Any, config: TrainConfig, folder: Path, dataset: str, tell: Callable[[int], None]) -> Probe:
    with machine.prepared(config) as place:
        run = start(task, config, folder, dataset, place=place)
        checked_before(run)
        began = time.perf_counter()
        task.validate(run.average, most=2 * config.batch_size)
        judged = (time.perf_counter() - began) / min(len(task.validation), 2 * config.batch_size)
        times = _steps(run, tell)
        quick, slow = _quarters(times)
        return Probe(
            step_seconds=sum(times) / len(times), quick_seconds=quick, slow_seconds=slow, steps=len(times),
            validation_seconds=judged, decode_seconds=0.0, step_size=run.step_size, batch_size=config.batch_size,
            accumulate=config.accumulate, memory_bytes=_memory(place), pixel_bytes=_pixels(task),
            pictures=len(task.train) + len(task.validation), memory_total_bytes=_total(place), examples=len(task),
        )  # fmt: skip


def _steps(run: Run, tell: Callable[[int], None]) -> list[float]:
    """Seconds of each step."""
    found: list[float] = []
    ended = time.perf_counter() + _SECONDS
    for number in range(_WARM + _MOST):
        began = time.perf_counter()
        step(run)
        if run.place.device.type == "cuda":
            torch.cuda.synchronize()
        look(run)
        if number >= _WARM:
            found.append(time.perf_counter() - began)
            tell(len(found))
        if len(found) >= _LEAST and time.perf_counter() > ended:
            break
    return found


def _quarters(times: list[float]) -> tuple[float, float]:
    """Mean of the quickest and of the slowest quarter."""
    ordered, size = sorted(times), max(1, len(times) // 4)
    return sum(ordered[:size]) / size, sum(ordered[-size:]) / size


def _memory(place: machine.Place) -> int:
    """The most memory that was in use: of the GPU where there is one, else of this process."""
    if place.device.type == "cuda":
        return int(torch.cuda.max_memory_reserved())
    return peak_bytes()


def _total(place: machine.Place) -> int:
    if place.device.type == "cuda":
        return int(torch.cuda.get_device_properties(place.device).total_memory)
    return int(psutil.virtual_memory().total)


def _pixels(task: Any) -> int:
    return sum(part.pixels.numel() for part in (task.train, task.validation))
