"""Who may do what: the permission check, the guard behind it, passwords and tokens."""

from __future__ import annotations

from darkroom.access.permissions import PERMISSIONS, allows_on, may, reach_of, require, require_on, scope_of

__all__ = ["PERMISSIONS", "allows_on", "may", "reach_of", "require", "require_on", "scope_of"]
