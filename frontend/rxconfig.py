"""Reflex's configuration. Reflex must start in this folder: it publishes `<working directory>/assets`.

Started at the root of the repository it would publish the source code of the Dagster assets.
"""

from __future__ import annotations

import reflex as rx

from darkroom.settings import Settings
from frontend.origin import BUILT_ORIGIN
from frontend.theme import FONTS, THEME

_port = Settings.load().web_port

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
    plugins=[rx.plugins.RadixThemesPlugin(theme=THEME)],
    disable_plugins=[rx.plugins.SitemapPlugin],
    default_color_mode="system",
    telemetry_enabled=False,
    show_built_with_reflex=False,
)
