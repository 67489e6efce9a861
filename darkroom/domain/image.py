"""A picture in the library and what is known of it. Pixels live in the blob store, never here."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document, Model
from darkroom.domain.develop import DevelopSettings, Place
from darkroom.domain.edit import TEXT_LENGTHS, Label
from darkroom.domain.located import Location

MetadataValue = str | int | float | bool | list[str] | list[float]
"""What a metadata field may hold once read."""


class Source(Model):
    """Where the bytes came from. The same bytes seen twice are one image with two sources."""

    connector: str
    """Which connector brought it: `inbox`, `upload`, `cli`, ..."""
    key: str
    """The file's name within the connector (a relative path with `/`)."""
    batch: str
    """The batch it arrived with."""
    modified_at: datetime | None = None
    """The file's own modification time."""


class Capture(Model):
    """How and when the picture was taken, from its metadata."""

    taken_at: datetime | None = None
    """When, in UTC where the file says the offset, else its local time taken as UTC."""
    camera: str | None = None
    """Maker and model, without the maker twice."""
    lens: str | None = None
    """Lens model."""
    iso: float | None = None
    """Sensitivity."""
    aperture: float | None = None
    """f-number."""
    exposure: float | None = None
    """Exposure time in seconds."""
    focal_length: float | None = None
    """Millimetres."""
    location: Location | None = None
    """Where."""


class Metadata(Model):
    """What the file says of itself, by standard and field name (`exif` uses the names of Exif 3.0)."""

    exif: dict[str, MetadataValue] = Field(default_factory=dict)
    """Exif fields, of all image file directories."""
    iptc: dict[str, MetadataValue] = Field(default_factory=dict)
    """IPTC-IIM fields."""
    xmp: dict[str, MetadataValue] = Field(default_factory=dict)
    """XMP properties as `prefix:name`."""


QualityProblem = Literal["blurred", "dark", "overexposed", "low_contrast", "low_information", "damaged"]
"""What can be wrong with a picture that could be read."""


class Quality(Model):
    """Measures of the picture, all taken from the preview."""

    score: float = Field(ge=0, le=1)
    """All of it in one number, 0 bad to 1 good."""
    sharpness: float = Field(ge=0)
    """Variance of the Laplacian of the luma (Pech-Pacheco et al., 2000)."""
    brightness: float = Field(ge=0, le=1)
    """Mean luma."""
    contrast: float = Field(ge=0, le=1)
    """Standard deviation of the luma, doubled so that 1 is the most possible."""
    entropy: float = Field(ge=0, le=8)
    """Shannon entropy of the luma histogram, bits."""
    colourfulness: float = Field(ge=0)
    """M3 of Hasler and Suesstrunk (2003)."""
    problems: tuple[QualityProblem, ...] = ()
    """What is wrong, worst first."""


class Colour(Model):
    """A dominant colour."""

    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    """sRGB as `#rrggbb`."""
    share: float = Field(ge=0, le=1)
    """Share of the picture."""


class Rendition(Model):
    """A picture derived from another one, stored in the blob store."""

    kind: Literal["thumbnail", "preview"]
    """What it is for."""
    address: str = Field(pattern=SHA256_PATTERN)
    """Hash of the source's hash and the recipe with versions and parameters: its key in the blob store."""
    recipe: str
    """The recipe, for lineage: `thumbnail@1 256 webp q75`."""
    media_type: str
    """`image/webp`, ..."""
    width: int = Field(ge=1)
    """Pixels."""
    height: int = Field(ge=1)
    """Pixels."""
    bytes: int = Field(ge=1)
    """Size of the file."""


