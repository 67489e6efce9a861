"""What a person asks of the gallery: filters, order, page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, field_validator, model_validator

from darkroom.domain.base import Model
from darkroom.domain.edit import Label
from darkroom.domain.image import QualityProblem
from darkroom.domain.language import LONGEST, given, read, write
from darkroom.domain.language.nodes import Among, Flag, Node, Within, Word, all_of, is_ranked
from darkroom.domain.words import tokens

SortKey = Literal[
    "-ingested_at", "ingested_at", "-taken_at", "taken_at", "name", "-name", "-quality", "quality", "-bytes", "bytes",
    "-likeness",
]  # fmt: skip
"""Orders offered; `-` is descending, the id breaks ties. `-likeness` is that of what `like:` and `similar:` find."""

SORT_FIELDS: dict[str, str] = {
    "ingested_at": "ingested_at",
    "taken_at": "capture.taken_at",
    "name": "name",
    "quality": "quality.score",
    "bytes": "bytes",
    "likeness": "likeness",
}
"""Document field of each order."""


GroupKey = Literal["day", "tag", "batch", "stack"]
"""What a view can be divided by: the day taken, each tag, the batch that brought it, near duplicates."""


class ImageQuery(Model):
    """Filters and order of a gallery view; the same view is the same value."""

    q: str | None = Field(None, max_length=200)
    """Words, each of which must begin a word of the name, title, caption, creator, copyright, tags, camera, lens or format."""
    tag: tuple[str, ...] = ()
    """Tags that must all be there, themselves or one below them: `places` lets `places/oslo` through."""
    type: tuple[str, ...] = ()
    """Formats (`jpeg`) or media types (`image/jpeg`), any of them."""
    camera: tuple[str, ...] = ()
    """Cameras, any of them."""
    taken_from: datetime | None = None
    """Taken at or after."""
    taken_to: datetime | None = None
    """Taken before or at; a date alone means the whole of that day."""
    quality_min: float | None = Field(None, ge=0, le=1)
    """Least quality score."""
    problem: tuple[QualityProblem | Literal["none"], ...] = ()
    """Quality problems, any of them; `none` means pictures without one."""
    batch: str | None = None
    """Brought in by this batch."""
    duplicates: str | None = None
    """Id of a group of near duplicates."""
    rating_min: int | None = Field(None, ge=0, le=5)
    """Least rating in stars; 0 lets all through."""
    favourite: bool | None = None
    """Favourites only, or only what is none."""
    label: tuple[Label | Literal["none"], ...] = ()
    """Colour labels, any of them; `none` means pictures without one."""
    collection: str | None = None
    """Id of a collection they are in."""
    where: str | None = Field(None, max_length=LONGEST)
    """An expression of the query language (`rating>=4 taken:2025 -tag:ocean`), in its one spelling."""
    sort: SortKey = "-ingested_at"
    """Order."""

    @field_validator("q")
    @classmethod
    def _no_blank_search(cls, value: str | None) -> str | None:
        return (value.strip() or None) if value else None

    @field_validator("where")
    @classmethod
    def _one_spelling(cls, value: str | None) -> str | None:
        return (write(given(value)) or None) if value else None

    @model_validator(mode="after")
    def _dates_in_order(self) -> ImageQuery:
        if self.taken_from and self.taken_to and self.taken_from > self.taken_to:
            raise ValueError("taken_from is after taken_to")
        return self

    @property
    def expression(self) -> Node:
        """All its filters in the query language."""
        found = [read(self.where)] if self.where else []
        found += [Word(one) for one in tokens(self.q or "")]
        found += [Among("tag", (one,)) for one in self.tag]
        for name, field in (("type", "format"), ("problem", "problem"), ("label", "label"), ("camera", "camera")):
            if values := getattr(self, name):
                each = sorted({one.lower() if name == "type" else one for one in values})
                found.append(Among(field, tuple(each), whole=name == "camera"))
        for name, field in (("batch", "batch"), ("duplicates", "duplicates"), ("collection", "collection")):
            if (value := getattr(self, name)) is not None:
                found.append(Among(field, (value,)))
        if self.favourite is not None:
            found.append(Flag("favourite", self.favourite))
        for name, field in (("quality_min", "quality"), ("rating_min", "rating")):
            if value := getattr(self, name):
                found.append(Within(field, low=value))
        if self.taken_from or self.taken_to:
            low, high = (None if one is None else _moment(one) for one in (self.taken_from, self.taken_to))
            found.append(Within("taken", low, high))
        return all_of(found)

    def ranked(self) -> ImageQuery:
        """The same in the order of what it compares with, where it does."""
        compares = self.where is not None and is_ranked(read(self.where))
        return self.model_copy(update={"sort": "-likeness"}) if compares else self

    @property
    def sort_field(self) -> str:
        """Document field that orders the view."""
        return SORT_FIELDS[self.sort.lstrip("-")]

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class FacetValue(Model):
    """How many pictures have one value."""

    value: str
    """The value, as the query takes it."""
    count: int = Field(ge=0)
    """Pictures."""
    name: str | None = None
    """What people call it, where that is something else."""


class Histogram(Model):
    """How many pictures lie where along a field of the query language."""

    field: str
    """Name of the field: `size`, `megapixels`, `sharpness`, `brightness`."""
    edges: tuple[float, ...]
    """Where the bars begin, in the unit of the field, and where the last one ends; it has all above its beginning too."""
    counts: tuple[int, ...]
    """Pictures of each bar: one fewer than edges; neither the first nor the last is empty."""


class Facets(Model):
    """Live counts for the filters; each facet counts with all filters but its own.

    A condition on a lens, a place or one of `measured` that an expression asks for beside all else is the filter of that facet.
    """

    total: int
    """Pictures that fit the whole query."""
    type: tuple[FacetValue, ...] = ()
    """By format, most first."""
    camera: tuple[FacetValue, ...] = ()
    """By camera, most first."""
    lens: tuple[FacetValue, ...] = ()
    """By lens (`lens=` of an expression), most first."""
    tag: tuple[FacetValue, ...] = ()
    """By tag, most first, each with all tags below it; with the tags asked for still applied."""
    problem: tuple[FacetValue, ...] = ()
    """By quality problem, and `none`."""
    month: tuple[FacetValue, ...] = ()
    """By month taken (`2026-11`), newest first."""
    quality: tuple[FacetValue, ...] = ()
    """By tenth of the quality score (`0.0` to `0.9`)."""
    rating: tuple[FacetValue, ...] = ()
    """By rating, `0` to `5`."""
    favourite: tuple[FacetValue, ...] = ()
    """`true` and `false`."""
    label: tuple[FacetValue, ...] = ()
    """By colour label, and `none`, most first."""
    colour: tuple[FacetValue, ...] = ()
    """By colour that covers an eighth or more (`colour:` of an expression), most first."""
    place: tuple[FacetValue, ...] = ()
    """By country, region in it and town in that, as `place:` of an expression takes them, most first."""
    measured: tuple[Histogram, ...] = ()
    """By size, megapixels, sharpness and brightness, as far as pictures have them."""
    failed: int = 0
    """Open entries of the failure ledger."""
