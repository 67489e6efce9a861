"""Every operation against the picture it made when somebody last looked: `--snapshot-update` writes them anew."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.operations.registry import Operation, operations
from tests.colour_difference import apart, difference
from tests.unit.imaging.operations.made import context_for, picture

FOLDER = Path(__file__).parent / "goldens"
ALL = [one for one in operations() if "/" not in one.name]
# Differences of libraries and processors stay far below; a step of one stop, a pixel of displacement far above.
MEAN, WORST_PERCENT = 0.7, 6.0


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_it_looks_as_it_did(operation: Operation[Any], request: pytest.FixtureRequest):
    params = operation.examples[0]
    made = operation.apply(picture(60, 45), params, context_for(operation, params))
    path = FOLDER / f"{operation.name}.png"
    if request.config.getoption("--snapshot-update"):
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(encode(made, EncodeOptions(format="png", bit_depth=8, effort=9, profile="keep")).data)
    values = made.array / made.white
    golden = np.atleast_3d(np.asarray(Image.open(BytesIO(path.read_bytes())))) / 255
    assert golden.shape[:2] == values.shape[:2]
    away = apart(golden, values)
    assert away.mean() < MEAN
    assert np.percentile(away, 99) < WORST_PERCENT


def test_no_golden_is_left_of_an_operation_that_is_gone():
    assert {path.stem for path in FOLDER.glob("*.png")} == {one.name for one in ALL}
    assert sum(path.stat().st_size for path in FOLDER.glob("*.png")) < 1_000_000


def test_a_change_that_can_be_seen_is_noticed():
    before = picture(60, 45)
    values = before.array / before.white
    exposed = operations().get("exposure").apply(before, operations().get("exposure").parse({"stops": 0.2}))
    assert apart(values, exposed.array / exposed.white).mean() > MEAN
    assert np.percentile(apart(values, np.roll(values, 1, axis=1)), 99) > WORST_PERCENT


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (50.0, 3.2592, 0.3350), 1.0),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_has_the_published_values(first, second, wanted):
    assert difference(first, second) == pytest.approx(wanted, abs=1e-4)
