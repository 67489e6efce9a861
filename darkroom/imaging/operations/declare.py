"""The two decorators that declare operations, and what they make of a function."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast, overload

from pydantic import ValidationError

from darkroom.errors import Error
from darkroom.imaging.operations import tones
from darkroom.imaging.operations.base import (
    Array,
    Context,
    Motion,
    Params,
    Raster,
    Region,
    Shape,
    Unfit,
    _Reference,
)
from darkroom.imaging.operations.handles import Handle
from darkroom.imaging.operations.motion import STAY, Bend, bend_mask, bend_regions, move_mask, move_regions
from darkroom.imaging.operations.tones import Tone

P = TypeVar("P", bound=Params)
ShapeOf = TypeVar("ShapeOf", bound=Callable[[Shape, Any], Shape | None])
Decide = TypeVar("Decide", bound=Callable[[Raster, Any, Context], Any])
CATEGORIES = ("geometry", "light", "colour", "detail", "hdr", "compose", "effects", "learned", "filters", "output")
"""Groups in which operations are shown, in this order."""
_PLAIN = Context()
_INITIALS = {word: word.upper() for word in ("hdr", "hsl", "lut", "clahe")}


class Operation(Generic[P]):
    """A named, versioned, pure function on pixels with typed parameters. Made by `operation` and `tone`."""

    def __init__(
        self,
        function: Callable[..., Raster],
        params: type[P],
        *,
        name: str,
        version: int,
        category: str,
        aliases: Sequence[str] = (),
        identity: Mapping[str, Any] | None = None,
        examples: Sequence[Mapping[str, Any]] = (),
        example_files: Callable[[], Mapping[str, bytes]] | None = None,
        at_reduced_size: bool = True,
        seeded: bool = False,
        handles: Sequence[Handle] = (),
        tone: Tone | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.category = category
        self.aliases = tuple(aliases)
        self.params = params
        self.summary = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        self.description = inspect.cleandoc(function.__doc__ or "")
        self.module = function.__module__
        self.at_reduced_size = at_reduced_size
        """Whether a small copy gives a fair preview."""
        self.seeded = seeded
        """Whether it draws random numbers from the seed of the context."""
        self.handles = tuple(handles)
        """What can be dragged on the picture."""
        self._function = function
        self._wants_context = len(inspect.signature(function).parameters) > 2
        self._tone = tone
        self._shape: Callable[[Shape, Any], Shape | None] | None = None
        self._motion: Callable[[Shape, Any], Motion] | None = None
        self._bend: Callable[[Shape, Any], Bend | None] | None = None
        self._pin: Callable[[Raster, Any, Context], Any] | None = None  # gives parameters, or a pair with words
        self.identity: P | None = None if identity is None else self.parse(identity)
        """Parameters that change nothing, if there are such."""
        self.examples: tuple[P, ...] = tuple(self.parse(one) for one in examples) or (self.parse({}),)
        self.example_files: Callable[[], Mapping[str, bytes]] = example_files or dict

    def __repr__(self) -> str:
        return f"<operation {self.id}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _by_name, (self.name,)

    @property
    def id(self) -> str:
        """Name and version, as lineage and addresses have them: `resize@1`."""
        return f"{self.name}@{self.version}"

    @property
    def title(self) -> str:
        """Name for people."""
        words = [_INITIALS.get(one, one) for one in self.name.rsplit("/", maxsplit=1)[-1].split("_")]
        return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])

    @property
    def is_tone(self) -> bool:
        """Whether each channel of the result is a function of that channel alone."""
        return self._tone is not None

    @property
    def moves(self) -> bool:
        """Whether pixels may move."""
        return self._motion is not None

    @property
    def pins(self) -> bool:
        """Whether a decision depends on the pixels."""
        return self._pin is not None

    # Declaring

    def shape_of(self, function: ShapeOf) -> ShapeOf:
        """Declare the shape of the result; None only where pinning must come first."""
        self._shape = function
        return function

    def motion_of(self, function: Callable[[Shape, P], Motion]) -> Callable[[Shape, P], Motion]:
        """Declare where pixels go, for pinned parameters."""
        self._motion = function
        return function

    def bend_of(self, function: Callable[[Shape, P], Bend | None]) -> Callable[[Shape, P], Bend | None]:
        """Declare where pixels go beyond what the motion says; None for parameters that bend nothing."""
        self._bend = function
        return function

    def pin_of(self, function: Decide) -> Decide:
        """Declare how decisions that depend on pixels are written into the parameters.

        It gives parameters, or parameters and why nothing is done to this picture (empty where something is).
        """
        self._pin = function
        return function

    # Using

    def parse(self, values: Mapping[str, Any] | Params | None) -> P:
        """Parameters from a mapping.

        Raises:
            Error: `invalid_parameter`, naming operation, field and what is wrong.
        """
        if isinstance(values, self.params):
            return values
        given = values.model_dump() if isinstance(values, Params) else dict(values or {})
        try:
            return self.params.model_validate(given)
        except ValidationError as error:
            raise self._refused(error) from error

    def _refused(self, error: ValidationError) -> Error:
        problems = []
        for one in error.errors():
            place = ".".join(str(part) for part in one["loc"])
            words = _lower(one["msg"].removeprefix("Value error, "))
            unknown = one["type"] == "extra_forbidden"
            problems.append(f"{place} is unknown" if unknown else f"{place}: {words}" if place else words)
        first = error.errors()[0]
        rule = first.get("ctx", {}).get("error")
        about = rule.fields if isinstance(rule, Unfit) and not first["loc"] else ()
        known = ", ".join(self.params.model_fields) or "none"
        return Error(
            "invalid_parameter",
            f"{self.name}: {'; '.join(problems)}.",
            remedy=f"Parameters of {self.name} are: {known}. `darkroom operations {self.name}` explains them.",
            operation=self.name,
            field=".".join(str(part) for part in first["loc"]) or next(iter(about), ""),
            fields=list(about),
        )

    def scaled(self, params: P, factor: float) -> P:
        """Parameters for a picture of another size: lengths that decide about the shape, multiplied by the factor."""
        changed: dict[str, Any] = {}
        for name, info in self.params.model_fields.items():
            extra, value = info.json_schema_extra, getattr(params, name)
            if isinstance(extra, dict) and extra.get("scales") and value:
                changed[name] = max(1, round(value * factor)) if isinstance(value, int) else value * factor
        return params.model_copy(update=changed) if changed and factor != 1 else params

    def apply(self, image: Raster, params: P, context: Context = _PLAIN) -> Raster:
        """Pixels in, pixels out.

        Raises:
            Error: for a picture that these parameters do not fit.
        """
        return self.run(image, self.pin(image, params, context), context)

    def run(self, image: Raster, pinned: P, context: Context = _PLAIN) -> Raster:
        """The same for parameters that are pinned already."""
        return self._function(image, pinned, context) if self._wants_context else self._function(image, pinned)

    def pin(self, image: Raster, params: P, context: Context = _PLAIN) -> P:
        """Parameters in which every decision that depends on the pixels is written down."""
        return self.decide(image, params, context)[0]

    def decide(self, image: Raster, params: P, context: Context = _PLAIN) -> tuple[P, str]:
        """As `pin`, and words for people where the operation leaves this picture as it is; empty where it does not."""
        found = self._pin(image, params, context) if self._pin else params
        return cast("tuple[P, str]", found) if isinstance(found, tuple) else (cast("P", found), "")

    def shape(self, shape: Shape, params: P) -> Shape | None:
        """Size and kind of the result, without pixels; None where only the pixels tell (parameters not pinned)."""
        return self._shape(shape, params) if self._shape else shape

    def motion(self, shape: Shape, pinned: P) -> Motion:
        """Where pixels go, for pinned parameters."""
        return self._motion(shape, pinned) if self._motion else STAY

    def bend(self, shape: Shape, pinned: P) -> Bend | None:
        """Where pixels go, for pinned parameters, where the motion does not say it all."""
        return self._bend(shape, pinned) if self._bend else None

    def move_regions(self, regions: Sequence[Region], shape: Shape, pinned: P) -> tuple[Region, ...]:
        """Boxes on the result, clipped to it; those of which next to nothing is left are dropped."""
        bend = self.bend(shape, pinned)
        return bend_regions(regions, bend) if bend else move_regions(regions, self.motion(shape, pinned))

    def move_mask(self, mask: Array, shape: Shape, pinned: P) -> Array:
        """A mask of the picture on the result; what was outside is 0."""
        bend, target = self.bend(shape, pinned), self.shape(shape, pinned) or shape
        return bend_mask(mask, bend, target) if bend else move_mask(mask, self.motion(shape, pinned), target)

    def tone(self, params: P) -> tones.Curve | None:
        """The function of one channel, for operations that are nothing else."""
        return (lambda values: self._tone(values, params)) if self._tone else None  # type: ignore[misc]

    def references(self, params: P) -> list[tuple[str, str]]:
        """What the parameters refer to: pairs of `picture`, `file` or `model` and the reference."""
        hints = typing.get_type_hints(self.params, include_extras=True)
        found = []
        for name in self.params.model_fields:
            kind, value = _reference(hints[name]), getattr(params, name)
            if kind and value:
                found += [(kind, one) for one in ([value] if isinstance(value, str) else value)]
        return found

    def schema(self) -> dict[str, Any]:
        """JSON schema of the parameters."""
        return self.params.model_json_schema()

    def describe(self) -> dict[str, Any]:
        """Everything about it as JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "category": self.category,
            "summary": self.summary,
            "aliases": list(self.aliases),
            "moves_pixels": self.moves,
            "depends_on_picture": self.pins,
            "previews": self.at_reduced_size,
            "seeded": self.seeded,
            "handles": [one.describe() for one in self.handles],
            "parameters": self.schema(),
        }


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _reference(hint: Any) -> str | None:
    for one in getattr(hint, "__metadata__", ()):
        if isinstance(one, _Reference):
            return one.kind
    for part in typing.get_args(hint):
        if kind := _reference(part):
            return kind
    return None


