"""Dataset versions as Dagster sees them: committed by the library, told of by a sensor, read by trainings."""

import dagster as dg

from assets.partitions import dataset_versions
from darkroom.domain.dataset import CommittedVersion

DATASET_VERSION = dg.AssetSpec(
    "dataset_version",
    deps=["images"],
    description="An immutable version of a dataset: pictures, what is said about them, and what each is for. A Parquet file in the blob store.",
    kinds={"parquet"},
    group_name="training",
    partitions_def=dataset_versions,
)


def materialized(version: CommittedVersion) -> dg.AssetMaterialization:
    """What Dagster is told of a version."""
    return dg.AssetMaterialization(
        "dataset_version",
        partition=version.id,
        metadata={
            "examples": version.total,
            "classes": len(version.labels),
            **{f"in {split}": count for split, count in sorted(version.counts.items())},
            "without a label": version.unlabelled,
            "groups in several splits": version.leaks,
            "parent": version.parent or "none",
            "origin": version.origin,
            "hash": version.hash,
        },
    )
