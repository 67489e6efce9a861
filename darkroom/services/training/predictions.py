"""What a model said of each picture, kept with what is known of the picture; the one place that reads it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.domain.dataset import StoredFile
from darkroom.domain.image import ImageRecord
from darkroom.domain.training import StoredReport
from darkroom.store import Stores
from darkroom.store.files import keep_file, keep_table

if TYPE_CHECKING:
    import polars as pl

WEAKEST = "weakest"
"""Where an evaluation tells the parts of the pictures that are weakest in it."""
_AT_ONCE = 1000


@dataclass(frozen=True)
class Kept:
    """An evaluation as it is stored."""

    details: StoredFile
    """All of it but what was said of each picture."""
    predictions: StoredFile | None
    """That, as Parquet."""


def keep(stores: Stores, text: bytes, table: pl.DataFrame | None) -> Kept:
    """Store an evaluation, with the parts of the pictures that are weakest in it, and its table of predictions.

    Args:
        stores: where to.
        text: the evaluation as JSON.
        table: as `darkroom.datasets.slices` has it; None where there is none.
    """
    if table is None:
        return Kept(keep_file(stores.blobs, "evaluation.json", text), None)
    from darkroom.datasets.slices import every, weakest

    known = with_facts(stores, table)
    # Not reckoned again whenever somebody looks at the report.
    parts = [one.model_dump(mode="json") for one in weakest(every(known))]
    details = json.dumps({**json.loads(text), WEAKEST: parts}, separators=(",", ":")).encode()
    told = keep_file(stores.blobs, "evaluation.json", details)
    return Kept(told, keep_table(stores.blobs, "predictions.parquet", known))


def with_facts(stores: Stores, table: pl.DataFrame) -> pl.DataFrame:
    """A table of predictions with what is known of its pictures now."""
    import polars as pl

    facts = pl.concat(
        [_facts(stores, table["key"][at : at + _AT_ONCE].to_list()) for at in range(0, len(table), _AT_ONCE)]
    )
    return table.join(facts, on="key", how="left", maintain_order="left")


def table_in(path: Path) -> pl.DataFrame | None:
    """A table in a file; None where there is none."""
    import polars as pl

    return pl.read_parquet(path) if path.exists() else None


def details_of(stores: Stores, report: StoredReport) -> dict[str, Any]:
    """The whole evaluation of a report.

    Raises:
        Error: `blob_missing`.
    """
    found: dict[str, Any] = json.loads(stores.blobs.read("originals", report.details.key))
    return found


def read(stores: Stores, report: StoredReport, columns: Sequence[str] | None = None) -> pl.DataFrame | None:
    """What was said of each picture: `key`, `label`, `predicted`, `right`, `hit`, and with newer reports `sure` and what was known of it.

    Args:
        stores: where it is kept.
        report: whose.
        columns: those that are needed; all when not given.

    Returns:
        None where it is not kept: only of classifications it is, and in older reports (whose evaluation holds it) of small ones.

    Raises:
        Error: `blob_missing`.
    """
    import polars as pl

    if report.predictions is None:
        rows = details_of(stores, report).get("predictions", ())
        found = pl.DataFrame(list(rows)).with_columns(hit=pl.col("predicted") == pl.col("label")) if rows else None
        return found if found is None or columns is None else found.select(columns)
    path = stores.blobs.local_path("originals", report.predictions.key)
    source = path if path is not None else BytesIO(stores.blobs.read("originals", report.predictions.key))
    return pl.read_parquet(source, columns=None if columns is None else list(columns))


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
