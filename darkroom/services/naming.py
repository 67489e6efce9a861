"""Whatever has a name, found by a few letters of it: for the palette, and for programs that complete names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import Model
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.services.library import Library

NamedKind = Literal["collection", "tag", "dataset", "model", "training", "report"]
"""What may be found by its name."""

_LOOKED_AT = 500
"""Datasets, models, trainings and reports that are looked at, newest first."""


class Named(Model):
    """Something that was found."""

    kind: NamedKind
    """What it is."""
    id: str
    """By which it is asked for: an id, a name, the whole tag."""
    name: str
    """What it is called."""
    about: str = ""
    """A few words more, where there are some."""


class NamedList(Model):
    """What was found: of each kind the best first."""

    items: tuple[Named, ...]
    """Collections, tags, datasets, models, trainings, reports."""


class NamingService:
    """Finds things by their names.

    Args:
        library: its services say what somebody may see of each kind.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def find(self, principal: Principal, words: str, *, limit: int) -> NamedList:
        """Things in whose names all the words are, of each kind so many; kinds that one may not see are left out."""
        scope_of(principal, "images:read")
        wanted = words.casefold().split()
        found: list[Named] = []
        for each in (self._collections, self._tags, self._datasets, self._models, self._trainings, self._reports):
            found += islice(_fitting(_seen(each, principal), wanted), limit)
        return NamedList(items=tuple(found))

    def _collections(self, principal: Principal) -> Iterator[Named]:
        for one in self._library.collections.list(principal).items:
            yield Named(kind="collection", id=one.id, name=one.name)

    def _tags(self, principal: Principal) -> Iterator[Named]:
        scope = scope_of(principal, "images:read")
        for tag in self._library.stores.columns.tags(scope=scope):
            yield Named(kind="tag", id=tag, name=tag)

    def _datasets(self, principal: Principal) -> Iterator[Named]:
        for one in self._library.datasets.list(principal, limit=_LOOKED_AT).items:
            yield Named(kind="dataset", id=one.id, name=one.id)

    def _models(self, principal: Principal) -> Iterator[Named]:
        for one in self._library.models.list(principal, limit=_LOOKED_AT).items:
            yield Named(kind="model", id=one.id, name=one.id, about=one.task)

    def _trainings(self, principal: Principal) -> Iterator[Named]:
        for one in self._library.trainings.list(principal, limit=_LOOKED_AT).items:
            run = one.training
            yield Named(kind="training", id=run.id, name=f"{run.model_line} on {run.dataset}", about=run.state)

    def _reports(self, principal: Principal) -> Iterator[Named]:
        for one in self._library.trainings.results.reports(principal, limit=_LOOKED_AT).items:
            first = f"{one.metrics[0].name} {one.metrics[0].value:.3f}" if one.metrics else ""
            yield Named(kind="report", id=one.id, name=f"{one.dataset}, {one.split}", about=first)


def _seen(each: Callable[[Principal], Iterable[Named]], principal: Principal) -> list[Named]:
    try:
        return list(each(principal))
    except Error as error:
        if error.code != "forbidden":
            raise
        return []


def _fitting(items: Iterable[Named], wanted: list[str]) -> list[Named]:
    """Those that have all the words, names that begin with the first one before others."""
    there = [one for one in items if all(word in f"{one.name} {one.id}".casefold() for word in wanted)]
    return sorted(there, key=lambda one: not one.name.casefold().startswith(wanted[0]) if wanted else False)
