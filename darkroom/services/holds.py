"""Pictures that must stay because a version of a dataset, which never changes, names them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from darkroom.store import Stores

if TYPE_CHECKING:
    import polars as pl


class Holds:
    """What versions of datasets name, read once.

    Args:
        stores: versions, and the files that say what is in them.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of the pictures that a version names."""
        import polars as pl

        wanted = pl.Series(values=list(ids), dtype=pl.String())
        found: set[str] = set()
        for keys in self._versions:
            found.update(keys.filter(keys.is_in(wanted.implode())).to_list())
        return found

    @cached_property
    def _versions(self) -> list[pl.Series]:
        import polars as pl

        found = []
        for key in self._stores.dataset_versions.manifests():
            data = self._stores.blobs.read("originals", key)
            found.append(pl.read_parquet(io.BytesIO(data), columns=["key"])["key"])
        return found
