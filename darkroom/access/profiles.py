"""Short names for the addresses of Darkrooms, in the user's own configuration folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from darkroom.errors import Error

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}\Z")
_FILE = TypeAdapter(dict[str, str])


class Profiles:
    """Addresses by name.

    Args:
        folder: of the user's configuration.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "profiles.json"

    def address(self, name: str) -> str:
        """The address of a name.

        Raises:
            Error: `not_found`, naming those there are.
        """
        found = self._read()
        if name not in found:
            known = ", ".join(sorted(found)) or "none yet"
            raise Error(
                "not_found", f"There is no profile {name[:60]!r}; there are: {known}.",
                remedy="Make one with `darkroom login --url URL --profile NAME`.",
            )  # fmt: skip
        return found[name]

    def keep(self, name: str, address: str) -> None:
        """Give an address a name, which may have had another.

        Raises:
            Error: `invalid_parameter` for what is no name.
        """
        if _NAME.match(name) is None:
            raise Error(
                "invalid_parameter", f"{name[:60]!r} is no name of a profile.", parameter="profile",
                remedy="Use letters, digits, `-`, `_` and `.`, as in `work`.",
            )  # fmt: skip
        found = self._read() | {name: address}
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(dict(sorted(found.items())), indent=1))
        part.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            return _FILE.validate_python(json.loads(self._path.read_text()))
        except FileNotFoundError:
            return {}
        except (ValueError, ValidationError):
            raise Error(
                "invalid_setting", f"{self._path} cannot be read.",
                remedy="Delete it, and run `darkroom login --profile NAME` again.",
            ) from None  # fmt: skip
