"""Filters that people save, in recipes: what they stand for is what they are."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.cube import write_cube
from darkroom.imaging.operations.filters_user import UserFilter
from darkroom.imaging.operations.registry import operations
from darkroom.imaging.recipes.filters import steps_of
from tests.unit.imaging.operations.made import picture

GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij")[::-1], axis=-1).astype(np.float32)
CUBE = write_cube(np.clip(GRID * [1.1, 1.0, 0.8], 0, 1).astype(np.float32), "warm").decode()
WARMTH = {"name": "warmth", "low": -1, "high": 2, "default": 0.5}
FILTERS = {
    "expression": (
        {"red": "r + warmth * luma * 2e-1", "blue": "b - warmth * luma * 0.2", "green": "warmth < 0 ? g : v"},
        (WARMTH,),
        {"warmth": -0.25, "strength": 0.6},
    ),
    "kernel": ({"matrix": [[-1, 0, 1]], "offset": 0.5, "channels": "luma"}, (), {"strength": 0.7}),
    "look": ({"cube": CUBE}, (), {"strength": 0.5}),
    "steps": (
        {"steps": [{"name": "exposure"}, {"name": "posterize", "params": {"levels": 4}}, {"name": "expression", "params": {"red": "r ^ 1.1"}}]},
        ({"name": "light", "low": -2, "high": 2, "default": 0, "sets": ["1.stops"]}, {"name": "soft", "low": 2, "high": 9, "default": 4, "sets": ["2.levels"]}),
        {"light": 0.4, "soft": 5},
    ),
}  # fmt: skip


def made(kind: str) -> UserFilter:
    body, knobs, _ = FILTERS[kind]
    return UserFilter.model_validate(
        {"name": "mine", "title": "Mine.", "version": 3, "body": {"kind": kind, **body}, "knobs": knobs}
    )


@pytest.mark.parametrize("depth", ["uint8", "float32"])
@pytest.mark.parametrize("kind", FILTERS)
def test_the_steps_that_a_filter_stands_for_do_what_it_does(kind: str, depth: str):
    one, params = made(kind), FILTERS[kind][2]
    image = picture(64, 48, 3, depth)
    own = one.operation()
    expected = own.apply(image, own.parse(params)).array
    found: Raster = image
    for step in steps_of(one, params):
        operation = operations().get(step.name)
        context = Context(files={"filter:mine@3": CUBE.encode()})
        found = operation.apply(found, operation.parse(step.params), context)
    white = 1.0 if depth == "float32" else 255
    # The table of eight bits is looked up by another library.
    assert np.abs(found.array.astype(float) - expected.astype(float)).max() <= (
        1.5 if depth == "uint8" else 1e-4 * white
    )
    assert not np.array_equal(found.array, image.array)


def test_a_filter_that_changes_nothing_costs_nothing():
    assert steps_of(made("look"), {"strength": 0}) == ()


def test_whole_numbers_stay_whole():
    assert dict(steps_of(made("steps"), {"soft": 5.4})[1].params) == {"levels": 5}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"knobs": [{"name": "light", "low": -2, "high": 2, "default": 0}]}, "sets nothing"),
        ({"knobs": [{"name": "light", "low": -20, "high": 2, "default": 0, "sets": ["1.stops"]}]}, "step 1: exposure"),
        ({"knobs": [{"name": "light", "low": 0, "high": 2, "default": 0, "sets": ["9.stops"]}]}, "there is no step 9"),
        ({"body": {"kind": "steps", "steps": [{"name": "user/other"}]}, "knobs": []}, "user/other"),
        ({"body": {"kind": "steps", "steps": [{"name": "lut", "params": {"file": "x.cube"}}]}, "knobs": []}, "reads a file"),
        ({"body": {"kind": "kernel", "matrix": [[1]]}}, "which only a filter made of steps has"),
    ],
)  # fmt: skip
def test_a_chain_that_makes_no_sense_is_refused(change: dict, words: str):
    with pytest.raises(ValueError, match=words):
        UserFilter.model_validate(made("steps").model_dump(mode="json") | change)


def test_a_value_beyond_its_knob_is_refused_by_name():
    with pytest.raises(Error, match="user/mine: light"):
        steps_of(made("steps"), {"light": 5})
