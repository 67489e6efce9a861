"""Activity: what goes on, and what went wrong."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/activity", title="Activity · Darkroom", description="Queue, batches, failures and runs")
@framed("/activity")
def activity() -> rx.Component:
    """The queue, batches as they run, files that failed, runs and services."""
    return local.activity()
