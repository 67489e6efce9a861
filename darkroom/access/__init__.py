"""Who may do what: the permission check, the guard behind it, passwords and tokens."""

from __future__ import annotations

from darkroom.access.permissions import PERMISSIONS, may, require

__all__ = ["PERMISSIONS", "may", "require"]
