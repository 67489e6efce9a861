"""What is known of labels that are probably wrong."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.suspect import SuspectFindings
from darkroom.store import Stores

if TYPE_CHECKING:
    import polars as pl

    from darkroom.datasets.manifest import Manifest


def known(stores: Stores, version: CommittedVersion, manifest: Manifest) -> tuple[SuspectFindings, pl.DataFrame] | None:
    """What was found of a version, or what still holds of an earlier one; None where nobody has looked.

    What somebody has looked at since, and committed, is no longer in it.

    Args:
        stores: findings and their files.
        version: of a dataset.
        manifest: its examples.
    """
    about = stores.suspects.newest(version.dataset, version.number)
    if about is None:
        return None
    import polars as pl

    from darkroom.datasets.suspects import still

    held = pl.read_parquet(io.BytesIO(stores.blobs.read("originals", about.details.key)))
    return about, still(held, manifest, about.settled)


def doubted(stores: Stores, version: CommittedVersion, manifest: Manifest) -> int | None:
    """How many labels of a version are probably wrong; None where nobody has looked for them."""
    found = known(stores, version, manifest)
    return int(found[1]["suspect"].sum()) if found is not None else None
