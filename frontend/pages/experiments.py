"""Experiments: trainings beside each other, and two models on the same pictures."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/experiments", title="Experiments · Darkroom", description="Trainings beside each other")
@framed("/training")
def experiments() -> rx.Component:
    """Trainings beside each other: what each was told, what it came to, and where two models disagree."""
    return local.experiments()
