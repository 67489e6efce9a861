"""What a training is asked for with, made whole by what its dataset says."""

from __future__ import annotations

import polars as pl
import pytest

from darkroom.datasets.manifest import Manifest
from darkroom.domain.search import SPACES, SearchGiven
from darkroom.domain.train_config import Cost, budget_of
from darkroom.errors import Error
from darkroom.services.training.asking import settled
from darkroom.services.training.refusals import wanted as whole
from darkroom.services.training.spent import Tariff
from darkroom.services.training.views import TrainingGiven

BOX = '[{"kind":"detection","label":"cell","box":{"left":0.1,"top":0.1,"right":0.5,"bottom":0.5}}]'


FREE = Tariff()


def manifest(annotations: str = "[]", labels: tuple[str, ...] = ("cell",)) -> Manifest:
    frame = pl.DataFrame({"annotations": [annotations], "labels": [list(labels)]})
    made = object.__new__(Manifest)
    object.__setattr__(made, "frame", frame)
    return made


@pytest.mark.parametrize(
    ("found", "task"),
    [(manifest(BOX), "detection"), (manifest(), "classification"), (manifest(labels=("a", "b")), "multilabel")],
)
def test_the_dataset_tells_the_task_and_with_it_what_a_search_varies(found, task):
    wanted = settled(TrainingGiven(dataset="cells", search=SearchGiven()), lambda: found, FREE)
    assert (wanted.task, whole(wanted).task, wanted.search.space) == (task, task, SPACES[task])


def test_what_is_said_holds_and_the_pictures_are_not_read_for_it():
    def never() -> Manifest:
        raise AssertionError("the task is said")

    assert settled(TrainingGiven(dataset="cells", task="segmentation"), never, FREE).task == "segmentation"
    assert settled(TrainingGiven(dataset="cells", options={"style": "a1"}), never, FREE).task == "style"
    search = SearchGiven(space=SPACES["enhancement"])
    wanted = settled(TrainingGiven(dataset="cells", task="detection", search=search), never, FREE)
    assert wanted.search.space == SPACES["enhancement"]


def test_a_search_in_which_everything_is_chosen_already_is_refused():
    options = {"learning_rate": 0.01, "batch_size": 8, "image_size": 64, "ema_decay": 0.9}
    given = TrainingGiven(dataset="pairs", task="enhancement", search=SearchGiven(), options=options)
    with pytest.raises(Error, match="chosen already") as refused:
        settled(given, manifest, FREE)
    assert refused.value.code == "training_invalid"
    with pytest.raises(Error, match="beside the options"):
        whole(settled(TrainingGiven(dataset="pairs", task="detection", options={"seed": 1}), manifest, FREE))


def test_money_buys_time_by_the_price_of_an_hour():
    price = Tariff(2.0, "EUR")
    half = Cost(amount=0.5)
    given = TrainingGiven(dataset="cells", task="detection", workers=2, budget_cost=half)
    assert settled(given, manifest, price).budget_seconds == 450
    assert settled(given.model_copy(update={"workers": 1}), manifest, price).budget_seconds == 900
    both = TrainingGiven(dataset="cells", task="detection", budget_seconds=60, budget_cost=half)
    assert settled(both, manifest, price).budget_seconds == 60, "whichever is used up first"
    searched = TrainingGiven(dataset="cells", task="detection", search=SearchGiven(), search_cost=half)
    wanted = settled(searched, manifest, price)
    assert (wanted.search.budget_seconds, wanted.budget_seconds) == (900, 480)
    with pytest.raises(Error, match="budget_cost: it is not known what an hour costs"):
        settled(given, manifest, FREE)
    francs = given.model_copy(update={"budget_cost": Cost(amount=1, currency="CHF")})
    with pytest.raises(Error, match="told in EUR, not in CHF"):
        settled(francs, manifest, price)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("8m", {"budget_seconds": 480}),
        ("none", {"budget_seconds": None}),
        ("0.50 EUR", {"budget_cost": Cost(amount=0.5, currency="EUR")}),
        ("2€", {"budget_cost": Cost(amount=2, currency="€")}),
    ],
)
def test_a_budget_is_a_time_or_money(words, found):
    assert budget_of(words) == found


@pytest.mark.parametrize("words", ["soon", "-1 EUR", "5 m m", ""])
def test_what_is_neither_is_refused(words):
    with pytest.raises(Error, match="write 90s, 8m, 2h or none, or an amount of money"):
        budget_of(words)
