"""From pairs of pictures to tensors: parts of each at its own size, the same parts of both."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import Pair
from darkroom.domain.dataset import ImportProblem
from darkroom.errors import Error
from training.data import Pictures
from training.decode import Decoder

# Parts that are taken from a picture at most: two rows of two.
_ACROSS = 2

Pixels = NDArray[np.uint8]


def load_pairs(part: Manifest, side: int) -> Pictures:
    """Parts of the pictures of a manifest, with the same parts of what they are to become as targets.

    Args:
        part: the examples; those that others are to become are among them.
        side: of the parts; a smaller picture is reflected at its edges.

    Raises:
        Error: `dataset_invalid`, there is no pair, or none can be decoded.
    """
    paths = dict(zip(part.frame["key"], part.paths(), strict=True))
    weights = dict(part.frame.select("key", "weight").iter_rows())
    pairs = [
        (one.key, said.target)
        for one in part.examples()
        for said in one.annotations
        if isinstance(said, Pair) and said.target
    ]
    problems: dict[str, ImportProblem] = {}

    def one(pair: tuple[str, str]) -> list[tuple[Pixels, Pixels]]:
        before, after = (paths.get(key) for key in pair)
        try:
            if before is None or after is None:
                raise Error("dataset_invalid", "What it is to become is not in the same split.")
            return _parts(decoder.whole(before), decoder.whole(after), side)
        except Error as error:
            problems[pair[0]] = ImportProblem(file=str(before or pair[0]), cause=error.cause)
            return []

    with Decoder() as decoder, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(one, pairs))
    keys = [key for (key, _), parts in zip(pairs, found, strict=True) for _ in parts]
    if not keys:
        first = next((f"The first problem: {one.cause}" for one in problems.values()), "Import pairs first.")
        raise Error("dataset_invalid", f"There is no pair of pictures to learn from. {first}")
    stacked = [torch.from_numpy(np.stack([parts[at] for group in found for parts in group])) for at in (0, 1)]
    told = tuple(problems[key] for key in sorted(problems))
    counted = torch.tensor([weights[key] for key in keys], dtype=torch.float32)
    return Pictures(stacked[0], stacked[1], counted, tuple(keys), told)


def pictures_of(part: Manifest) -> int:
    """How many pairs there are."""
    return int(part.frame["annotations"].str.contains(r'"target":"').sum())


def _parts(before: Any, after: Any, side: int) -> list[tuple[Pixels, Pixels]]:
    """The same parts of both, channels first.

    Raises:
        Error: `dataset_invalid`, their sizes differ.
    """
    if before.shape != after.shape:
        sizes = " and ".join(f"{one.shape[1]} x {one.shape[0]}" for one in (before, after))
        raise Error("dataset_invalid", f"The two pictures of a pair have different sizes: {sizes}.")
    both = np.concatenate([before, after], 2)
    lacking = [max(0, side - length) for length in both.shape[:2]]
    if any(lacking):
        both = np.pad(both, [(0, lacking[0]), (0, lacking[1]), (0, 0)], mode="symmetric")
    rows, columns = (_starts(length, side) for length in both.shape[:2])
    cut = [both[top : top + side, left : left + side].transpose(2, 0, 1) for top in rows for left in columns]
    return [(np.ascontiguousarray(one[:3]), np.ascontiguousarray(one[3:])) for one in cut]


def _starts(length: int, side: int) -> list[int]:
    """Where parts begin: spread over the length, none over another."""
    count = max(1, min(_ACROSS, length // side))
    free = length - count * side
    return [free * (2 * at + 1) // (2 * count) + at * side for at in range(count)]
