"""Filters that users save: a version, a body, knobs; each becomes an operation with its form, like any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, JsonValue, create_model, field_validator, model_validator

from darkroom.domain.base import Model
from darkroom.domain.recipe import FILTER_PREFIX
from darkroom.errors import Error
from darkroom.imaging.operations.base import Params, Raster
from darkroom.imaging.operations.cube import Cube, read_cube, write_cube
from darkroom.imaging.operations.declare import Operation
from darkroom.imaging.operations.expressions import CONSTANTS, FUNCTIONS, MAX_LENGTH, VARIABLES, parse
from darkroom.imaging.operations.filters import (
    MAX_KERNEL,
    ConvolveParams,
    Matrix,
    calculated,
    checked_matrix,
    convolve,
    with_look,
)
from darkroom.imaging.operations.filters_lut import learn_look
from darkroom.imaging.operations.registry import Registry

MAX_CUBE = 4_000_000


class Knob(Model):
    """A number that whoever applies the filter may set; formulas name it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """As formulas write it."""
    text: str = Field("", max_length=200)
    """What it does, for the form."""
    default: float = 0.5
    """Where it stands unless it is set."""
    low: float = 0.0
    """Least value."""
    high: float = 1.0
    """Largest value."""
    sets: tuple[Annotated[str, Field(pattern=r"^[1-9]\d?\.[a-z][a-z0-9_]*$")], ...] = Field((), max_length=20)
    """Of a filter made of steps: the parameters that it sets, as `2.amount` for that of the second step."""

    @model_validator(mode="after")
    def _sensible(self) -> Knob:
        if not self.low <= self.default <= self.high or self.low == self.high:
            raise ValueError(f"the knob {self.name} needs low <= default <= high")
        if self.name in {*VARIABLES, *CONSTANTS, *FUNCTIONS, "strength"}:
            raise ValueError(f"a knob cannot be called {self.name}: formulas know that word already")
        return self


class KernelBody(Model):
    """A convolution."""

    kind: Literal["kernel"] = "kernel"
    """Says that it is one."""
    matrix: Matrix = Field(min_length=1, max_length=MAX_KERNEL)
    """Weights, row by row; both sides odd."""
    normalise: bool = True
    """Divide by their sum."""
    offset: float = Field(0.0, ge=-1, le=1)
    """Added to the result."""
    channels: Literal["colour", "luma"] = "colour"
    """All channels, or the brightness alone."""

    @field_validator("matrix")
    @classmethod
    def _sides(cls, matrix: Matrix) -> Matrix:
        return checked_matrix(matrix)


class ExpressionBody(Model):
    """A formula for each channel."""

    kind: Literal["expression"] = "expression"
    """Says that it is one."""
    red: str = Field("r", min_length=1, max_length=MAX_LENGTH)
    """Of the red channel."""
    green: str = Field("g", min_length=1, max_length=MAX_LENGTH)
    """Of the green channel."""
    blue: str = Field("b", min_length=1, max_length=MAX_LENGTH)
    """Of the blue channel."""


class LookBody(Model):
    """A table of colours."""

    kind: Literal["look"] = "look"
    """Says that it is one."""
    cube: str = Field(min_length=10, max_length=MAX_CUBE)
    """A `.cube` file's text."""


class FilterStep(Model):
    """One operation of a filter that is made of several."""

    name: str = Field(min_length=1, max_length=100)
    """Name of the operation."""
    params: dict[str, Any] = {}
    """Its parameters; those left out have their defaults."""


class StepsBody(Model):
    """Operations, one after the other."""

    kind: Literal["steps"] = "steps"
    """Says that it is one."""
    steps: tuple[FilterStep, ...] = Field(min_length=1, max_length=20)
    """What is done, in order."""


