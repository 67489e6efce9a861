"""What every operation promises, checked for every one of them, with each of its examples."""

from __future__ import annotations

import json
import pickle
from typing import Any

import jsonschema
import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Raster, Region, Shape
from darkroom.imaging.operations.declare import CATEGORIES
from darkroom.imaging.operations.handles import Handle
from darkroom.imaging.operations.motion import STAY, move_mask, move_points, move_regions
from darkroom.imaging.operations.registry import Operation, operations
from tests.unit.imaging.operations.made import context_for, picture

ALL = [one for one in operations() if "/" not in one.name]
CASES = [(one, params) for one in ALL for params in one.examples]
KINDS = [(1, 1, 3, "uint8"), (1, 9, 4, "uint8"), (33, 21, 1, "uint8"), (47, 31, 3, "uint8"), (38, 53, 4, "uint8")]
KINDS += [(31, 29, 3, "uint16"), (26, 19, 4, "uint16"), (17, 22, 1, "uint16"), (2, 2, 3, "uint16")]
KINDS += [(29, 31, 3, "float32"), (18, 27, 4, "float32"), (21, 13, 1, "float32"), (1, 2, 1, "float32")]


def named(operation: Operation[Any], params: Any = None) -> str:
    """Identifier of a case."""
    return operation.name if params is None else f"{operation.name}-{operation.examples.index(params)}"


cases = pytest.mark.parametrize(("operation", "params"), CASES, ids=[named(*case) for case in CASES])
each = pytest.mark.parametrize("operation", ALL, ids=named)


@cases
def test_every_kind_of_picture_is_taken_and_the_shape_is_known_before(operation: Operation[Any], params: Any):
    for width, height, channels, depth in KINDS:
        image = picture(width, height, channels, depth)
        before = image.array.copy()
        context = context_for(operation, params)
        pinned = operation.pin(image, params, context)
        made = operation.run(image, pinned, context)
        assert made.shape == operation.shape(image.shape, pinned), (width, height, channels, depth)
        early = operation.shape(image.shape, params)
        assert early in (None, made.shape)
        assert early is not None or operation.pins
        assert np.array_equal(image.array, before), "the input was written to"
        assert np.isfinite(made.array).all()
        assert made.array.flags.c_contiguous


@cases
def test_the_same_again_gives_the_same_pixels(operation: Operation[Any], params: Any):
    image = picture(40, 30)
    context = context_for(operation, params)
    first = operation.apply(image, params, context)
    again = operation.apply(picture(40, 30), params, context_for(operation, params))
    assert np.array_equal(first.array, again.array)
    if operation.seeded:
        other = operation.apply(image, params, context_for(operation, params, seed=8))
        assert not np.array_equal(first.array, other.array)


@cases
def test_pinned_parameters_decide_nothing_more(operation: Operation[Any], params: Any):
    image, context = picture(41, 27), context_for(operation, params)
    pinned = operation.pin(image, params, context)
    assert operation.pin(image, pinned, context) == pinned
    assert operation.parse(json.loads(pinned.model_dump_json())) == pinned
    assert np.array_equal(operation.run(image, pinned, context).array, operation.apply(image, pinned, context).array)


