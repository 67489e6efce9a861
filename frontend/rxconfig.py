"""Reflex's configuration. Reflex must start in this folder: it publishes `<working directory>/assets`.

Started at the root of the repository it would publish the source code of the Dagster assets.
"""

from __future__ import annotations

from typing import Any

import reflex as rx

from darkroom.settings import Settings
from frontend.origin import BUILT_ORIGIN
from frontend.theme import FONTS, THEME

_port = Settings.load().web_port


class _Themes(rx.plugins.RadixThemesPlugin):
    """Radix Themes, of which a page loads what it uses."""

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:
        """None of its own, since the components name the package: as a library for components made at run time, of which there are none, all of it came along."""
        return ()

    def get_stylesheet_paths(self, **context: Any) -> tuple[str, ...]:
        """None: what we need of its styles is among ours, by `scripts/radix_styles.py`."""
        return ()


config = rx.Config(
    app_name="frontend",
    app_module_import="frontend.app",
    # The build is the same for every port; `frontend.origin` puts in the one that serves it.
    api_url=BUILT_ORIGIN,
    deploy_url=BUILT_ORIGIN,
    frontend_port=_port,
    backend_port=_port,
    backend_host="127.0.0.1",
    cors_allowed_origins=[f"http://{host}:{_port}" for host in ("localhost", "127.0.0.1", "[::1]")],
    # One process serves everything, and what must last is in the database or in the address.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    frontend_packages=FONTS,
    frontend_lazy_bundled_libraries=True,
    plugins=[_Themes(theme=THEME)],
    disable_plugins=[rx.plugins.SitemapPlugin],
    default_color_mode="system",
    telemetry_enabled=False,
    show_built_with_reflex=False,
)
