"""How the built web app is started: one process, one port, no Node.

Importable without Reflex, so that the supervisor stays light.
"""

from __future__ import annotations

import sys
from pathlib import Path

from darkroom.settings import Settings
from darkroom.supervisor.plan import settings_variables

FRONTEND = Path(__file__).resolve().parent
"""Reflex's working directory."""

_BOOT = {
    "REFLEX_ENV_MODE": "prod",
    # Internal variables of Reflex 0.10.1 (hence its exact pin): serve what was built, compile nothing.
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "REFLEX_TELEMETRY_ENABLED": "false",
}


def serve_command(settings: Settings) -> tuple[list[str], dict[str, str], Path]:
    """Program, variables to add to the environment, and working directory of the web process.

    Args:
        settings: handed on in full, because the process starts elsewhere and may not see the same `.env`.
    """
    arguments = [
        sys.executable, "-m", "granian",
        "--interface", "asgi", "--factory",
        "--host", "127.0.0.1", "--port", str(settings.web_port),
        "--workers", "1",
        # Granian sees frontend/__init__.py and puts the package's name in front by itself.
        "app:app",
    ]  # fmt: skip
    return arguments, {**_BOOT, "PYTHONPATH": str(FRONTEND.parent), **settings_variables(settings)}, FRONTEND
