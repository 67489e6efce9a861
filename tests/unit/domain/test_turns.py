"""The rule of turns: urgent first, whoever computed much later, and nobody waits for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.turns import MOST_BEHIND, MOST_SHARE, Waiting, dagster_priority, due, gives_way, in_turn

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
PRIORITIES = st.sampled_from(["low", "normal", "high"])
SECONDS = st.floats(0, 1e6, allow_nan=False)


def wants(
    name: str, account: str = "a", priority: str = "normal", after: float = 0.0, seconds: float = 60.0
) -> Waiting:
    return Waiting(name, account, priority, NOON + timedelta(seconds=after), seconds)


def order(*waiting: Waiting, **used: float) -> list[str]:
    return [one.id for one in in_turn(waiting, used)]


def test_urgent_goes_first_and_first_come_among_equals() -> None:
    assert order(wants("later", after=5), wants("low", priority="low"), wants("first"), wants("high", priority="high", after=60)) == [
        "high", "first", "later", "low",
    ]  # fmt: skip


def test_whoever_computed_goes_after_whoever_did_not() -> None:
    assert order(wants("busy", "a"), wants("idle", "b", after=300), a=900) == ["idle", "busy"]


def test_a_hundred_of_one_do_not_hold_up_the_first_of_another() -> None:
    many = [wants(f"a{number:03}", "a") for number in range(100)]
    assert order(*many, wants("b", "b", after=30)).index("b") == 1


def test_only_low_gives_way_and_only_to_high() -> None:
    found = {
        (working, waiting)
        for working in ("low", "normal", "high")
        for waiting in ("low", "normal", "high")
        if gives_way(working, waiting)
    }
    assert found == {("low", "high")}  # fmt: skip


@given(PRIORITIES, PRIORITIES, SECONDS, SECONDS, st.floats(0, 1e6, allow_nan=False))
def test_nobody_starves(mine: str, theirs: str, used: float, others: float, later: float) -> None:
    """What comes later than the most anything can be put back by is due later, whatever the priorities and shares."""
    first, second = due(NOON, mine, used), due(NOON + timedelta(seconds=MOST_BEHIND + later), theirs, others)
    assert first <= second


@given(PRIORITIES, SECONDS, SECONDS)
def test_more_use_never_brings_forward_and_is_bounded(priority: str, used: float, more: float) -> None:
    near, far = due(NOON, priority, used), due(NOON, priority, used + more)
    assert near <= far <= due(NOON, priority, 0) + timedelta(seconds=MOST_SHARE)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), PRIORITIES, st.integers(0, 20_000), st.integers(1, 5000)), max_size=12)
)
def test_everything_gets_its_turn_once_whatever_the_order_it_is_told_in(
    given_: list[tuple[str, str, int, int]],
) -> None:
    waiting = [
        wants(str(at), who, priority, after, seconds) for at, (who, priority, after, seconds) in enumerate(given_)
    ]
    found = [one.id for one in in_turn(waiting, {})]
    assert sorted(found) == sorted(one.id for one in waiting)
    assert found == [one.id for one in in_turn(reversed(waiting), {})]


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_dagster_takes_the_larger_number_first(after: int, later: int) -> None:
    early, late = (int(dagster_priority(NOON + timedelta(seconds=one))) for one in (after, after + later))
    assert 0 < late < early < 2**31
