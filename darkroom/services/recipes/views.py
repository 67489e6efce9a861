"""What people see of recipes, and what they ask with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.develop_history import CopiedSteps, HistoryGiven
from darkroom.domain.recipe import PresetName


class HandleView(Model):
    """Something that can be dragged on the picture as the operation gets it, in places relative to its sides."""

    kind: Literal["box", "point", "corners", "level", "direction", "band"]
    """A box, a place, four corners, a line that is to be level, a direction, a band."""
    fields: dict[str, str]
    """The parameter behind each part of it: `left`, `top`, `x`, `angle`, ..."""
    sets: dict[str, Any]
    """Parameters that must have these values for it to mean something."""
    relative: bool
    """Whether an angle is meant on the picture stretched to a square."""


class OperationView(Model):
    """An operation that a step can be."""

    name: str
    """Name in recipes."""
    version: int
    """Grows when equal parameters give other pixels."""
    title: str
    """Name for people."""
    category: str
    """Family: `geometry`, `light`, `colour`, ..."""
    summary: str
    """What it does, in a sentence."""
    aliases: tuple[str, ...]
    """Other words under which people look for it."""
    moves_pixels: bool
    """Whether it moves pixels, so that boxes and masks move along."""
    depends_on_picture: bool
    """Whether what it does depends on the picture."""
    previews: bool
    """Whether a small copy gives a fair preview."""
    seeded: bool
    """Whether it draws random numbers."""
    handles: tuple[HandleView, ...]
    """What can be dragged on the picture."""
    parameters: dict[str, Any]
    """JSON schema of the parameters: types, ranges, defaults, units and words for people."""


class BrokenPlugin(Model):
    """A plug-in that could not be loaded."""

    name: str
    """The plug-in."""
    cause: str
    """Why."""


class PluginView(Model):
    """An installed plug-in: what it is, and what it may do."""

    name: str
    """Its operations are called `name/operation`."""
    version: str
    """Its version."""
    summary: str
    """What it is good for."""
    licence: str
    """SPDX name."""
    author: str
    """Who answers for it."""
    operations: dict[str, int]
    """Its operations with their versions."""
    enabled: bool
    """Whether its operations can be used; one that was switched off keeps its files and its permissions."""
    cause: str | None
    """Why it is skipped though it is enabled; null where it works."""
    asked: tuple[str, ...]
    """What its manifest asks for, in the words of `granted`."""
    granted: tuple[str, ...]
    """What it may do beside seeing a picture and giving one back: `network`, `processes`, `gpu`, `read:/path`, `unconfined`."""
    memory_mb: int
    """Most memory of each of its processes."""
    seconds: float
    """Longest time for a picture."""
    golden: int
    """Golden pictures that it was compared with before it came."""
    digest: str
    """SHA-256 of its files."""


class PluginSwitch(Model):
    """Switching a plug-in off, or on again."""

    enabled: bool
    """Whether its operations can be used."""


class PluginList(Model):
    """Installed plug-ins."""

    items: tuple[PluginView, ...]
    """By name."""
    broken: tuple[BrokenPlugin, ...]
    """Those that are skipped."""
    enforced: dict[str, bool]
    """What this system holds plug-ins to: `files`, `network`, `processes`, `memory`; what it does not needs the permission `unconfined`."""


class RawView(Model):
    """How RAW files can be developed before the first step: the field `raw` of a recipe."""

    formats: tuple[str, ...]
    """Formats that it means something for, as `format` of a picture tells them."""
    parameters: dict[str, Any]
    """JSON schema of its fields: types, ranges, defaults and words for people. `when` tells for which value of another field one means something."""


class OperationList(Model):
    """All operations of this machine."""

    items: tuple[OperationView, ...]
    """The operations, by family and name."""
    categories: tuple[str, ...]
    """Families, in the order in which they are shown."""
    broken_plugins: tuple[BrokenPlugin, ...]
    """Plug-ins that are skipped."""
    raw: RawView
    """What is done to a RAW file before the first step."""


class RecipeGiven(Model):
    """A recipe: written out, or a preset by name."""

    recipe: dict[str, Any] | str | None = None
    """The recipe, as an object or as YAML; `extends` names a preset."""
    preset: str | None = Field(None, max_length=90)
    """`name` for its newest version, or `name@version`."""

    @model_validator(mode="after")
    def _one_of_two(self) -> RecipeGiven:
        if (self.recipe is None) == (self.preset is None):
            raise ValueError("give either recipe or preset")
        return self


class Validation(Model):
    """A recipe that is valid."""

    recipe: dict[str, Any]
    """The whole recipe, with what it extends worked in."""
    fingerprint: str
    """What is done: equal for recipes that give equal results."""
    steps: tuple[str, ...]
    """Operations that will run, `name@version`; those that change nothing are left out."""


class NewPreset(Model):
    """A recipe to be saved."""

    name: PresetName | None = None
    """Name; that of the recipe without it. Saved again it becomes the next version."""
    recipe: dict[str, Any] | str
    """The recipe, as an object or as YAML; `extends` names a preset, whose present version is worked in."""


class PresetView(Model):
    """A preset in a list."""

    name: str
    """Its name."""
    version: int
    """Newest version."""
    title: str
    """Name for people."""
    description: str
    """What it is for."""
    built_in: bool
    """Whether it comes with Darkroom: such ones can be extended, but not changed."""
    extends: str | None
    """The preset that it was made from."""
    created_at: datetime | None
    """When this version was saved; null for built-in ones."""
    created_by: str | None
    """Id of who saved it; null for built-in ones."""
    missing: tuple[str, ...]
    """What this machine lacks to run it, a sentence each; empty when it can run."""
    orders: int = Field(0, ge=0)
    """How often it was ordered, in any version."""


class PresetList(Model):
    """Presets, by name: those that come with Darkroom first."""

    items: tuple[PresetView, ...]
    """The presets."""


class PresetUse(Model):
    """Where a version of a preset is used."""

    renditions: int = Field(ge=0)
    """Results that it made and that are still there."""
    orders: int = Field(ge=0)
    """Orders for it."""
    presets: tuple[str, ...]
    """Versions of presets that were made from it, at most 1,000."""
    rules: tuple[str, ...] = ()
    """Ids of rules that run it on what comes in."""


class StepOrigin(Model):
    """Where a step of a preset comes from."""

    name: str
    """Its operation."""
    origin: Literal["inherited", "changed", "own"]
    """From the preset that is extended, as it is there or with other parameters; or the preset's own."""
    changed: dict[str, Any]
    """Parameters that are other ones there, with their values there; null where it says nothing of one."""


