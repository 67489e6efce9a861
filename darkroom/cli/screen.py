"""Progress of a start, as people see it: a live table on a terminal, one line for each event elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from darkroom.cli.output import STATE_STYLES, console, duration

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from darkroom.settings import Settings
    from darkroom.supervisor.report import Report

_MARKS = {"ready": "✓", "done": "✓", "skipped": "✓", "failed": "✗", "stopped": "·", "waiting": "·"}


class Screen:
    """Shows the reports of a supervisor.

    Args:
        settings: for the addresses to print.
        background: whether the supervisor goes on when this command has ended.
    """

    def __init__(self, settings: Settings, *, background: bool = False) -> None:
        self._settings = settings
        self._background = background
        self._console = console()
        self._rows: dict[str, tuple[str, str, float]] = {}
        self._live: Live | None = None
        self._begun = time.monotonic()
        self._stops = False
        self.is_ready = False
        self.error: Report | None = None

    def __call__(self, report: Report) -> None:
        """Show a report."""
        {
            "service": self._unit,
            "task": self._unit,
            "ready": self._ready,
            "notice": self._notice,
            "stopping": self._stopping,
            "stopped": self._stopped,
            "error": self._error,
        }[report.kind](report)

    def close(self) -> None:
        """Leave the terminal in order."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _unit(self, report: Report) -> None:
        if self.is_ready or self._stops:
            self._later(report)
            return
        if report.state == "skipped":
            self._rows.pop(report.name, None)
            return
        self._rows[report.name] = (report.state, report.words, time.monotonic() - self._begun)
        if self._console.is_terminal:
            self._draw()
        elif report.state != "waiting":
            self._line(report)

    def _line(self, report: Report) -> None:
        words = f" - {report.words}" if report.words else ""
        at = time.monotonic() - self._begun
        self._console.print(f"{at:6.1f} s  {report.name}: {report.state}{words}", markup=False)

    def _later(self, report: Report) -> None:
        """Once everything has come up, only what is out of the ordinary is told, and its end."""
        name, state = report.name, report.state
        if self._stops:
            if state == "stopped" and self._rows.get(name, ("stopped", "", 0.0))[0] != "waiting":
                self._console.print(f"  {name}", style="dim", markup=False)
            return
        before = self._rows.get(name, ("", "", 0.0))[0]
        self._rows[name] = (state, report.words, 0.0)
        if state in ("restarting", "failed") or (state == "ready" and before == "starting") or state == "done":
            style = STATE_STYLES.get(state, "")
            self._console.print(f"[{style}]{name}[/] {state}" if style else f"{name} {state}", end="")
            self._console.print(f": {report.words}" if report.words else "", markup=False)

    def _draw(self) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=8, transient=True)
            self._live.start()

    def _table(self) -> RenderableType:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        for name, (state, words, at) in self._rows.items():
            style = STATE_STYLES.get(state, "")
            mark: RenderableType = Text(_MARKS[state], style=style) if state in _MARKS else Spinner("dots", style=style)
            said = duration(at) if state in ("ready", "done") else words
            table.add_row(mark, Text(name), Text(state, style=style), Text(said, style="dim"))
        table.add_row(
            "", Text("starting Darkroom", style="dim"), "", Text(duration(time.monotonic() - self._begun), style="dim")
        )
        return table

    def _ready(self, _report: Report) -> None:
        self.close()
        self.is_ready = True
        took = duration(time.monotonic() - self._begun)
        self._console.print(f"[bold green]Darkroom is ready[/] after {took}")
        rows = [
            ("Web app and REST API", self._settings.web_url),
            ("Dagster", self._settings.dagster_url),
            ("Drop pictures into", str(self._settings.inbox)),
        ]
        for name, value in rows:
            self._console.print(f"  {name:22}", end="", markup=False)
            self._console.print(value, style="bold", markup=False)
        self._console.print("`darkroom down` stops it." if self._background else "Ctrl-C stops it.", style="dim")

    def _notice(self, report: Report) -> None:
        self._console.print(report.words, markup=False)

    def _stopping(self, _report: Report) -> None:
        self.close()
        self._stops = True
        self._console.print("Stopping", style="dim")

    def _stopped(self, report: Report) -> None:
        self._console.print(f"Stopped after {duration(report.seconds)}; nothing is left running.", style="dim")

    def _error(self, report: Report) -> None:
        self.close()
        self.error = report
