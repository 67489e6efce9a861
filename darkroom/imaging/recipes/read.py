"""Reads recipes from YAML or JSON: one may extend another, change some of its steps and add its own."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from darkroom.errors import Error
from darkroom.imaging.recipes.model import Recipe, Step

_MOST_BYTES = 1_000_000
_MOST_STEPS = 200
_MOST_PARENTS = 8
_FIELDS = {
    "name",
    "title",
    "description",
    "version",
    "operations",
    "output",
    "metadata",
    "words",
    "gain_map",
    "package",
    "raw",
    "seed",
    "extends",
    "overrides",
}
Find = Callable[[str], Recipe | None]
"""Looks for a recipe by name."""
PRESETS = resources.files("darkroom.imaging.recipes") / "presets"


def preset_names() -> list[str]:
    """Recipes that come with Darkroom."""
    return sorted(entry.name.removesuffix(".yaml") for entry in PRESETS.iterdir() if entry.name.endswith(".yaml"))


def find_recipe(words: str) -> Recipe:
    """A recipe by path, or a preset by name.

    Raises:
        Error: `not_found` or `recipe_invalid`.
    """
    path = Path(words)
    if path.is_file():
        return read_recipe(path)
    if words in preset_names():
        return parse_recipe((PRESETS / f"{words}.yaml").read_text(), f"preset {words}", folder=None)
    near = difflib.get_close_matches(words, preset_names(), n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise Error(
        "not_found",
        f"There is no recipe {words}.",
        remedy=f"{hint}Name a YAML or JSON file, or one of the presets: {', '.join(preset_names())}.",
    )


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        Error: `source_unreadable` or `recipe_invalid`, naming file, step, field and remedy.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _invalid(path.name, "it is larger than a megabyte, which no recipe is")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Error("source_unreadable", f"The recipe {path} cannot be read: {error}.") from error
    return parse_recipe(text, path.name, folder=path.parent)


def parse_recipe(
    text: str, source: str, *, folder: Path | None, find: Find | None = None, _parents: tuple[str, ...] = ()
) -> Recipe:
    """The recipe in a text.

    Args:
        text: YAML, of which JSON is a part.
        source: name for messages.
        folder: where files that it extends are looked for; None allows presets only.
        find: knows further recipes that may be extended, by name.

    Raises:
        Error: `recipe_invalid`, naming step, field and remedy.
    """
    given = _mapping(text, source)
    strangers = sorted(str(name) for name in set(given) - _FIELDS)
    if strangers:
        near = difflib.get_close_matches(strangers[0], _FIELDS, n=1)
        hint = f"Did you mean `{near[0]}`? " if near else ""
        raise _invalid(source, f"`{strangers[0]}` is unknown", f"{hint}Fields are: {', '.join(sorted(_FIELDS))}.")
    base = _parent(given.get("extends"), source, folder, _parents, find)
    steps = _overridden(base.operations if base else (), given.get("overrides"), source)
    own = {name: given[name] for name in _FIELDS & set(given) - {"extends", "overrides", "operations"}}
    inherited: dict[str, Any] = {}
    if base:
        inherited = {"output": base.output, "metadata": base.metadata, "seed": base.seed, "title": base.title}
        inherited |= {"words": base.words, "gain_map": base.gain_map, "package": base.package}
        own["raw"] = {**base.raw, **own["raw"]} if isinstance(own.get("raw"), dict) else own.get("raw", base.raw)
        if isinstance(own.get("output"), dict):
            # A new format starts afresh: options of another one would not fit it.
            same = own["output"].get("format", base.output.get("format")) == base.output.get("format")
            own["output"] = {**(base.output if same else {}), **own["output"]}
    steps += _steps(given.get("operations"), source)
    if len(steps) > _MOST_STEPS:
        raise _invalid(source, f"it has {len(steps)} steps, {_MOST_STEPS} is the most")
    fields = {"name": _name_from(source), **inherited, **own, "operations": steps}
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _invalid(source, f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from error


def _invalid(source: str, why: str, remedy: str | None = None) -> Error:
    return Error("recipe_invalid", f"{source}: {why}.", remedy=remedy)


def _name_from(source: str) -> str:
    stem = Path(source.removeprefix("preset ")).stem.lower()
    return "".join(one if one.isalnum() and one.isascii() else "-" for one in stem).strip("-")[:64] or "recipe"


def _mapping(text: str, source: str) -> dict[str, Any]:
    import yaml

    try:
        # Aliases could unfold a small text into gigabytes, and recipes have no need of them.
        if any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise _invalid(source, "it uses YAML aliases (`*name`)", "Write the values out, or use `extends`.")
        given = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (yaml.YAMLError, json.JSONDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else getattr(error, "lineno", None)
        place = f" in line {line}" if line else ""
        words = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
        raise _invalid(source, f"it is neither YAML nor JSON{place}: {words}") from error
    if isinstance(given, list):
        given = {"operations": given}
    if not isinstance(given, dict):
        raise _invalid(source, "it holds no recipe", "Begin with `operations:` and a list of `name: {params}`.")
    return given


def _parent(
    words: Any, source: str, folder: Path | None, parents: tuple[str, ...], find: Find | None = None
) -> Recipe | None:
    if words is None:
        return None
    if not isinstance(words, str):
        raise _invalid(source, "`extends` must be the name of a preset or a file beside the recipe")
    if words in parents or len(parents) >= _MOST_PARENTS:
        raise _invalid(source, f"`extends` goes in a circle: {' -> '.join((*parents, words))}")
    if find and (known := find(words)):
        return known
    if words in preset_names():
        return parse_recipe((PRESETS / f"{words}.yaml").read_text(), f"preset {words}", folder=None)
    path = folder / words if folder and not Path(words).is_absolute() and ".." not in Path(words).parts else None
    if path is None or not path.is_file():
        presets = ", ".join(preset_names())
        raise _invalid(source, f"`extends` names {words}, which is not there", f"Presets are: {presets}.")
    return parse_recipe(path.read_text("utf-8"), path.name, folder=folder, _parents=(*parents, words))


def _steps(given: Any, source: str) -> tuple[Step, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise _invalid(
            source, "`operations` must be a list", "Begin each operation with a dash: `- resize: {width: 1600}`."
        )
    return tuple(_step(one, f"{source}, step {number}") for number, one in enumerate(given, 1))


def _step(given: Any, source: str) -> Step:
    if isinstance(given, str):
        return Step(name=given)
    if isinstance(given, Mapping) and set(given) == {"name", "params"}:
        given = {given["name"]: given["params"]}
    if not (isinstance(given, Mapping) and len(given) == 1):
        shown = json.dumps(given, default=str)[:80]
        raise _invalid(source, f"{shown} is no operation", "Write `- name: {param: value}`, one name in each step.")
    ((name, params),) = given.items()
    if not isinstance(name, str) or not (params is None or isinstance(params, Mapping)):
        raise _invalid(
            source, f"the parameters of {name} must be names with values", "Write `- resize: {width: 1600}`."
        )
    return Step(name=name, params={str(key): value for key, value in (params or {}).items()})


def _overridden(steps: tuple[Step, ...], given: Any, source: str) -> tuple[Step, ...]:
    """The steps of the base with some parameters changed, or some steps left out."""
    if given is None:
        return steps
    if not isinstance(given, Mapping):
        raise _invalid(source, "`overrides` must be names of steps with parameters", "Write `resize: {width: 800}`.")
    found: list[Step | None] = list(steps)
    for words, params in given.items():
        index = _find(steps, str(words), source)
        step = steps[index]
        if params is None or params is False:
            found[index] = None
        elif isinstance(params, Mapping):
            found[index] = Step(name=step.name, params={**step.params, **params})
        else:
            raise _invalid(source, f"`overrides` of {words} must be parameters, or null to leave the step out")
    return tuple(step for step in found if step is not None)


def _find(steps: tuple[Step, ...], words: str, source: str) -> int:
    """`resize` is the first step of that name, `resize#2` the second."""
    name, _, number = words.partition("#")
    places = [index for index, step in enumerate(steps) if step.name == name]
    wanted = int(number) if number.isdigit() else 1
    if not 1 <= wanted <= len(places):
        names = ", ".join(dict.fromkeys(step.name for step in steps)) or "none"
        raise _invalid(source, f"`overrides` names {words}, which the base does not have", f"Its steps are: {names}.")
    return places[wanted - 1]
