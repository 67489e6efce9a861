"""Slots are handed on in order, and none is lost."""

from __future__ import annotations

import asyncio

import pytest

from darkroom.api.slots import Slots


def test_slots_are_handed_on_in_order():
    async def work() -> list[int]:
        slots, order = Slots(2, 5.0), []

        async def one(number: int) -> None:
            await slots.enter("a")
            order.append(number)
            await asyncio.sleep(0)
            slots.leave("a")

        await asyncio.gather(*(one(number) for number in range(20)))
        assert slots._found == {}
        return order

    assert asyncio.run(work()) == list(range(20))


def test_who_waits_too_long_or_goes_away_takes_no_slot():
    async def work() -> None:
        slots = Slots(1, 0.02)
        await slots.enter("a")
        await slots.enter("b")  # another's slots are others
        with pytest.raises(TimeoutError):
            await slots.enter("a")
        gone = asyncio.create_task(slots.enter("a"))
        await asyncio.sleep(0)
        slots.leave("a")  # handed to the one who is told to go in the same moment
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await slots.enter("a")
        slots.leave("a")
        slots.leave("b")
        assert slots._found == {}

    asyncio.run(work())
