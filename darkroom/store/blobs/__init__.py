"""Content-addressed bytes behind one small interface."""

from __future__ import annotations

from darkroom.store.blobs.base import BlobInfo, BlobStore, Capabilities, Namespace, check_key
from darkroom.store.blobs.local import LocalBlobStore
from darkroom.store.blobs.location import Location, open_blobs, parse_location
from darkroom.store.blobs.memory import MemoryBlobStore

__all__ = [
    "BlobInfo",
    "BlobStore",
    "Capabilities",
    "LocalBlobStore",
    "Location",
    "MemoryBlobStore",
    "Namespace",
    "check_key",
    "open_blobs",
    "parse_location",
]
