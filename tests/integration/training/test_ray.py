"""Training on Ray: several workers, of which one is killed, end where one process ends."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file

from assets.recipes import far
from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.search import Between, OneOf, Search, SearchGiven
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.recipes.apart import Assignment, lost
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.recipes.pool import Result, Subject
from tests.factories import image_record
from tests.integration.training.test_trainings import given
from tests.pictures import jpeg
from tests.tiny import tiny
from training import cluster, ray_trainer, session
from training.loop import KEEP, Progress
from training.platform import judged, learn
from training.search import search
from training.spread import spread

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


def test_a_training_of_several_workers_ends_with_what_it_has_come_to(manifest: Manifest, tmp_path: Path):
    told: list[Progress] = []
    fitted, _ = session.train(
        tiny(epochs=100_000), manifest, tmp_path, workers=2, listen=told.append, stop=lambda: KEEP if told else False
    )
    assert (fitted.stopped, fitted.folder.name) == ("stopped", "model")
    assert fitted.step < 100_000
    assert 0 <= fitted.metrics["accuracy"] <= 1
    assert load_file(fitted.folder / "weights.safetensors")


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
    kept = library.trainings.results.checkpoint(LOCAL_OWNER, ended.checkpoint).config
    assert (kept["learning_rate"], kept["augment"]["mixup"]) == (
        best.options["learning_rate"], best.options["augment.mixup"],
    )  # fmt: skip
    assert kept == ended.config
    with pytest.raises(Error, match="learning_speed"):
        library.trainings.start(LOCAL_OWNER, given(search=SearchGiven(space={"learning_speed": OneOf(values=(1, 2))})))


SHRUNK = {"name": "shrunk", "operations": [{"resize": {"width": 60}}, "sharpen"], "output": {"format": "webp"}}


def photos(library: Library, count: int, *, broken: int = 0) -> list[str]:
    """Pictures whose originals are there; the first `broken` ones are cut off."""
    records = []
    for number in range(count):
        data = jpeg(number, width=400, height=300)
        data = data[: len(data) // 3] if number < broken else data
        key = hashlib.sha256(data).hexdigest()
        library.stores.blobs.put("originals", key, data, durable=False)
        facts = {"width": 400, "height": 300, "format": "jpeg", "media_type": "image/jpeg"}
        records.append(image_record(number, id=key, name=f"p{number}.jpg", renditions=(), **facts))
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    return [one.id for one in records]


def rendering() -> list[psutil.Process]:
    """The processes of Ray that run recipes."""
    found = []
    for one in psutil.Process().children(recursive=True):
        try:
            if "ray::" in " ".join(one.cmdline()) and "_called" in " ".join(one.cmdline()):
                found.append(one)
        except psutil.Error:
            continue
    return found


def test_an_order_spreads_over_the_cluster_and_a_killed_worker_costs_nothing(library: Library):
    images = photos(library, 24, broken=1)
    given = OrderGiven(recipe=SHRUNK, images=images)
    order = library.renditions.order(LOCAL_OWNER, given)
    killed: list[int] = []
    told: list[int] = []

    def listen(progress: RenditionOrder) -> None:
        told.append(progress.done)

    def watched(work: Assignment, subjects: Iterator[Subject]) -> Generator[Result | None, None, None]:
        spread = far("auto")
        assert spread is not None
        for one in spread(work, subjects):
            if not killed and (busy := rendering()):
                busy[0].kill()
                killed.append(busy[0].pid)
            yield one

    ended = library.renditions.run_order(SYSTEM, order.id, "run-1", on_progress=listen, spread=watched)
    assert killed
    assert (ended.state, ended.made, ended.failed, ended.failures_by_code) == ("done", 23, 1, {"image_truncated": 1})
    assert told[-1] == 24
    for image in images[1:]:
        (made,) = library.renditions.of_image(LOCAL_OWNER, image, limit=2, cursor=None).items
        stored = library.stores.blobs.read("renditions", made.id)
        assert (len(stored), stored[8:12]) == (made.bytes, b"WEBP")
    # Equal addresses: what the cluster made is found by an order that runs here.
    again = library.renditions.order(LOCAL_OWNER, given)
    here = library.renditions.run_order(SYSTEM, again.id, "run-2")
    assert (here.made, here.reused) == (0, 23)


def test_an_order_on_the_cluster_is_cancelled(library: Library):
    order = library.renditions.order(LOCAL_OWNER, OrderGiven(recipe=SHRUNK, images=photos(library, 150)))

    def cancel(progress: RenditionOrder) -> None:
        if progress.state == "running":
            library.renditions.cancel(LOCAL_OWNER, order.id)

    ended = library.renditions.run_order(SYSTEM, order.id, "run-1", on_progress=cancel, spread=far("auto"))
    assert ended.state == "cancelled"
    assert 0 < ended.made < 150


def test_a_picture_whose_workers_die_is_told_and_no_cluster_means_this_machine():
    assert far(None) is None
    subject = Subject("a" * 64, "a.jpg", "b" * 64, 1.0, False)

    def deadly(_: Subject) -> Result:
        os._exit(1)

    (found,) = [
        one for one in spread(deadly, iter([subject]), address="auto", lost=lost, megabytes=lambda _: 1e9) if one
    ]  # what needs more memory than there is runs alone, it does not wait for ever
    assert (found.error.code, "a.jpg ended its worker" in found.error.cause) == ("decoder_crashed", True)
