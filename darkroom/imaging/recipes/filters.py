"""What a filter that somebody saved stands for in a recipe: operations that come with Darkroom, with its knobs set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from darkroom.domain.recipe import FILTER_PREFIX, FILTER_TABLE
from darkroom.errors import Error
from darkroom.imaging.operations.filters_user import (
    ExpressionBody,
    KernelBody,
    LookBody,
    UserFilter,
    at_strength,
    written_out,
)
from darkroom.imaging.recipes.model import Recipe, Step


def has_filters(recipe: Recipe) -> bool:
    """Whether a step is a filter that somebody saved."""
    return any(step.name.startswith(FILTER_PREFIX) for step in recipe.operations)


def with_filters(recipe: Recipe, change: Callable[[Step], Iterable[Step]]) -> Recipe:
    """The recipe with something else in place of the steps that are filters.

    Raises:
        Error: `recipe_invalid` naming the step for which `change` raised.
    """
    steps: list[Step] = []
    for number, step in enumerate(recipe.operations, 1):
        if not step.name.startswith(FILTER_PREFIX):
            steps.append(step)
            continue
        try:
            steps += change(step)
        except Error as error:
            cause = f"{recipe.name}, step {number}: {error.cause}"
            raise Error("recipe_invalid", cause, remedy=error.remedy, **{**error.context, "step": number}) from error
    return recipe.model_copy(update={"operations": tuple(steps)})


def without_services(recipe: Recipe, find: Callable[[str], UserFilter]) -> tuple[Recipe, dict[str, bytes]]:
    """The recipe with what filters stand for in their place, and the tables of those that are looks, as its steps name them.

    Args:
        recipe: as it was read.
        find: a filter by `name` or `name@version`.

    Raises:
        Error: `recipe_invalid` naming the step.
    """
    tables: dict[str, bytes] = {}

    def change(step: Step) -> tuple[Step, ...]:
        one = find(step.name.removeprefix(FILTER_PREFIX))
        if isinstance(one.body, LookBody):
            tables[table_of(one)] = one.body.cube.encode()
        return steps_of(one, step.params)

    return with_filters(recipe, change), tables


def table_of(one: UserFilter) -> str:
    """How steps name the table of a look."""
    return f"{FILTER_TABLE}{one.name}@{one.version}"


def steps_of(one: UserFilter, params: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps that a filter stands for; none where it changes nothing.

    Args:
        one: the filter.
        params: as a recipe gives them.

    Raises:
        Error: `invalid_parameter` naming what does not fit.
    """
    given = one.operation().parse(params)
    values = {knob.name: float(getattr(given, knob.name)) for knob in one.knobs}
    body = one.body
    strength = getattr(given, "strength", 1.0)
    if strength == 0:
        return ()
    if isinstance(body, KernelBody):
        kernel = body.model_dump(mode="json", exclude={"kind"})
        return (Step(name="convolve", params={**kernel, "strength": strength}),)
    if isinstance(body, ExpressionBody):
        plain = {channel: written_out(getattr(body, channel), values) for channel in ("red", "green", "blue")}
        formulas = {channel: at_strength(text, strength) for channel, text in plain.items()}
        return (Step(name="expression", params=formulas),)
    if isinstance(body, LookBody):
        return (Step(name="lut", params={"file": table_of(one), "interpolation": "trilinear", "strength": strength}),)
    return tuple(Step(name=name, params=step) for name, step in one.steps(values))
