"""The library as a Dagster resource, and the one place that says which one a deployment uses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import dagster as dg

from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.services.library import Library

_open_libraries: dict[str, Library] = {}
_opening = threading.Lock()


class LibraryResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens the library that the `DARKROOM_*` settings name, once in each process."""

    needs_mongo_uri: bool = False
    """Refuse to look for the database of a supervisor on this machine."""

    def open(self) -> Library:
        """The library of this process.

        Raises:
            Error: `not_running`, `database_unavailable`, `migration_needed` or `invalid_setting`.
        """
        # Imported here: code is loaded far more often than the library is used.
        from darkroom import logs
        from darkroom.errors import Error
        from darkroom.services.library import Library

        settings = Settings.load()
        if self.needs_mongo_uri and settings.mongo_uri is None:
            raise Error("invalid_setting", "DARKROOM_MONGO_URI must be set in production.")
        key = settings.model_dump_json()
        with _opening:
            if key not in _open_libraries:
                logs.configure(settings.log_level, settings.log_format)
                _open_libraries[key] = Library.open(settings)
            return _open_libraries[key]


LOCAL = {"library": LibraryResource()}
"""One machine: the supervisor starts MongoDB and says where."""
TEST = {"library": LibraryResource()}
"""Tests: they set the variables themselves."""
PRODUCTION = {"library": LibraryResource(needs_mongo_uri=True)}
"""Several machines: everything by settings."""

RESOURCES = {"local": LOCAL, "test": TEST, "production": PRODUCTION}
"""Resources by kind of deployment."""
