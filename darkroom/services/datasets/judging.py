"""Judges the pictures of a dataset version: what is known of each by its bytes alone is found once, and taken over by later versions."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.dataset_quality import QualityFindings
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.files import keep_table

if TYPE_CHECKING:
    import polars as pl

    from darkroom.datasets.figures import Embedded
    from darkroom.datasets.manifest import Manifest

MOSTLY = 0.9
"""Share of the pictures that a model must have embedded for them to be compared by what it makes of them."""
_AT_ONCE = 500
_MEASURES = ("score", "sharpness", "brightness", "contrast", "entropy", "colourfulness")


def judge(
    stores: Stores, version: CommittedVersion, manifest: Manifest, *, principal: str, anew: bool = False,
    on_read: Callable[[int], None] = lambda _: None,
) -> QualityFindings:  # fmt: skip
    """Find what is wrong with the pictures of a version, and keep it.

    Args:
        stores: pictures and findings.
        version: of a dataset.
        manifest: its examples.
        principal: id of who asks.
        anew: take over nothing.
        on_read: told of how many more pictures the figures are known.
    """
    import polars as pl

    from darkroom.datasets.figures import SCHEMA, judged

    began = time.perf_counter()
    keys = manifest.frame["key"]
    known = pl.DataFrame(schema=SCHEMA) if anew else _known(stores, version, keys)
    lacking = keys.filter(~keys.is_in(known["key"].implode())).to_list()
    on_read(known.height)
    rows: list[tuple[Any, ...]] = []
    for part in _parts(lacking):
        rows += _figures(stores, part)
        on_read(len(part))
    figures = pl.concat([known, pl.DataFrame(rows, schema=SCHEMA, orient="row")])
    if figures.is_empty():
        raise Error("dataset_invalid", f"No picture of {version.id} is in the library any more.")
    by, embedded = _embedded(stores, figures["key"].to_list())
    table = judged(figures, manifest, embedded)
    findings = QualityFindings(
        id=version.id, dataset=version.dataset, number=version.number, hash=version.hash, judged=figures.height,
        new=len(rows), missing=len(lacking) - len(rows), compared_by=by,
        details=keep_table(stores.blobs, f"{version.dataset}-{version.number}-quality.parquet", table),
        seconds=time.perf_counter() - began, created_at=now(), created_by=principal,
    )  # fmt: skip
    stores.quality.put(findings)
    return findings


def findings_of(stores: Stores, version: CommittedVersion) -> QualityFindings | None:
    """What was found of a version; None where nobody has judged it."""
    found = stores.quality.find(version.id)
    # A version that was restored says what an earlier one says.
    return (
        found
        if found is not None and found.hash == version.hash
        else stores.quality.same(version.dataset, version.hash)
    )


def details_of(stores: Stores, found: QualityFindings, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """What was found of each picture; all columns, or some."""
    import polars as pl

    path = stores.blobs.local_path("originals", found.details.key)
    source = path if path is not None else io.BytesIO(stores.blobs.read("originals", found.details.key))
    return pl.read_parquet(source, columns=list(columns) if columns is not None else None)


def lacking(stores: Stores, version: CommittedVersion) -> int:
    """About how many pictures of a version would have to be looked at."""
    earlier = _earlier(stores, version)
    return version.total if earlier is None else max(0, version.total - earlier.judged)


def _earlier(stores: Stores, version: CommittedVersion) -> QualityFindings | None:
    """Findings whose figures can be taken over: of this version or one before, or of the one that it came from."""
    found = stores.quality.newest(version.dataset, version.number)
    if found is None and version.parent is not None:
        name, _, number = version.parent.partition("@")
        found = stores.quality.newest(name, int(number))
    return found


def _embedded(stores: Stores, keys: Sequence[str]) -> tuple[str | None, Embedded | None]:
    """The model that has embedded most of the pictures, of several the one that did last, with its rows; nothing where none has."""
    for about in stores.embeddings.all():
        if about.count < MOSTLY * len(keys):
            continue
        places, rows = stores.embedded.rows(about).among(keys)
        if len(places) >= MOSTLY * len(keys):
            return about.id, ([keys[at] for at in places], rows)
    return None, None


def _known(stores: Stores, version: CommittedVersion, keys: pl.Series) -> pl.DataFrame:
    import polars as pl

    from darkroom.datasets.figures import SCHEMA

    earlier = _earlier(stores, version)
    if earlier is None:
        return pl.DataFrame(schema=SCHEMA)
    held = details_of(stores, earlier)
    if not set(SCHEMA) <= set(held.columns):  # of a program that knew less of pictures
        return pl.DataFrame(schema=SCHEMA)
    # What had no thumbnail then may have one now.
    return held.filter(pl.col("key").is_in(keys.implode()) & pl.col("look").is_not_null()).select(list(SCHEMA))


def _figures(stores: Stores, images: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row of `figures.SCHEMA` for each picture that is there."""
    for one in stores.quality.figures(images):
        quality = one["quality"]
        yield (
            one["_id"], one["width"], one["height"], *(quality[name] for name in _MEASURES), quality["problems"],
            int(one["phash"], 16), _look(stores, one["renditions"]), one["capture"]["camera"], one["capture"]["taken_at"],
        )  # fmt: skip


def _look(stores: Stores, renditions: Sequence[dict[str, Any]]) -> bytes | None:
    from darkroom.imaging.look import look_of_file

    address = next((one["address"] for one in renditions if one["kind"] == "thumbnail"), None)
    if address is None:
        return None
    try:
        return look_of_file(stores.blobs.read("renditions", address))
    except Error as error:
        if error.code != "blob_missing":
            raise
        return None


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
