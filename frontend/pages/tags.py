"""Tags as a tree; one is renamed, joined with another, coloured and taken away here."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/tags", title="Tags · Darkroom", description="Tags of pictures")
@framed("/collections")
def tags() -> rx.Component:
    """Tags of pictures."""
    return local.tags()
