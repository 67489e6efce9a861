"""State that several pages share. Rows and pictures never go through State: components read them over REST."""

from __future__ import annotations

import reflex as rx

from darkroom import __version__
from darkroom.settings import Settings


class ShellState(rx.State):
    """What the frame around each page shows of this installation."""

    @rx.var(cache=True)
    def dagster_url(self) -> str:
        """Address of Dagster's own web app."""
        return Settings.load().dagster_url

    @rx.var(cache=True)
    def version(self) -> str:
        """Version of Darkroom."""
        return __version__
