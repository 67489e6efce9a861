"""The table of formats: who reads and writes each, and what it can hold."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.errors import Error


class Codec(Model):
    """A library that reads or writes a format."""

    name: str
    """Its name, as `EncodeOptions.encoder` takes it."""
    works: bool
    """Whether it did on this machine, tried when the table was made."""
    max_side: int | None = None
    """Longest side it writes, in pixels."""
    note: str = ""
    """What it is for, or why it is used on request only."""


class FormatRow(Model):
    """A format and what can be done with it here."""

    name: str
    """Short name, as `ImageRecord.format` and `EncodeOptions.format` have it."""
    title: str
    """Name for people."""
    extensions: tuple[str, ...]
    """Usual endings of names, with their dot; they are never trusted when reading."""
    media_type: str
    """IANA media type."""
    decoders: tuple[Codec, ...]
    """Who reads it, in the order in which they are asked."""
    encoders: tuple[Codec, ...]
    """Who writes it, in the order in which they are asked."""
    depths: tuple[int, ...] = ()
    """Bits of a sample that are read or written; 32 is float."""
    alpha: bool = False
    """Whether parts may be transparent."""
    animation: bool = False
    """Whether it holds several frames or pages."""
    lossy: bool = False
    """Whether it can be written with loss, by `quality`."""
    lossless: bool = False
    """Whether it can be written without loss."""
    cmyk: bool = False
    """Whether print colours are read, or written with the profile `cmyk`."""
    icc: bool = False
    """Whether colour profiles are kept."""
    metadata: tuple[str, ...] = ()
    """Blocks that are written: `exif`, `iptc`, `xmp`."""
    options: tuple[str, ...] = ()
    """Encoder options that mean something to it."""
    default_quality: int | None = None
    """Quality without one asked for."""
    max_effort: int | None = None
    """Highest effort."""
    presets: dict[str, dict[str, bool | int | float | str]] = {}
    """Options for a purpose: `web`, `archive`, `smallest`, `lossless`, as far as they mean something to it."""
    missing: str = ""
    """Why it cannot be read or written here."""

    @property
    def readable(self) -> bool:
        """Whether it is read here."""
        return any(codec.works for codec in self.decoders)

    @property
    def writable(self) -> bool:
        """Whether it is written here without naming an encoder."""
        return any(codec.works and not codec.note.startswith("only by name") for codec in self.encoders)


class FormatTable(Model):
    """All formats that were thought of."""

    formats: tuple[FormatRow, ...] = Field(description="One row a format; common ones first.")

    def row(self, name: str) -> FormatRow:
        """The row of a format.

        Raises:
            Error: `not_found`.
        """
        found = next((row for row in self.formats if row.name == name), None)
        if found is None:
            raise Error("not_found", f"There is no format {name}.", remedy="`darkroom formats` lists all of them.")
        return found
