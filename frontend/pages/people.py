"""People: who may use this Darkroom, and for what."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import framed


@rx.page("/people", title="People · Darkroom", description="Accounts, roles and rules")
@framed("/people")
def people() -> rx.Component:
    """Accounts and their roles, the rules beside them, and why somebody may not do something."""
    return local.people()
