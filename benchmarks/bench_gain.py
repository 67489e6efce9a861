"""What the gate on noise reduction lets through and stops, on pictures that are known without noise, and what it costs.

Run as `python -m benchmarks.bench_gain [--quick]`. Two sets: constants are chosen by the first, and the second, of other
pictures, seeds, strengths and one more kind of camera, says what they are worth. The gate is given neither the clean
picture nor an ISO. Cases are those in which noise worth taking out was measured: without the gate all of them change.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np

from benchmarks.noise_cases import HARM, HELP, KINDS, METHODS, SEEN, SIZE, Case, Which, cases, wrong
from benchmarks.report import save, table
from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.denoise import denoise
from darkroom.imaging.operations.gain import USUAL_GAIN
from tests.unit.imaging.operations.scenes import drawn, noisy, raster

COLUMNS = ("", "cases", "harm", "let through %", "between", "let through %", "help", "let through %", "seen", "let through %", "apart")  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """What was told of a case, and what is true."""

    name: str
    kind: str
    spread: float
    method: str
    told: float
    true: float


def judged(case: Case) -> list[Judged]:
    """By each method; nothing where there is too little noise to do anything."""
    image, found = Raster(case.given), []
    before = wrong(image, case.clean)
    for method in METHODS:
        pinned, _ = denoise.decide(image, denoise.parse({"method": method}))
        if pinned.gain is not None and before > 0:
            made = denoise.run(image, pinned.model_copy(update={"min_gain": 0.0}))
            true = 1 - wrong(made, case.clean) / before
            found.append(Judged(case.name, case.kind, case.spread, method, pinned.gain, true))
    return found


def row(name: str, found: Sequence[Judged]) -> list[Any]:
    """How many cases of each sort there are, and what share of them is let through."""
    told, true, spread = (np.array([getattr(one, field) for one in found]) for field in ("told", "true", "spread"))
    helped = true >= HELP
    between = (true > HARM) & (true < USUAL_GAIN)
    cells: list[Any] = [name, len(found)]
    for sort in (true <= HARM, between, helped, helped & (spread >= SEEN)):
        cells += [int(sort.sum()), 100 * float(np.mean(told[sort] >= USUAL_GAIN)) if sort.any() else 0.0]
    return [*cells, f"{np.median(np.abs(told - np.clip(true, -1, 1))):.3f}"]


def cost(width: int, height: int) -> tuple[float, float]:
    """Milliseconds of one thread: of judging a picture, and of the filter on it."""
    image = raster(noisy(drawn(1, width, height), 0.03))
    known = denoise.decide(image, denoise.parse({}))[0]
    asked = known.model_copy(update={"gain": None})
    return _least(lambda: denoise.decide(image, asked)), _least(lambda: denoise.run(image, known))


def _least(call: Callable[[], object], turns: int = 15) -> float:
    spent = []
    for _ in range(turns):
        began = time.thread_time()
        call()
        spent.append(time.thread_time() - began)
    return min(spent) * 1e3


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_gain", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each sixth picture")
    asked = parser.parse_args()
    native.cv2().setNumThreads(1)
    figures: dict[str, Any] = {}
    sets: tuple[Which, ...] = ("tuned", "held")
    for which in sets:
        with get_context("fork").Pool() as pool:
            each = pool.imap(judged, cases(which, 6 if asked.quick else 1), chunksize=8)
            found = [one for some in each for one in some]
        rows = [row(f"{which}: all", found)]
        rows += [row(kind, part) for kind in KINDS if (part := [one for one in found if one.kind == kind])]
        rows += [row(f"by {method}", [one for one in found if one.method == method]) for method in METHODS]
        table(
            f"Loss of 10 % or more, between that and a gain of 5 %, gain of 10 % or more, {SIZE[0]} px", COLUMNS, rows
        )
        figures[which] = rows
    figures["cost"] = {f"{width} x {height}": cost(width, height) for width, height in ((1600, 1067), (4000, 3000))}
    rows = [[name, *spent, f"{spent[0] / spent[1]:.1%}"] for name, spent in figures["cost"].items()]
    table("Milliseconds of one thread", ("", "judging", "filter", "share"), rows)
    print(f"\nFigures in {save('gain', figures)}")


if __name__ == "__main__":
    main()
