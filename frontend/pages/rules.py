"""Rules that file what comes in; they are written, tried and applied here."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/rules", title="Rules · Darkroom", description="What is done by itself with pictures that come in")
@framed("/collections")
def rules() -> rx.Component:
    """Rules that file what comes in."""
    return local.rules()
