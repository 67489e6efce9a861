"""One picture of an order, worked on in another process or on another machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from darkroom.errors import Error
from darkroom.services.recipes.pool import Result, Subject, Work, worked
from darkroom.store.blobs import BlobStore

if TYPE_CHECKING:
    from darkroom.imaging.limits import Limits
    from darkroom.imaging.recipes.lane import RecipeLane
    from darkroom.imaging.recipes.model import Recipe
    from darkroom.imaging.recipes.run import Resources

_lanes: dict[int, RecipeLane] = {}


@dataclass(frozen=True)
class Assignment:
    """What is done with every picture of an order; it can be pickled to where that happens, and holds no more than that.

    Args:
        limits: guards of the decoders.
        memory_mb: memory that the pictures of one process may need together.
        timeout: seconds that a picture may take in a decoder process.
        recipe: what is done.
        resources: what its steps need.
        blobs: where originals lie and results go; a folder must be shared by all machines.
    """

    limits: Limits
    memory_mb: int
    timeout: float
    recipe: Recipe
    resources: Resources
    blobs: BlobStore

    def __call__(self, subject: Subject) -> Result:
        """Deal with one picture; never raises."""
        from darkroom.imaging.recipes.lane import compiled

        return worked(Work(compiled(self.recipe), self.resources, self._lane(), self.blobs), subject)

    def _lane(self) -> RecipeLane:
        """The lane of this process, which is kept for the pictures that follow."""
        from darkroom.imaging.recipes.lane import RecipeLane

        if os.getpid() not in _lanes:
            _lanes[os.getpid()] = RecipeLane(self.limits, memory_mb=self.memory_mb, timeout=self.timeout)
        return _lanes[os.getpid()]


def lost(subject: Subject, why: str) -> Result:
    """What is told of a picture whose process died each time."""
    return Result(subject, None, Error("decoder_crashed", f"{subject.name} ended its worker: {why}."), 0.0)


Spread: TypeAlias = Callable[[Assignment, Iterator[Subject]], Generator[Result | None, None, None]]
"""Has an assignment carried out on many pictures, somewhere else; None now and then while there is nothing to tell."""
