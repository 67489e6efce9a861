"""The training loop beside the shortest loop that PyTorch allows, and its data beside a DataLoader with Pillow.

Run as `python -m benchmarks.bench_training [--quick] [--size 112] [--batch 60]`. Both loops train the same model on the same
batches with the same numbers; ours also averages the weights, follows a plan, looks at the losses and asks whether to stop.
They take turns, so that a machine that slows down slows both down. The DataLoader decodes every picture anew in each epoch
with as many workers as there are cores, scaling while decoding where JPEG allows; ours decodes once and cuts batches from
bytes in memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn

from benchmarks.report import save, table
from training import loop, machine, optimizers
from training.config import TrainConfig
from training.data import Pictures, stored_side
from training.tasks.classification import Classification

CLASSES = 6


def learner(config: TrainConfig, count: int, device: torch.device) -> Classification:
    """A task over noise: what pictures show does not change how long they take."""
    side = stored_side(config.image_size)
    pixels = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)
    part = Pictures(pixels, torch.arange(count) % CLASSES, torch.ones(count), ("",) * count).to(device)
    task = Classification.__new__(Classification)
    task.config, task.labels = config, tuple(str(number) for number in range(CLASSES))
    task.train = task.validation = part
    task.class_weights = torch.ones(CLASSES, device=device)
    return task


def plain(run: loop.Run) -> Callable[[], None]:
    """A step as a tutorial has it: batch, forward, backward, clip, step."""

    def step() -> None:
        places = torch.randperm(len(run.task))[: run.config.batch_size]
        pictures, targets = run.task.batch(places, run.place.generator)
        with run.place.autocast():
            outputs = run.model(pictures.contiguous(memory_format=torch.channels_last))
        loss = run.task.loss(outputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), run.config.clip)
        run.optimizer.step()
        run.optimizer.zero_grad(set_to_none=True)

    return step


def ours(run: loop.Run) -> Callable[[], None]:
    """A step of `fit`, with all that it does between steps except validating."""

    def step() -> None:
        loop.step(run)
        loop.after_step(run, lambda _: None, lambda: False)

    return step


def loops(config: TrainConfig, steps: int, rounds: int) -> dict[str, float]:
    """Pictures a second of both, taking turns."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder, machine.prepared(config) as place:
        task = learner(config, max(360, 2 * config.batch_size), place.device)
        runs = [loop.start(task, config, Path(folder) / name, "0" * 64, place=place) for name in seconds]
        ways = dict(zip(seconds, (plain(runs[0]), ours(runs[1])), strict=True))
        runs[0].optimizer = optimizers.build(runs[0].model, config, place.dtype)
        for way in ways.values():
            timed(way, 5)
        for turn in range(rounds):
            for name in sorted(ways, reverse=turn % 2 == 1):
                seconds[name].append(timed(ways[name], steps))
    return {name: config.batch_size * steps / median(found) for name, found in seconds.items()}


def timed(way: Callable[[], None], steps: int) -> float:
    """Seconds that so many steps take, all of their work on a GPU included."""
    finish = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    finish()
    began = time.perf_counter()
    for _ in range(steps):
        way()
    finish()
    return time.perf_counter() - began


class Decoding(torch.utils.data.Dataset[Any]):
    """What most projects write: open, scale, to tensor."""

    def __init__(self, paths: list[Path], side: int) -> None:
        self.paths, self.side = paths, side

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: int) -> torch.Tensor:
        from PIL import Image

        with Image.open(self.paths[place]) as picture:
            picture.draft("RGB", (self.side, self.side))
            scaled = picture.convert("RGB").resize((self.side, self.side), Image.Resampling.BILINEAR)
        return torch.frombuffer(bytearray(scaled.tobytes()), dtype=torch.uint8).view(self.side, self.side, 3)


def loading(count: int, side: int) -> list[tuple[str, float, float]]:
    """Pictures a second in the first epoch and in every later one, of a DataLoader and of ours."""
    from benchmarks.corpus import draw_corpus
    from darkroom.datasets.manifest import Manifest
    from darkroom.domain.annotation import Classification as Said
    from darkroom.domain.dataset import Example
    from training.data import load_pictures

    with tempfile.TemporaryDirectory() as folder:
        paths = draw_corpus(Path(folder) / "pictures", count, (1280, 960))
        workers = os.cpu_count() or 1
        loader = torch.utils.data.DataLoader(Decoding(paths, side), 60, num_workers=workers, persistent_workers=True)
        theirs = [rate(count, lambda: [batch for batch in loader]) for _ in range(2)]  # noqa: C416
        said = (Said(label="one"),)
        examples = [Example(key=f"{at:064x}", path=path.name, annotations=said) for at, path in enumerate(paths)]
        manifest = Manifest.of(examples, paths[0].parent)
        cache = Path(folder) / "cache"
        first = rate(count, lambda: load_pictures(manifest, ("one",), side, cache))
        kept = load_pictures(manifest, ("one",), side, cache)
        order = torch.randperm(count)
        later = rate(count, lambda: [kept.pixels[part] for part in order.split(60)])
    return [(f"DataLoader + Pillow, {workers} workers", *theirs), ("ours", first, later)]


def rate(count: int, work: Callable[[], object]) -> float:
    """Pictures a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--batch", type=int, default=60)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--no-loading", action="store_true")
    asked = parser.parse_args()
    options = {"image_size": asked.size, "batch_size": asked.batch, "validations": 1, "budget_seconds": None}
    config = TrainConfig.model_validate({**options, "epochs": 10**6})
    found = loops(config, 4 if asked.quick else asked.steps, 3 if asked.quick else 7)
    overhead = 100 * (found["plain"] / found["ours"] - 1)
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} threads"
    title = f"{config.model}, {asked.size} px, batches of {asked.batch}, {where}"
    table(title, ["loop", "pictures/s"], [("plain PyTorch", found["plain"]), ("ours", found["ours"])])
    print(f"overhead {overhead:.1f} %")
    figures: dict[str, Any] = {"loops": found, "overhead_percent": overhead, "where": where}
    if not asked.no_loading:
        rows = loading(60 if asked.quick else 400, asked.size)
        table("1280 x 960 JPEGs to batches", ["way", "first epoch/s", "later epochs/s"], rows)
        figures["loading"] = {name: {"first": first, "later": later} for name, first, later in rows}
    save("training", figures)


if __name__ == "__main__":
    main()
