"""Set-up: the first thing that a new installation shows."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import bare


@rx.page("/setup", title="Set up · Darkroom", description="Make the first administrator")
@bare
def setup() -> rx.Component:
    """The first administrator, or nobody for now: shown on the first visit."""
    return local.setup()
