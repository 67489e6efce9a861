"""The one training loop. Read it from `fit` down.

What makes it exact: nothing random is drawn from a state that runs along. The order of an epoch follows from (seed, epoch),
everything else of a part of a step from (seed, step, part). So the number of the step *is* the position in the data and the state of all
random numbers, and a training that was killed goes on from its last checkpoint with the very steps it would have taken.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from darkroom.domain.panel import Panel, PanelLook
from darkroom.domain.train_config import would_fit
from darkroom.domain.training import Checkpoint
from darkroom.errors import Error
from training import backbones, checkpoint, machine, models, optimizers
from training.config import TrainConfig
from training.crew import FAILED, Alone, Crew, statistics
from training.data import mixed, order
from training.going_on import halved, restore, settled, training_state
from training.plan import Plan, rate
from training.results import Results
from training.task import Task

# Far beyond any number of steps: parts of a step draw from places of their own.
_PART = 1 << 40
# Steps from which a first guess at the speed is made; the very first one also pays for what is set up only once.
_PROBED = (2, 8)
_LOOK_EVERY = 20
# Somebody watches from the first step on; asking the device each time would cost.
_FIRST_LOOKS = frozenset({1, 2, 4, 8, 14})
KEEP: Literal["keep"] = "keep"
"""What `stop` says for a training that is to end now with what it has come to."""
BASE = "base"
"""Folder of what a training begins with, weights of others or a style, below its own."""


Stop = Callable[[], bool | Literal["keep"]]
"""Whether a training is to end, and whether with a result."""


@dataclass(frozen=True)
class Progress:
    """What a listener is told."""

    step: int
    steps: int
    epoch: int
    loss: float
    rate: float
    pictures_per_second: float
    seconds_left: float
    metrics: dict[str, float] | None = None
    """Only after a validation."""
    validations: int = 0
    """Validations so far."""
    panel: Panel | None = None
    """After a validation: what is said of a few pictures now; with the first one the pictures too."""


@dataclass(frozen=True)
class Fitted:
    """What came of a training."""

    folder: Path
    """Its result: `model`, or `last` when somebody asked it to stop."""
    step: int
    """Steps taken."""
    seconds: float
    """Wall time of training and validating, those before an interruption included."""
    metrics: dict[str, float]
    """Of the last validation."""
    stopped: str
    """`finished`, `budget`, `patience`, `stopped` or `asked`."""


@dataclass
class Run:
    """A training: what stays the same, then everything that changes while a model learns."""

    task: Task
    config: TrainConfig
    out: Path
    dataset: str
    place: machine.Place
    model: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    plan: Plan
    results: Results
    crew: Crew = field(default_factory=Alone)
    """Who takes part."""
    speed: float = 0.0
    """Seconds a step takes by now; a running mean."""
    losses: list[Tensor] = field(default_factory=list)
    """Of the steps since somebody looked; left on the device, for asking would wait for it."""
    order: tuple[int, Tensor] = (-1, torch.empty(0))
    """The epoch, and the order in which it shows the pictures."""

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.config.learning_rate * rate(self.config.schedule, self.plan.progress, self.config.warmup)

    @property
    def step_size(self) -> int:
        """Pictures in a step."""
        return min(len(self.task), self.config.batch_size * self.config.accumulate)

    @property
    def epoch_steps(self) -> int:
        """Steps in which every picture is shown once; a rest that fills none waits for another order."""
        return len(self.task) // self.step_size


def fit(
    task: Task,
    config: TrainConfig,
    out: Path,
    dataset: str,
    *,
    resume: bool = False,
    listen: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
    crew: Crew | None = None,
) -> Fitted:
    """Train a model; its checkpoints lie below `out`: `last`, `best-*`, and in the end `model`.

    Args:
        task: what to learn, with its data.
        config: how.
        out: folder of this training.
        dataset: content hash of what it learns from.
        resume: go on from `last` where there is one.
        listen: is told how it goes.
        stop: is asked after every step; true ends the training in good order, `KEEP` ends it with a result.
        crew: the processes that share it; each of them calls this with the same arguments.

    Raises:
        Error: `training_diverged`, `training_out_of_memory` or `checkpoint_invalid`.
    """
    config, crew = settled(config, out) if resume else config, crew or Alone()
    run: Run | None = None
    while True:
        try:
            with machine.prepared(config, crew.size) as place:
                run = start(task, config, out, dataset, place=place)
                run.crew = crew
                if resume:
                    restore(run)
                return finish(run, learnt(run, listen, stop))
        except (RuntimeError, MemoryError) as error:
            if run is None or not machine.is_out_of_memory(error):
                raise
            config = smaller(run, error)


def learnt(run: Run, listen: Callable[[Progress], None] | None, stop: Stop | None) -> str:
    """Take steps until there is a reason to end, and return that."""
    why = led(run, lambda: checked_before(run))
    while not why:
        step(run)
        why = led(run, lambda: after_step(run, listen, stop))
    return why


def smaller(run: Run, error: Exception) -> TrainConfig:
    """How to begin anew in parts that may fit into memory, as long as nothing is learnt.

    Raises:
        Error: `training_out_of_memory`, naming what would fit.
    """
    config = run.config
    found = halved(config) if not run.plan.step and isinstance(run.crew, Alone) else None
    if found is None:
        fits = max(2, config.batch_size // 2)
        cause = f"Batches of {config.batch_size} do not fit; {would_fit(config.batch_size, config.accumulate)}."
        raise Error("training_out_of_memory", cause, batch_size=fits) from error
    run.optimizer.zero_grad(set_to_none=True)
    if run.place.device.type == "cuda":
        torch.cuda.empty_cache()
    return found


def led(run: Run, decide: Callable[[], str]) -> str:
    """Why the training ends, or nothing: what the first process finds, and with it the plan, holds for all."""
    try:
        why = decide() if run.crew.leads else ""
    except Error:
        run.crew.agree({"why": FAILED, "plan": run.plan.state()})
        raise
    said = run.crew.agree({"why": why, "plan": run.plan.state()})
    if not run.crew.leads:
        run.plan = Plan(**said["plan"])
    return str(said["why"])


def checked_before(run: Run) -> str:
    """Find a broken validation now, not when the first epoch is over."""
    run.task.validate(run.average, most=2 * run.config.batch_size)
    return "finished" if run.plan.is_done else ""


def start(task: Task, config: TrainConfig, out: Path, dataset: str, *, place: machine.Place) -> Run:
    """A fresh model with its optimizer and plan."""
    torch.manual_seed(config.seed)
    if config.weights is not None:
        model: nn.Module = backbones.begun(out / BASE, len(task.labels), config.tune, config.lora_rank)
    else:
        model = models.build(config.model, task.name, len(task.labels))
    task.begin(model, out / BASE)
    model = model.to(place.device)
    average = copy.deepcopy(model).eval() if config.ema_decay else model
    optimizer = optimizers.build(model, config, place.dtype)
    results = Results(out, config.keep_best, task.score)
    plan = Plan(1, config.budget_seconds)
    run = Run(task, config, out, dataset, place, model, average, optimizer, plan, results)
    run.plan = Plan(config.epochs * run.epoch_steps, config.budget_seconds)
    return run


def step(run: Run) -> None:
    """One step of the optimizer, over one or more batches."""
    began = time.perf_counter()
    config, number = run.config, run.plan.step
    places = shown(run)
    before = statistics(run.model) if not isinstance(run.crew, Alone) else {}
    run.model.train()
    for index, part in run.crew.mine(places.tensor_split(config.accumulate)):
        # Dropout draws from PyTorch's own generator, augmentation from ours.
        torch.manual_seed(mixed(config.seed, number + index * _PART))
        run.place.generator.manual_seed(mixed(config.seed, number + index * _PART))
        pictures, targets = run.task.batch(part, run.place.generator)
        with run.place.autocast():
            outputs = run.model(pictures.contiguous(memory_format=torch.channels_last))
        loss = run.task.loss(outputs, targets) * (len(part) / len(places))
        loss.backward()  # type: ignore[no-untyped-call]
        run.losses.append(loss.detach() * config.accumulate)
    run.crew.join(run.model, before)
    if config.clip:
        nn.utils.clip_grad_norm_(run.model.parameters(), config.clip)
    optimizers.set_rate(run.optimizer, run.rate)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    if run.average is not run.model:
        follow(run.average, run.model, config.ema_decay, number)
    seconds = time.perf_counter() - began
    run.plan.advance(seconds)
    run.speed = seconds if run.plan.step <= _PROBED[0] else 0.9 * run.speed + 0.1 * seconds


def shown(run: Run) -> Tensor:
    """The pictures of the next step."""
    epoch, position = divmod(run.plan.step, run.epoch_steps)
    if run.order[0] != epoch:
        run.order = epoch, order(len(run.task), run.config.seed, epoch)
    return run.order[1][position * run.step_size : (position + 1) * run.step_size]


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float, number: int) -> None:
    """Move the averaged weights towards the latest; quickly at first, when the latest are far better."""
    decay = min(decay, (1 + number) / (10 + number))
    ours, theirs = average.state_dict(), model.state_dict()
    numbers = [name for name, value in theirs.items() if value.dtype.is_floating_point]
    torch._foreach_lerp_([ours[name] for name in numbers], [theirs[name] for name in numbers], 1 - decay)
    for name in theirs.keys() - set(numbers):
        ours[name].copy_(theirs[name])


def after_step(run: Run, listen: Callable[[Progress], None] | None, stop: Stop | None) -> str:
    """Look, validate, write and tell as far as it is time for each; why the training ends, or nothing."""
    plan, config, results = run.plan, run.config, run.results
    is_look = plan.step % _LOOK_EVERY == 0 or plan.step in _FIRST_LOOKS
    if is_look:
        look(run)
    asked = stop is not None and stop()
    if plan.step == _PROBED[1] or plan.step % run.epoch_steps == 0:
        plan.fit(run.speed, results.seconds_ahead(plan.progress, config.validations))
    metrics = None
    if plan.is_done or asked == KEEP or plan.progress * config.validations >= results.validations + 1:
        metrics = validated(run)
    if asked or plan.is_done or results.is_due(plan.step, config):
        began = time.perf_counter()
        write(run, run.out / "last", with_state=True)
        plan.pause(time.perf_counter() - began)
        results.written()
    if listen is not None and (metrics or is_look):
        listen(told(run, metrics))
    if asked:
        return "stopped" if asked == KEEP else "asked"
    if config.patience and results.since_best() >= config.patience:
        return "patience"
    if not plan.is_done:
        return ""
    return "finished" if plan.step == plan.steps else "budget"


def look(run: Run) -> None:
    """Read the losses that have gathered on the device.

    Raises:
        Error: `training_diverged`, they are no numbers any more.
    """
    if not run.losses:
        return
    run.results.loss = float(torch.stack(run.losses).mean())
    run.losses.clear()
    if not math.isfinite(run.results.loss):
        raise Error("training_diverged", f"After {run.plan.step} steps the loss is no number any more.")


def validated(run: Run) -> dict[str, float]:
    """Judge the averaged weights, and keep them if they are among the best."""
    began = time.perf_counter()
    look(run)
    metrics = run.task.validate(run.average)
    run.results.add(run.plan.step, run.plan.progress, {**metrics, "training_loss": run.results.loss})
    run.results.keep(lambda folder: write(run, folder))
    seconds = time.perf_counter() - began
    run.results.took(seconds)
    run.plan.pause(seconds)
    return metrics


def told(run: Run, metrics: dict[str, float] | None) -> Progress:
    """What a listener is told now."""
    plan = run.plan
    return Progress(
        step=plan.step,
        steps=plan.step + plan.left,
        epoch=plan.step // run.epoch_steps,
        loss=run.results.loss,
        rate=run.rate,
        pictures_per_second=run.step_size / max(run.speed, 1e-9),
        seconds_left=plan.left * run.speed + run.results.seconds_ahead(plan.progress, run.config.validations),
        metrics=metrics,
        validations=run.results.validations,
        panel=panel_now(run) if metrics else None,
    )


def panel_now(run: Run) -> Panel:
    """What the averaged weights say of a few pictures, small enough to be kept each time."""
    began = time.perf_counter()
    pictures = run.task.panel_pictures() if run.results.validations == 1 else ()
    found = Panel(pictures=pictures, looks=(PanelLook(step=run.plan.step, said=run.task.panel(run.average)),))
    run.plan.pause(time.perf_counter() - began)
    return found


def write(run: Run, folder: Path, *, with_state: bool = False) -> None:
    """Write a checkpoint of the averaged weights, with all that is needed to go on if asked for."""
    about = Checkpoint(
        task=run.task.name,
        model=run.config.model,
        labels=run.task.labels,
        image_size=run.config.image_size,
        step=run.plan.step,
        dataset=run.dataset,
        seed=run.config.seed,
        licence=str(getattr(run.average, "licence", "none")),
        metrics=run.results.latest(),
        **machine.facts(run.config),
    )
    state = training_state(run) if with_state else None
    checkpoint.save(folder, run.average, about, run.config, history=run.results.history, state=state)


def finish(run: Run, why: str) -> Fitted:
    """Leave the result under `model`: the best checkpoint where patience ran out or somebody stopped it, else the last weights."""
    folder = run.out / ("last" if why == "asked" else "model")
    if why != "asked" and run.crew.leads:
        source = run.results.best() if why in ("patience", "stopped") else None
        run.results.publish(folder, source, lambda place: write(run, place))
    return Fitted(folder, run.plan.step, run.plan.elapsed, run.results.latest(), why)
