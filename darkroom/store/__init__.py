"""Where everything is kept: repositories over MongoDB, blobs on disk, and a columnar copy for counting."""

from __future__ import annotations

from darkroom.store.paging import Page
from darkroom.store.stores import Stores

__all__ = ["Page", "Stores"]
