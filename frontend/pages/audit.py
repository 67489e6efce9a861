"""The audit log: who did what."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/audit", title="Audit log · Darkroom", description="Who did what")
@framed("/audit")
def audit() -> rx.Component:
    """Who changed what, and who was refused what, with filters and export."""
    return local.audit()
