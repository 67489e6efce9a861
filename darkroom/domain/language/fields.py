"""The one table of fields that the query language speaks of: parser, completion, both stores and the docs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from darkroom.domain.colours import COLOUR_NAMES
from darkroom.domain.edit import LABELS
from darkroom.domain.image import QualityProblem

FieldKind = Literal["text", "value", "number", "date", "yes_no", "place", "presence", "likeness"]
"""`text` is looked through, a `value` is there or not."""

OPERATORS: dict[FieldKind, tuple[str, ...]] = {
    "text": (":", "=", "!="),
    "value": (":", "=", "!="),
    "number": (":", "=", "!=", "<", "<=", ">", ">="),
    "date": (":", "=", "!=", "<", "<=", ">", ">="),
    "yes_no": (":", "="),
    "place": (":",),
    "presence": (":",),
    "likeness": (":",),
}
"""How each kind is asked."""

RAW = (
    "dng", "nef", "cr2", "cr3", "crw", "arw", "raf", "orf", "rw2", "pef", "srw", "kdc", "mrw", "x3f", "raw",
)  # fmt: skip
"""Formats that `format:raw` stands for."""

_BYTES = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30,
}  # fmt: skip

Nothing = Literal["null", "list", "zero", "none"]
"""How the record says that there is no value: null, an empty list, 0, or the value `none`."""


@dataclass(frozen=True)
class Field:
    """A field of the language."""

    name: str
    """As it is written."""
    kind: FieldKind
    """What its values are."""
    about: str
    """One sentence for a person."""
    example: str
    """A whole expression."""
    document: str | Mapping[str, Any]
    """Where the record has it; an expression of MongoDB where it is worked out."""
    columns: tuple[str, ...]
    """Where the columnar copy has it: SQL of our own, any of them."""
    aliases: tuple[str, ...] = ()
    """Other names."""
    many: bool = False
    """Whether a picture may have several."""
    nothing: Nothing | None = None
    """How the record says that there is none, where that can be."""
    choices: tuple[str, ...] = ()
    """Every value there is; empty where it may be any."""
    patterns: bool = False
    """Whether `field:/pattern/` can be asked."""
    units: Mapping[str, float] = field(default_factory=dict)
    """What may follow a number, and what it multiplies by."""
    least: float | None = None
    """Least number that makes sense."""
    most: float | None = None
    """Largest number that makes sense."""


def _text(name: str, about: str, example: str, document: str, column: str = "", **more: Any) -> Field:
    return Field(name, "text", about, example, document, (column or name,), patterns=True, **more)


def _value(name: str, about: str, example: str, document: str | Mapping[str, Any], *columns: str, **more: Any) -> Field:
    return Field(name, "value", about, example, document, columns, **more)


def _number(name: str, about: str, example: str, document: str | Mapping[str, Any], column: str, **more: Any) -> Field:
    return Field(name, "number", about, example, document, (column,), **more)


def _date(name: str, about: str, example: str, document: str, column: str, **more: Any) -> Field:
    return Field(name, "date", about, example, document, (column,), **more)


_SHAPE = {"$switch": {
    "branches": [
        {"case": {"$gt": ["$width", "$height"]}, "then": "landscape"},
        {"case": {"$lt": ["$width", "$height"]}, "then": "portrait"},
    ],
    "default": "square",
}}  # fmt: skip
_SHAPE_COLUMN = "CASE WHEN width > height THEN 'landscape' WHEN width < height THEN 'portrait' ELSE 'square' END"

_ROWS = (
    _text("name", "Name of the file.", "name:IMG_00", "name"),
    _text("title", "Title.", 'title:"Morning at the fjord"', "title", nothing="null"),
    _text("caption", "Caption.", "caption:harbour", "caption", nothing="null"),
    _text("creator", "Who made it.", 'creator:"Ada Berg"', "creator", nothing="null", aliases=("by",)),
    _text("copyright", "Whose it is.", "copyright:agency", "copyright", nothing="null"),
    _text("camera", "Maker and model of the camera.", 'camera:"Nikon Z 7"', "capture.camera", nothing="null"),
    _text("lens", "Model of the lens.", 'lens:"50mm"', "capture.lens", nothing="null"),
    _text("profile", "Colour profile.", 'profile:"Display P3"', "profile", nothing="null"),
    _value("tag", "Tag, itself or one below it; `=` for this very one.", "tag:places/oslo", "tag_keys", "tags",
           many=True, nothing="list", aliases=("tags",), patterns=True),
    _value("collection", "Id of a collection and all below it; `=` for this very one.", "collection:holidays",
           "collections", "collections", many=True, nothing="list", aliases=("in",)),
    _value("label", "Colour label, or `none`.", "label:red,green", "label", "label", nothing="none",
           choices=(*LABELS, "none")),
    _value("problem", "Quality problem, or `none`.", "problem:blurred", "problem_keys", "problems", many=True,
           nothing="none", choices=(*get_args(QualityProblem), "none")),
    _value("colour", "A colour that covers an eighth of it or more, by name or much like `#rrggbb`.", "colour:blue,#2aa6a0",
           "colours", "colours", many=True, aliases=("color",), choices=COLOUR_NAMES),
    _value("format", "Format, media type, or `raw` for every RAW format.", "format:raw", "types", "format",
           "media_type", aliases=("type",)),
    _value("shape", "Wider than high, higher than wide, or neither.", "shape:portrait", _SHAPE, _SHAPE_COLUMN,
           choices=("landscape", "portrait", "square")),
    _value("batch", "Id of the batch that brought it in.", "batch:b-20261122T183000123-9f86d081", "batch", "batch"),
    _value("source", "Connector that brought it: `inbox`, `upload`, `cli`.", "source:upload", "sources.connector",
           "connectors", many=True),
    _value("duplicates", "Id of a group of near duplicates.", "has:duplicates", "duplicate_group", "duplicate_group",
           nothing="null"),
    _number("rating", "Stars, 0 to 5.", "rating>=4", "rating", "rating", nothing="zero", aliases=("stars",), least=0,
            most=5),
    Field("favourite", "yes_no", "Whether it is a favourite.", "favourite:yes", "favourite", ("favourite",),
          aliases=("favorite",)),
    _date("taken", "When it was taken.", "taken:2024..2025-06", "capture.taken_at", "taken_at", nothing="null"),
    _date("added", "When it came into the library.", "added>=2026-11-01", "ingested_at", "ingested_at"),
    _date("edited", "When somebody last changed what people set.", "edited:2026", "edited_at", "edited_at",
          nothing="null"),
    Field("gps", "place", "Where it was taken: `near(LAT,LON,RADIUS)` or `box(SOUTH,WEST,NORTH,EAST)`.",
          "gps:near(59.9,10.7,5km)", "capture.location", ("latitude",), nothing="null"),
    _value("place", "Country, region or town, one after the other or one of them alone: `norway`, `norway/oslo`, `oslo`.",
           "place:norway,iceland", "place_keys", "places", many=True, nothing="list"),
    _number("altitude", "Metres above sea level.", "altitude>1000", "capture.location.altitude", "altitude",
            nothing="null", units={"m": 1, "km": 1000}),
    _number("iso", "Sensitivity.", "iso>3200", "capture.iso", "iso", nothing="null"),
    _number("aperture", "f-number.", "aperture<=2.8", "capture.aperture", "aperture", nothing="null"),
    _number("exposure", "Exposure time in seconds; fractions are allowed.", "exposure<=1/250", "capture.exposure",
            "exposure", nothing="null", units={"s": 1, "ms": 0.001}),
    _number("focal", "Focal length in millimetres.", "focal:24..70mm", "capture.focal_length", "focal_length",
            nothing="null", units={"mm": 1}),
    _number("width", "Pixels from left to right.", "width>4000", "width", "width", units={"px": 1}),
    _number("height", "Pixels from top to bottom.", "height>=2160", "height", "height", units={"px": 1}),
    _number("megapixels", "Millions of pixels.", "megapixels>=24", {"$divide": [{"$multiply": ["$width", "$height"]}, 1_000_000]},
            "(width::BIGINT * height / 1000000)", aliases=("mp",), units={"mp": 1}),
    _number("bits", "Bits of a channel.", "bits:16", "bit_depth", "bit_depth"),
    _number("channels", "Channels, with alpha.", "channels:4", "channels", "channels"),
    _number("frames", "Frames or pages.", "frames>1", "frames", "frames"),
    _number("size", "Size of the file.", "size>20mb", "bytes", "bytes", aliases=("bytes",), units=_BYTES),
    _number("quality", "Quality score, 0 to 1.", "quality>=0.8", "quality.score", "quality", least=0, most=1),
    _number("sharpness", "Variance of the Laplacian.", "sharpness<50", "quality.sharpness", "sharpness"),
    _number("brightness", "Mean luma, 0 to 1.", "brightness<0.2", "quality.brightness", "brightness", least=0, most=1),
    _number("contrast", "Spread of the luma, 0 to 1.", "contrast>0.5", "quality.contrast", "contrast", least=0, most=1),
    _number("entropy", "Entropy of the luma in bits, 0 to 8.", "entropy<3", "quality.entropy", "entropy", least=0,
            most=8),
    _number("colourfulness", "How colourful it is.", "colourfulness>60", "quality.colourfulness", "colourfulness",
            aliases=("colorfulness",)),
)  # fmt: skip

FIELDS: dict[str, Field] = {one.name: one for one in _ROWS}
"""Every field by name, in the order in which they are shown."""

MAY_LACK = tuple(one.name for one in _ROWS if one.nothing)
"""Fields that `has:` asks for."""

HAS = Field("has", "presence", "Whether it has such a value at all.", "has:gps", "", (), choices=MAY_LACK)
"""The question whether there is a value."""

LIKENESS = (
    Field("like", "likeness", "What it shows, in words: what stands out as like them; needs a model for searching.",
          'like:"red shoe on white"', "", ()),
    Field("similar", "likeness", "Id of a picture that it looks like: by what a model makes of both, else by their shapes.",
          f"similar:{'0' * 64}", "", ()),
)  # fmt: skip
"""Questions whose answers are in order: `sort=-likeness` is the order of what they find."""

NAMES: dict[str, Field] = {name: one for one in (*_ROWS, HAS, *LIKENESS) for name in (one.name, *one.aliases)}
"""Every field by every name it has."""
