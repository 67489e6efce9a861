"""What a preset has from the one that it extends, and what it says itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from darkroom.services.recipes.views import PresetOrigins, SettingOrigin, StepOrigin

_SETTINGS = ("raw", "output", "metadata", "words", "gain_map", "package", "seed")


class _Step(NamedTuple):
    name: str
    params: Mapping[str, Any]


def origins(recipe: Mapping[str, Any], base: Mapping[str, Any], overrides: Mapping[str, Any]) -> PresetOrigins:
    """Each step and setting with where it comes from.

    Args:
        recipe: whole and canonical.
        base: what it extends, likewise.
        overrides: what its source says of steps of the base; null leaves one out.
    """
    above, own = _steps(base), _steps(recipe)
    left_out = _left_out([one.name for one in above], overrides)
    inherited = [one for at, one in enumerate(above) if at not in left_out]
    steps = [*map(_inherited, own, inherited)]
    steps += [StepOrigin(name=one.name, origin="own", changed={}) for one in own[len(inherited) :]]
    return PresetOrigins(
        steps=tuple(steps), left_out=tuple(above[at].name for at in sorted(left_out)), settings=tuple(_settings(recipe, base))
    )  # fmt: skip


def overrides_of(source: str) -> Mapping[str, Any]:
    """What the text of a recipe says of the steps of its base."""
    import yaml

    given = json.loads(source) if source.lstrip().startswith("{") else yaml.safe_load(source)
    found = given.get("overrides") if isinstance(given, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _steps(recipe: Mapping[str, Any]) -> list[_Step]:
    return [
        _Step(one, {}) if isinstance(one, str) else _Step(*next(iter(one.items())))
        for one in recipe.get("operations", ())
    ]


def _left_out(names: Sequence[str], overrides: Mapping[str, Any]) -> set[int]:
    """Places of steps that are left out: `resize` is the first of that name, `resize#2` the second."""
    found = set()
    for words, params in overrides.items():
        if params is None or params is False:
            name, _, number = str(words).partition("#")
            places = [at for at, one in enumerate(names) if one == name]
            wanted = int(number) if number.isdigit() else 1
            found.update(places[wanted - 1 : wanted])
    return found


def _inherited(own: _Step, base: _Step) -> StepOrigin:
    if own.name != base.name:  # what comes with Darkroom has changed since
        return StepOrigin(name=own.name, origin="own", changed={})
    changed = {name: base.params.get(name) for name, value in own.params.items() if base.params.get(name) != value}
    return StepOrigin(name=own.name, origin="changed" if changed else "inherited", changed=changed)


def _settings(recipe: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[SettingOrigin]:
    for name in _SETTINGS:
        if name in recipe or name in base:
            now, before = recipe.get(name), base.get(name)
            origin = "inherited" if now == before else "own" if before is None else "changed"
            yield SettingOrigin.model_validate({"name": name, "origin": origin, "value": now, "was": before})
