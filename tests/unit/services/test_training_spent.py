"""What a model cost to make, as its card tells it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from darkroom.domain.training import Metric
from darkroom.services.training.spent import Tariff, over_seeds, spent


def made(device: str, seconds: float = 1800.0, **environment: str):
    about = SimpleNamespace(environment={"device": device, **environment})
    return SimpleNamespace(seconds=seconds, about=about)


@pytest.mark.parametrize(
    ("checkpoint", "tariff", "rows"),
    [
        (made("x86_64, 8 cores", threads="7"), Tariff(), {"Processor hours": "0.500", "Energy": "0.045 kWh (90 W, an estimate"}),
        (made("x86_64, 8 cores"), Tariff(2.5, "CHF"), {"Cost": "1.25 CHF, at 2.5 an hour", "Energy": "0.050 kWh (100 W"}),
        (made("NVIDIA H100"), Tariff(watts=500), {"GPU hours": "0.500", "Energy": "0.250 kWh (500 W as DARKROOM_WATTS says)"}),
        (made("NVIDIA H100"), Tariff(), {"Cost": "not known", "Energy": "0.185 kWh (370 W, an estimate"}),
    ],
)  # fmt: skip
def test_hours_cost_and_energy_say_how_they_are_reckoned(checkpoint, tariff, rows):
    found = dict(spent(checkpoint, None, tariff))
    assert {name: found[name][: len(words)] for name, words in rows.items()} == rows


def test_workers_and_the_search_before_count():
    search = SimpleNamespace(seconds=3600.0, found=(1, 2, 3))
    training = SimpleNamespace(workers=2, search=search)
    found = dict(spent(made("x86_64, 2 cores"), training, Tariff()))
    assert found["Processor hours"] == "2.000"
    assert (found["Time"], found["Search before it"]) == ("1,800 s by 2 workers", "3,600 s, 3 trials")


def test_seeds_are_told_with_their_mean_and_interval():
    one, other = Metric(name="accuracy", value=0.9), Metric(name="accuracy", value=0.92)
    assert over_seeds([(3, one)]).startswith("3 alone")
    # Two values 0.02 apart: t of one degree of freedom times the standard error, which is 0.01.
    assert over_seeds([(3, one), (0, other)]) == "0, 3: mean accuracy 0.910, 0.783 to 1.000 in 95 of 100 cases"
