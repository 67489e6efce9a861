"""From a manifest to tensors: every picture is decoded and scaled once, and kept as bytes that batches are cut from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import ImportProblem
from darkroom.errors import Error
from training.decode import Decoder

# Pictures are kept a little larger than they are shown, for zooming and turning to have something to take from.
_SPARE = 1.14


@dataclass(frozen=True)
class Pictures:
    """The pictures of one split in memory (or mapped from a file), with what is said of them.

    Args:
        pixels: bytes, count x 3 x side x side.
        targets: what is said of each: the place of its class among the labels, or its boxes.
        weights: how much each counts.
        keys: content hashes.
        problems: pictures that could not be decoded and are left out.
    """

    pixels: Tensor
    targets: Tensor
    weights: Tensor
    keys: tuple[str, ...]
    problems: tuple[ImportProblem, ...] = ()

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: torch.device) -> Pictures:
        """The same, on another device."""
        moved = (self.pixels.to(device), self.targets.to(device), self.weights.to(device))
        return Pictures(*moved, self.keys, self.problems)


def stored_side(image_size: int) -> int:
    """Side at which pictures are kept that are shown at a size."""
    return round(image_size * _SPARE / 8) * 8


def load_pictures(part: Manifest, labels: Sequence[str], side: int, cache: Path | None = None) -> Pictures:
    """Decode the pictures of a manifest whose examples have one class each.

    Args:
        part: the examples.
        labels: classes in the order of the outputs.
        side: side of the square that they are scaled to.
        cache: folder for the scaled pictures; the next training of the same pictures maps them instead of decoding.

    Raises:
        Error: `dataset_invalid`, an example has no class or several, or no picture can be decoded.
    """
    place = {label: index for index, label in enumerate(labels)}
    targets = [place[_only(said, path)] for said, path in part.frame.select("labels", "path").iter_rows()]
    return with_targets(part, torch.tensor(targets), side, cache)


def with_targets(part: Manifest, targets: Tensor, side: int, cache: Path | None = None) -> Pictures:
    """Decode the pictures of a manifest; what cannot be decoded is left out, with what is said of it.

    Args:
        part: the examples.
        targets: what is said of each, in order.
        side: side of the square that they are scaled to.
        cache: folder for the scaled pictures.

    Raises:
        Error: `dataset_invalid`, no picture can be decoded.
    """
    pixels, problems = _cached(part, side, cache)
    kept = torch.tensor([index for index in range(len(part)) if index not in problems], dtype=torch.long)
    if not len(kept):
        first = next(iter(problems.values()))
        raise Error("dataset_invalid", f"No picture could be decoded. The first, {first.file}: {first.cause}")
    if problems:
        pixels = pixels[kept]
    keys, weights = part.frame["key"].to_list(), torch.tensor(part.frame["weight"].to_list(), dtype=torch.float32)
    found = tuple(keys[index] for index in kept.tolist())
    return Pictures(pixels, targets[kept], weights[kept], found, tuple(problems.values()))


def order(count: int, seed: int, epoch: int) -> Tensor:
    """The order in which an epoch shows its pictures; follows from seed and epoch alone."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(mixed(seed, epoch)))


def mixed(seed: int, place: int) -> int:
    """A seed for one place of a training, unlike those of its neighbours."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{place}".encode()).digest()[:8]) >> 1


def batches(count: int, size: int) -> Iterator[slice]:
    """Slices over all of `count`, in order."""
    return (slice(start, min(count, start + size)) for start in range(0, count, size))


def shown(pixels: Tensor, size: int, batch_size: int) -> Iterator[Tensor]:
    """Pictures from 0 to 1 at the size that a model likes, in batches."""
    for place in batches(len(pixels), batch_size):
        whole = pixels[place].float() / 255
        scaled = functional.interpolate(whole, (size, size), mode="bilinear", antialias=True, align_corners=False)
        yield scaled.contiguous(memory_format=torch.channels_last)


def _only(labels: list[str], path: str) -> str:
    if len(labels) != 1:
        said = f"classes {', '.join(labels)}" if labels else "no class"
        raise Error("dataset_invalid", f"{path} has {said}; classification needs exactly one.")
    return labels[0]


def _cached(part: Manifest, side: int, cache: Path | None) -> tuple[Tensor, dict[int, ImportProblem]]:
    if cache is None:
        return _decoded(part, side)
    name = hashlib.sha256("\n".join(part.frame["key"]).encode()).hexdigest()[:32]
    path = cache / f"{name}-{side}.npy"
    if path.exists():
        # Copy on write: PyTorch wants memory that it might write to.
        stored = np.load(path, mmap_mode="c", allow_pickle=False)
        if stored.shape == (len(part), 3, side, side) and stored.dtype == np.uint8:
            return torch.from_numpy(stored), {}
    pixels, problems = _decoded(part, side)
    if not problems:  # what is broken today may be mended tomorrow
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        with draft.open("wb") as file:
            np.save(file, pixels.numpy(), allow_pickle=False)
        draft.replace(path)
    return pixels, problems


def _decoded(part: Manifest, side: int) -> tuple[Tensor, dict[int, ImportProblem]]:
    pixels = torch.zeros((len(part), 3, side, side), dtype=torch.uint8)
    view = pixels.numpy()
    problems: dict[int, ImportProblem] = {}

    def one(place: tuple[int, Path]) -> None:
        index, path = place
        try:
            view[index] = decoder.square(path, side).transpose(2, 0, 1)
        except Error as error:
            problems[index] = ImportProblem(file=str(path), cause=error.cause)

    with Decoder() as decoder, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(one, enumerate(part.paths())))
    return pixels, dict(sorted(problems.items()))
