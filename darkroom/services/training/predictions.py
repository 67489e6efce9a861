"""What a model said of each picture, kept with what is known of the picture, to be divided by any of it later."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.domain.dataset import StoredFile
from darkroom.domain.image import ImageRecord
from darkroom.store import Stores

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 1000


def keep(stores: Stores, table: pl.DataFrame) -> StoredFile:
    """Store a table of predictions (see `darkroom.datasets.slices`) with what the library knows of its pictures now."""
    import polars as pl

    facts = pl.concat(
        [_facts(stores, table["key"][at : at + _AT_ONCE].to_list()) for at in range(0, len(table), _AT_ONCE)]
    )
    held = BytesIO()
    table.join(facts, on="key", how="left", maintain_order="left").write_parquet(held)
    data = held.getvalue()
    key = hashlib.sha256(data).hexdigest()
    stores.blobs.put("originals", key, data, durable=True)
    return StoredFile(name="predictions.parquet", key=key, bytes=len(data))


def kept(stores: Stores, path: Path) -> StoredFile | None:
    """As `keep`, of a table in a file; None where there is none."""
    import polars as pl

    return keep(stores, pl.read_parquet(path)) if path.exists() else None


def read(stores: Stores, file: StoredFile) -> pl.DataFrame:
    """The table again.

    Raises:
        Error: `blob_missing`.
    """
    import polars as pl

    path = stores.blobs.local_path("originals", file.key)
    return pl.read_parquet(path if path is not None else BytesIO(stores.blobs.read("originals", file.key)))


def _facts(stores: Stores, keys: list[str]) -> pl.DataFrame:
    import polars as pl

    words, numbers = (
        ("key", "camera", "lens", "format", "shape", "year"),
        ("megapixels", "iso", "brightness", "sharpness", "contrast"),
    )
    schema = pl.Schema(
        [
            *((name, pl.String()) for name in words),
            ("tag", pl.List(pl.String())),
            *((name, pl.Float64()) for name in numbers),
        ]
    )
    return pl.DataFrame([_known(one) for one in stores.images.many(keys)], schema=schema, orient="row")


def _known(one: ImageRecord) -> tuple[object, ...]:
    shape = "landscape" if one.width > one.height else "portrait" if one.width < one.height else "square"
    taken, quality = one.capture.taken_at, one.quality
    return (
        one.id, one.capture.camera, one.capture.lens, one.format, shape, str(taken.year) if taken else None, list(one.tags),
        one.width * one.height / 1e6, one.capture.iso, quality.brightness, quality.sharpness, quality.contrast,
    )  # fmt: skip