@cases
def test_boxes_points_and_masks_move_alike(operation: Operation[Any], params: Any):
    image, context = picture(64, 48), context_for(operation, params)
    pinned = operation.pin(image, params, context)
    made = operation.run(image, pinned, context)
    motion = operation.motion(image.shape, pinned)
    assert motion.shape == (3, 3)
    if not operation.moves:
        assert (made.shape.width, made.shape.height) == (image.shape.width, image.shape.height)
        assert np.array_equal(motion, STAY)
        return
    mask = np.zeros((48, 64), np.uint8)
    mask[16:32, 24:40] = 255
    moved = move_mask(mask, motion, made.shape)
    assert moved.shape == (made.shape.height, made.shape.width)
    box = Region(24 / 64, 16 / 48, 40 / 64, 32 / 48)
    boxes = move_regions([box], motion)
    if not boxes:
        assert (moved > 0).mean() < 0.5
        return
    ((centre_x, centre_y),) = move_points([(0.5, 0.5)], motion)
    if 0 <= centre_x < 1 and 0 <= centre_y < 1:
        assert moved[int(centre_y * made.shape.height), int(centre_x * made.shape.width)] == 255
    rows, columns = np.nonzero(moved)
    if len(rows):
        slack_x, slack_y = 1.01 / made.shape.width, 1.01 / made.shape.height
        assert columns.min() / made.shape.width >= boxes[0].left - slack_x
        assert (columns.max() + 1) / made.shape.width <= boxes[0].right + slack_x
        assert rows.min() / made.shape.height >= boxes[0].top - slack_y
        assert (rows.max() + 1) / made.shape.height <= boxes[0].bottom + slack_y


@each
def test_the_declaration_is_complete(operation: Operation[Any]):
    assert operation.category in CATEGORIES
    assert operation.version >= 1
    assert operation.summary.endswith(".")
    assert operation.name == operation.name.lower()
    schema = operation.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, field in operation.params.model_fields.items():
        assert field.description, f"{operation.name}.{name} has no text"
    for example in operation.examples:
        jsonschema.validate(json.loads(example.model_dump_json(exclude_none=True)), schema)
    for handle in operation.handles:
        moved = dict.fromkeys(handle.fields.values())
        assert set(moved) | set(handle.sets) <= set(operation.params.model_fields), handle
        operation.parse({**operation.examples[0].model_dump(), **handle.sets})
    json.dumps(operation.describe())
    assert pickle.loads(pickle.dumps(operation)) is operation  # noqa: S301
    assert pickle.loads(pickle.dumps(operation.examples)) == operation.examples  # noqa: S301


@each
def test_bad_parameters_are_refused_by_name(operation: Operation[Any]):
    good = operation.examples[0].model_dump(exclude_none=True)
    with pytest.raises(Error, match=f"{operation.name}: no_such_parameter is unknown") as refused:
        operation.parse({**good, "no_such_parameter": 1})
    assert refused.value.code == "invalid_parameter"
    for name in operation.params.model_fields:
        with pytest.raises(Error, match=f"{operation.name}: {name}"):
            operation.parse({**good, name: object()})


@each
def test_identity_changes_no_pixel(operation: Operation[Any]):
    if operation.identity is None:
        pytest.skip("nothing that changes nothing")
    for width, height, channels, depth in KINDS:
        image = picture(width, height, channels, depth)
        made = operation.apply(image, operation.identity, context_for(operation, operation.identity))
        # A grey picture may have become a coloured one of the same grey.
        same = np.broadcast_to(image.array, made.array.shape) if channels == 1 else image.array
        assert np.array_equal(made.array, same), (width, height, channels, depth)


@each
def test_profile_is_kept_unless_it_changes(operation: Operation[Any]):
    image = Raster(picture(20, 20).array, profile=b"a profile")
    if operation.name == "convert_profile":
        return
    params = operation.examples[0]
    assert operation.apply(image, params, context_for(operation, params)).profile == b"a profile"


def test_what_is_dragged_is_declared_with_the_operation():
    kinds = {one.name: one.handles[0].kind for one in ALL if one.handles}
    assert {kinds[name] for name in ("crop", "perspective", "straighten", "smart_crop", "colour_overlay", "tilt_shift")} == {
        "box", "corners", "level", "point", "direction", "band",
    }  # fmt: skip
    with pytest.raises(TypeError, match="moves left, top, right, bottom"):
        Handle("box", {"left": "left"})


def test_names_are_unique_and_an_unknown_one_gets_help():
    assert len({one.name for one in ALL}) == len(ALL)
    with pytest.raises(Error) as refused:
        operations().get("mirror")
    assert "Did you mean flip?" in refused.value.remedy


def test_shapes_compare_by_value():
    assert picture(3, 2, 4, "uint16").shape == Shape(3, 2, 4, "uint16")
