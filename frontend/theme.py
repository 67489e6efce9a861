"""Colours, type and radii: pure greys around the pictures, one warm accent, everything from tokens."""

from __future__ import annotations

import reflex as rx

# Pure greys, because a tinted surround changes how the colours of a picture are seen.
THEME = rx.theme(accent_color="amber", gray_color="gray", radius="medium", scaling="95%", panel_background="solid")
"""Radix theme of the app."""

STYLESHEETS = [
    "/vendor/radix.css",
    "/styles/base.css",
    "/styles/command.css",
    "/styles/gallery.css",
    "/styles/chosen.css",
    "/styles/organise.css",
    "/styles/rules.css",
    "/styles/metadata.css",
    "/styles/picture.css",
    "/styles/activity.css",
    "/styles/accounts.css",
    "/styles/develop.css",
    "/styles/learn.css",
    "/styles/quality.css",
    "/styles/design.css",
    "/styles/annotate.css",
]
"""Our own styles, on top of Radix tokens."""

FONTS = ["@fontsource-variable/inter@5.3.0"]
"""Typefaces, bundled: nothing is fetched from elsewhere."""

EARLY_THEME = """
try {
  var chosen = localStorage.getItem("theme") || "system";
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add(dark ? "dark" : "light");
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
} catch (error) {}
"""
"""Runs before anything is painted: Reflex learns the theme only once its scripts run, and white would flash until then."""
