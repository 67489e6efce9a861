from __future__ import annotations

from itertools import pairwise

import pytest

from training.plan import Plan, rate


def test_without_a_budget_the_steps_are_fixed():
    plan = Plan(steps=10)
    places = []
    while not plan.is_done:
        places.append(plan.progress)
        plan.advance(1.0)
        plan.fit(1e9)
    assert places == pytest.approx([step / 10 for step in range(10)])
    assert (plan.step, plan.progress) == (10, 1.0)


@pytest.mark.parametrize("speeds", [(0.1, 0.1), (0.1, 0.4), (0.4, 0.1)], ids=["even", "slower", "faster"])
def test_a_budget_is_used_up_and_never_overdrawn_by_more_than_a_step(speeds):
    plan = Plan(steps=100_000, budget=100.0)
    places = [0.0]
    while not plan.is_done:
        seconds = speeds[plan.elapsed > 50]
        plan.advance(seconds)
        if plan.step % 10 == 0:
            plan.fit(seconds)
        places.append(plan.progress)
    assert 90 < plan.elapsed <= 100
    assert plan.progress == pytest.approx(1, abs=0.02)
    # The way is stretched or shortened without a jump.
    assert max(after - before for before, after in pairwise(places)) < 0.02


def test_the_rate_has_come_down_when_the_time_is_over_though_nobody_foresaw_how_slow_it_would_be():
    plan = Plan(steps=100_000, budget=100.0)
    plan.fit(0.5, other_seconds=10)
    rates = []
    while not plan.is_done:
        plan.advance(4.0 if plan.step > 20 else 0.5)
        rates.append(rate("cosine", plan.progress, 0.05))
    assert plan.step < 60
    assert rates[-1] < 0.01
    assert all(after <= before for before, after in pairwise(rates[10:]))


def test_time_for_validating_counts():
    plan = Plan(steps=1000, budget=100.0)
    plan.pause(40)
    plan.fit(1.0, other_seconds=20)
    assert plan.left == 37


def test_a_plan_never_grows_beyond_its_epochs():
    plan = Plan(steps=50, budget=1e6)
    plan.fit(0.001)
    assert plan.left == 50


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        ("cosine", [0, 0.5, 1, 0.5, 0]),
        ("one_cycle", [0, 0.5, 1, 0.5, 0]),
        ("constant", [0, 0.5, 1, 1, 1]),
    ],
)
def test_schedules(schedule, values):
    places = [0, 0.1, 0.2, 0.6, 1]
    assert [rate(schedule, place, 0.2) for place in places] == pytest.approx(values)
