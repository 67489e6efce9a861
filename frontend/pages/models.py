"""Models: versions, which of them is used, promotion and the way back."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/models", title="Models · Darkroom", description="Versions of models, and which of them is used")
@framed("/training")
def models() -> rx.Component:
    """Models: versions, which of them is used, promotion and the way back."""
    return local.models()
