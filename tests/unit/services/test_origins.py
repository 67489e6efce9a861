"""What a preset has from the one that it extends."""

from __future__ import annotations

import json

import pytest

from darkroom.imaging.recipes.read import parse_recipe
from darkroom.services.recipes.origins import origins, overrides_of

BASE = {
    "name": "base",
    "operations": [{"resize": {"width": 800}}, "sharpen", {"resize": {"width": 80}}, {"vibrance": {"amount": 0.2}}],
    "output": {"format": "webp", "quality": 80},
    "metadata": "none",
}
CHILD = """
name: child
extends: base
overrides:
  resize: {width: 400, height: 300}
  resize#2: null
  vibrance: {amount: 0.2}
operations: [{grain: {amount: 0.1}}]
output: {quality: 60}
seed: 3
"""


@pytest.mark.parametrize("written", [CHILD, None])
def test_each_step_and_setting_tells_where_it_comes_from(written):
    base = parse_recipe(json.dumps(BASE), "base", folder=None)
    source = written or json.dumps(
        {
            "name": "child", "extends": "base", "operations": [{"grain": {"amount": 0.1}}], "output": {"quality": 60}, "seed": 3,
            "overrides": {"resize": {"width": 400, "height": 300}, "resize#2": None, "vibrance": {"amount": 0.2}},
        }
    )  # fmt: skip
    recipe = parse_recipe(source, "child", folder=None, find=lambda _: base)
    found = origins(recipe.canonical(), base.canonical(), overrides_of(source))
    assert [(one.name, one.origin, one.changed) for one in found.steps] == [
        ("resize", "changed", {"width": 800, "height": None}),
        ("sharpen", "inherited", {}),
        ("vibrance", "inherited", {}),
        ("grain", "own", {}),
    ]
    assert found.left_out == ("resize",)
    settings = {one.name: (one.origin, one.was) for one in found.settings}
    assert settings == {
        "output": ("changed", {"format": "webp", "quality": 80}), "metadata": ("inherited", "none"), "seed": ("own", None)
    }  # fmt: skip


def test_a_base_that_became_another_one_is_no_origin():
    now = {"operations": ["crop", "sharpen"]}
    found = origins({"operations": ["resize", "sharpen", "grain"]}, now, {})
    assert [one.origin for one in found.steps] == ["own", "inherited", "own"]


def test_a_list_alone_overrides_nothing():
    assert overrides_of("- resize") == {}