class UserFilter(Model):
    """A filter that somebody made and saved. Versions are kept: a changed filter is the next version of it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,48}$")
    """Stable; the operation is called `user/` and this."""
    version: int = Field(1, ge=1)
    """Grows with every change."""
    title: str = Field(min_length=1, max_length=120)
    """One sentence that says what it does to a picture."""
    aliases: tuple[str, ...] = Field((), max_length=20)
    """Other words under which it is found."""
    body: Annotated[KernelBody | ExpressionBody | LookBody | StepsBody, Field(discriminator="kind")]
    """What it does."""
    knobs: tuple[Knob, ...] = Field((), max_length=12)
    """What can be set when it is applied."""

    @model_validator(mode="after")
    def _readable(self) -> UserFilter:
        if len({knob.name for knob in self.knobs}) != len(self.knobs):
            raise ValueError("two knobs have the same name")
        if isinstance(self.body, StepsBody):
            self._check_steps()
            return self
        if bound := next((knob for knob in self.knobs if knob.sets), None):
            raise ValueError(f"the knob {bound.name} sets parameters, which only a filter made of steps has")
        if isinstance(self.body, ExpressionBody):
            for channel in ("red", "green", "blue"):
                try:
                    parse(getattr(self.body, channel), self._names())
                    for values in self._extremes():
                        parse(at_strength(written_out(getattr(self.body, channel), values), 2 / 3))
                except ValueError as error:
                    raise ValueError(f"{channel}: {error}") from error
        elif isinstance(self.body, LookBody):
            try:
                read_cube(self.body.cube.encode(), self.name)
            except Error as error:
                raise ValueError(error.cause) from error
        return self

    def _check_steps(self) -> None:
        from darkroom.imaging.operations.registry import operations

        loose = next((knob.name for knob in self.knobs if not knob.sets), None)
        if loose:
            raise ValueError(f"the knob {loose} sets nothing: say what with `sets: [1.amount]`")
        for values in self._extremes():
            for number, (name, params) in enumerate(self.steps(values), 1):
                try:
                    operation = operations().get(name)
                    parsed = operation.parse(params)
                except Error as error:
                    raise ValueError(f"step {number}: {error.cause}") from error
                if any(kind == "file" for kind, _ in operation.references(parsed)):
                    raise ValueError(f"step {number}: {name} reads a file, which a filter of the library cannot")

    def _extremes(self) -> list[dict[str, float]]:
        return [{knob.name: getattr(knob, at) for knob in self.knobs} for at in ("default", "low", "high")]

    def steps(self, values: Mapping[str, float]) -> list[tuple[str, dict[str, Any]]]:
        """Operations and parameters that a filter made of steps stands for.

        Args:
            values: of its knobs.

        Raises:
            ValueError: a knob sets a step that is not there.
        """
        if not isinstance(self.body, StepsBody):
            return []
        found = [(one.name, dict(one.params)) for one in self.body.steps]
        for knob in self.knobs:
            for place in knob.sets:
                number, _, parameter = place.partition(".")
                if int(number) > len(found):
                    raise ValueError(f"the knob {knob.name} sets {place}, and there is no step {number}")
                name, params = found[int(number) - 1]
                whole = _takes_whole_numbers(name, parameter)
                params[parameter] = round(values[knob.name]) if whole else values[knob.name]
        return found

    def _names(self) -> frozenset[str]:
        return frozenset({*VARIABLES, *(knob.name for knob in self.knobs)})

    def changed(self, **changes: Any) -> UserFilter:
        """The next version, with these fields changed and everything checked again."""
        return UserFilter.model_validate({**self.model_dump(), "version": self.version + 1, **changes})

    def params(self) -> type[Params]:
        """The parameters of its operation: its knobs, and how strongly it works."""
        step: dict[str, JsonValue] = {"step": 0.05}
        given: dict[str, Any] = {
            knob.name: (
                float,
                Field(knob.default, ge=knob.low, le=knob.high, description=knob.text or f"The knob {knob.name}."),
            )
            for knob in self.knobs
        }
        if not isinstance(self.body, StepsBody):
            words = "Share of the effect; 0 changes nothing."
            given["strength"] = (float, Field(1.0, ge=0, le=1, description=words, json_schema_extra=step))
        title = "".join(part.capitalize() for part in self.name.split("_"))
        return create_model(
            f"{title}Params", __base__=Params, __doc__=f"Parameters of `{FILTER_PREFIX}{self.name}`.", **given
        )

    def operation(self) -> Operation[Any]:
        """The operation that it is."""
        body, names = self.body, [knob.name for knob in self.knobs]
        formulas = [parse(text, self._names()) for text in _formulas(body)]
        cube = read_cube(body.cube.encode(), self.name) if isinstance(body, LookBody) else None

        def run(image: Raster, params: Any) -> Raster:
            if isinstance(body, StepsBody):
                return self._run_steps(image, {name: float(getattr(params, name)) for name in names})
            if params.strength == 0:
                return image
            if isinstance(body, KernelBody):
                given = body.model_dump(exclude={"kind"})
                return convolve.run(image, ConvolveParams(**given, strength=params.strength))
            if cube is not None:
                return with_look(image, cube, params.strength)
            knobs = {name: float(getattr(params, name)) for name in names}
            return mixed(image, calculated(image, formulas, None, knobs), params.strength)

        run.__doc__ = self.title if self.title.endswith(".") else f"{self.title}."
        return Operation(
            run,
            self.params(),
            name=f"{FILTER_PREFIX}{self.name}",
            version=self.version,
            category="filters",
            aliases=self.aliases,
            identity=None if isinstance(body, StepsBody) else {"strength": 0},
        )

    def _run_steps(self, image: Raster, values: Mapping[str, float]) -> Raster:
        from darkroom.imaging.operations.registry import operations

        for name, params in self.steps(values):
            operation = operations().get(name)
            image = operation.apply(image, operation.parse(params))
        return image


def _takes_whole_numbers(name: str, parameter: str) -> bool:
    from darkroom.imaging.operations.registry import operations

    known = operations().get(name).params.model_fields.get(parameter) if name in operations() else None
    return known is not None and known.annotation in (int, int | None)


def at_strength(formula: str, strength: float) -> str:
    """A formula that goes only a share of the way."""
    return formula if strength == 1 else f"mix(v,{formula},{strength!r})"


def written_out(formula: str, values: Mapping[str, float]) -> str:
    """A formula with the values of knobs in place of their names."""
    for name, value in values.items():
        formula = re.sub(rf"(?<![\w.]){name}(?!\w)", f"({float(value)!r})", formula)
    return formula


def _formulas(body: Any) -> list[str]:
    return [body.red, body.green, body.blue] if isinstance(body, ExpressionBody) else []


def mixed(image: Raster, made: Raster, strength: float) -> Raster:
    """Between a picture and what was made of it."""
    if strength == 1:
        return made
    values = image.array + np.float32(strength) * (made.array.astype(np.float32) - image.array)
    return image.of(
        values.astype(np.float32) if image.shape.depth == "float32" else np.rint(values).astype(image.array.dtype)
    )


def register(into: Registry, one: UserFilter) -> Operation[Any]:
    """Take a filter into a registry.

    Raises:
        Error: `already_exists` where another version of it is there.
    """
    made = one.operation()
    into.add(made)
    return made


def filter_from_pair(name: str, title: str, before: Raster, after: Raster, *, size: int = 17) -> UserFilter:
    """A filter with the look that a picture got.

    Raises:
        Error: `invalid_parameter` where the pictures do not belong together, or no table of colours explains the edit.
    """
    cube, missed = learn_look(before, after, size)
    if missed > 0.1:
        raise Error(
            "invalid_parameter",
            f"The edit cannot be learned: a table of colours misses it by {missed:.0%} on average.",
            remedy="Use a pair where nothing but tone and colour was changed, without crop, and of the same picture.",
        )
    return UserFilter(name=name, title=title, body=LookBody(cube=write_cube(cube.table, title).decode()))


def cube_of(one: UserFilter) -> Cube:
    """The table of a filter that is a look.

    Raises:
        Error: `invalid_parameter` for one that is none.
    """
    if not isinstance(one.body, LookBody):
        raise Error("invalid_parameter", f"The filter {one.name} is no look: it has no table to export.")
    return read_cube(one.body.cube.encode(), one.name)