class ImageRecord(Document):
    """A stored picture. Its id is the sha256 of the original bytes."""

    id: str = Field(pattern=SHA256_PATTERN)
    name: str
    """File name of the first source, without folders."""
    media_type: str
    """From the bytes, never from the file's name."""
    format: str
    """Short name of the format: `jpeg`, `heic`, `nef`, ..."""
    bytes: int = Field(ge=1)
    """Size of the original."""
    width: int = Field(ge=1)
    """Pixels, upright (orientation applied)."""
    height: int = Field(ge=1)
    """Pixels, upright."""
    orientation: int = Field(1, ge=1, le=8)
    """Exif orientation of the original."""
    frames: int = Field(1, ge=1)
    """Frames or pages."""
    bit_depth: int = Field(8, ge=1, le=64)
    """Bits a channel."""
    channels: int = Field(3, ge=1, le=8)
    """Channels, with alpha."""
    profile: str | None = None
    """Description of the embedded ICC profile."""
    capture: Capture = Capture()
    """When, where and with what."""
    metadata: Metadata = Metadata()
    """Everything the file says."""
    develop: DevelopSettings | None = None
    """How the sidecar that came with a RAW file wants it to be developed."""
    phash: str = Field(pattern=r"^[0-9a-f]{16}$")
    """64-bit perceptual hash (DCT of the luma, Zauner 2010)."""
    duplicate_group: str | None = None
    """Id of the first image of its near duplicates; None when it has none."""
    quality: Quality
    """Measures and problems."""
    colours: tuple[Colour, ...] = ()
    """Dominant colours, largest first."""
    placeholder: str
    """A tiny WebP, base64, to show blurred until the thumbnail is there."""
    renditions: tuple[Rendition, ...] = ()
    """Derived pictures: a thumbnail, and a preview unless the original serves as one."""
    tags: tuple[str, ...] = ()
    """Tags, sorted; `/` makes levels (`places/oslo`)."""
    title: str | None = Field(None, max_length=TEXT_LENGTHS["title"])
    """A few words above the picture, set by a person; at first what the file or its sidecar says."""
    caption: str | None = Field(None, max_length=TEXT_LENGTHS["caption"])
    """What is to be seen, set by a person; at first what the file or its sidecar says."""
    creator: str | None = Field(None, max_length=TEXT_LENGTHS["creator"])
    """Who made it, set by a person; at first what the file or its sidecar says."""
    copyright: str | None = Field(None, max_length=TEXT_LENGTHS["copyright"])
    """Whose it is, set by a person; at first what the file or its sidecar says."""
    rating: int = Field(0, ge=0, le=5)
    """Stars, 1 to 5; 0 is none."""
    favourite: bool = False
    """Whether it is a favourite."""
    label: Label | None = None
    """Colour label."""
    collections: tuple[str, ...] = ()
    """Ids of the collections it was put in by hand, sorted."""
    focus: Place | None = None
    """What must stay when it is cropped: shares of width and height of the upright picture, set by a person."""
    edited_at: datetime | None = None
    """When somebody last changed what people set: tags, texts, rating, favourite, label, collections, time and place."""
    sources: tuple[Source, ...] = ()
    """Where the bytes came from, first one first."""
    batch: str
    """The batch that brought it in."""
    run_id: str | None = None
    """The Dagster run that brought it in."""
    ingested_at: datetime
    """When it came into the library."""

    @property
    def taken_at(self) -> datetime | None:
        """When it was taken."""
        return self.capture.taken_at

    @property
    def wishes(self) -> DevelopSettings | None:
        """How recipes are to take it: what its sidecar says of developing, and the place that must stay."""
        if self.focus is None:
            return self.develop
        return (self.develop or DevelopSettings()).model_copy(update={"focus": self.focus})

    @property
    def location(self) -> Location | None:
        """Where it was taken."""
        return self.capture.location

    def rendition(self, kind: str) -> Rendition | None:
        """The rendition of that kind, or None."""
        return next((found for found in self.renditions if found.kind == kind), None)

    @property
    def original_is_preview(self) -> bool:
        """Whether the original is shown where a preview is asked for.

        An ingest makes thumbnail and preview together, so a thumbnail alone says that no preview was needed; the rest
        guards against a preview that is merely lost.
        """
        return (
            [found.kind for found in self.renditions] == ["thumbnail"]
            and (self.media_type == "image/jpeg" or (self.media_type, self.orientation) == ("image/webp", 1))
            and (self.frames, self.bit_depth) == (1, 8)
            and self.channels in (1, 3)
            and "damaged" not in self.quality.problems
        )
