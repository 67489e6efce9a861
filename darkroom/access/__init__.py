"""Who may do what. Until sign-in exists the local owner may do everything."""

from __future__ import annotations

from darkroom.access.permissions import PERMISSIONS, require

__all__ = ["PERMISSIONS", "require"]
