"""Recipes as people write them: read, extended, and refused with step, field and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from darkroom.errors import Error
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.model import Recipe
from darkroom.imaging.recipes.read import find_recipe, parse_recipe, preset_names, read_recipe

WEB = """
name: web
version: 3
operations:
  - auto_orient
  - resize: {width: 1600}
  - sharpen: {amount: 0.4}
output: {format: webp, quality: 80}
metadata: strip-gps
"""


def parsed(text: str) -> Recipe:
    return parse_recipe(text, "my recipe.yaml", folder=None)


def names(recipe: Recipe) -> list[str]:
    return [step.name for step in recipe.operations]


def test_yaml_json_and_a_bare_list_say_the_same():
    recipe = parsed(WEB)
    again = parsed(json.dumps(recipe.canonical()))
    assert again == recipe
    assert names(parsed("- auto_orient\n- resize: {width: 1600}\n")) == ["auto_orient", "resize"]
    assert parsed("- flip\n").name == "my-recipe"
    assert parsed("operations: [{name: resize, params: {width: 9}}]").operations[0].params == {"width": 9}


def test_a_recipe_extends_another_and_changes_its_steps(tmp_path: Path):
    (tmp_path / "web.yaml").write_text(WEB)
    child = tmp_path / "small.yaml"
    child.write_text(
        "extends: web.yaml\noverrides:\n  resize: {width: 800}\n  sharpen: null\n"
        "operations:\n  - vignette\noutput: {quality: 60}\n"
    )
    recipe = read_recipe(child)
    assert recipe.name == "small"
    assert names(recipe) == ["auto_orient", "resize", "vignette"]
    assert recipe.operations[1].params == {"width": 800}
    assert recipe.output == {"format": "webp", "quality": 60}
    assert recipe.metadata == "strip-gps"
    other = parsed("extends: web\noutput: {format: png}\n")
    assert other.output == {"format": "png"}  # options of WebP would not fit PNG


def test_the_second_step_of_a_name_can_be_changed():
    base = "extends: web\n"
    recipe = parsed(base + "operations: [{resize: {width: 100}}]")
    assert names(recipe).count("resize") == 2
    with pytest.raises(Error, match="overrides` names resize#2, which the base does not have"):
        parsed(base + "overrides: {'resize#2': {width: 3}}")


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("operation: []", "`operation` is unknown", "Did you mean `operations`?"),
        ("operations: resize", "`operations` must be a list", "Begin each operation with a dash"),
        ("operations: [{resize: {width: 1}, crop: {}}]", "step 1: .* is no operation", "one name in each step"),
        ("operations: [{resize: 3}]", "step 1: the parameters of resize must be names", "Write `- resize"),
        ("operations: [\n  resize: {", "neither YAML nor JSON in line", ""),
        ("just words", "it holds no recipe", "Begin with `operations:`"),
        ("a: &x [1]\nb: *x\n", "uses YAML aliases", "Write the values out"),
        ("extends: nowhere.yaml", "`extends` names nowhere.yaml, which is not there", "Presets are:"),
        ("extends: ../../etc/passwd", "which is not there", ""),
        ("name: 'Has Spaces'", "name: string should match", ""),
        ("metadata: some", "metadata: input should be", ""),
        ("seed: -1", "seed: input should be greater", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(text: str, cause: str, remedy: str):
    with pytest.raises(Error, match=cause) as refused:
        parsed(text)
    assert refused.value.code == "recipe_invalid"
    assert "my recipe.yaml" in refused.value.cause
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("step", "cause", "remedy"),
    [
        ("resizes: {width: 3}", "step 2: There is no operation called resizes", "Did you mean resize"),
        (
            "resize: {width: 0}",
            "step 2: resize: width: input should be greater than or equal to 1",
            "`darkroom operations resize`",
        ),
        ("resize: {wide: 10}", "step 2: resize: wide is unknown", "Parameters of resize are: width, height"),
        ("resize: {width: many}", "step 2: resize: width: input should be a valid integer", ""),
    ],
)
def test_a_bad_step_is_named(step: str, cause: str, remedy: str):
    with pytest.raises(Error, match=cause) as refused:
        compile_recipe(parsed(f"operations:\n  - auto_orient\n  - {step}\n"))
    assert refused.value.code == "recipe_invalid"
    assert refused.value.context["step"] == 2
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("output", "cause"),
    [("{quality: 80}", "`format` is missing"), ("{format: png, trellis: true}", "png takes no trellis")],
)
def test_a_bad_output_is_named(output: str, cause: str):
    with pytest.raises(Error, match=cause):
        compile_recipe(parsed(f"operations: []\noutput: {output}"))


def test_recipes_that_extend_each_other_are_refused(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml")
    (tmp_path / "b.yaml").write_text("extends: a.yaml")
    with pytest.raises(Error, match="goes in a circle"):
        read_recipe(tmp_path / "a.yaml")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_run(name: str):
    recipe = find_recipe(name)
    assert recipe.name == name
    assert recipe.title
    assert recipe.description.endswith(".")
    assert compile_recipe(recipe).output is not None


def test_an_unknown_recipe_gets_help():
    with pytest.raises(Error) as refused:
        find_recipe("marketplaces")
    assert "Did you mean marketplace?" in refused.value.remedy
