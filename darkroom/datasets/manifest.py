"""A dataset version as one Parquet file: a row for each example, no picture copied."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from darkroom.domain.annotation import ANNOTATIONS
from darkroom.domain.dataset import SPLITS, DatasetVersion, Example, Split
from darkroom.errors import Error

SCHEMA = pl.Schema(
    {
        "key": pl.String(),
        "path": pl.String(),
        "labels": pl.List(pl.String()),
        "annotations": pl.String(),
        "split": pl.String(),
        "weight": pl.Float64(),
        "group": pl.String(),
    }
)
"""Columns; `labels` repeats what `annotations` (JSON) says, so that counting by class reads no JSON."""

_ROOT_KEY = "darkroom_root"
_HASHED = ("key", "annotations", "split", "weight", "group")


@dataclass(frozen=True)
class Manifest:
    """The examples of a dataset version.

    Args:
        frame: columns as in `SCHEMA`, sorted by key.
        root: folder that relative paths start from.
    """

    frame: pl.DataFrame
    root: Path

    @classmethod
    def of(cls, examples: Iterable[Example], root: Path) -> Manifest:
        """A manifest of examples.

        Raises:
            Error: `dataset_invalid`, a picture is named twice or there is none.
        """
        rows = [
            (
                one.key,
                one.path,
                sorted({said.label for said in one.annotations}),
                ANNOTATIONS.dump_json(one.annotations).decode(),
                one.split,
                one.weight,
                one.group,
            )
            for one in examples
        ]
        frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("key")
        return cls(_checked(frame, str(root)), root)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """A manifest from its file.

        Raises:
            Error: `dataset_invalid`, the file is no manifest.
        """
        try:
            root = Path(pl.read_parquet_metadata(path).get(_ROOT_KEY, "."))
            frame = pl.read_parquet(path, columns=list(SCHEMA))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise Error("dataset_invalid", f"{path} is no manifest: {str(error).splitlines()[0]}.") from error
        if frame.schema != SCHEMA:
            raise Error("dataset_invalid", f"{path} is no manifest: its columns have other types.")
        return cls(_checked(frame.sort("key"), str(path)), root if root.is_absolute() else path.parent / root)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".part")
        self.frame.write_parquet(draft, metadata={_ROOT_KEY: str(self.root.resolve())})
        draft.replace(path)

    @property
    def hash(self) -> str:
        """Content hash: what examples there are and what is said of them, not where their bytes lie."""
        # A unit separator cannot stand unescaped in JSON, in a hash or in the name of a split.
        lines = self.frame.select(
            pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in _HASHED], separator="\x1f")
        ).to_series()
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every class, sorted."""
        return tuple(sorted(self.frame["labels"].explode().drop_nulls().unique().to_list()))

    def version(self, parent: str | None = None) -> DatasetVersion:
        """What is kept of it in the database."""
        found = self.frame["split"].drop_nulls().value_counts()
        counts = dict(zip(found["split"], found["count"], strict=True))
        return DatasetVersion(hash=self.hash, parent=parent, labels=self.labels, counts=counts)

    def part(self, split: Split) -> Manifest:
        """The examples of one split."""
        return Manifest(self.frame.filter(pl.col("split") == split), self.root)

    def examples(self) -> Iterator[Example]:
        """Every example, by key.

        Raises:
            Error: `dataset_invalid`, an annotation cannot be read.
        """
        for row in self.frame.iter_rows(named=True):
            try:
                said = ANNOTATIONS.validate_json(row.pop("annotations"))
            except ValidationError as error:
                cause = f"The annotations of {row['path']} are not valid: {error.errors()[0]['msg']}."
                raise Error("dataset_invalid", cause) from error
            row.pop("labels")
            yield Example(annotations=said, **row)

    def paths(self) -> list[Path]:
        """Where the pictures lie, in order."""
        return [self.root / path for path in self.frame["path"]]

    def with_splits(self, splits: Sequence[Split | None]) -> Manifest:
        """The same examples, each with its place in `splits`."""
        return Manifest(self.frame.with_columns(pl.Series("split", splits, pl.String())), self.root)

    def __len__(self) -> int:
        return self.frame.height


def _checked(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if frame.is_empty():
        raise Error("dataset_invalid", f"{name} holds no example.")
    twice = frame.filter(pl.col("key").is_duplicated())
    if not twice.is_empty():
        pair = twice["path"].head(2).to_list()
        raise Error("dataset_invalid", f"{name} names one picture twice: {' and '.join(pair)}.")
    strange = set(frame["split"].drop_nulls().unique()) - set(SPLITS)
    if strange:
        raise Error("dataset_invalid", f"{name} has a split {json.dumps(min(strange))}; there are {', '.join(SPLITS)}.")
    return frame
