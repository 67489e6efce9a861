"""A report: what a model is worth, and which pictures it fails on."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/report", title="Report · Darkroom", description="What a model is worth")
@framed("/training")
def report() -> rx.Component:
    """A report: what a model is worth, and which pictures it fails on."""
    return local.report()
