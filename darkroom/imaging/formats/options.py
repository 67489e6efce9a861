"""What a person may ask of an encoder; each format takes the options that mean something to it, and no others."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.errors import Error

Target = Literal["jpeg", "png", "webp", "avif", "tiff", "gif", "jp2", "heic", "jxl", "bmp"]
Compression = Literal["none", "lzw", "deflate", "packbits", "jpeg", "webp", "zstd"]

_COMMON = {"format", "profile", "background", "encoder"}
OPTIONS_OF: dict[str, frozenset[str]] = {
    name: frozenset(_COMMON | own)
    for name, own in {
        "jpeg": {"quality", "subsampling", "progressive", "optimise", "trellis", "dpi"},
        "png": {"effort", "progressive", "palette", "colours", "dither", "quality", "bit_depth", "dpi"},
        "webp": {"quality", "effort", "lossless", "near_lossless", "sharp_chroma"},
        "avif": {"quality", "effort", "lossless", "subsampling", "bit_depth"},
        "tiff": {"compression", "quality", "tile", "pyramid", "bigtiff", "bit_depth", "dpi"},
        "gif": {"effort", "colours", "dither"},
        "jp2": {"quality", "lossless", "bit_depth"},
        "heic": {"quality", "subsampling", "bit_depth"},
        "jxl": {"quality", "effort", "lossless", "bit_depth"},
        "bmp": {"dpi"},
    }.items()
}
"""Names of the options that each format takes."""

EFFORTS: dict[str, int] = {"png": 9, "webp": 6, "avif": 9, "gif": 10, "jxl": 9}
"""Highest effort of each format that has one; each library counts in its own way."""


class EncodeOptions(Model):
    """How a picture is to be written."""

    format: Target = "jpeg"
    """Format of the file."""
    quality: int | None = Field(None, ge=1, le=100, title="Quality")
    """Of lossy formats, 1 to 100; without it the format's own default. The scales of two formats are not alike."""
    effort: int | None = Field(None, ge=0, le=10, title="Effort")
    """Time spent for fewer bytes: PNG 0-9, WebP 0-6, AVIF 0-9, GIF 1-10, JPEG XL 1-9; without it the best bargain."""
    lossless: bool = False
    """Keep every pixel as it is (WebP, AVIF, JPEG 2000, JPEG XL)."""
    near_lossless: bool = False
    """WebP: pixels may change a little for far fewer bytes; `quality` says how little."""
    sharp_chroma: bool = False
    """WebP: slower, sharper halving of colour."""
    subsampling: Literal["auto", "420", "444"] = "auto"
    """Resolution of colour in JPEG, AVIF and HEIC; `auto` halves it below a quality of 90."""
    progressive: bool = False
    """JPEG: shown coarse first. PNG: interlaced."""
    optimise: bool = False
    """JPEG: two passes for about 4 % fewer bytes at twice the time."""
    trellis: bool = False
    """JPEG: all of mozjpeg's methods, about 15 % fewer bytes at ten times the time; the result is progressive."""
    palette: bool = False
    """PNG: at most 256 colours."""
    colours: int = Field(256, ge=2, le=256, title="Colours")
    """Of a palette (PNG, GIF)."""
    dither: float = Field(1.0, ge=0, le=1, title="Dither")
    """How much error of a palette is spread over the neighbours."""
    compression: Compression = "deflate"
    """Of a TIFF; `jpeg` and `webp` lose, the others do not."""
    tile: int | None = Field(None, ge=16, le=4096, multiple_of=16, title="Tile")
    """TIFF: side of square tiles in pixels; without it there are strips."""
    pyramid: bool = False
    """TIFF: add halved copies, for viewers; implies tiles."""
    bigtiff: bool | None = None
    """TIFF beyond 4 GB; without it decided by size."""
    bit_depth: Literal[8, 10, 12, 16, 32] | None = None
    """Bits of a sample; without it as many as the picture has and the format takes (AVIF: 10 for deep pictures). JPEG 2000 takes 8, 10, 12 and 16."""
    profile: Literal["srgb", "p3", "cmyk", "keep"] = "srgb"
    """Colours: converted to sRGB (and untagged), to Display P3, to print CMYK (JPEG, TIFF), or kept with their profile."""
    background: str = Field("#ffffff", pattern=r"^#[0-9a-fA-F]{6}$", title="Background")
    """What shows through transparent parts where the format has no transparency."""
    dpi: float | None = Field(None, gt=0, le=65_535, title="Resolution")
    """Printed resolution in dots per inch, written into the file."""
    encoder: str | None = None
    """Name of one encoder of the table, in place of the first that can."""

    @model_validator(mode="after")
    def _fits_format(self) -> Self:
        strangers = sorted(
            name
            for name in self.model_fields_set - OPTIONS_OF[self.format]
            if getattr(self, name) != type(self).model_fields[name].default
        )
        if strangers:
            raise ValueError(f"{self.format} takes no {', '.join(strangers)}")
        highest = EFFORTS.get(self.format, 10)
        if self.effort is not None and self.effort > highest:
            raise ValueError(f"effort of {self.format} goes to {highest}, {self.effort} was asked")
        return self

    @classmethod
    def checked(cls, **options: object) -> EncodeOptions:
        """Options from names and values.

        Raises:
            Error: `invalid_parameter` naming what does not fit.
        """
        from pydantic import ValidationError

        try:
            return cls.model_validate(options)
        except ValidationError as error:
            errors = error.errors()
            if unknown := [str(found["loc"][0]) for found in errors if found["type"] == "extra_forbidden"]:
                raise _unknown(unknown[0], options.get("format", "jpeg")) from error
            words = "; ".join(
                f"{'.'.join(map(str, found['loc']))}: {found['msg']}" if found["loc"] else found["msg"]
                for found in errors
            )
            raise Error("invalid_parameter", f"These encoder options do not fit together: {words}.") from error

    def rgb(self) -> tuple[int, int, int]:
        """The background's red, green and blue."""
        value = int(self.background[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


def _unknown(name: str, target: object) -> Error:
    import difflib

    known = sorted(OPTIONS_OF.get(str(target), frozenset(EncodeOptions.model_fields)))
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}? " if near else ""
    cause = f"There is no encoder option called {name[:80]}."
    return Error("invalid_parameter", cause, remedy=f"{hint}{target} takes {', '.join(known)}.", field=name[:80])
