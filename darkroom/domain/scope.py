"""Which pictures count beside what somebody asks for: what permissions leave, and what a collection stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from darkroom.domain.query import ImageQuery


@dataclass(frozen=True)
class Scope:
    """A picture counts when it is in a collection of every set of `inside`, in none of `outside`, and fits all `views`.

    Repositories take it beside a query, so that a list, its counts and its cached answers are all of the same pictures.
    """

    inside: tuple[frozenset[str], ...] = ()
    """Sets of collections."""
    outside: frozenset[str] = frozenset()
    """Collections."""
    views: tuple[ImageQuery, ...] = ()
    """Queries of smart collections; none of them names a collection."""
    name: str = ""
    """What was asked for, where that is more than a query says; cursors carry it."""

    @property
    def is_everything(self) -> bool:
        """Whether every picture counts."""
        return not (self.inside or self.outside or self.views)

    def covers(self, collections: Collection[str]) -> bool:
        """Whether a picture in these collections counts, as far as collections tell."""
        return self.outside.isdisjoint(collections) and all(not one.isdisjoint(collections) for one in self.inside)

    def also(self, other: Scope) -> Scope:
        """What counts in both."""
        if other.is_everything:
            return self
        inside = (*self.inside, *(one for one in other.inside if one not in self.inside))
        views = (*self.views, *(one for one in other.views if one not in self.views))
        return Scope(inside, self.outside | other.outside, views, self.name or other.name)

    def within(self, collections: Iterable[str], name: str = "") -> Scope:
        """What of it lies in one of these collections."""
        return self.also(Scope(inside=(frozenset(collections),), name=name))

    @property
    def key(self) -> Any:
        """Equal for scopes that let the same pictures through, as JSON: a part of the name of a cached answer."""
        if self.is_everything:
            return None
        return [
            sorted(sorted(one) for one in self.inside), sorted(self.outside),
            sorted(one.model_dump_json(exclude_defaults=True) for one in self.views),
        ]  # fmt: skip


EVERYTHING = Scope()
"""Every picture of the library."""

NOTHING = Scope(inside=(frozenset(),))
"""No picture."""
