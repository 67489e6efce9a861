"""Develop: what is done to a picture, step by step, and what comes of it at once."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/develop", title="Develop · Darkroom", description="Steps that make something of a picture")
@framed("/develop")
def develop() -> rx.Component:
    """One picture, the steps that are done to it, presets, and comparisons."""
    return local.develop()
