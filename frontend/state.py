"""State that several pages share. Rows and pictures never go through State: components read them over REST."""

from __future__ import annotations

from functools import cache

import reflex as rx

from darkroom.settings import Settings


@cache
def _settings() -> Settings:
    return Settings.load()


class ShellState(rx.State):
    """What pages show of this installation; it differs from start to start, so it is not in the build.

    Its socket asks nobody who he is: whatever not everybody may know comes over REST instead.
    """

    @rx.var(cache=True)
    def dagster_url(self) -> str:
        """Address of Dagster's own web app."""
        return _settings().dagster_address
