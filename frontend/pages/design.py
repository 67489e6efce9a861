"""What the pages are made of."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/design", title="Design · Darkroom", description="What the pages are made of")
@framed("/design")
def design() -> rx.Component:
    """Every shared component in each of its states, and the tokens, for whoever works on the pages."""
    return local.design()
