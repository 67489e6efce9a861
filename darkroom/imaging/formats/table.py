"""The one table of formats: who reads and writes each on this machine, in order of preference, and what it can hold."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from darkroom.domain.formats import Codec, FormatRow, FormatTable
from darkroom.errors import Error
from darkroom.imaging.formats.encode import works
from darkroom.imaging.formats.metadata.carry import HOLDS
from darkroom.imaging.formats.options import EFFORTS, OPTIONS_OF
from darkroom.imaging.formats.purposes import PURPOSES
from darkroom.imaging.formats.readable import KNOWN, Known, reads_here
from darkroom.imaging.formats.targets import TARGETS, TargetFormat

_TIMEOUT = 60.0


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
        presets=PURPOSES.get(known.name, {}) if target and target.encoders else {},
        missing=known.missing or (target.missing or _unwritable(target) if target else ""),
    )


def _unwritable(target: TargetFormat) -> str:
    """Which libraries are missing, where none that writes the format works here."""
    if not target.encoders or any(works(one, target.name) for one in target.encoders):
        return ""
    return f"to write it one of these has to work here: {', '.join(one.name for one in target.encoders)}"


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
