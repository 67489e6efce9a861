"""Originals for recipes: small ones whole and compared with their hash, the largest where they lie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from darkroom.store.blobs import BlobStore
from darkroom.store.blobs.base import PIECE

if TYPE_CHECKING:
    from darkroom.imaging.limits import Limits
    from darkroom.imaging.source import Data

# Below this no file is large enough to be read by regions, so nobody needs to ask for its size.
_LARGE_MEGAPIXELS = 40.0


@contextmanager
def original(blobs: BlobStore, image: str, name: str, megapixels: float, limits: Limits) -> Iterator[Data]:
    """The bytes of an original for as long as the block lasts.

    Args:
        blobs: where it is.
        image: its id.
        name: for messages.
        megapixels: its size.
        limits: from which size on it is read by regions.

    Raises:
        Error: `blob_missing`, `blob_damaged` or an `image_*` code.
    """
    found = blobs.stat("originals", image) if megapixels > _LARGE_MEGAPIXELS else None
    if found is None or found.bytes <= limits.whole_bytes:
        yield blobs.read("originals", image)
        return
    path = blobs.local_path("originals", image)
    if path is not None:
        yield _contents(path, name, limits)
        return
    with TemporaryDirectory(prefix="darkroom-original-") as folder:
        copy = Path(folder) / image
        with blobs.open("originals", image) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, PIECE)
        yield _contents(copy, name, limits)


def _contents(path: Path, name: str, limits: Limits) -> Data:
    from darkroom.imaging import codecs
    from darkroom.imaging.source import opened

    with opened(path, name, limits) as source:
        return codecs.contents(source, limits)
