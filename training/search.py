"""Looks for better options of a training: Ray Tune runs short trials side by side, Optuna proposes them, ASHA ends the poor ones.

Optuna's sampler: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011. Early ends: Li et al., A System for
Massively Parallel Hyperparameter Tuning, 2020 (ASHA). A search that was killed goes on: what its finished trials came to
is told to the new one, and the others are begun again, where their own checkpoints lie.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.datasets.manifest import Manifest
from darkroom.domain.search import Between, Dimension, Search, Trial, Value, with_options
from darkroom.errors import Error
from training.cluster import cluster
from training.config import TrainConfig

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

RUNGS = 9
"""Validations of a whole trial; ASHA ends two of three after the first and again after the third."""
_REDUCTION = 3
# What an average trial costs as a share of a whole one, when two of three end after 1/9 and two of three of the rest after 1/3.
_SHARE = 0.27
_LEAST_SECONDS = 5.0
_MOST_AT_ONCE = 8
_SCORE = "score"

Listen = Callable[[Search], None]


def search(
    asked: Search,
    config: TrainConfig,
    manifest: Manifest,
    out: Path,
    *,
    cache: Path | None = None,
    address: str | None = None,
    listen: Listen | None = None,
    stop: Callable[[], bool] | None = None,
) -> Search:
    """Run trials until there are as many as asked for, or the time is up; the best one is chosen.

    Args:
        asked: what may vary, with the trials of an earlier attempt.
        config: everything else.
        manifest: what to learn from; its paths must lead somewhere on every machine.
        out: folder for the trials; it is removed when the search is over.
        cache: folder for scaled pictures.
        address: of a running Ray cluster; without one, Ray is started on this machine.
        listen: is told whenever a trial says something.
        stop: is asked now and then; true ends the search with nothing chosen.

    Raises:
        Error: `training_invalid` when no trial came to anything, `training_unschedulable`, `training_cluster_lost`.
    """
    out.mkdir(parents=True, exist_ok=True)
    held = out / "manifest.parquet"
    manifest.write(held)
    with cluster(address, 1) as there:
        at_once = _at_once(there)
        board = _Board(asked, listen, stop)
        threads = max(1, int(there.get("CPU", 1)) // at_once)
        words = {
            "config": _trial_config(asked, config, at_once, threads).model_dump(mode="json"), "manifest": str(held),
            "out": str(out), "cache": str(cache) if cache else None,
        }  # fmt: skip
        gpu = 1 if there.get("GPU", 0) >= 1 else 0
        _run(asked, board, words, at_once=at_once, resources={"cpu": threads, "gpu": gpu}, seed=config.seed)
    if stop is not None and stop():
        return board.search
    leaders = board.search.leaders()
    if not leaders:
        why = next(
            (one.cause for one in board.search.found if one.cause), "the time was up before the first validation"
        )
        raise Error("training_invalid", f"No trial of the search came to anything: {why}")
    shutil.rmtree(out, ignore_errors=True)
    return board.search.model_copy(update={"chosen": leaders[0].number})


def _at_once(there: Mapping[str, float]) -> int:
    """Trials side by side: one for each GPU, else for each processor; small models gain little from a second one."""
    return max(1, min(_MOST_AT_ONCE, int(there.get("GPU", 0) or there.get("CPU", 1))))


def _trial_config(asked: Search, config: TrainConfig, at_once: int, threads: int) -> TrainConfig:
    """How a trial trains: as long as lets all of them end in time, validated as often as any other."""
    seconds = config.budget_seconds
    if asked.budget_seconds is not None:
        fair = max(_LEAST_SECONDS, asked.budget_seconds * at_once / (asked.trials * _SHARE))
        seconds = min(fair, seconds) if seconds is not None else fair
    changes = {
        "budget_seconds": seconds, "validations": RUNGS, "patience": 0, "keep_best": 0, "threads": threads,
    }  # fmt: skip
    return TrainConfig.model_validate({**config.model_dump(), **changes})


class _Board:
    """What the trials came to, as the search goes on."""

    def __init__(self, asked: Search, listen: Listen | None, stop: Callable[[], bool] | None) -> None:
        self._listen = listen
        self._stop = stop
        self._asked = asked
        self._began = time.monotonic()
        over = [one for one in asked.found if one.state != "running"]
        self.kept = tuple(one.model_copy(update={"number": number}) for number, one in enumerate(over, 1))
        """Trials of an earlier attempt that need not be run again."""
        self.again = tuple(one.options for one in asked.found if one.state == "running")
        """Options of those that do."""
        self._trials: dict[str, Trial] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Ray Tune writes down what it works with; who listens is of this process alone.
        return _Board, (self._asked, None, None)

    @property
    def search(self) -> Search:
        """As it is now."""
        seconds = self._asked.seconds + time.monotonic() - self._began
        return self._asked.model_copy(update={"found": (*self.kept, *self._trials.values()), "seconds": seconds})

    def write(self, key: str, options: Mapping[str, Value], **changes: Any) -> None:
        """Note what a trial said, and tell of it."""
        known = self._trials.get(key)
        if known is None:
            known = Trial(number=len(self.kept) + len(self._trials) + 1, options=dict(options))
        self._trials[key] = known.model_copy(update=changes)
        if self._listen is not None:
            self._listen(self.search)

    def closed(self) -> Search:
        """As it ended; what was still at work when the time was up was ended too."""
        for key, one in self._trials.items():
            if one.state == "running":
                self._trials[key] = one.model_copy(update={"state": "stopped"})
        return self.search

    def failed(self, key: str) -> bool:
        """Whether a trial came to nothing."""
        return key in self._trials and self._trials[key].state == "failed"

    def scores(self, key: str) -> tuple[float, ...]:
        """What a trial has said so far."""
        known = self._trials.get(key)
        return known.scores if known else ()

    def is_over(self) -> bool:
        """Whether to begin and go on with nothing any more."""
        budget = self._asked.budget_seconds
        late = budget is not None and self.search.seconds >= budget
        return late or (self._stop is not None and self._stop())


def _run(
    asked: Search, board: _Board, words: dict[str, Any], *, at_once: int, resources: dict[str, int], seed: int
) -> None:
    """Have Ray Tune run the trials that are left."""
    left = asked.trials - len(board.kept)
    if left <= 0 or board.is_over():
        return
    from ray import tune
    from ray.exceptions import RayError
    from ray.tune.schedulers import ASHAScheduler

    os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
    os.environ.setdefault("TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S", "0")
    try:
        tune.run(
            tune.with_parameters(_trial, words=words),
            name="search",
            storage_path=str(Path(words["out"]) / ".ray"),
            num_samples=left,
            search_alg=tune.search.ConcurrencyLimiter(_optuna(asked, board, seed), at_once),
            scheduler=ASHAScheduler("validation", _SCORE, "max", max_t=RUNGS, grace_period=1, reduction_factor=_REDUCTION),
            stop=_stopper(board),
            callbacks=[_watcher(board)],
            resources_per_trial=resources,
            raise_on_failed_trial=False,
            verbose=0,
        )  # fmt: skip
    except RayError as error:
        raise Error("training_cluster_lost", str(error).splitlines()[0][:300]) from error


def _optuna(asked: Search, board: _Board, seed: int) -> Any:
    """Optuna, which knows what earlier trials came to."""
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {name: _distribution(one) for name, one in asked.space.items()}
    again = [dict(options) for options in board.again] or None
    found = OptunaSearch(space, metric=_SCORE, mode="max", points_to_evaluate=again, seed=seed)
    for one in board.kept:
        if one.scores:
            found.add_evaluated_point(dict(one.options), one.score)
    return found


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(dimension, Between):
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _trial(options: dict[str, Value], words: dict[str, Any]) -> None:
    """One trial, in a process of its own; an earlier attempt at the same options is gone on with."""
    from ray import tune

    from training.loop import Progress
    from training.session import train
    from training.tasks import TASKS

    def listen(progress: Progress) -> None:
        if progress.metrics is not None:
            tune.report({_SCORE: progress.metrics[TASKS[config.task].score], "validation": progress.validations})

    config = with_options(TrainConfig.model_validate(words["config"]), options)
    name = hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]
    cache = Path(words["cache"]) if words["cache"] else None
    try:
        train(config, Manifest.read(Path(words["manifest"])), Path(words["out"]) / name, cache=cache, listen=listen)
    except Error as error:
        # An answer, not a death; Optuna keeps away from where it came from.
        tune.report({_SCORE: 0.0, "validation": RUNGS, "cause": str(error)})


def _stopper(board: _Board) -> Any:
    from ray.tune import Stopper

    class Until(Stopper):  # type: ignore[misc]
        """Ends trials when the time is up, or somebody asks for it."""

        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            return board.is_over()

        def stop_all(self) -> bool:
            return board.is_over()

    return Until()


def _watcher(board: _Board) -> Any:
    from ray.tune import Callback

    class Watcher(Callback):  # type: ignore[misc]
        """Notes what trials say."""

        def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
            board.write(trial.trial_id, trial.config)

        def on_trial_result(
            self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any
        ) -> None:
            scores = board.scores(trial.trial_id)
            if "cause" in result:
                board.write(trial.trial_id, trial.config, state="failed", cause=result["cause"])
                return
            if result["validation"] > len(scores):  # the last one is told twice
                scores = (*scores, result[_SCORE])
            board.write(trial.trial_id, trial.config, scores=scores, seconds=result["time_total_s"])

        def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
            if not board.failed(trial.trial_id):
                done = len(board.scores(trial.trial_id)) >= RUNGS
                board.write(trial.trial_id, trial.config, state="done" if done else "stopped")

        def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
            words = str(trial.get_pickled_error() or trial.get_ray_actor_error() or "Its process died.").strip()
            board.write(trial.trial_id, trial.config, state="failed", cause=words.splitlines()[-1][:300])

    return Watcher()
