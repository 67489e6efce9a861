"""`darkroom formats`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import AsJson
from darkroom.cli.output import console, show_json, show_table, size
from darkroom.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from darkroom.domain.formats import Codec, FormatRow
    from darkroom.domain.quality_curve import QualityCurve


def formats(
    name: Annotated[
        str | None,
        typer.Argument(help="One format, with its encoder options; a camera, or a RAW file, with --cameras."),
    ] = None,
    *,
    of_cameras: Annotated[
        bool, typer.Option("--cameras", help="Cameras whose RAW files are read; a file is tried in every way.")
    ] = False,
    curve: Annotated[
        Path | None,
        typer.Option(
            "--curve", metavar="PICTURE", help="Bytes and likeness of a picture over the qualities of the format."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the picture formats that this machine reads and writes, each decoder and encoder tried."""
    if curve is not None:
        _curve(name, curve, as_json=as_json)
        return
    if of_cameras:
        _cameras(name, as_json=as_json)
        return
    from darkroom.imaging.formats.table import format_table

    table = format_table()
    chosen = [table.row(name)] if name else list(table.formats)
    if as_json:
        show_json({"formats": [row.model_dump() for row in chosen]})
        return
    if name:
        _show(chosen[0])
        return
    columns = ["format", "title", "read by", "written by", "bits", "holds", "metadata"]
    show_table(
        columns,
        [
            (
                row.name,
                row.title,
                _names(row.decoders) or "-",
                _names(row.encoders) or "-",
                ", ".join("float" if depth == 32 else str(depth) for depth in row.depths) if row.decoders else "",
                ", ".join(_holds(row)) or row.missing,
                ", ".join(row.metadata),
            )
            for row in chosen
        ],
    )
    console().print("Names in brackets are used only when asked for. `darkroom formats NAME` tells more.", style="dim")


def _names(codecs: tuple[Codec, ...]) -> str:
    shown = [f"({codec.name})" if codec.note.startswith("only") else codec.name for codec in codecs if codec.works]
    return ", ".join(shown)


def _holds(row: FormatRow) -> list[str]:
    held = {"alpha": row.alpha, "frames": row.animation, "CMYK": row.cmyk, "profile": row.icc}
    return [word for word, has in held.items() if has and row.decoders]


def _show(row: FormatRow) -> None:
    lines = [
        ("media type", row.media_type),
        ("endings", ", ".join(row.extensions)),
        ("read by", "; ".join(_described(codec) for codec in row.decoders)),
        ("written by", "; ".join(_described(codec) for codec in row.encoders)),
        ("without loss", "yes" if row.lossless else "no"),
        ("default quality", row.default_quality),
        ("highest effort", row.max_effort),
        ("metadata written", ", ".join(row.metadata)),
        ("options", ", ".join(row.options)),
        *((f"preset {name}", _options(options)) for name, options in row.presets.items()),
        ("missing", row.missing),
    ]
    show_table(["", row.title], [line for line in lines if line[1] not in (None, "")])


def _options(options: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items()) or "as usual"


def _described(codec: Codec) -> str:
    more = [codec.note] if codec.note else []
    more += [f"sides to {codec.max_side:,}"] if codec.max_side else []
    more += [] if codec.works else ["does not work here"]
    return f"{codec.name} ({', '.join(more)})" if more else codec.name


def _cameras(name: str | None, *, as_json: bool) -> None:
    from darkroom.imaging.formats.cameras import camera_table, try_raw

    if name and Path(name).is_file():
        trial = try_raw(Path(name).read_bytes(), Path(name).name)
        if as_json:
            show_json(trial.model_dump())
            return
        show_table(["", trial.name], [(field.replace("_", " "), value) for field, value in trial if value is not None])
        return
    table = camera_table(name)
    if as_json:
        show_json(table.model_dump())
        return
    if not table.supported:
        near = f" Like it are: {', '.join(table.near)}." if table.near else ""
        console().print(f"{table.library} does not list {name}.{near} {table.note}", markup=False)
        return
    show_table(["maker", "cameras"], [(maker.name, ", ".join(maker.cameras)) for maker in table.makers])
    console().print(f"{table.library}, {table.known:,} cameras. {table.note}", style="dim")


def _curve(name: str | None, path: Path, *, as_json: bool) -> None:
    from darkroom.imaging.formats.curve import quality_curve
    from darkroom.imaging.formats.load import load
    from darkroom.imaging.formats.options import EncodeOptions

    try:
        data = path.read_bytes()
    except OSError as error:
        raise Error("source_missing", f"{path} cannot be read: {error.strerror}.", remedy="Name a picture.") from error
    found = quality_curve(load(data, path.name).frames, EncodeOptions.checked(format=name or "jpeg"))
    if as_json:
        show_json(found.model_dump())
        return
    rows = [
        (
            "without loss" if one.quality is None else one.quality,
            size(one.bytes),
            f"{one.likeness:.4f}",
            _bar(one.bytes, found),
        )
        for one in found.points
    ]
    show_table(["quality", "size", "likeness", ""], rows)
    how = "the whole picture" if found.basis == "whole" else "sixteen parts at full size; sizes are estimates"
    usual = f", usual quality {found.usual}" if found.usual else ""
    console().print(
        f"{found.width} x {found.height} as {found.format} by {found.encoder}{usual}; measured on {how}.", style="dim"
    )


def _bar(value: int, curve: QualityCurve) -> str:
    return "█" * max(1, round(24 * value / max(one.bytes for one in curve.points)))
