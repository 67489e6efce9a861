"""The same loop on several processes, started, watched and started again by Ray Train.

Ray is imported only when a training asks for more than one worker or names a cluster. Workers share
each step as `training.crew` says; they read the manifest and the pictures from the paths that the driver sees, so on a cluster
both lie in a folder that all machines share. A worker that dies takes the group with it; Ray starts the group again, and the
loop goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import ImportProblem
from darkroom.domain.train_config import shared
from darkroom.errors import ERROR_CODES, Error
from training.cluster import cluster
from training.config import TrainConfig
from training.loop import Fitted, Progress, Stop

RESTARTS = 5
"""How often the workers are started again after one of them died."""
_LOOK_SECONDS = 0.5
_OUTCOME = ".outcome.json"


def train(
    config: TrainConfig,
    manifest: Manifest,
    out: Path,
    *,
    workers: int,
    address: str | None = None,
    cache: Path | None = None,
    listen: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> tuple[Fitted, tuple[ImportProblem, ...]]:
    """Train with several workers; like `training.session.train` in everything else.

    Args:
        config: how; batches that the workers cannot share are divided into smaller ones, with the same pictures in a step.
        manifest: what to learn from; its paths must lead somewhere on every machine.
        out: folder of the training, likewise.
        workers: how many processes share each step.
        address: of a running cluster; without one, Ray is started on this machine for this training.
        cache: folder for scaled pictures.
        listen: is told how it goes.
        stop: is asked now and then; true ends the training in good order.

    Raises:
        Error: `training_unschedulable`, `training_cluster_lost`, or what `training.session.train` raises.
    """
    config = shared(config, workers)
    out.mkdir(parents=True, exist_ok=True)
    outcome = out / _OUTCOME
    outcome.unlink(missing_ok=True)
    held = out / ".manifest.parquet"
    manifest.write(held)
    with cluster(address, workers) as there:
        gpu = there.get("GPU", 0) >= workers
        words = {"config": config.model_dump(mode="json"), "manifest": str(held), "out": str(out), "cache": str(cache)}
        _run({**words, "cache": str(cache) if cache else None}, workers, gpu=gpu, out=out, listen=listen, stop=stop)
    return _read(outcome)


def _run(
    words: dict[str, Any],
    workers: int,
    *,
    gpu: bool,
    out: Path,
    listen: Callable[[Progress], None] | None,
    stop: Stop | None,
) -> None:
    """Have the workers train, and pass on what they tell and what they are told."""
    import ray
    from ray.exceptions import RayError
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    board = ray.remote(num_cpus=0)(_Board).remote()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(board, over, listen, stop), name="ray-watch", daemon=True)
    watcher.start()
    try:
        trainer = TorchTrainer(
            _work,
            train_loop_config={**words, "board": board},
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpu),
            run_config=RunConfig(
                name="darkroom", storage_path=str(out / ".ray"), failure_config=FailureConfig(max_failures=RESTARTS)
            ),
        )
        trainer.fit()
    except RayError as error:
        # What a worker raised is in its outcome; what is not there is Ray's own.
        if not (out / _OUTCOME).exists():
            raise Error("training_cluster_lost", str(error).splitlines()[0][:300]) from error
    finally:
        over.set()
        watcher.join(timeout=10)
        ray.kill(board)


class _Board:
    """Where the first worker writes how far it is, and reads whether to stop."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self._stop: bool | Literal["keep"] = False

    def tell(self, progress: dict[str, Any]) -> None:
        """Write."""
        self._told.append(progress)

    def take(self) -> list[dict[str, Any]]:
        """Everything new."""
        found, self._told = self._told, []
        return found

    def stop(self, how: bool | Literal["keep"]) -> None:
        """Ask to stop."""
        self._stop = how

    def stopped(self) -> bool | Literal["keep"]:
        """Whether to stop, and whether with a result."""
        return self._stop


def _watch(board: Any, over: threading.Event, listen: Callable[[Progress], None] | None, stop: Stop | None) -> None:
    import ray
    from ray.exceptions import RayError

    while not over.wait(_LOOK_SECONDS):
        try:
            for one in ray.get(board.take.remote(), timeout=30):
                if listen is not None:
                    listen(Progress(**one))
            if stop is not None and (how := stop()):
                ray.get(board.stop.remote(how), timeout=30)
        except (RayError, TimeoutError):
            continue


def _work(words: dict[str, Any]) -> None:
    """What each worker does."""
    import time

    import ray
    import ray.train

    from training import machine
    from training.crew import Alone, Together
    from training.loop import fit
    from training.tasks import TASKS

    context = ray.train.get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    out, board, asked_at = Path(words["out"]), words["board"], time.monotonic()
    asked: bool | Literal["keep"] = False

    def stop() -> bool | Literal["keep"]:
        nonlocal asked_at, asked
        if time.monotonic() - asked_at > _LOOK_SECONDS:
            asked, asked_at = ray.get(board.stopped.remote()), time.monotonic()
        return asked

    try:
        config, manifest = TrainConfig.model_validate(words["config"]), Manifest.read(Path(words["manifest"]))
        cache = Path(words["cache"]) if words["cache"] else None
        learner = TASKS[config.task](config, manifest, machine.device(), cache)
        fitted = fit(
            learner, config, out, manifest.hash, resume=True, stop=stop,
            listen=lambda progress: board.tell.remote(asdict(progress)),
            crew=Together(rank, size) if size > 1 else Alone(),
        )  # fmt: skip
    except Error as error:
        # An answer, not a death: starting the workers again would not mend it.
        if rank == 0:
            _write(out, {"error": [error.code, error.cause, error.remedy]})
        return
    if rank == 0 and fitted.stopped != "failed":
        problems = [one.model_dump() for one in (*learner.train.problems, *learner.validation.problems)]
        _write(out, {"fitted": {**asdict(fitted), "folder": str(fitted.folder)}, "problems": problems})


def _write(out: Path, outcome: dict[str, Any]) -> None:
    draft = out / f"{_OUTCOME}.part"
    draft.write_text(json.dumps(outcome))
    draft.replace(out / _OUTCOME)


def _read(outcome: Path) -> tuple[Fitted, tuple[ImportProblem, ...]]:
    """What the first worker wrote.

    Raises:
        Error: what it raised, or `training_cluster_lost` when it wrote nothing.
    """
    try:
        found = json.loads(outcome.read_text())
    except (OSError, ValueError) as error:
        raise Error("training_cluster_lost", "The workers ended without an answer.") from error
    if "error" in found:
        code, cause, remedy = found["error"]
        raise Error(code if code in ERROR_CODES else "internal", cause, remedy=remedy)
    fitted = found["fitted"]
    problems = tuple(ImportProblem(**one) for one in found["problems"])
    return Fitted(**{**fitted, "folder": Path(fitted["folder"])}), problems
