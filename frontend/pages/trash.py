"""What was thrown away, until it is restored or removed for good."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/trash", title="Trash · Darkroom", description="Pictures that were thrown away")
@framed("/trash")
def trash() -> rx.Component:
    """Pictures that were thrown away."""
    return local.trash()
