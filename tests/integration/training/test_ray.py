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
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.search import Between, OneOf, Search, SearchGiven
from darkroom.errors import Error
from tests.integration.training.test_trainings import given
from tests.tiny import tiny
from training import cluster, ray_trainer, session
from training.loop import Progress
from training.platform import judged, learn
from training.search import search

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


SPACE = {"learning_rate": Between(low=0.001, high=0.1, log=True), "augment.mixup": OneOf(values=(0.0, 0.3))}
ASKED = SearchGiven(trials=4, budget_seconds=None, space=SPACE)


def test_a_search_chooses_the_best_of_its_trials_and_goes_on_where_one_ended(manifest: Manifest, tmp_path: Path):
    told: list[Search] = []
    asked = Search.model_validate(ASKED.model_dump())
    found = search(asked, tiny(), manifest, tmp_path / "search", listen=told.append)
    assert [one.number for one in found.found] == [1, 2, 3, 4]
    assert {one.state for one in found.found} <= {"done", "stopped"}
    assert all(SPACE[name].holds(value) for one in found.found for name, value in one.options.items())
    assert len({one.options["learning_rate"] for one in found.found}) == 4
    assert found.best == max(found.found, key=lambda one: (one.score, len(one.scores), -one.number))
    assert len(told) > 4
    assert not (tmp_path / "search").exists()
    # Killed after two trials, while the third was at work: that one is begun again, the two are not.
    open_one = found.found[2].model_copy(update={"state": "running", "scores": (0.1,)})
    cut = asked.model_copy(update={"found": (*found.found[:2], open_one), "seconds": 5.0})
    ended = search(cut, tiny(), manifest, tmp_path / "again")
    assert [one.options for one in ended.found[:3]] == [one.options for one in found.found[:3]]
    assert ended.found[:2] == found.found[:2]
    assert (len(ended.found), ended.found[2].state != "running", ended.seconds > 5) == (4, True, True)


def test_a_search_in_which_nothing_can_be_learnt_says_why(manifest: Manifest, tmp_path: Path):
    asked = Search.model_validate(ASKED.model_copy(update={"trials": 2}).model_dump())
    with pytest.raises(Error, match=r"No trial .* there is no nonsense"):
        search(asked, tiny(model="nonsense"), manifest, tmp_path)


def test_a_training_of_the_library_searches_first_and_learns_with_what_was_best(library, committed):
    committed()
    view = library.trainings.start(LOCAL_OWNER, given(search=ASKED.model_copy(update={"trials": 2})))
    work = library.trainings.take_up(SYSTEM, view.training.id, "run-a")
    with work.claim:
        learn(work)
    work = library.trainings.go_on(SYSTEM, view.training.id, "run-a")
    ended = library.trainings.finish(SYSTEM, work, judged(work))
    assert ended.state == "done"
    best = ended.search.best
    kept = library.trainings.checkpoint(LOCAL_OWNER, ended.checkpoint).config
    assert (kept["learning_rate"], kept["augment"]["mixup"]) == (
        best.options["learning_rate"], best.options["augment.mixup"],
    )  # fmt: skip
    assert kept == ended.config
    with pytest.raises(Error, match="learning_speed"):
        library.trainings.start(LOCAL_OWNER, given(search=SearchGiven(space={"learning_speed": OneOf(values=(1, 2))})))
