"""A recipe that a machine cannot run says what is missing before anybody tries."""

from __future__ import annotations

import pytest

from darkroom.imaging.recipes.read import find_recipe, preset_names
from darkroom.services.recipes.lacking import lacking


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"operations": ["flip", {"blur": {"radius": 2}}], "output": {"format": "webp"}}, ()),
        ({"operations": ["acme/dim"]}, ("There is no operation acme/dim: it comes with a plug-in that is not installed.",)),
        (
            {"operations": [{"denoise_learned": {"model": "scunet.onnx"}}]},
            ("Denoise learned needs the model scunet.onnx, which the library does not have.",),
        ),
        ({"operations": [{"lut": {"file": "a.cube"}}]}, ("LUT needs the file a.cube, which recipes of the library cannot read.",)),
        ({"operations": [{"blur": {"radius": -1}}]}, ("blur: radius: input should be greater than or equal to 0.",)),
        ({"operations": [], "output": {"format": "xcf"}}, ("There is no format xcf.",)),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(recipe, words):
    assert lacking(recipe) == words


def test_a_format_that_is_written_only_by_name_is_missing_without_it():
    plain = lacking({"output": {"format": "heic", "quality": 60}})
    assert len(plain) <= 1
    assert all("HEIC cannot be written here" in one for one in plain)
    assert lacking({"output": {"format": "avif"}}) == ()


def test_presets_that_come_with_darkroom_can_run_here_but_for_a_detector():
    found = {name: lacking(find_recipe(name).canonical()) for name in preset_names()}
    assert found.pop("privacy") == ("Hide regions looks for face, which no detector on this machine finds.",)
    assert set(found.values()) == {()}
    assert lacking(find_recipe("privacy").canonical(), frozenset({"face"})) == ()
    boxed = {"boxes": [{"left": 0, "top": 0, "right": 1, "bottom": 1}]}
    assert lacking({"operations": [{"hide_regions": boxed}]}) == ()
    assert lacking({"operations": [{"hide_regions": {"labels": ["*"]}}]}, frozenset({"plate"})) == ()
