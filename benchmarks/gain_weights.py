"""The weights of the signs by which texture is told from noise, chosen anew by the pictures that are there for it.

Run as `python -m benchmarks.gain_weights`: prints what `darkroom/imaging/operations/gain_signs.py` holds. For each sort of
picture a logistic regression tells gains of 10 % or more from those below 5 %; the sum is then moved so that of those
gains all but the share `MISSED` are let through. The pictures that are held out have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np

from benchmarks.noise_cases import HARM, HELP, METHODS, SEEN, Case, cases, wrong
from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.denoise import change_of, denoise
from darkroom.imaging.operations.gain import USUAL_GAIN, samples, told
from darkroom.imaging.operations.gain_signs import COLOUR_SIGNS, SIGNS, Signs, signs

MISSED = 0.02
"""Of gains of 10 % or more."""
_RIDGE = 3.0


@dataclass(frozen=True)
class Seen:
    """What the gate sees of a case, and what is true."""

    signs: Signs
    spread: float
    true: float


def seen(case: Case) -> list[Seen]:
    """By each method; nothing where too little is there to be judged, or it is refused without signs."""
    native.cv2().setNumThreads(1)
    image, found = Raster(case.given), []
    before = wrong(image, case.clean)
    for method in METHODS:
        pinned, _ = denoise.decide(image, denoise.parse({"method": method, "min_gain": 0}))
        if max(pinned.luma, pinned.chroma) < pinned.least or before <= 0:
            continue
        parts = samples(image.colour)
        gain, sure = told(parts, change_of(pinned), lambda plane: plane)
        if gain is None or gain < USUAL_GAIN or (looked := signs(parts, sure)) is None:
            continue
        found.append(Seen(looked, case.spread, 1 - wrong(denoise.run(image, pinned), case.clean) / before))
    return found


def fitted(found: list[Seen]) -> tuple[float, ...]:
    """The constant and a weight for each sign."""
    values = np.array([one.signs.values for one in found])
    true = np.array([one.true for one in found])
    spread = np.array([one.spread for one in found])
    middle, width = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled = np.c_[np.ones(len(values)), np.clip((values - middle) / width, -4, 4)]
    weights = _logistic(scaled, (true >= HELP).astype(float), _counts(true, spread))
    each = weights[1:] / width
    scores = values @ each
    return (-float(np.quantile(scores[true >= HELP], MISSED)), *map(float, each))


def _counts(true: Any, spread: Any) -> Any:
    """How much a case counts: harm and help more than what lies between, and noise that is seen more than what is not."""
    help_ = np.where(spread >= SEEN, 1.3, 0.8)
    return np.where(true >= HELP, help_, np.where(true <= HARM, 1.2, np.where(true < USUAL_GAIN, 0.3, 0.0)))


def _logistic(values: Any, wanted: Any, counts: Any) -> Any:
    """Newton's method with a penalty on all weights but the constant."""
    weights, penalty = np.zeros(values.shape[1]), _RIDGE * np.eye(values.shape[1])
    penalty[0, 0] = 0
    for _ in range(25):
        odds = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (counts * (odds - wanted)) + penalty @ weights
        bend = (values * (counts * odds * (1 - odds))[:, None]).T @ values + penalty
        weights = weights - np.linalg.solve(bend + 1e-9 * np.eye(len(weights)), slope)
    return weights


def main() -> None:
    """Entry point."""
    with get_context("fork").Pool() as pool:
        found = [one for some in pool.imap(seen, _all(), chunksize=8) for one in some]
    print("WEIGHTS: dict[str, tuple[float, ...]] = {")
    for sort in ("grey", "sharp", "coarse"):
        of_sort = [one for one in found if one.signs.sort == sort]
        names = ("constant", *SIGNS, *(COLOUR_SIGNS if sort != "grey" else ()))
        print(f"    # {len(of_sort):,} cases: {', '.join(names)}")
        print(f'    "{sort}": ({", ".join(f"{one:.3g}" for one in fitted(of_sort))}),')
    print("}")


def _all() -> Iterator[Case]:
    return cases("tuned")


if __name__ == "__main__":
    main()
