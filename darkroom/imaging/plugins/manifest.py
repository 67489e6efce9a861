"""What a plug-in says of itself in `darkroom-plugin.toml`: its operations with typed ports, what it may do, its licence.

Everything the platform needs to show and check is in here, so that no line of a plug-in runs before it is asked to paint.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, create_model, model_validator

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.imaging.operations.base import Colour, Params, PictureRef

FILE = "darkroom-plugin.toml"
"""Name of the manifest."""
_NAME = r"^[a-z][a-z0-9_]{1,39}$"
_KINDS: dict[str, Any] = {
    "number": float, "integer": int, "boolean": bool, "text": str, "colour": Colour, "picture": PictureRef,
}  # fmt: skip


class Parameter(Model):
    """One parameter: a field of the form, a port where it is a picture."""

    type: Literal["number", "integer", "boolean", "text", "choice", "colour", "picture"]
    """What it is; `picture` is a second picture."""
    default: float | int | bool | str | None = None
    """Without one it must be given."""
    least: float | None = None
    """Smallest number."""
    most: float | None = None
    """Largest number."""
    step: float | None = None
    """Of its slider."""
    unit: str | None = Field(None, max_length=16)
    """Of a number."""
    choices: tuple[str, ...] = ()
    """Of a choice."""
    help: str = Field(min_length=1, max_length=300)
    """What people read beside it."""

    @model_validator(mode="after")
    def _fits(self) -> Parameter:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices belong to the type choice, and it needs some")
        return self

    def field(self) -> tuple[Any, Any]:
        """Type and field of the parameters' model."""
        kind = Literal[self.choices] if self.type == "choice" else _KINDS[self.type]
        extra: dict[str, Any] = {name: value for name in ("step", "unit") if (value := getattr(self, name)) is not None}
        default: Any = ... if self.default is None else self.default
        limits = {"ge": self.least, "le": self.most} if self.type in ("number", "integer") else {}
        kept: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
        if self.type == "text":
            kept = {"max_length": 1000}
        if extra:
            kept["json_schema_extra"] = extra
        return kind, Field(default, description=self.help, **kept)


class PluginOperation(Model):
    """One operation: a picture in, a picture out."""

    version: int = Field(ge=1)
    """Grows when equal parameters give other pixels."""
    summary: str = Field(min_length=1, max_length=300)
    """One sentence that people see."""
    category: Literal[
        "geometry", "light", "colour", "detail", "hdr", "compose", "effects", "learned", "filters", "output"
    ]
    """Where it is shown."""
    aliases: tuple[str, ...] = ()
    """Other words that people look for it by."""
    scale: int = Field(1, ge=1, le=8)
    """How many times as large the result is; depth and channels stay as they are."""
    at_reduced_size: bool = True
    """Whether a small copy gives a fair preview."""
    seeded: bool = False
    """Whether it draws random numbers from `context.seed`."""
    tolerance: float = Field(1.0, ge=0, le=16)
    """Mean difference from a golden picture that is still the same, in steps of 255."""
    parameters: dict[Annotated[str, Field(pattern=_NAME)], Parameter] = Field(default_factory=dict, max_length=40)
    """By name."""

    def params(self, name: str) -> type[Params]:
        """The model of its parameters.

        Raises:
            Error: `plugin_invalid`, a default is not what its parameter may be.
        """
        fields: dict[str, Any] = {key: one.field() for key, one in self.parameters.items()}
        title = "".join(part.title() for part in name.split("_")) + "Params"
        made: type[Params] = create_model(title, __base__=Params, **fields)
        given = {key: one.default for key, one in self.parameters.items() if one.default is not None}
        try:
            made.model_validate(given)
        except ValidationError as error:
            wrong = [one for one in error.errors() if one["type"] != "missing"]
            if wrong:
                cause = f"{name}.{wrong[0]['loc'][0]}: the default does not fit: {wrong[0]['msg']}."
                raise Error("plugin_invalid", cause) from error
        return made


class Asked(Model):
    """What a plug-in asks to be granted; without any of it, it sees a picture and gives one back."""

    network: bool = False
    """To make connections."""
    processes: bool = False
    """To start other programs."""
    gpu: bool = False
    """To use the devices of a graphics card."""
    read: tuple[str, ...] = ()
    """Absolute paths of files and folders to read, as weights."""

    def names(self) -> tuple[str, ...]:
        """Each as it is granted: `network`, `processes`, `gpu`, `read:/path`."""
        plain = tuple(one for one in ("network", "processes", "gpu") if getattr(self, one))
        return plain + tuple(f"read:{one}" for one in self.read)

    @model_validator(mode="after")
    def _absolute(self) -> Asked:
        if wrong := [one for one in self.read if not one.startswith("/") or ".." in one or one == "/"]:
            raise ValueError(f"read takes absolute paths of files and folders, not {wrong[0]}")
        return self


class Limits(Model):
    """What a plug-in may use for one picture."""

    memory_mb: int = Field(1024, ge=64, le=65_536)
    """Private memory of its process beside what Python takes."""
    seconds: float = Field(30.0, gt=0, le=3600)
    """Wall time; its process is ended then."""


class Manifest(Model):
    """A plug-in, by its own word."""

    name: str = Field(pattern=_NAME)
    """Its operations are called `name/operation`."""
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+){0,3}([a-z0-9.+-]*)$")
    """Another content needs another one."""
    summary: str = Field(min_length=1, max_length=300)
    """What it is good for."""
    licence: str = Field(min_length=1, max_length=100)
    """SPDX name, as `MIT`."""
    author: str = Field("", max_length=200)
    """Who answers for it."""
    module: str = Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$")
    """Python module whose functions are the operations."""
    requires: tuple[str, ...] = Field((), max_length=50)
    """Packages for its environment, as pip takes them; numpy is there already."""
    permissions: Asked = Asked()
    """What it asks for."""
    limits: Limits = Limits()
    """What it may use."""
    operations: dict[Annotated[str, Field(pattern=_NAME)], PluginOperation] = Field(min_length=1, max_length=100)
    """By name; each is a function of the module."""


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        Error: `plugin_invalid`, naming what is wrong with it.
    """
    path = folder / FILE
    try:
        found = Manifest.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError as error:
        raise Error("plugin_invalid", f"There is no {FILE} in {folder}.") from error
    except (OSError, ValueError) as error:
        raise Error("plugin_invalid", f"{FILE}: {_first(error)}") from error
    for name, one in found.operations.items():
        one.params(name)
    return found


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}."
    return f"{error}."
