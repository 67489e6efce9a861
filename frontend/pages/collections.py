"""Collections as covers; one is made, changed and taken away here."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/collections", title="Collections · Darkroom", description="Collections of pictures")
@framed("/collections")
def collections() -> rx.Component:
    """Collections of pictures."""
    return local.collections()
