"""Plug-ins: what is installed, and what each may do."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/plugins", title="Plug-ins · Darkroom", description="Operations of others, and what they may do")
@framed("/plugins")
def plugins() -> rx.Component:
    """Plug-ins with their operations, licences and permissions, switched off and on."""
    return local.plugins()