class SettingOrigin(Model):
    """Where something comes from that a preset says beside its steps."""

    name: str
    """`output`, `metadata`, `raw`, ..."""
    origin: Literal["inherited", "changed", "own"]
    """As for steps."""
    value: Any
    """What it says; null where that is nothing."""
    was: Any
    """What the preset that is extended says."""


class PresetOrigins(Model):
    """What a preset has from the one that it extends."""

    steps: tuple[StepOrigin, ...]
    """For each step of the recipe, in order."""
    left_out: tuple[str, ...]
    """Operations of steps that are there and left out here."""
    settings: tuple[SettingOrigin, ...]
    """What is said beside the steps, here or there."""


class PresetDetail(PresetView):
    """Everything known of a version of a preset."""

    recipe: dict[str, Any]
    """The whole recipe."""
    source: str
    """As it was written."""
    fingerprint: str
    """What is done: equal for recipes that give equal results."""
    versions: tuple[int, ...]
    """Every version of the name, newest first."""
    retired: bool
    """Whether it was taken out of the list."""
    used: PresetUse
    """Where it is used."""
    origins: PresetOrigins | None
    """What it has from the preset that it extends; null where it extends none."""


class Retired(Model):
    """Answer to taking a preset out of the list."""

    name: str
    """Its name."""
    versions: int = Field(ge=0)
    """How many versions were in the list."""


class CurveGiven(RecipeGiven):
    """A recipe and a format of whose qualities the sizes are wanted."""

    output: dict[str, Any] | None = None
    """Format and options of the result, in place of what the recipe says; `quality` is what is gone over."""
    qualities: tuple[Annotated[int, Field(ge=1, le=100)], ...] = Field((30, 45, 60, 70, 80, 88, 95), max_length=9)
    """Where the curve is measured; empty for the quality that is usual alone."""


class HistoryView(HistoryGiven):
    """What one did to a picture, as it is kept."""

    revision: int = Field(ge=0)
    """Grows with every change; 0 where nothing is kept."""
    changed_at: datetime | None
    """When; null where nothing is kept."""


class CopiedView(Model):
    """What one copied last."""

    revision: int = Field(ge=0)
    """Grows with every change; 0 where nothing was copied."""
    changed_at: datetime | None
    """When; null where nothing was copied."""
    copied: CopiedSteps | None
    """It; null where nothing was copied."""


class PreviewGiven(RecipeGiven):
    """A recipe to be tried on a picture."""

    long_side: int = Field(1024, ge=64, le=8192)
    """Long side of the copy that it runs on, in pixels: never more than the picture has. Up to 2048 the pictures between the
    steps are remembered, so that the next preview costs only what has changed."""
    format: Literal["jpeg", "webp", "png"] = "jpeg"
    """Format of the answer."""
    quality: int = Field(85, ge=1, le=100)
    """Quality of the answer (JPEG, WebP)."""
