"""Whether browsers may send large files straight to the bucket, and to which."""

from __future__ import annotations

from urllib.parse import urlsplit

from darkroom.settings import Settings
from darkroom.store.blobs.base import BlobStore
from darkroom.store.blobs.layout import LibraryBlobs
from darkroom.store.blobs.location import credentials_for, parse_location
from darkroom.store.blobs.pending import PendingParts
from darkroom.store.blobs.rules import MAIN


def pending_parts(settings: Settings, blobs: BlobStore, *, even_if_off: bool = False) -> PendingParts | None:
    """Parts in the bucket that originals are written to; None where that is a folder, or it signs no addresses.

    Args:
        settings: of this process.
        blobs: of the library.
        even_if_off: also where the setting is off: for uploads begun while it was on.
    """
    # Imported here: without a bucket nothing of obstore is needed.
    from darkroom.store.blobs.objects import ObjectBlobStore

    if not (settings.upload_direct or even_if_off) or not settings.storage:
        return None
    store: BlobStore = blobs
    if isinstance(blobs, LibraryBlobs):
        store = next(tier.store for tier in blobs.routed.tiers if tier.name == MAIN)
    if not isinstance(store, ObjectBlobStore) or not store.capabilities.presign:
        return None
    return PendingParts(store)


def direct_origins(settings: Settings) -> tuple[str, ...]:
    """Schemes and hosts that a page must be let connect to for that; none where nothing goes straight to a bucket."""
    if not settings.upload_direct or not settings.storage:
        return ()
    location = parse_location(settings.storage)
    if "endpoint" in location.options:
        parts = urlsplit(location.options["endpoint"])
        named = (f"{parts.scheme}://{location.bucket}.{parts.netloc}",) if location.scheme == "s3" else ()
        return (f"{parts.scheme}://{parts.netloc}", *named)
    if location.scheme == "s3":
        region = location.options.get("region", "us-east-1")
        return (f"https://s3.{region}.amazonaws.com", f"https://{location.bucket}.s3.{region}.amazonaws.com")
    if location.scheme == "gs":
        return ("https://storage.googleapis.com",)
    account = location.options.get("account") or credentials_for(location, settings).get("account_name", "*")
    return (f"https://{account}.blob.core.windows.net",) if location.scheme == "az" else ()
