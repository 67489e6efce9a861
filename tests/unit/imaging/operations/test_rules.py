"""Rules over several parameters say at which of them they are broken."""

from __future__ import annotations

import inspect

import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.registry import operations

BROKEN = {
    "levels": [({"black": 0.9, "white": 0.3}, ["white", "black"])],
    "crop": [({"left": 0.6, "right": 0.4}, ["right", "left"]), ({"top": 0.9, "bottom": 0.1}, ["bottom", "top"])],
    "tile": [
        ({"columns": 2, "column": 2}, ["column", "columns"]),
        ({"rows": 3, "row": 4}, ["row", "rows"]),
    ],
    "resize": [
        ({"mode": "fill", "width": 100, "height": None}, ["height", "mode"]),
        ({"megapixels": 2, "width": 100}, ["megapixels", "width", "height"]),
        ({"width": None, "height": None}, ["width", "height", "megapixels"]),
    ],
    "perspective": [
        ({"top_left": [1, 1], "bottom_right": [0, 0]}, ["top_left", "top_right", "bottom_right", "bottom_left"]),
        ({"top_left": [-9, 0]}, ["top_left", "top_right", "bottom_right", "bottom_left"]),
    ],
    "watermark": [({}, ["picture", "text"]), ({"picture": "x", "text": "y"}, ["picture", "text"])],
    "fill_background": [({"fill": "picture"}, ["picture", "fill"])],
    "lens_correct": [
        ({"centre": [2, 0.5]}, ["centre"]),
        ({"red": [99, 0, 0]}, ["red"]),
        ({"distortion": "poly3", "k1": -1.0}, ["k1", "k2", "a", "b", "c"]),
    ],
    "curves": [({"red": [[0, 0]]}, ["red"]), ({"points": [[0, 0], [1, 2]]}, ["points"])],
    "merge_hdr": [({"pictures": ["x"], "exposures": [0.1]}, ["exposures", "pictures"])],
    "enhance_learned": [({"model": "m", "tile": 64, "overlap": 60}, ["overlap", "tile"])],
}
CASES = [(name, params, fields) for name, all_of_them in BROKEN.items() for params, fields in all_of_them]


@pytest.mark.parametrize(("name", "params", "fields"), CASES)
def test_a_broken_rule_names_the_parameters_that_it_is_about(name, params, fields):
    operation = operations().get(name)
    with pytest.raises(Error) as refused:
        operation.parse(params)
    assert (refused.value.context["field"], refused.value.context["fields"]) == (fields[0], fields)
    assert refused.value.cause.startswith(f"{name}: ")
    assert set(fields) <= set(operation.params.model_fields)


def test_no_rule_over_several_parameters_is_without_a_case():
    ruled = {
        base.__qualname__
        for one in operations()
        for base in inspect.getmro(one.params)
        if hasattr(base, "__pydantic_decorators__")
        and any(name in vars(base) for name in base.__pydantic_decorators__.model_validators)
    }
    tried = {base.__qualname__ for name in BROKEN for base in inspect.getmro(operations().get(name).params)}
    assert ruled - tried == set()


def test_a_wrong_value_of_one_parameter_is_told_as_before():
    with pytest.raises(Error) as refused:
        operations().get("levels").parse({"black": 7})
    assert (refused.value.context["field"], refused.value.context["fields"]) == ("black", [])
