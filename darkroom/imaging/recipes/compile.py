"""Makes one function of a recipe: checked, without steps that do nothing, tables in a row fused into one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging.formats.adaptive import AdaptiveOptions
from darkroom.imaging.formats.deep_zoom import TILE_FORMATS
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.operations.base import Context, Params, Shape
from darkroom.imaging.operations.declare import Operation
from darkroom.imaging.operations.geometry_resize import ResizeParams, scaled_size
from darkroom.imaging.operations.geometry_smart import looks_for_itself
from darkroom.imaging.operations.registry import Registry, operations
from darkroom.imaging.recipes.model import Recipe
from darkroom.imaging.words import Words

# What these do is the same on a smaller copy, made larger: a resize after them may be had from the decoder in part.
_COMMUTE = frozenset({"flip", "crop", "smart_crop", "tile"})
RUNNER = 4
"""Version of what runs recipes; part of every address."""


@dataclass(frozen=True)
class Bound:
    """An operation with its parameters."""

    operation: Operation[Any]
    params: Params
    number: int
    """Which step of the recipe, counted from 1."""

    def __str__(self) -> str:
        return f"step {self.number} ({self.operation.name})"


@dataclass(frozen=True)
class Scale:
    """How small a picture may be decoded, and what then has to be reached exactly."""

    long_side: int | None = None
    """Long side that is still enough; None: every pixel is needed."""
    sizes: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """What each resize would have made of the whole picture, by its place among the steps."""
    reduced: tuple[int, int] | None = None
    """What Lanczos makes of the whole picture before anything else is done, so that a decoder may do it as well."""


@dataclass(frozen=True)
class Program:
    """A recipe, ready to run on any number of pictures."""

    recipe: Recipe
    steps: tuple[Bound, ...]
    """What is done; steps that change nothing are left out."""
    output: EncodeOptions | None
    """How the result is written; None: as the source, or JPEG where its format cannot be written."""
    groups: tuple[tuple[int, int], ...]
    """Steps that run as one: first, and one past the last."""
    adaptive: AdaptiveOptions | None = None
    """What the quality of the result is looked for by."""
    raw: RawOptions = RawOptions()
    """How RAW files are developed."""

    def references(self) -> list[tuple[str, str]]:
        """Every picture and file that steps need beside the source, once."""
        found = [one for step in self.steps for one in step.operation.references(step.params)]
        return list(dict.fromkeys(found))

    @property
    def wants_focus(self) -> bool:
        """Whether a step crops around what matters, and the recipe does not say where that is."""
        return any(looks_for_itself(one.params) for one in self.steps)

    def heeds(self, settings: DevelopSettings | None) -> DevelopSettings | None:
        """What of the wishes for a picture makes a difference to this program; None for nothing."""
        if settings is None:
            return None
        raw = settings.of_raw if self.raw.sidecar == "use" else None
        if settings.focus is None or not self.wants_focus:
            return raw
        return (raw or DevelopSettings()).model_copy(update={"focus": settings.focus})

    def shape(self, shape: Shape) -> Shape | None:
        """What a picture becomes, from its size alone; None where only its pixels tell."""
        found: Shape | None = shape
        for step in self.steps:
            found = step.operation.shape(found, step.params) if found else None
        return found

    def scale(self, shape: Shape) -> Scale:
        """How small the source may be decoded such that nothing is lost."""
        now: Shape | None = shape
        factor, sizes, reduced = 1.0, {}, None
        for index, step in enumerate(self.steps):
            before = now
            now = step.operation.shape(before, step.params) if before else None
            if before is None or now is None:
                return Scale()
            if isinstance(step.params, ResizeParams):
                factor = _reduction(before, step.params)
                sizes[index] = (now.width, now.height)
                reduced = scaled_size(before, step.params) if index == 0 and step.params.filter == "lanczos" else None
                break
            if step.operation.name not in _COMMUTE:
                return Scale()
        if factor <= 1.0:
            return Scale()
        return Scale(int(max(shape.width, shape.height) / factor) + 1, sizes, reduced)

    def addresses(self, source: str, context: Context, files: Mapping[str, str] | None = None) -> list[str]:
        """Address of the picture before the first step and after each: equal addresses, equal pixels.

        Args:
            source: sha256 of the source's bytes, and whatever else decides about its pixels.
            context: what the run knows beside parameters.
            files: sha256 of everything that steps refer to.
        """
        knows: list[Any] = [context.seed, round(context.scale, 6), context.iso]
        knows += [[one.left, one.top, one.right, one.bottom, one.label, one.score] for one in context.regions]
        knows += [dict(context.lens)] if context.lens else []
        found = [_hash([RUNNER, source, knows])]
        for step in self.steps:
            uses = self._uses(step, files)
            found.append(_hash([found[-1], step.operation.id, step.params.model_dump(mode="json"), uses]))
        return found

    def result_address(self, last: str, output: EncodeOptions, words: Words | None = None) -> str:
        """Address of the written file."""
        said = (words.digest,) if words else ()
        return _hash([last, output.model_dump(mode="json"), self._goal(), self.recipe.metadata, *self._kept(), *said])

    def fingerprint(self, files: Mapping[str, str] | None = None) -> str:
        """What is done, whatever the picture: equal for recipes that give equal results of every picture.

        Args:
            files: sha256 of everything that steps refer to.
        """
        steps = [
            [step.operation.id, step.params.model_dump(mode="json"), self._uses(step, files)] for step in self.steps
        ]
        output = self.output.model_dump(mode="json") if self.output else None
        looked = sorted(value for name, value in (files or {}).items() if name.startswith(("detector ", "lens ")))
        kept = (*self._kept(), *looked)
        return _hash([RUNNER, self.recipe.seed, steps, output, self._goal(), self.recipe.metadata, *kept])

    def _kept(self) -> tuple[str, ...]:
        """Nothing for a recipe that asks for nothing rare: its results have the addresses they always had."""
        rare = (
            ("gain map", self.recipe.gain_map == "keep"),
            (f"package {self.recipe.package}", self.recipe.package != "none"),
            (f"raw {self.raw.model_dump_json(exclude_defaults=True)}", self.raw != RawOptions()),
            ("words of the library", self.recipe.words == "library"),
        )
        return tuple(name for name, asked in rare if asked)

    def _goal(self) -> dict[str, Any] | None:
        # Without targets for kinds of pictures, results have the addresses that they had before there were such.
        usual = {"targets"} if self.adaptive and not self.adaptive.targets else None
        return self.adaptive.model_dump(mode="json", exclude=usual) if self.adaptive else None

    @staticmethod
    def _uses(step: Bound, files: Mapping[str, str] | None) -> list[str]:
        return [(files or {}).get(one, one) for _, one in step.operation.references(step.params)]


def _hash(value: Any) -> str:
    words = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


def _reduction(before: Shape, params: ResizeParams) -> float:
    """How much smaller the picture gets on its better side."""
    across = (before.width / params.width) if params.width else 0.0
    down = (before.height / params.height) if params.height else 0.0
    if params.megapixels:
        across = (before.width * before.height / (params.megapixels * 1e6)) ** 0.5
    if params.linear_light or params.filter == "nearest":
        return 1.0  # the decoder averages values, not light, and it mixes pixels
    if params.mode in {"fill", "exact"}:
        return min(across, down)
    return max(across, down)


def compile_recipe(recipe: Recipe, registry: Registry | None = None) -> Program:
    """Check a recipe and make it ready to run.

    Raises:
        Error: `recipe_invalid` naming step, field and remedy.
    """
    registry = registry or operations()
    steps = []
    for number, step in enumerate(recipe.operations, 1):
        try:
            operation = registry.get(step.name)
            params = operation.parse(step.params)
        except Error as error:
            cause = f"{recipe.name}, step {number}: {error.cause}"
            raise Error("recipe_invalid", cause, remedy=error.remedy, step=number, **error.context) from error
        if not _does_nothing(operation, params):
            steps.append(Bound(operation, params, number))
    output, adaptive = _output(recipe)
    _check_package(recipe, output, adaptive)
    return Program(recipe, tuple(steps), output, _groups(steps), adaptive, _raw(recipe))


def result_key(
    fingerprint: str, source: str, words: Words | None = None, settings: DevelopSettings | None = None
) -> str:
    """Where the result of a picture is kept: known from its sha256 alone, without reading a byte of it.

    Args:
        fingerprint: of the recipe.
        source: sha256 of the picture.
        words: what is written into the result, where the recipe asks for that.
        settings: how a RAW file is to be developed, where its sidecar says that.
    """
    told = [words.digest] if words and words.digest else []
    told += [f"raw {settings.model_dump_json(exclude_defaults=True)}"] if settings else []
    return _hash([fingerprint, source, *told])


def _does_nothing(operation: Operation[Any], params: Params) -> bool:
    """Whether the step may be left out; pictures come upright from their decoder, so the one that turns them may."""
    return params == operation.identity or (operation.name == "auto_orient" and params == operation.parse({}))


def _output(recipe: Recipe) -> tuple[EncodeOptions | None, AdaptiveOptions | None]:
    if not recipe.output:
        return None, None
    options = dict(recipe.output)
    adaptive = _adaptive(recipe, options.pop("adaptive", None))
    if "format" not in options and adaptive and adaptive.formats:
        options["format"] = adaptive.formats[0]
    if "format" not in options:
        cause = f"{recipe.name}, output: `format` is missing."
        raise Error("recipe_invalid", cause, remedy="Write for example `output: {format: webp, quality: 80}`.")
    if adaptive and "quality" in options:
        cause = f"{recipe.name}, output: `quality` and `adaptive` exclude each other."
        raise Error("recipe_invalid", cause, remedy="Leave `quality` out: it is what is looked for.")
    try:
        return EncodeOptions.checked(**options), adaptive
    except Error as error:
        raise Error("recipe_invalid", f"{recipe.name}, output: {error.cause}") from error


def _raw(recipe: Recipe) -> RawOptions:
    try:
        return RawOptions.model_validate(recipe.raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["raw", *(str(part) for part in first["loc"])])
        words = first["msg"].removeprefix("Value error, ")
        known = ", ".join(RawOptions.model_fields)
        # What two fields say together is shown at the one that the words name.
        named = next((f"raw.{one}" for one in RawOptions.model_fields if f"`{one}`" in words), "raw")
        raise Error(
            "recipe_invalid",
            f"{recipe.name}, {place}: {words}.",
            remedy=f"Fields of `raw` are: {known}.",
            field=place if first["loc"] else named,
        ) from error


def _check_package(recipe: Recipe, output: EncodeOptions | None, adaptive: AdaptiveOptions | None) -> None:
    if recipe.package != "deep-zoom":
        return
    if output is None or output.format not in TILE_FORMATS:
        cause = f"{recipe.name}, package: tiles are {', '.join(TILE_FORMATS)}."
        raise Error("recipe_invalid", cause, remedy="Write for example `output: {format: jpeg, quality: 85}`.")
    if adaptive or output.profile != "srgb" or recipe.gain_map == "keep":
        cause = f"{recipe.name}, package: tiles are in sRGB, of one quality, and without a gain map."
        raise Error("recipe_invalid", cause, remedy="Leave `adaptive`, `profile` and `gain_map` out.")


def _adaptive(recipe: Recipe, given: Any) -> AdaptiveOptions | None:
    if given is None or given is False:
        return None
    try:
        goal = AdaptiveOptions.model_validate({} if given is True else given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["output.adaptive", *(str(part) for part in first["loc"])])
        raise Error("recipe_invalid", f"{recipe.name}, {place}: {first['msg']}.") from error
    if goal.target is None and goal.max_bytes is None:
        cause = f"{recipe.name}, output.adaptive: neither `target` nor `max_bytes` is given."
        raise Error("recipe_invalid", cause, remedy="Write for example `adaptive: {target: 0.96, max_bytes: 200000}`.")
    if goal.lowest > goal.highest:
        raise Error("recipe_invalid", f"{recipe.name}, output.adaptive: `lowest` is above `highest`.")
    return goal


def _groups(steps: Sequence[Bound]) -> tuple[tuple[int, int], ...]:
    """Neighbours that are curves of a channel run as one table; one that looks at the pixels first begins anew."""
    found: list[tuple[int, int]] = []
    for index, step in enumerate(steps):
        follows = found and step.operation.is_tone and not step.operation.pins
        if follows and steps[found[-1][0]].operation.is_tone:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return tuple(found)


def at_scale(step: Bound, factor: float, exact: tuple[int, int] | None) -> Bound:
    """The step for a picture that was decoded smaller.

    Args:
        step: as the recipe has it.
        factor: size of the picture relative to the whole one; 1 leaves the step.
        exact: size that a resize has to reach in pixels, whatever came before.
    """
    if exact and isinstance(step.params, ResizeParams):
        mode = step.params.mode if step.params.mode in ("fill", "pad") else "exact"
        change = {"width": exact[0], "height": exact[1], "megapixels": None, "mode": mode, "enlarge": True}
        return replace(step, params=step.params.model_copy(update=change))
    return step if factor == 1 else replace(step, params=step.operation.scaled(step.params, factor))
