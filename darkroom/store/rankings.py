"""What is much like something, among the pictures of a library: found by whoever knows models, asked for by what reads views."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from darkroom.domain.language import read
from darkroom.domain.language.nodes import Alike, alike_in
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import Scope
from darkroom.errors import Error

_MOST = 16
"""Comparisons of one view, those of the collections that it names among them."""


@dataclass(frozen=True)
class Ranking:
    """Pictures that are much like something, the most alike first."""

    images: tuple[str, ...] = ()
    """Their ids."""
    likeness: tuple[float, ...] = ()
    """How much each is: more is more alike, 1 is the same."""

    @cached_property
    def key(self) -> str:
        """Equal for the same pictures in the same order."""
        return hashlib.sha256("".join(self.images).encode()).hexdigest()[:20]


Rankings = Mapping[Alike, Ranking]
"""What each comparison of a view comes to."""


class Ranker(Protocol):
    """Compares pictures."""

    def rank(self, asked: Alike, scope: Scope) -> Ranking:
        """What stands out as alike among all pictures, whoever may see them; a view lets none through that its scope does not.

        Args:
            asked: what to compare with.
            scope: pictures that whoever asks may see, which decides on the picture and the model that are compared with.

        Raises:
            Error: `model_unusable` where no model could compare.
        """


class RankingReader:
    """Finds what the comparisons of views come to."""

    def __init__(self) -> None:
        self.make: Callable[[], Ranker] | None = None
        """Makes who compares, once that is needed; the library sees to it."""
        self._ranker: Ranker | None = None

    def of(self, query: ImageQuery, inside: Scope, scope: Scope) -> Rankings:
        """The rankings of all comparisons in a view.

        Args:
            query: its own filters, narrowed.
            inside: what else it is narrowed to.
            scope: pictures that whoever asks may see.

        Raises:
            Error: `invalid_parameter` for too many, and what `Ranker.rank` says.
        """
        wanted = {one for view in (query, *inside.views) if view.where for one in alike_in(read(view.where))}
        if not wanted:
            return {}
        if len(wanted) > _MOST:
            raise Error("invalid_parameter", f"where: it compares with more than {_MOST} things.", parameter="where")
        if self._ranker is None and self.make is not None:
            self._ranker = self.make()
        if (ranker := self._ranker) is None:
            raise Error("model_unusable", "Pictures are not compared here.", remedy="Ask the running Darkroom.")
        return {one: ranker.rank(one, scope) for one in sorted(wanted, key=lambda one: (one.field, one.value))}


def images_of(rankings: Rankings, asked: Alike) -> list[str]:
    """The pictures of one comparison.

    Raises:
        Error: `invalid_parameter` where comparing was not thought of, as in rules, which look before any model does.
    """
    found = rankings.get(asked)
    if found is None:
        raise Error("invalid_parameter", f"where: {asked.field}: cannot be asked here.", parameter="where")
    return list(found.images)


def likeness_of(rankings: Rankings) -> tuple[list[str], list[float]]:
    """Every picture that some comparison found, and how alike it is; what several found counts by the sum."""
    found: dict[str, float] = {}
    for one in rankings.values():
        for image, likeness in zip(one.images, one.likeness, strict=True):
            found[image] = found.get(image, 0.0) + likeness
    return list(found), list(found.values())
