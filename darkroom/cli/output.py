"""Words and tables on a terminal, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from darkroom.errors import Error

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel
    from rich.console import Console

    from darkroom.domain.training import Metric

_WIDE = 400

Item = TypeVar("Item", bound="BaseModel")

STATE_STYLES = {
    "ready": "green",
    "done": "green",
    "ok": "green",
    "starting": "yellow",
    "running": "yellow",
    "restarting": "yellow",
    "warning": "yellow",
    "waiting": "dim",
    "stopped": "dim",
    "skipped": "dim",
    "failed": "red",
    "missing": "red",
}


def console(*, stderr: bool = False) -> Console:
    """A terminal to write to; plain text where it is none."""
    from rich.console import Console

    screen = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not screen.is_terminal:
        # Nothing is folded for a program that reads along.
        screen.width = _WIDE
    return screen


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """Print aligned columns; states get their colour.

    Args:
        columns: headings.
        rows: cells.
        right: headings whose cells are numbers.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    numbers = set(right)
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        table.add_row(*(Text(cell, style=STATE_STYLES.get(cell, "")) for cell in cells))
    console().print(table)


def show_list(
    found: Iterable[Item],
    as_json: bool,
    *,
    empty: str,
    columns: Sequence[str],
    row: Callable[[Item], Sequence[object]],
    right: Iterable[str] = (),
) -> None:
    """Print a list that was asked for.

    Args:
        found: what the list holds.
        as_json: for a program, as `{"items": [...]}`, in place of a table.
        empty: what people read where there is nothing.
        columns: headings of the table.
        row: its cells for one item.
        right: headings whose cells are numbers.
    """
    items = list(found)
    if as_json:
        show_json({"items": [one.model_dump(mode="json") for one in items]})
    elif not items:
        typer.echo(empty)
    else:
        show_table(columns, map(row, items), right=right)


def write_file(path: Path, data: bytes, *, quiet: bool = False) -> None:
    """Write what somebody asked for as a file, and say where it is.

    Raises:
        Error: `storage_io`.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        remedy = "Name another file."
        raise Error("storage_io", f"{path} cannot be written: {error.strerror}.", remedy=remedy) from error
    if not quiet:
        typer.echo(f"Written to {path}.")


def plural(count: int, noun: str, several: str | None = None) -> str:
    """A number with its noun."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def duration(seconds: float) -> str:
    """A time in words: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """A number of bytes in words: `512 B`, `4.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def figure(one: Metric) -> str:
    """A measured figure with its interval."""
    span = f" ({one.low:.3f} to {one.high:.3f})" if one.low is not None and one.high is not None else ""
    return f"{one.name} {one.value:.3f}{span}"