def _by_name(name: str) -> Operation[Any]:
    from darkroom.imaging.operations.registry import operations

    return operations().get(name)


def _params_of(function: Callable[..., Any]) -> type[Any]:
    second = list(inspect.signature(function).parameters)[1]
    found = typing.get_type_hints(function)[second]
    if not (isinstance(found, type) and issubclass(found, Params)):
        raise TypeError(f"{function.__name__}: its second argument must be annotated with a subclass of Params")
    return found


class _Declare:
    """What `operation(...)` returns: makes an operation of a function."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options

    @overload
    def __call__(self, function: Callable[[Raster, P], Raster]) -> Operation[P]: ...
    @overload
    def __call__(self, function: Callable[[Raster, P, Context], Raster]) -> Operation[P]: ...
    def __call__(self, function: Callable[..., Raster]) -> Operation[Any]:
        if not function.__doc__:
            raise TypeError(f"{function.__name__} needs a docstring: people see it")
        return Operation(function, _params_of(function), **self._options)


def operation(
    name: str,
    *,
    category: str,
    version: int = 1,
    aliases: Sequence[str] = (),
    identity: Mapping[str, Any] | None = None,
    examples: Sequence[Mapping[str, Any]] = (),
    example_files: Callable[[], Mapping[str, bytes]] | None = None,
    at_reduced_size: bool = True,
    seeded: bool = False,
    handles: Sequence[Handle] = (),
) -> _Declare:
    """Declare an operation.

    Args:
        name: stable, lower case with underscores; `plugin/name` for plug-ins.
        category: one of `CATEGORIES`.
        version: grows when equal parameters give other pixels.
        aliases: other words under which people look for it.
        identity: parameters that change no pixel at all, if there are such.
        examples: parameters for the contract test; the first is shown on the reference page.
        example_files: bytes behind the file references of the examples.
        at_reduced_size: whether a small copy gives a fair preview.
        seeded: whether it draws random numbers from the context's seed.
        handles: what can be dragged on the picture.
    """
    if category not in CATEGORIES:
        raise TypeError(f"{name}: the category is one of {', '.join(CATEGORIES)}")
    return _Declare(
        {
            "name": name,
            "version": version,
            "category": category,
            "aliases": aliases,
            "identity": identity,
            "examples": examples,
            "example_files": example_files,
            "at_reduced_size": at_reduced_size,
            "seeded": seeded,
            "handles": handles,
        }
    )


def tone(
    name: str,
    *,
    category: str,
    version: int = 1,
    aliases: Sequence[str] = (),
    identity: Mapping[str, Any] | None = None,
    examples: Sequence[Mapping[str, Any]] = (),
    handles: Sequence[Handle] = (),
) -> Callable[[Callable[[Any, P], Any]], Operation[P]]:
    """Declare an operation that is a function of each channel by itself; consecutive ones are fused into one table.

    The function gets values (float64, one axis; 0..1, beyond 1 in float pictures) and parameters. It returns as many
    values, or an array of n x 3 where red, green and blue differ. Alpha stays.
    """

    def declare(function: Callable[[Any, P], Any]) -> Operation[P]:
        params = _params_of(function)

        def run(image: Raster, pinned: Any) -> Raster:
            return tones.apply(image, [lambda values: function(values, pinned)])

        run.__doc__, run.__module__ = function.__doc__, function.__module__
        return Operation(
            run,
            params,
            name=name,
            version=version,
            category=category,
            aliases=aliases,
            identity=identity,
            examples=examples,
            handles=handles,
            tone=function,
        )

    return declare
