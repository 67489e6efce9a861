"""Write .env.example from the settings, each with its meaning and default, or check that it is current.

python -m scripts.env_example            # write .env.example
python -m scripts.env_example --check    # exit 1 when it differs
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from darkroom.settings import Settings

PATH = Path(__file__).resolve().parents[1] / ".env.example"
HEAD = """\
# Every setting with its default. Copy this file to .env and uncomment what you change; variables of the environment win.
# Written by `python -m scripts.env_example`; edit darkroom/settings.py instead.
"""


def shown(name: str, default: object) -> str:
    """The value to show for a setting."""
    if name == "mongo_uri":
        return "mongodb://localhost:27017/?replicaSet=rs0"
    if default is None or default is PydanticUndefined:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def text() -> str:
    """The whole file."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        value = shown(name, field.default)
        parts.append(f"\n# {' '.join((field.description or '').split())}\n# DARKROOM_{name.upper()}={value}\n")
    return "".join(parts)


def main() -> int:
    """Entry point."""
    if "--check" in sys.argv[1:]:
        if PATH.exists() and PATH.read_text() == text():
            return 0
        sys.stderr.write(".env.example is out of date: run `python -m scripts.env_example`.\n")
        return 1
    PATH.write_text(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
