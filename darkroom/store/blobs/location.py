"""Where bytes lie, as a URL: the one place that reads it, and the one that builds a store from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs.base import BlobStore
from darkroom.store.blobs.local import LocalBlobStore

if TYPE_CHECKING:
    from darkroom.store.blobs.objects import ObjectBlobStore

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_NO = frozenset({"no", "false", "0", "off"})
_SECRET_WORDS = re.compile(r"secret|key|token|password|signature|\bsig\b|credential_", re.IGNORECASE)


@dataclass(frozen=True)
class Location:
    """A place for bytes. It never holds a secret, so it may be shown, logged and kept in the database."""

    scheme: str
    """`file`, `s3`, `gs` or `az`."""
    bucket: str = ""
    """Bucket or container; empty for `file`."""
    prefix: str = ""
    """Folder within the bucket, without slashes at its ends; for `file` the absolute path."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else the URL says, see `Provider.options`."""

    def __str__(self) -> str:
        if self.scheme == "file":
            return f"file://{self.prefix}"
        query = f"?{urlencode(sorted(self.options.items()))}" if self.options else ""
        return f"{self.scheme}://{self.bucket}{'/' + self.prefix if self.prefix else ''}{query}"

    def flag(self, name: str) -> bool:
        """Whether an option that is on by default is on."""
        return self.options.get(name, "yes").lower() not in _NO


@dataclass(frozen=True)
class Provider:
    """One kind of place."""

    name: str
    """For people."""
    options: frozenset[str]
    """What its URLs may say behind the `?`."""
    build: Callable[[Location, Mapping[str, str]], BlobStore]
    """Makes the store from the place and the credentials set for it."""


def _local(location: Location, _credentials: Mapping[str, str]) -> BlobStore:
    return LocalBlobStore(Path(location.prefix))


def _objects(location: Location, credentials: Mapping[str, str]) -> ObjectBlobStore:
    # Imported when used: it starts threads, and a process that forks must not have any.
    from darkroom.store.blobs.objects import ObjectBlobStore

    return ObjectBlobStore(location, credentials)


_COMMON = frozenset({"endpoint", "credentials", "conditional", "range", "presign"})

PROVIDERS: dict[str, Provider] = {
    "file": Provider("local disk", frozenset(), _local),
    "s3": Provider("S3", _COMMON | {"region", "style"}, _objects),
    "gs": Provider("Google Cloud Storage", _COMMON, _objects),
    "az": Provider("Azure Blob Storage", _COMMON | {"account"}, _objects),
}
"""Scheme of a URL -> what stands behind it."""


def parse_location(url: str, *, setting: str = "DARKROOM_STORAGE") -> Location:
    """Read `s3://bucket/prefix?endpoint=...`, `gs://...`, `az://...`, `file:///path` or a plain path.

    Args:
        url: the address.
        setting: named in messages.

    Raises:
        Error: `invalid_setting`; a URL that holds a password or a key is refused without repeating it.
    """
    if "://" not in url:
        if not url.strip():
            raise _invalid(setting, "it is empty.")
        return Location("file", prefix=str(Path(url).expanduser().resolve()))
    parts = urlsplit(url)
    provider = PROVIDERS.get(parts.scheme)
    if provider is None:
        raise _invalid(setting, f"there is no provider {parts.scheme!r}; there are {', '.join(PROVIDERS)}.")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise _invalid(setting, "a file URL has three slashes: file:///path.")
        return Location("file", prefix=str(Path(unquote(parts.path)).resolve()))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - provider.options)
    if "@" in parts.netloc or any(_SECRET_WORDS.search(name) for name in unknown):
        raise Error(
            "invalid_setting", f"{setting}: a storage URL must not hold a password or a key.", setting=setting,
            remedy="Put it into DARKROOM_STORAGE_CREDENTIALS, or into the provider's usual variables.",
        )  # fmt: skip
    if unknown:
        raise _invalid(setting, f"{unknown[0]!r} is no option; there are {', '.join(sorted(provider.options))}.")
    if not _BUCKET.fullmatch(parts.netloc):
        raise _invalid(setting, f"{parts.netloc!r} is not the name of a bucket or container.")
    return Location(parts.scheme, parts.netloc, _prefix(parts.path, setting), options)


def _prefix(path: str, setting: str) -> str:
    parts = [part for part in unquote(path).split("/") if part]
    if any(part in (".", "..") or not part.isprintable() for part in parts):
        raise _invalid(setting, "the folder in the bucket must not hold '.', '..' or unprintable characters.")
    return "/".join(parts)


def _invalid(setting: str, words: str) -> Error:
    return Error("invalid_setting", f"{setting}: {words}", setting=setting)


def credentials_for(location: Location, settings: Settings) -> dict[str, str]:
    """What `DARKROOM_STORAGE_CREDENTIALS` holds for a place, under its `credentials=` name or its scheme.

    Raises:
        Error: `invalid_setting`, which never repeats what the variable holds.
    """
    if settings.storage_credentials is None:
        return {}
    name = "DARKROOM_STORAGE_CREDENTIALS"
    try:
        found: Any = json.loads(settings.storage_credentials.get_secret_value())
    except ValueError:
        raise _invalid(name, "it is not JSON.") from None
    wanted = location.options.get("credentials", location.scheme)
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise _invalid(name, 'it must look like {"s3": {"access_key_id": "...", "secret_access_key": "..."}}.')
    if wanted not in found:
        if "credentials" in location.options:
            raise _invalid(name, f"it has no entry {wanted!r}, which {location} asks for.")
        return {}
    return {str(key): str(value) for key, value in found[wanted].items()}


def open_blobs(place: str | Location, settings: Settings) -> BlobStore:
    """The store at a place; nothing is asked of it yet.

    Raises:
        Error: `invalid_setting`.
    """
    location = parse_location(place) if isinstance(place, str) else place
    return PROVIDERS[location.scheme].build(location, credentials_for(location, settings))
