"""Trainings: a new one by three choices, those that were, one of them live."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/training", title="Training · Darkroom", description="Trainings, live")
@framed("/training")
def training() -> rx.Component:
    """Trainings: a new one by three choices, those that were, one of them live."""
    return local.training()
