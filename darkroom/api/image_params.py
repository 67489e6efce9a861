"""Query parameters of the routes that read a view of pictures."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from darkroom.api.params import Cursor, ImageFilters, Params
from darkroom.domain.query import GroupKey
from darkroom.services.gallery import LikenessBy


class PageParams(ImageFilters):
    """A page of a view."""

    limit: int = Field(100, ge=1, le=500)
    """Most pictures to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before, or an anchor of the index."""
    skip: int = Field(0, ge=0, le=1000)
    """Pictures to pass over after the cursor, for whoever asks for a part of what begins at an anchor."""
    thumbnails: bool = False
    """Whether the answer brings the thumbnails along, in place of a request for each."""


class IndexParams(ImageFilters):
    """The index of a view."""

    every: int = Field(200, ge=20, le=1000)
    """Pictures between two anchors."""


class GroupParams(ImageFilters):
    """A view to be divided."""

    by: GroupKey
    """By what: `day` taken, `tag`, `batch`, or `stack` of near duplicates."""


class MapParams(ImageFilters):
    """A part of the world, and how closely one looks."""

    south: Annotated[float, Field(ge=-90, le=90)] = -90.0
    """Degrees north of its lower edge."""
    west: Annotated[float, Field(ge=-180, le=180)] = -180.0
    """Degrees east of its left edge; where it is greater than `east`, the part lies across the date line."""
    north: Annotated[float, Field(ge=-90, le=90)] = 90.0
    """Degrees north of its upper edge."""
    east: Annotated[float, Field(ge=-180, le=180)] = 180.0
    """Degrees east of its right edge."""
    step: Annotated[float, Field(ge=0.0005, le=45)] = 10.0
    """Degrees that pictures which are told of together lie apart at most."""


class SimilarParams(Params):
    """How much alike."""

    distance: Annotated[int, Field(ge=0, le=32)] = 18
    """Bits of 64 in which the perceptual hashes may differ: up to 7 is nearly the same picture, 32 is chance."""
    limit: Annotated[int, Field(ge=1, le=200)] = 60
    """Most pictures to answer with."""
    by: LikenessBy | None = None
    """By perceptual hashes (`hash`), or by what a model made of them (`model`); when not given, by a model that has seen the picture, else by hashes."""
