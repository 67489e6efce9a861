"""What is shown of pictures."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.edit import Label
from darkroom.domain.image import ImageRecord, QualityProblem, Rendition, Source


class QualitySummary(Model):
    """What a grid shows of a picture's quality."""

    score: float = Field(ge=0, le=1)
    """All of it in one number, 0 bad to 1 good."""
    problems: tuple[QualityProblem, ...] = ()
    """What is wrong, worst first."""


class ImageSummary(Model):
    """A picture as a grid shows it."""

    id: str
    """sha256 of the original bytes."""
    name: str
    """File name of the first source."""
    media_type: str
    """From the bytes, never from the file's name."""
    format: str
    """Short name of the format: `jpeg`, `heic`, `nef`, ..."""
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    bytes: int
    """Size of the original."""
    taken_at: datetime | None
    """When it was taken, if the file says so."""
    ingested_at: datetime
    """When it came into the library."""
    camera: str | None
    """Maker and model."""
    tags: tuple[str, ...]
    """Tags, sorted."""
    title: str | None
    """A few words above the picture, set by a person."""
    rating: int
    """Stars, 1 to 5; 0 is none."""
    favourite: bool
    """Whether it is a favourite."""
    label: Label | None
    """Colour label."""
    quality: QualitySummary
    """Score and problems."""
    placeholder: str
    """A tiny WebP, base64 without `data:`, to show blurred until the thumbnail is there."""
    duplicate_group: str | None
    """Id of the group of near duplicates it belongs to."""
    batch: str
    """The batch that brought it in."""

    @classmethod
    def of(cls, record: ImageRecord) -> ImageSummary:
        """The summary of a record; its values were checked when the record was read."""
        return cls.model_construct(
            id=record.id,
            name=record.name,
            media_type=record.media_type,
            format=record.format,
            width=record.width,
            height=record.height,
            bytes=record.bytes,
            taken_at=record.capture.taken_at,
            ingested_at=record.ingested_at,
            camera=record.capture.camera,
            tags=record.tags,
            title=record.title,
            rating=record.rating,
            favourite=record.favourite,
            label=record.label,
            quality=QualitySummary.model_construct(score=record.quality.score, problems=record.quality.problems),
            placeholder=record.placeholder,
            duplicate_group=record.duplicate_group,
            batch=record.batch,
        )


class ImagePage(Model):
    """One page of a view."""

    items: tuple[ImageSummary, ...]
    """The pictures, in the order asked for."""
    total: int = Field(ge=0)
    """Pictures in the whole view."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""
    thumbnails: dict[str, str] = Field(default_factory=dict)
    """Where they were asked for: thumbnails by the ids of their pictures, as `data:` addresses. Others are at `/images/{id}/thumbnail`."""


class ImageMark(Model):
    """What stands at a position of a view, for whoever looks for a date or a name along it."""

    position: int = Field(ge=0)
    """Place in the view, from 0."""
    value: datetime | float | str | None
    """The value that the view is ordered by, names as they are compared; null where a picture has none."""


class ImageIndex(Model):
    """Where the pages of a view begin, for grids that jump to any position."""

    total: int = Field(ge=0)
    """Pictures in the whole view."""
    every: int = Field(ge=1)
    """Pictures between two anchors."""
    anchors: tuple[str | None, ...]
    """Page k is `/images?cursor=anchors[k]&limit=every` with the same filters; null is the start."""
    marks: tuple[ImageMark, ...] = ()
    """Evenly spread over the view, at most 400."""
    seq: int = Field(ge=0)
    """Number of the last event this index knows of: follow `/events?last_event_id=seq` for what comes after."""
    whole: bool = True
    """Whether all anchors are there. False while Darkroom prepares what it counts by, as after an update: ask again in a few seconds."""


class SimilarImage(Model):
    """A picture that looks like another one."""

    image: ImageSummary
    """The picture."""
    distance: int = Field(ge=0, le=64)
    """Bits in which the perceptual hashes differ."""
    likeness: float = Field(ge=0, le=1)
    """By hashes: 1 for the same, 0 for one as far away as that of any other picture (32 bits). By a model: the cosine, from 0."""


class SimilarImages(Model):
    """Pictures that look like one."""

    items: tuple[SimilarImage, ...]
    """The most alike first, without itself."""
    model: str | None = None
    """The version of a model that compared them; null where their perceptual hashes were."""


class ImageGroup(Model):
    """Pictures of a view that belong together."""

    value: str | None
    """The day (`2026-11-27`), tag, id of the batch or of the stack; null for pictures without one, which come last."""
    count: int = Field(ge=1)
    """Pictures."""
    at: datetime
    """When the first of them came into the library."""


class ImageGroups(Model):
    """A view divided into groups, in the order in which they are shown."""

    total: int = Field(ge=0)
    """Pictures in all of them; one with several tags counts for each."""
    groups: tuple[ImageGroup, ...]
    """The groups, at most 20,000."""
    more: int = Field(ge=0)
    """Groups beyond those."""
    seq: int = Field(ge=0)
    """Number of the last event that this knows of, as in an index."""


class MapCluster(Model):
    """Pictures of a view that were taken near each other."""

    count: int = Field(ge=1)
    """Pictures."""
    latitude: float
    """Degrees north of their middle."""
    longitude: float
    """Degrees east of their middle."""
    south: float
    """The southernmost of them."""
    west: float
    """The westernmost."""
    north: float
    """The northernmost."""
    east: float
    """The easternmost."""
    image: str
    """One of them."""
    name: str | None = None
    """The town in their middle; null where none is near."""


class ImageMap(Model):
    """Where the pictures of a view were taken, as far as they say it."""

    total: int = Field(ge=0)
    """Pictures within what was asked for."""
    clusters: tuple[MapCluster, ...]
    """Where they are, most first, at most 400."""
    step: float
    """Degrees that a cluster spans at most."""


class TileGrid(Model):
    """How a picture is cut into tiles."""

    width: int = Field(ge=1)
    """Pixels of the largest level, upright."""
    height: int = Field(ge=1)
    """Pixels of the largest level, upright."""
    tile: int = Field(ge=1)
    """Side of a tile in pixels; those at the right and lower edge are smaller."""
    levels: int = Field(ge=1)
    """Sizes there are, each half of the next one; level `levels - 1` is the picture itself, level 0 fits into one tile."""


class Lineage(Model):
    """Where a picture came from and what came from it."""

    sources: tuple[Source, ...]
    """Where the bytes came from, first one first."""
    batch: str
    """The batch that brought it in."""
    run_id: str | None
    """The Dagster run that brought it in."""
    dagster_run_url: str | None
    """That run in Dagster's web app."""
    renditions: tuple[Rendition, ...]
    """Pictures derived from it."""
    original_is_preview: bool
    """Whether the original serves as preview, so that none was made."""
    near_duplicates: tuple[ImageSummary, ...]
    """Pictures that look the same, without itself; at most 50."""


class ImageDetail(ImageRecord):
    """Everything known of a picture."""

    lineage: Lineage
    """Where it came from and what came from it."""
