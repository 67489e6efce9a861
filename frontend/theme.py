"""Colours, type and radii: neutral grey around the pictures, one warm accent, everything from tokens."""

from __future__ import annotations

import reflex as rx

THEME = rx.theme(
    accent_color="amber",
    gray_color="gray",
    radius="medium",
    scaling="100%",
    panel_background="solid",
)
"""Pure greys, because a tinted surround changes how colours in a picture are seen."""

STYLESHEETS = ["/darkroom.css"]
"""Our own styles, on top of Radix tokens."""
