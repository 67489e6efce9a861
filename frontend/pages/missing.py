"""What is shown where there is no page."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import MISSING, framed


@rx.page(MISSING, title="Nothing here · Darkroom", description="An address that leads nowhere")
@framed(MISSING)
def missing() -> rx.Component:
    """What is shown where there is no page."""
    return local.missing()
