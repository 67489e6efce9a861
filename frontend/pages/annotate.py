"""Going through the pictures of a dataset, and mending their labels."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/annotate", title="Annotate · Darkroom", description="Labels, picture by picture")
@framed("/training")
def annotate() -> rx.Component:
    """Going through the pictures of a dataset, and mending their labels."""
    return local.annotate()
