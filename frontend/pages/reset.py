"""Choosing a password with a one-time link."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.layout import bare


@rx.page("/reset", title="New password · Darkroom", description="Choose a password with a one-time link")
@bare
def reset() -> rx.Component:
    """A new password by a one-time link, whose secret stays in the browser."""
    return local.reset()
