"""An allowance is spent by cost and fills up evenly."""

from __future__ import annotations

from darkroom.api.buckets import Buckets


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_spent_and_comes_back():
    clock = Clock()
    buckets = Buckets(60, clock)
    for left in (40, 20, 0):
        assert (buckets.take("a", 20).allowed, buckets.look("a", 0).left) == (True, left)
    refused = buckets.take("a", 5)
    assert (refused.allowed, refused.left, refused.wait_seconds, refused.full_seconds) == (False, 0, 5, 60)
    assert buckets.take("b", 60).allowed  # another's is another
    clock.now += 5
    assert buckets.take("a", 5).allowed
    clock.now += 600
    assert buckets.look("a", 0).left == 60  # no more than a full one


def test_what_costs_more_than_everything_is_let_in_once_and_paid_off():
    clock = Clock()
    buckets = Buckets(60, clock)
    assert buckets.take("a", 100).allowed
    assert buckets.take("a", 1).wait_seconds == 41
    clock.now += 41
    assert buckets.take("a", 1).allowed


def test_a_debt_is_never_more_than_a_full_bucket():
    clock = Clock()
    buckets = Buckets(60, clock)
    buckets.charge("a", 1e9)
    assert buckets.look("a", 0).left == 0
    clock.now += 61
    assert buckets.take("a", 1).allowed


def test_memory_is_bounded_and_forgets_who_has_been_quiet_longest():
    buckets = Buckets(60, Clock())
    buckets.take("first", 60)
    for number in range(20_000):
        buckets.take(str(number), 60)
    assert buckets.look("first", 60).allowed
    assert not buckets.look("0", 60).allowed


def test_what_was_taken_is_told_once_and_what_others_took_counts():
    buckets = Buckets(60, Clock())
    buckets.take("a", 20)
    buckets.charge("a", 5)
    assert buckets.has_spent
    assert (buckets.drain(), buckets.drain(), buckets.has_spent) == ({"a": 25.0}, {}, False)
    buckets.take("a", 10)
    buckets.adopt({"a": 12.0})  # of all processes, before the ten that were taken meanwhile
    assert buckets.look("a", 0).left == 2
    buckets.adopt({"a": -500.0})
    assert buckets.look("a", 1).wait_seconds == 61
    buckets.take_back({"b": 3.0})
    assert buckets.drain() == {"a": 10.0, "b": 3.0}


def test_what_could_not_be_told_is_bounded():
    buckets = Buckets(60, Clock())
    for number in range(20_100):
        buckets.charge(str(number), 1)
    assert len(buckets.drain()) == 20_000
