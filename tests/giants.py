"""Runs giants and thumbnails through the pool of recipes in a process of its own, and prints how much memory that took.

`python -m tests.giants FOLDER MEMORY_MB`, with `giant.jpg` and `small.jpg` in the folder: the most memory that pictures in work may need together; 0 lets all in at once.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from darkroom.imaging.limits import Limits
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.lane import RecipeLane
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources
from darkroom.memory import peak_bytes
from darkroom.services.recipes.pool import RecipePool, Subject, Work
from darkroom.store.blobs.local import LocalBlobStore

GIANTS, THUMBNAILS = 6, 30
WORKERS = 6
# Everything at full size: as much memory as a picture can ask for.
RECIPE = "operations:\n- vignette: {amount: 0.2}\n- sharpen: {amount: 0.3}\noutput: {format: jpeg, quality: 80}\n"


def main(folder: Path, memory_mb: int) -> None:
    """Run them and print what it took."""
    blobs = LocalBlobStore(folder / "blobs")
    subjects = []
    for name, megapixels, count in (("giant", 11.8, GIANTS), ("small", 0.1, THUMBNAILS)):
        data = (folder / f"{name}.jpg").read_bytes()
        for place in range(count):
            own = data + bytes([place])  # what stands behind the end is another picture to whoever counts
            key = hashlib.sha256(own).hexdigest()
            blobs.put("originals", key, own, durable=False)
            subjects.append(Subject(key, name, key, megapixels, name == "giant" and memory_mb > 0))
    program = compile_recipe(parse_recipe(RECIPE, "test.yaml", folder=None))
    lane = RecipeLane(Limits(), memory_mb=memory_mb or 1_000_000, timeout=120)
    before = peak_bytes() / 2**20
    pool = RecipePool(Work(program, Resources(), lane, blobs), WORKERS)
    found = [one for one in pool.run(iter(subjects)) if one is not None]
    lane.close()
    errors = [str(one.error) for one in found if one.error]
    sizes = [one.subject.megapixels for one in found]
    told = {"before": before, "peak": peak_bytes() / 2**20, "done": len(found), "errors": errors, "order": sizes}
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
