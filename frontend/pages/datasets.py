"""What there is to learn from: versions, classes, what differs."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/datasets", title="Datasets · Darkroom", description="What models learn from")
@framed("/training")
def datasets() -> rx.Component:
    """What there is to learn from: versions, classes, what differs."""
    return local.datasets()
