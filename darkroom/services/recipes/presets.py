"""Saved recipes: every version stays as it was; what comes with Darkroom can be extended, but not changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from darkroom.access import reach_of, require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.recipe import Preset
from darkroom.errors import Error
from darkroom.services.recipes.filter_shelf import FilterShelf
from darkroom.services.recipes.lacking import lacking
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.recipes.origins import origins, overrides_of
from darkroom.services.recipes.saving import retire_versions, save_version
from darkroom.services.recipes.views import (
    BrokenPlugin,
    NewPreset,
    OperationList,
    OperationView,
    PresetDetail,
    PresetList,
    PresetOrigins,
    PresetUse,
    PresetView,
    RawView,
    RecipeGiven,
    Retired,
    Validation,
)
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.recipes.compile import Program
    from darkroom.imaging.recipes.model import Recipe
    from darkroom.services.recipes.contests import ContestService

_MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Chosen:
    """A recipe that somebody named or wrote."""

    recipe: Recipe
    """What is done; filters of the library are worked in."""
    program: Program
    preset: str | None
    """Id of the preset, if it is one."""
    parent: str | None
    """Id of the preset that it extends."""
    written: Recipe
    """The same with filters by name and version, as it is kept and shown."""

    @property
    def text(self) -> str:
        """The whole recipe as JSON."""
        return json.dumps(self.recipe.canonical(), ensure_ascii=False)


@dataclass(frozen=True)
class Here:
    """What recipes find on this machine."""

    detectable: frozenset[str]
    """What detectors find."""
    models: ModelShelf
    """Models that whoever asks may use."""
    filters: FilterShelf
    """Filters of the library."""

    def lacks(self, recipe: dict[str, Any]) -> tuple[str, ...]:
        """What is missing to run a recipe, a sentence each."""
        return lacking(recipe, self.detectable, self.models, self.filters)


class PresetService:
    """Reads and keeps recipes.

    Args:
        settings: where detectors are, which some recipes need.
        stores: where presets are.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._filters = FilterShelf(stores)

    @cached_property
    def contests(self) -> ContestService:
        """Versions judged blindly, and pictures that stand for many."""
        from darkroom.services.recipes.contests import ContestService

        return ContestService(self._stores, self)

    def operations(self, principal: Principal) -> OperationList:
        """Every operation with the schema of its parameters."""
        require(principal, "presets:read")
        from darkroom.imaging.operations.declare import CATEGORIES
        from darkroom.imaging.operations.registry import operations

        registry, order = operations(), tuple(CATEGORIES)
        found = sorted([*registry, *self._filters.operations()], key=lambda one: (order.index(one.category), one.name))
        return OperationList(
            items=tuple(OperationView.model_validate(one.describe()) for one in found),
            categories=order,
            broken_plugins=tuple(BrokenPlugin(name=one.name, cause=one.cause) for one in registry.broken),
            raw=_raw_view(),
        )

    def validate(self, principal: Principal, given: RecipeGiven) -> Validation:
        """Check a recipe as a whole.

        Raises:
            Error: `recipe_invalid` naming step, parameter and remedy; `not_found` for an unknown preset.
        """
        require(principal, "presets:read")
        found = self.choose(given)
        steps = tuple(step.operation.id for step in found.program.steps)
        return Validation(recipe=found.written.canonical(), fingerprint=found.program.fingerprint(), steps=steps)

    def list(self, principal: Principal) -> PresetList:
        """The newest version of every preset."""
        require(principal, "presets:read")
        here, orders = self._here(principal), self._stores.orders.by_preset()
        built_in = tuple(_built_in_view(name, here) for name in _built_in_names())
        found = built_in + tuple(_view(one, here) for one in self._stores.presets.list())
        return PresetList(items=tuple(one.model_copy(update={"orders": orders.get(one.name, 0)}) for one in found))

    def _here(self, principal: Principal) -> Here:
        return Here(self._detectable(), ModelShelf(self._stores, reach_of(principal, "images:read")), self._filters)

    def _detectable(self) -> frozenset[str]:
        """What the detectors of this machine find; one that cannot be read finds nothing."""
        from darkroom.imaging.recipes.looking import find_detectors

        try:
            found = find_detectors(self._settings.detectors)
        except Error:
            return frozenset()
        return frozenset(label for one in found for label in one.labels)

    def get(self, principal: Principal, words: str) -> PresetDetail:
        """One preset: `name` for its newest version, or `name@version`.

        Raises:
            Error: `not_found`.
        """
        require(principal, "presets:read")
        if words in _built_in_names():
            found = self.choose(RecipeGiven(preset=words))
            return PresetDetail(
                **dict(_built_in_view(words, self._here(principal))), recipe=found.recipe.canonical(), source=found.text,
                fingerprint=found.program.fingerprint(), versions=(found.recipe.version,), retired=False,
                used=self._use(words), origins=None,
            )  # fmt: skip
        preset = self._stored(words)
        versions = self._stores.presets.versions(preset.name)
        return PresetDetail(
            **dict(_view(preset, self._here(principal))), recipe=json.loads(preset.recipe), source=preset.source,
            fingerprint=preset.fingerprint, versions=tuple(one.version for one in versions),
            retired=preset.retired_at is not None, used=self._use(preset.id, *((preset.name,) if preset.version == versions[0].version else ())),
            origins=self._origins(preset),
        )  # fmt: skip

    def save(self, principal: Principal, new: NewPreset) -> PresetDetail:
        """Save a recipe as the next version of its name; one that says what the newest says already is that version.

        Raises:
            Error: `recipe_invalid`; `already_exists` for the name of one that comes with Darkroom; `conflict` when
                somebody saved another version at the same time.
        """
        require(principal, "presets:write")
        given = new.recipe if isinstance(new.recipe, str) else json.dumps(new.recipe, ensure_ascii=False)
        found = self._parsed(given)
        name = new.name or found.recipe.name
        if name in _built_in_names():
            raise Error("already_exists", f"{name} comes with Darkroom.", remedy="Save yours under another name.")
        newest = self._stores.presets.newest(name)
        version = newest.version + 1 if newest else 1
        recipe = found.written.model_copy(update={"name": name, "version": version})
        preset = Preset(
            id=f"{name}@{version}", name=name, version=version, title=recipe.title, description=recipe.description,
            source=given, recipe=json.dumps(recipe.canonical(), ensure_ascii=False), extends=found.parent,
            fingerprint=found.program.fingerprint(), created_at=now(), created_by=principal.id,
        )  # fmt: skip
        if newest and newest.retired_at is None and _says_the_same(newest, preset):
            return self.get(principal, newest.id)
        save_version(self._stores, self._stores.presets, preset, principal, preset.id)
        return self.get(principal, preset.id)

    def retire(self, principal: Principal, name: str) -> Retired:
        """Take a preset out of the list; its versions stay readable for what was made with them.

        Raises:
            Error: `not_found`; `conflict` for one that comes with Darkroom.
        """
        require(principal, "presets:write")
        if name in _built_in_names():
            raise Error("conflict", f"{name} comes with Darkroom and stays.", remedy="Choose one of your own.")
        if self._stores.presets.newest(name) is None:
            raise _unknown(name)
        return retire_versions(self._stores, self._stores.presets, name, principal, name)

    def choose(self, given: RecipeGiven) -> Chosen:
        """The recipe that is meant, compiled; for services, which have checked who asks.

        Raises:
            Error: `recipe_invalid` or `not_found`.
        """
        if given.preset is None:
            given_text = given.recipe if isinstance(given.recipe, str) else json.dumps(given.recipe)
            return self._parsed(given_text)
        if given.preset in _built_in_names():
            from darkroom.imaging.recipes.read import find_recipe

            return self._compiled(find_recipe(given.preset), given.preset, None)
        preset = self._stored(given.preset)
        return self._compiled(_whole(preset), preset.id, preset.extends)

    def _parsed(self, text: str) -> Chosen:
        from darkroom.imaging.recipes.read import parse_recipe, preset_names

        if len(text) > _MOST_CHARACTERS:
            raise Error("recipe_invalid", "The recipe is larger than a megabyte, which no recipe is.")
        parents: list[str] = []

        def find(words: str) -> Recipe | None:
            if words in preset_names():
                parents.append(words)
                return None
            try:
                preset = self._stored(words)
            except Error as error:
                raise Error("recipe_invalid", f"`extends` names {words[:100]}, which is not there.") from error
            parents.append(preset.id)
            return _whole(preset)

        recipe = parse_recipe(text, "recipe", folder=None, find=find)
        return self._compiled(recipe, None, parents[0] if parents else None)

    def _compiled(self, recipe: Recipe, preset: str | None, parent: str | None) -> Chosen:
        from darkroom.imaging.recipes.compile import compile_recipe

        written = self._filters.pinned(recipe)
        whole = self._filters.expanded(written)
        if whole is not written:
            compile_recipe(
                self._filters.left_out(written)
            )  # what is wrong is told by the numbers of the steps as written
        return Chosen(whole, compile_recipe(whole), preset, parent, written)

    def _stored(self, words: str) -> Preset:
        name, _, version = words.partition("@")
        found = self._stores.presets.find(words) if version else self._stores.presets.newest(name)
        if found is None:
            raise _unknown(words)
        return found

    def _origins(self, preset: Preset) -> PresetOrigins | None:
        if preset.extends is None:
            return None
        try:
            base = self.choose(RecipeGiven(preset=preset.extends)).written.canonical()
        except Error:  # one that came with an older Darkroom
            return None
        return origins(json.loads(preset.recipe), base, overrides_of(preset.source))

    def _use(self, preset: str, *names: str) -> PresetUse:
        """Where a version is used, which goes by these further names: the newest one by that of all."""
        return PresetUse(
            renditions=self._stores.renditions.uses(preset),
            orders=self._stores.orders.uses(preset),
            presets=tuple(self._stores.presets.extending([preset])),
            rules=tuple(one.id for one in self._stores.rules.all() if one.preset in (preset, *names)),
        )


