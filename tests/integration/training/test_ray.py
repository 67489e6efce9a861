"""Training on Ray: several workers, of which one is killed, end where one process ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file

from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from darkroom.errors import Error
from tests.tiny import tiny
from training import cluster, ray_trainer, session
from training.loop import Progress

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOLERANCE = 1e-3


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    """One Ray for the module: starting it takes longer than the trainings."""
    import ray

    if (os.cpu_count() or 1) < 2:
        pytest.skip("two workers need two processors")
    cluster.start(None)
    yield
    ray.shutdown()


@pytest.fixture
def manifest(shapes: Path) -> Manifest:
    return import_folder(shapes).manifest()


def workers() -> list[psutil.Process]:
    """The processes of Ray that train."""
    found = []
    for one in psutil.Process().children(recursive=True):
        try:
            if "RayTrainWorker" in " ".join(one.cmdline()):
                found.append(one)
        except psutil.Error:
            continue
    return found


def test_two_workers_of_which_one_is_killed_end_where_one_process_ends(manifest: Manifest, tmp_path: Path):
    config = tiny(batch_size=12, epochs=30, checkpoint_steps=10, optimizer="adamw", learning_rate=0.002)
    told: list[Progress] = []
    killed: list[int] = []

    def listen(progress: Progress) -> None:
        told.append(progress)
        if not killed and progress.step >= 20:
            victim = workers()[-1]
            victim.kill()
            killed.append(progress.step)

    fitted, problems = session.train(config, manifest, tmp_path / "ray", workers=2, listen=listen)
    assert killed
    assert (fitted.stopped, fitted.step, problems) == ("finished", 90, ())
    begun_again = [two.step for one, two in pairwise(told) if two.step < one.step]
    assert all(step > killed[0] - 30 for step in begun_again), "no more than what was done since the last checkpoint"
    alone, _ = session.train(ray_trainer.shared(config, 2), manifest, tmp_path / "alone")
    mine, theirs = (load_file(one.folder / "weights.safetensors") for one in (fitted, alone))
    assert max(float((mine[name].float() - theirs[name].float()).abs().max()) for name in mine) < TOLERANCE
    assert fitted.metrics["accuracy"] == alone.metrics["accuracy"]


def test_a_training_is_asked_to_stop(manifest: Manifest, tmp_path: Path):
    told: list[Progress] = []
    fitted, _ = session.train(
        tiny(epochs=100_000), manifest, tmp_path, workers=2, listen=told.append, stop=lambda: bool(told)
    )
    assert fitted.stopped == "asked"


def test_what_can_never_be_scheduled_is_refused_with_the_reason(manifest: Manifest, tmp_path: Path):
    config = tiny(batch_size=2 * 997)
    with pytest.raises(Error, match="processors for 997 workers") as refused:
        session.train(config, manifest, tmp_path, workers=997)
    assert refused.value.code == "training_unschedulable"


def test_what_workers_raise_is_raised_here(tmp_path: Path):
    ray_trainer._write(tmp_path, {"error": ["training_invalid", "There is no model nothing.", "Choose another."]})
    with pytest.raises(Error) as failed:
        ray_trainer._read(tmp_path / ray_trainer._OUTCOME)
    assert (failed.value.code, failed.value.cause, failed.value.remedy) == (
        "training_invalid", "There is no model nothing.", "Choose another.",
    )  # fmt: skip
    with pytest.raises(Error) as silent:
        ray_trainer._read(tmp_path / "elsewhere")
    assert (silent.value.code, silent.value.retryable) == ("training_cluster_lost", True)
