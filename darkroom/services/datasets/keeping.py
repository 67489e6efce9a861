"""Keeps a version of a dataset: its manifest in the blob store, the rest in the database, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion, Dataset
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.files import keep_table

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest


def keep_version(
    stores: Stores, principal: Principal, name: str, manifest: Manifest, *, dataset: Dataset | None,
    parent: CommittedVersion | None, origin: str, merged: str | None = None, message: str = "", description: str = "",
) -> CommittedVersion:  # fmt: skip
    """Make a manifest the next version of a dataset; who may do so was asked before.

    Args:
        stores: where it is kept.
        principal: whose it is.
        name: of the dataset.
        manifest: its examples, each in a split.
        dataset: the dataset as it was when the version was thought of; None for a new one.
        parent: the version that it comes from, perhaps of another dataset.
        origin: where it came from, in words.
        merged: the version of another line that went into it.
        message: what changed.
        description: what the dataset is for; kept with a new one.

    Raises:
        Error: `conflict` when somebody changed the dataset at the same moment.
    """
    number = max(dataset.latest, dataset.numbered) + 1 if dataset is not None else 1
    version = _version(stores, principal, f"{name}@{number}", manifest).model_copy(update={
        "parent": parent.id if parent else None, "merged": merged, "origin": origin, "message": message,
    })  # fmt: skip
    made = Dataset(
        id=name, description=description, latest=1, numbered=1, created_at=version.created_at, created_by=principal.id
    )

    def work(session: Session) -> None:
        if dataset is None:
            stores.datasets.insert(made, session=session)
        else:
            changed = dataset.model_copy(update={"latest": number, "numbered": number})
            stores.datasets.replace(changed, session=session)
        stores.dataset_versions.insert(version, session=session)
        stores.events.append(
            session, type="datasets.changed", principal=principal, ids=[name], data={"version": number}
        )

    try:
        stores.database.run(work)
    except Error as error:
        if error.code != "already_exists":
            raise
        raise Error("conflict", f"Somebody committed to {name} at the same moment.") from error
    return version


def _version(stores: Stores, principal: Principal, identity: str, manifest: Manifest) -> CommittedVersion:
    from darkroom.datasets.compare import label_counts
    from darkroom.datasets.splits import leaks

    about = manifest.version()
    name, _, number = identity.partition("@")
    return CommittedVersion(
        id=identity, dataset=name, number=int(number), hash=about.hash, labels=about.labels,
        label_counts=label_counts(manifest, about.labels), counts=about.counts, total=len(manifest),
        unlabelled=int((manifest.frame["labels"].list.len() == 0).sum()), leaks=len(leaks(manifest)), origin="",
        manifest=keep_table(stores.blobs, f"{name}-{number}.parquet", manifest.frame), created_at=now(),
        created_by=principal.id,
    )  # fmt: skip
