"""A training by Ray with one worker beside the same one in this process: what starting costs, and what is left of the speed.

python -m benchmarks.bench_ray              # 1,200 drawn pictures at 112 px, 20 epochs
python -m benchmarks.bench_ray --quick      # 120 at 32 px

Both compute with one thread, so that nothing but Ray differs. Speed is that of the last report of each, a running mean over steps; the two begin from the same seed and end with the same weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    )
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        place = Path(folder)
        draw_shapes(place / "shapes", {"train": count, "validation": count // 4}, side=size)
        manifest = import_folder(place / "shapes").manifest()
        alone, ours = run(session.train, config, manifest, place / "alone")
        shared, theirs = run(train_on_ray, config, manifest, place / "ray", workers=1)
        one, other = (load_file(found.folder / "weights.safetensors") for found in (alone, shared))
        apart = max(float((one[name].float() - other[name].float()).abs().max()) for name in one)
    table(f"{count * len(SHAPES):,} pictures at {size} px, 20 epochs", ["", "whole, s", "loop, s", "outside the loop, s", "pictures/s"], [
        ["in this process", *ours.values()], ["Ray, one worker", *theirs.values()],
    ])  # fmt: skip
    print(
        f"\nSpeed of the loop: {theirs['pictures_per_second'] / ours['pictures_per_second']:.1%}. Weights differ by at most {apart:.1g}."
    )
    save("ray", {"alone": ours, "ray": theirs, "apart": apart})


if __name__ == "__main__":
    main()
