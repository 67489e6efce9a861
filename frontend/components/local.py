"""Our own React components, fed by REST: what scrolls, drags or moves fast never goes through State.

Their sources lie in `assets/ui`, where Reflex's build finds them as `$/public/ui`.
"""

from __future__ import annotations

import reflex as rx


class _Local(rx.NoSSRComponent):
    """A component of ours; it needs a browser to measure and to listen."""

    lib_dependencies: list[str] = ["lucide-react@1.26.0"]


class Gallery(_Local):
    """Search, filters, grid and lightbox."""

    library = "$/public/ui/gallery.jsx"
    tag = "Gallery"

    sorts: rx.Var[list[list[str]]]
    """Orders offered, each with words for it."""
    inbox: rx.Var[str]
    """The watched folder, named where the library is empty."""


class Activity(_Local):
    """Queue, batches, failures, runs and services."""

    library = "$/public/ui/activity.jsx"
    tag = "Activity"


class ShellTools(_Local):
    """State of the services, theme, keyboard help and uploads."""

    library = "$/public/ui/shell.jsx"
    tag = "ShellTools"


gallery = Gallery.create
activity = Activity.create
shell_tools = ShellTools.create
