"""A training by Ray with one worker and with two beside the same one in this process: what starting costs, and what is
left of the speed.

python -m benchmarks.bench_ray              # 1,200 drawn pictures at 112 px, 20 epochs
python -m benchmarks.bench_ray --quick      # 120 at 32 px

Every process computes with one thread, so that nothing but Ray differs; two workers share each batch. Speed is that of the
last report of each, a running mean over steps; all begin from the same seed and end with the same weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from benchmarks.report import save, table
from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from tests.shapes import SHAPES, draw_shapes
from training import session
from training.config import TrainConfig
from training.loop import Fitted, Progress
from training.ray_trainer import train as train_on_ray


def run(
    train: Callable[..., Any], config: TrainConfig, manifest: Manifest, out: Path, **more: Any
) -> tuple[Fitted, dict[str, float]]:
    """Train, and tell how long the whole and the loop took, and how fast the loop was in the end."""
    told: list[Progress] = []
    begun = time.perf_counter()
    fitted, _ = train(config, manifest, out, listen=told.append, **more)
    whole = time.perf_counter() - begun
    return fitted, {
        "whole_s": whole,
        "loop_s": fitted.seconds,
        "outside_s": whole - fitted.seconds,
        "pictures_per_second": told[-1].pictures_per_second,
    }


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short look")
    quick = parser.parse_args().quick
    count, size, model = (40, 32, "residual-tiny") if quick else (400, 112, "residual")
    config = TrainConfig(
        model=model,
        image_size=size,
        epochs=20,
        budget_seconds=None,
        validations=2,
        threads=1,
        batch_size=30 if quick else 60,
        accumulate=2,  # two parts a step, with statistics of their own: as two workers do it
    )
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        place = Path(folder)
        draw_shapes(place / "shapes", {"train": count, "validation": count // 4}, side=size)
        manifest = import_folder(place / "shapes").manifest()
        found = {"in this process": run(session.train, config, manifest, place / "alone")}
        for workers, name in ((1, "Ray, one worker"), (2, "Ray, two workers")):
            found[name] = run(train_on_ray, config, manifest, place / f"ray-{workers}", workers=workers)
        weights = {name: load_file(fitted.folder / "weights.safetensors") for name, (fitted, _) in found.items()}
    ours = found["in this process"][1]
    figures = {
        name: {
            **told,
            "speed": told["pictures_per_second"] / ours["pictures_per_second"],
            "apart": farthest(weights["in this process"], weights[name]),
        }
        for name, (_, told) in found.items()
    }
    table(
        f"{count * len(SHAPES):,} pictures at {size} px, 20 epochs",
        ["", "whole, s", "loop, s", "outside the loop, s", "pictures/s", "of ours", "weights differ by"],
        [
            [name, *list(told.values())[:-2], f"{told['speed']:.1%}", f"{told['apart']:.1g}"]
            for name, told in figures.items()
        ],
    )
    save("ray", figures)


def farthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The largest difference between two sets of weights; counters are none."""
    return max(float((one[name] - other[name]).abs().max()) for name in one if one[name].is_floating_point())


if __name__ == "__main__":
    main()
