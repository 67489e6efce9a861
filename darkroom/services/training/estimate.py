"""How long a training will take, what it needs and costs: by a short look at it, or by the speed of one that was."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.probe import Probe
from darkroom.domain.train_config import TrainConfig
from darkroom.domain.training import TrainingRun
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.training.evaluations import EvaluationService
from darkroom.services.training.measuring import MeasureKind, begun, found_by
from darkroom.services.training.shelf import BackboneList, backbones
from darkroom.services.training.spent import Tariff
from darkroom.services.training.trainings import TrainingService
from darkroom.services.training.views import TrainingEstimate, TrainingGiven
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

_LOOKED_AT = 50
_HOUR = 3600.0


class EstimateService:
    """What to expect of trainings before they begin.

    Args:
        settings: prices.
        stores: earlier trainings, and measurements.
        datasets: what would be learnt from.
        trainings: know what can be learnt.
        work: measures; asked for when it is needed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, datasets: DatasetService, trainings: TrainingService,
        work: Callable[[], WorkService],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._trainings = trainings
        self._work = work
        self.evaluations = EvaluationService(settings, stores, datasets, work)
        """Models on datasets."""

    def backbones(self, principal: Principal) -> BackboneList:
        """Weights that trainings can begin with."""
        scope_of(principal, "training:read")
        return backbones(principal, self._settings)

    def estimate(self, principal: Principal, given: TrainingGiven) -> TrainingEstimate:
        """What to expect of a training, without beginning it: by `measure` if that was done, else by an earlier training.

        Raises:
            Error: as `TrainingService.start`.
        """
        scope = scope_of(principal, "training:read")
        version, config = self._trainings.considered(principal, given, "training:read")
        waits = self._stores.trainings.open_count()
        measured = found_by(self._stores, principal, version, config)
        if measured is not None:
            probe, made = measured
            found = by_probe(version, config, given.workers, probe)
            found = found.model_copy(update={"waits": waits, "measured_by": made})
        else:
            earlier = self._stores.trainings.page(limit=_LOOKED_AT, states=["done"]).items
            seen = (one for one in earlier if self._datasets.reach.covers(one.dataset, scope))
            found = by_earlier(version, config, given.workers, seen, waits)
        return priced(found, Tariff.of(self._settings), given.workers)

    def measure(self, principal: Principal, given: TrainingGiven) -> WorkView:
        """Have a few steps of a training done with some of its pictures; `estimate` tells what was found.

        Measured once, whatever the time and the number of epochs: asking again leads to the same operation.

        Raises:
            Error: as `TrainingService.start`.
        """
        scope_of(principal, "training:write")
        version, config = self._trainings.considered(principal, given, "training:write")
        params = {"dataset": version.id, "config": config.model_dump(mode="json")}
        made = self._work().begin_whole(
            principal, MeasureKind.name, title=f"Measure a training on {version.id}", params=params,
            work_id=begun(self._stores, principal, version, config),
        )  # fmt: skip
        return view_of(made, self._settings)


def by_probe(version: CommittedVersion, config: TrainConfig, workers: int, probe: Probe) -> TrainingEstimate:
    """What to expect by what a few steps took.

    Workers share each step: at best it takes that much less, at worst nothing is gained.
    """
    shown, judged = version.counts.get("train", 0), version.counts.get("validation", 0)
    learnt = max(1, round(shown * probe.examples / probe.examples_of))
    size = max(1, min(learnt, config.batch_size * config.accumulate))
    epoch = max(1, learnt // size)
    validating = config.validations * judged * probe.validation_seconds
    before = probe.start_seconds + probe.decode_seconds * (shown + judged)

    def whole(step: float) -> float:
        learning = config.epochs * epoch * step + validating
        return before + (learning if config.budget_seconds is None else min(learning, config.budget_seconds))

    step = probe.step_seconds / workers
    free = float("inf") if config.budget_seconds is None else max(0.0, config.budget_seconds - validating)
    each = probe.pixel_bytes / probe.pictures
    return TrainingEstimate(
        dataset=version.id, counts=version.counts, waits=0, budget_seconds=config.budget_seconds,
        seconds=whole(step), low=whole(probe.quick_seconds / workers), high=whole(probe.slow_seconds),
        epochs=max(1, int(min(config.epochs, free / (epoch * step)))), pictures_per_second=size / step,
        memory_bytes=round(probe.memory_bytes - probe.pixel_bytes + each * (shown + judged)),
        memory_total_bytes=probe.memory_total_bytes, batch_size=probe.batch_size, accumulate=probe.accumulate,
    )  # fmt: skip


def by_earlier(
    version: CommittedVersion, config: TrainConfig, workers: int, earlier: Iterable[TrainingRun], waits: int
) -> TrainingEstimate:
    """What to expect by the speed of a training that was.

    Args:
        version: what it learns from.
        config: as it would begin.
        workers: processes that share each step.
        earlier: trainings that ended well, newest first.
        waits: trainings that come before it.
    """
    shown = version.counts.get("train", 0)
    measured = next((one for one in earlier if _is_like(one, config, workers)), None)
    facts = {"dataset": version.id, "counts": version.counts, "waits": waits, "budget_seconds": config.budget_seconds}
    if measured is None or not measured.pictures_per_second:
        return TrainingEstimate(**facts)
    # The work of a convolution grows with the area.
    speed = measured.pictures_per_second * (int(measured.config["image_size"]) / config.image_size) ** 2
    whole = config.epochs * shown / speed
    seconds = whole if config.budget_seconds is None else min(whole, config.budget_seconds)
    return TrainingEstimate(
        **facts, seconds=seconds, epochs=max(1, min(config.epochs, int(seconds * speed / max(1, shown)))),
        pictures_per_second=speed, measured_by=measured.id,
    )  # fmt: skip


def priced(found: TrainingEstimate, tariff: Tariff, workers: int) -> TrainingEstimate:
    """An estimate with what the time costs."""
    if tariff.price is None or found.seconds is None:
        return found
    each = tariff.price * workers / _HOUR
    times = {"cost": found.seconds, "cost_low": found.low, "cost_high": found.high}
    costs = {name: None if seconds is None else seconds * each for name, seconds in times.items()}
    return found.model_copy(update={**costs, "currency": tariff.currency})


def _is_like(one: TrainingRun, config: TrainConfig, workers: int) -> bool:
    # A network that looks at every picture takes longer than the painter does.
    same = (one.config.get("model"), one.config.get("features"), one.workers) == (
        config.model,
        config.features,
        workers,
    )
    return same and bool(one.pictures_per_second) and bool(one.config.get("image_size"))
