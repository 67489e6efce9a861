"""The query language as it is shown."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.language import QueryError
from darkroom.domain.language import fields as table
from darkroom.domain.language.fields import FieldKind


class QueryField(Model):
    """A field of the query language."""

    name: str
    """As it is written before the operator."""
    aliases: tuple[str, ...] = ()
    """Other names."""
    kind: FieldKind
    """What its values are: `text` is looked through, a `value` is there or not."""
    operators: tuple[str, ...]
    """How it is asked."""
    about: str
    """One sentence for a person."""
    example: str
    """A whole expression."""
    choices: tuple[str, ...] = ()
    """Every value there is; empty where it may be any."""
    units: tuple[str, ...] = ()
    """What may follow a number."""
    patterns: bool = False
    """Whether a regular expression can be asked: `camera:/d[0-9]+$/`."""
    may_lack: bool = False
    """Whether a picture may have none, so that `has:` can be asked."""

    @classmethod
    def of(cls, field: table.Field) -> QueryField:
        """A row of the table."""
        return cls(
            name=field.name, aliases=field.aliases, kind=field.kind, operators=table.OPERATORS[field.kind], about=field.about,
            example=field.example, choices=field.choices, units=tuple(field.units), patterns=field.patterns,
            may_lack=field.nothing is not None,
        )  # fmt: skip


class QueryFields(Model):
    """The fields of the query language."""

    items: tuple[QueryField, ...]
    """In the order in which they are shown."""


class Completion(Model):
    """What may stand at a place of an expression."""

    text: str
    """What to put there, with quotation marks where it needs them."""
    about: str = ""
    """A few words for a person."""
    count: int | None = Field(None, ge=0)
    """How many pictures have it; null where that is not counted."""


class QueryMistake(Model):
    """What is wrong with an expression."""

    message: str
    """What was found, and what was expected."""
    position: int = Field(ge=0)
    """Characters before the place."""
    length: int = Field(ge=1)
    """Characters that are wrong."""
    suggestion: str | None = None
    """What may have been meant."""

    @classmethod
    def of(cls, error: QueryError) -> QueryMistake:
        """The same, as it is told."""
        return cls(message=error.words, position=error.position, length=error.length, suggestion=error.suggestion)


class Completions(Model):
    """What may stand at a place of an expression, and what is to be said of all of it."""

    begin: int = Field(ge=0)
    """Where what is being written begins."""
    end: int = Field(ge=0)
    """Where it ends."""
    field: str | None = None
    """The field whose value is being written."""
    items: tuple[Completion, ...] = ()
    """The likeliest first."""
    where: str | None = None
    """The whole expression in its one spelling; null where it cannot be read."""
    mistake: QueryMistake | None = None
    """Why it cannot be read, or not be answered here."""
    phrase: str | None = None
    """Of plain words: an expression that finds pictures which show what they say; null where no model is used for searching."""
