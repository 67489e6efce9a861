"""Whoever reads or changes pictures says for whom: a check that forgets places would let people see what they may not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from darkroom.access.permissions import ANYWHERE, APART, DENIED_WITH, LEAST, PERMISSIONS, PLACED, SEEN_FIRST

ROOT = Path(__file__).parents[2]
FOLDERS = ("darkroom/services", "darkroom/api", "darkroom/cli", "frontend")

WHOLE = {
    "darkroom/services/ingest.py": "Runs and watchers act as Darkroom itself; people come by `submit` and `launch`.",
    "darkroom/services/recipes/renditions.py": "Runs and sensors act as Darkroom itself; people come by `order`.",
    "darkroom/services/datasets/datasets.py": "A sensor follows what is committed as Darkroom itself.",
    "darkroom/services/datasets/following.py": "A dataset that follows its pictures does so as Darkroom itself, for who may use every one.",
    "darkroom/services/training/evaluations.py": "A sensor has models judged as Darkroom itself; people come by `begin`.",
    "darkroom/services/training/trainings.py": "Runs and sensors act as Darkroom itself; people come by `start`.",
}
"""Files that may ask about all pictures at once (`require(principal, "images:...")` without a place), and why."""
UNSCOPED = {
    "darkroom/services/derive.py": "Works on a batch as Darkroom itself.",
    "darkroom/services/rules/arriving.py": "Files a batch as Darkroom itself; whoever makes a rule may change every picture.",
    "darkroom/services/storage/known.py": "Names every file, to verify and arrange; their permissions are for administrators.",
    "darkroom/services/tags.py": "Changes a tag on all pictures, for who may change every one.",
}
"""Files that read lists of pictures without a scope, and why."""
READS = {"page", "count", "facets", "anchors", "members", "known", "brought"}
"""Methods of the repository of pictures, of the columnar copy, of selections and of `Stores` that take a scope."""


def calls(path: Path) -> Iterator[ast.Call]:
    return (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call))


def files() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ".web" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path


def test_a_check_of_pictures_names_a_place_or_makes_a_scope():
    found = set()
    for name, path in files():
        for call in calls(path):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            # `scope_of(...)` gives the pictures; a third argument of `require` names the place.
            if called == "require" and len(call.args) == 2 and set(words) & set(PLACED):
                found.add(name)
    assert found == set(WHOLE)


def test_a_list_of_pictures_is_read_with_a_scope():
    found = set()
    for name, path in files():
        for call in calls(path):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in READS:
                continue
            of = ast.unparse(call.func.value)
            pictures = of.endswith((".images", ".columns")) or (of.endswith("stores") and call.func.attr == "page")
            names = {one.arg for one in call.keywords} | {ast.unparse(one) for one in call.args}
            pictures = pictures or call.func.attr == "brought"
            if pictures and not any("scope" in str(one) for one in names):
                found.add(name)
    assert found == set(UNSCOPED)


def test_every_permission_is_about_pictures_about_oneself_apart_from_them_or_about_the_whole():
    tables = [*PLACED, *APART, *ANYWHERE]
    assert len(set(tables)) == len(tables)
    assert set(tables) <= set(PERMISSIONS)
    assert SEEN_FIRST in PLACED
    # What anybody may have who has a role in some place, or what shows no picture, must be asked for with care: a new
    # permission that stands here was thought about.
    assert set(PERMISSIONS) - set(tables) == {
        "tags:write", "rules:read", "rules:write", "trash:purge", "operations:all", "models:approve",
    }  # fmt: skip
    for one, lesser in DENIED_WITH.items():
        assert {one, *lesser} <= set(PLACED)
    assert set(ANYWHERE) <= set(LEAST)
