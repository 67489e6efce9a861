"""What an expression of the query language says, as values; equal expressions are equal values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Number = int | float
"""A value that is measured, in the unit of its field."""


@dataclass(frozen=True)
class Word:
    """A word that begins with this one is among the words of the picture."""

    text: str
    """Folded, see `darkroom.domain.words`."""


@dataclass(frozen=True)
class Among:
    """The field has one of these values, each in its one spelling."""

    field: str
    """Name in the table of fields."""
    values: tuple[str, ...]
    """Any of them."""
    whole: bool = False
    """Said with `=`: all of a text rather than a part of it; this very collection or tag, without those below it."""


@dataclass(frozen=True)
class Matches:
    """Some part of a value of the field is as a pattern says."""

    field: str
    """Name in the table of fields."""
    pattern: str
    """As it stands between the slashes, see `darkroom.domain.language.patterns`."""


@dataclass(frozen=True)
class Within:
    """The field lies between two values."""

    field: str
    """Name in the table of fields."""
    low: Number | str | None = None
    """Least value; a date is kept as it was written (`2025-06`), for it stands for all of its month."""
    high: Number | str | None = None
    """Largest value."""
    above: bool = False
    """Whether the least value itself is left out."""
    below: bool = False
    """Whether the largest value itself is left out."""


@dataclass(frozen=True)
class Flag:
    """The field is so, or is not."""

    field: str
    """Name in the table of fields."""
    value: bool
    """Which."""


@dataclass(frozen=True)
class Near:
    """Taken no farther than this from a place."""

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""
    metres: float
    """How far, along the ground."""


@dataclass(frozen=True)
class Box:
    """Taken between two parallels and two meridians; one that begins east of where it ends crosses the date line."""

    south: float
    """Degrees north."""
    west: float
    """Degrees east."""
    north: float
    """Degrees north."""
    east: float
    """Degrees east."""


@dataclass(frozen=True)
class Has:
    """The field has a value at all."""

    field: str
    """Name in the table of fields."""


@dataclass(frozen=True)
class Alike:
    """Much like something: what that comes to is for a model to say, or for the hashes of pictures."""

    field: str
    """`like` or `similar`."""
    value: str
    """Words, or the id of a picture."""


@dataclass(frozen=True)
class Not:
    """What is not so."""

    what: Node
    """What it denies."""


@dataclass(frozen=True)
class Every:
    """Everything that is said is so; nothing said lets every picture through."""

    parts: tuple[Node, ...]
    """None of them is an `Every`."""


@dataclass(frozen=True)
class Either:
    """Something that is said is so."""

    parts: tuple[Node, ...]
    """Two or more, none of them an `Either`."""


Leaf = Word | Among | Matches | Within | Flag | Near | Box | Has | Alike
"""What speaks of one field."""
Node = Leaf | Not | Every | Either
"""An expression."""


def all_of(parts: Iterable[Node]) -> Node:
    """All of it, in its one form."""
    flat = [inner for one in parts for inner in (one.parts if isinstance(one, Every) else (one,))]
    return flat[0] if len(flat) == 1 else Every(tuple(flat))


def any_of(parts: Iterable[Node]) -> Node:
    """Some of it, in its one form."""
    flat = [inner for one in parts for inner in (one.parts if isinstance(one, Either) else (one,))]
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def denied(what: Node) -> Node:
    """The contrary, in its one form."""
    return what.what if isinstance(what, Not) else Not(what)


def replaced(node: Node, change: Callable[[Leaf], Node]) -> Node:
    """The expression with something else in place of its leaves."""
    if isinstance(node, Not):
        return denied(replaced(node.what, change))
    if isinstance(node, Every):
        return all_of(replaced(one, change) for one in node.parts)
    if isinstance(node, Either):
        return any_of(replaced(one, change) for one in node.parts)
    return change(node)


def collections_in(node: Node) -> set[str]:
    """Ids of the collections that it names."""
    return {name for one in leaves(node) if isinstance(one, Among) and one.field == "collection" for name in one.values}


def alike_in(node: Node) -> set[Alike]:
    """What it compares pictures with."""
    return {one for one in leaves(node) if isinstance(one, Alike)}


def matches_in(node: Node) -> set[Matches]:
    """The patterns that it looks for."""
    return {one for one in leaves(node) if isinstance(one, Matches)}


def is_ranked(node: Node) -> bool:
    """Whether it asks for what is like something, so that what it finds has an order of its own."""
    if isinstance(node, Every | Either):
        return any(map(is_ranked, node.parts))
    return isinstance(node, Alike)


def leaves(node: Node) -> Iterable[Leaf]:
    """Everything that it says of single fields."""
    if isinstance(node, Not):
        yield from leaves(node.what)
    elif isinstance(node, Every | Either):
        for one in node.parts:
            yield from leaves(one)
    else:
        yield node
