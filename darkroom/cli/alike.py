"""Sums up words that differ in their numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?%?")


def summed(words: Iterable[str]) -> list[tuple[str, int]]:
    """Each kind of words with how often it came, the most frequent first; numbers that differ are told from the least to the most.

    Args:
        words: such as `noise falls by 1%` and `noise falls by 4%`, which become `noise falls by 1% to 4%`.
    """
    kinds: dict[tuple[str, ...], list[list[str]]] = {}
    for one in words:
        kinds.setdefault(tuple(_NUMBER.split(one)), []).append(_NUMBER.findall(one))
    told = [(_told(between, numbers), len(numbers)) for between, numbers in kinds.items()]
    return sorted(told, key=lambda each: -each[1])


def _told(between: tuple[str, ...], numbers: list[list[str]]) -> str:
    ranges = [_range(each) for each in zip(*numbers, strict=True)]
    return "".join(part for pair in zip(between, [*ranges, ""], strict=True) for part in pair)


def _range(numbers: tuple[str, ...]) -> str:
    least, most = (choose(numbers, key=lambda each: float(each.rstrip("%"))) for choose in (min, max))
    return least if float(least.rstrip("%")) == float(most.rstrip("%")) else f"{least} to {most}"
