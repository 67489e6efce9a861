"""Content-addressed bytes behind one small interface."""

from __future__ import annotations

from darkroom.store.blobs.base import BlobInfo, BlobStore, Capabilities, Namespace, check_key
from darkroom.store.blobs.local import LocalBlobStore
from darkroom.store.blobs.memory import MemoryBlobStore

__all__ = ["BlobInfo", "BlobStore", "Capabilities", "LocalBlobStore", "MemoryBlobStore", "Namespace", "check_key"]
