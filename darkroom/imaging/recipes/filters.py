"""What a filter that somebody saved stands for in a recipe: operations that come with Darkroom, with its knobs set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from darkroom.domain.recipe import FILTER_TABLE
from darkroom.imaging.operations.filters_user import (
    ExpressionBody,
    KernelBody,
    LookBody,
    UserFilter,
    at_strength,
    written_out,
)
from darkroom.imaging.recipes.model import Step


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
        table = f"{FILTER_TABLE}{one.name}@{one.version}"
        return (Step(name="lut", params={"file": table, "interpolation": "trilinear", "strength": strength}),)
    return tuple(Step(name=name, params=step) for name, step in one.steps(values))