def _built_in_names() -> list[str]:
    from darkroom.imaging.recipes.read import preset_names

    return preset_names()


def _whole(preset: Preset) -> Recipe:
    return recipe_of(preset.recipe, preset.id)


def recipe_of(text: str, name: str) -> Recipe:
    """The recipe in a text that holds all of it."""
    from darkroom.imaging.recipes.read import parse_recipe

    return parse_recipe(text, name, folder=None)


def _says_the_same(old: Preset, new: Preset) -> bool:
    def said(one: Preset) -> dict[str, Any]:
        return {**json.loads(one.recipe), "version": 0}

    return (said(old), old.extends) == (said(new), new.extends)


def _unknown(words: str) -> Error:
    return Error(
        "not_found", f"There is no preset {words[:100]!r}.", remedy="`darkroom preset list` shows those there are."
    )


def _raw_view() -> RawView:
    from darkroom.imaging.formats.develop import RawOptions
    from darkroom.imaging.sniff import KINDS

    formats = tuple(one.format for one in KINDS.values() if one.decoder == "raw")
    return RawView(formats=formats, parameters=RawOptions.model_json_schema())


def _view(preset: Preset, here: Here) -> PresetView:
    return PresetView(
        name=preset.name, version=preset.version, title=preset.title, description=preset.description,
        built_in=False, extends=preset.extends, created_at=preset.created_at, created_by=preset.created_by,
        missing=here.lacks(json.loads(preset.recipe)),
    )  # fmt: skip


def _built_in_view(name: str, here: Here) -> PresetView:
    from darkroom.imaging.recipes.read import find_recipe

    recipe = find_recipe(name)
    return PresetView(
        name=name, version=recipe.version, title=recipe.title, description=recipe.description, built_in=True,
        extends=None, created_at=None, created_by=None, missing=here.lacks(recipe.canonical()),
    )  # fmt: skip
