"""The one table of formats: who reads and writes each on this machine, in order of preference, and what it can hold."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.imaging.formats.encode import works
from darkroom.imaging.formats.metadata.carry import HOLDS
from darkroom.imaging.formats.options import EFFORTS, OPTIONS_OF
from darkroom.imaging.formats.readable import KNOWN, Known, reads_here
from darkroom.imaging.formats.targets import TARGETS, TargetFormat

_TIMEOUT = 60.0


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


@cache
def format_table() -> FormatTable:
    """The table, with every encoder and decoder tried once in this process."""
    return FormatTable(formats=tuple(_row(known) for known in KNOWN))


@cache
def format_table_apart() -> FormatTable:
    """The same from a process of its own: what has touched pixels must not fork, and a web server stays small.

    Raises:
        Error: `internal` when that process fails.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "darkroom.imaging.formats.table"],
            capture_output=True,
            timeout=_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Error("internal", f"The formats of this machine could not be tried: {error}.") from error
    return FormatTable.model_validate_json(done.stdout)


def _row(known: Known) -> FormatRow:
    target = TARGETS.get(known.name)
    decoders = tuple(Codec(name=name, works=reads_here(known.name, name), note=note) for name, note in known.decoders)
    return FormatRow(
        name=known.name,
        title=known.title,
        extensions=known.extensions,
        media_type=known.media_type,
        decoders=decoders,
        encoders=_encoders(target),
        depths=known.depths,
        alpha=known.alpha,
        animation=known.animation,
        lossy=target is not None and bool(target.encoders) and target.quality is not None,
        lossless=target is not None and bool(target.encoders) and _lossless(target),
        cmyk=known.cmyk,
        icc=known.icc,
        metadata=tuple(sorted(HOLDS[known.name])) if target and target.encoders else (),
        options=tuple(sorted(OPTIONS_OF[known.name])) if target and target.encoders else (),
        default_quality=target.quality if target and target.encoders else None,
        max_effort=EFFORTS.get(known.name) if target and target.encoders else None,
        missing=known.missing or (target.missing if target else ""),
    )


def _lossless(target: TargetFormat) -> bool:
    return target.quality is None or target.name == "tiff" or "lossless" in OPTIONS_OF[target.name]


def _encoders(target: TargetFormat | None) -> tuple[Codec, ...]:
    if target is None:
        return ()
    return tuple(
        Codec(
            name=encoder.name,
            works=works(encoder, target.name),
            max_side=encoder.max_side,
            note=f"only by name: {encoder.caution}" if encoder.on_request else "",
        )
        for encoder in target.encoders
    )


if __name__ == "__main__":
    sys.stdout.write(format_table().model_dump_json())
