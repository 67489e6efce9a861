"""Looking for labels that are probably wrong, and telling of them."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.suspect import ClassTrust, Suspect, SuspectFindings
from darkroom.domain.work import LongWork
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.datasets.doubts import known
from darkroom.services.datasets.views import SuspectPage
from darkroom.services.training.telling import ended, told
from darkroom.services.training.work import here
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.files import keep_table
from darkroom.store.paging import cut, digest

if TYPE_CHECKING:
    import polars as pl

    from darkroom.datasets.manifest import Manifest
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.work.service import WorkService


class SuspectService:
    """Labels that are probably wrong.

    Args:
        settings: for links.
        stores: findings.
        datasets: versions.
        work: does the looking; asked for when it is needed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, datasets: DatasetService, work: Callable[[], WorkService]
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._datasets = datasets
        self._work = work

    def begin(self, principal: Principal, words: str, weights: str | None = None) -> WorkView:
        """Look for labels that are probably wrong; asking again about the same leads to the same operation.

        Args:
            principal: who asks.
            words: a dataset or a version of it.
            weights: that others trained, to look with; without them pictures are compared by shapes and colours.

        Raises:
            Error: `not_found`, `dataset_invalid` when it has no classes to doubt.
        """
        scope_of(principal, "datasets:write")
        from darkroom.datasets.suspects import is_several

        version = self._datasets.seen(principal, words)
        self._datasets.usable(principal, version, "datasets:write")
        is_several(self._datasets.read(version))
        params = {"dataset": version.id, "weights": weights}
        made = self._work().begin_whole(
            principal, SuspectKind.name, title=f"Look for wrong labels in {version.id}", params=params,
            work_id=same_id(
                self._stores, SuspectKind.name, principal.id, version.id, version.hash, weights, beyond=("failed", "cancelled")
            ),
        )  # fmt: skip
        return view_of(made, self._settings)

    def page(self, principal: Principal, words: str, *, limit: int = 100, cursor: str | None = None) -> SuspectPage:
        """Labels that are probably wrong, the most suspicious first.

        Raises:
            Error: `not_found`, also where nobody has looked for any; `invalid_cursor`.
        """
        scope_of(principal, "datasets:read")
        version = self._datasets.seen(principal, words)
        found = known(self._stores, version, self._datasets.read(version))
        if found is None:
            remedy = f"`darkroom dataset suspects {version.id}` looks for them."
            raise Error(
                "not_found", f"Nobody has looked for wrong labels in {version.id}.", remedy=remedy, id=version.id
            )
        about, findings = found
        doubted = findings.filter("suspect").drop("suspect")
        part, following = cut(doubted.height, digest(version.id, about.id, str(about.created_at)), limit, cursor)
        return SuspectPage(
            version=version.id, found_in=about.id, examined=about.examined, suspects=doubted.height,
            left_out=about.left_out, agreement=about.agreement, classes=about.classes, created_at=about.created_at,
            items=tuple(Suspect(**one) for one in doubted[part].iter_rows(named=True)), next_cursor=following,
        )  # fmt: skip

    def share(self, principal: Principal, version: CommittedVersion) -> tuple[str, float] | None:
        """A version and the share of its labels that are probably wrong; None where nobody has looked."""
        scope_of(principal, "datasets:read")
        found = known(self._stores, version, self._datasets.read(version))
        if found is None or not found[1].height:
            return None
        return version.id, float(found[1]["suspect"].sum() / found[1].height)


class SuspectKind(WholeKind):
    """Looks for labels that are probably wrong, by models of a process of its own.

    Args:
        settings: folders.
        stores: pictures, findings, and where the work is.
        datasets: reads manifests.
    """

    name = "suspects"
    permission = "datasets:write"

    def __init__(self, settings: Settings, stores: Stores, datasets: DatasetService) -> None:
        super().__init__(stores)
        self._more = ["--backbones", str(settings.backbones), *(["--hub"] if settings.hub else [])]
        self._more += ["--cache", str(settings.home_path / "cache" / "squares")]
        self._datasets = datasets

    def do(self, work: LongWork, progress: Progress) -> None:
        """Learn from four fifths, judge the last one, five times; then compare with what is said.

        Raises:
            Error: `dataset_invalid`, `training_invalid`, `training_out_of_memory`.
        """
        from darkroom.datasets import suspects as judging

        given, began = json.loads(work.params), time.perf_counter()
        version = self._datasets.resolve(given["dataset"])
        whole = self._datasets.read(version)
        several = judging.is_several(whole)
        progress.of(judging.FOLDS)
        more = [*self._more, *(["--several"] if several else [])]
        more += ["--weights", given["weights"]] if given["weights"] else []
        with tempfile.TemporaryDirectory(prefix="darkroom-suspects-") as folder:
            manifest = judging.labelled(whole)
            here(manifest, self.stores.blobs, Path(folder)).write(Path(folder) / "manifest.parquet")
            findings = _judged(manifest, Path(folder), more, progress, several=several)
        about = self._kept(version, findings, work, time.perf_counter() - began)
        progress.of(progress.done)
        progress.add(0, changed=about.suspects, examined=about.examined, suspects=about.suspects)

    def _kept(
        self, version: CommittedVersion, findings: pl.DataFrame, work: LongWork, seconds: float
    ) -> SuspectFindings:
        details = keep_table(self.stores.blobs, f"{version.dataset}-{version.number}-suspects.parquet", findings)
        said = Counter(findings["said"].to_list())
        doubted = Counter(findings.filter("suspect")["said"].to_list())
        earlier = self.stores.suspects.newest(version.dataset, version.number)
        about = SuspectFindings(
            id=version.id, dataset=version.dataset, number=version.number, hash=version.hash,
            examined=findings.height, suspects=doubted.total(), left_out=version.total - findings.height,
            agreement=float((findings["said"] == findings["guess"]).mean() or 0),  # type: ignore[arg-type]
            classes=tuple(ClassTrust(label=one, count=said[one], suspects=doubted[one]) for one in version.labels),
            # What somebody has looked at and left as it is needs no second look.
            settled=earlier.settled if earlier else (),
            details=details, seconds=seconds, created_at=now(), created_by=work.principal,
        )  # fmt: skip
        self.stores.suspects.put(about)
        return about


def _judged(manifest: Manifest, folder: Path, more: list[str], progress: Progress, *, several: bool) -> pl.DataFrame:
    """What is found of the examples, by a process that finds their manifest in a folder."""
    import numpy as np

    from darkroom.datasets.suspects import one_each, several_each, telling

    if not _is_done(folder, more, progress):
        raise ended("judged the labels")
    with np.load(folder / "said.npz", allow_pickle=False) as found:
        keys, probabilities = found["keys"].tolist(), found["probabilities"]
    place = {label: at for at, label in enumerate(manifest.labels)}
    labels = dict(manifest.frame.select("key", "labels").iter_rows())
    if not several:
        return telling(one_each(keys, [place[labels[key][0]] for key in keys], manifest.labels, probabilities))
    said = np.zeros(probabilities.shape, dtype=bool)
    for row, key in enumerate(keys):
        said[row, [place[label] for label in labels[key]]] = True
    return several_each(keys, said, manifest.labels, probabilities)


def _is_done(folder: Path, more: list[str], progress: Progress) -> bool:
    for line in told(["suspects", str(folder), *more]):
        match line:
            case {"folds": _}:
                progress.add(1)
            case {"error": [code, cause]}:
                raise Error(code if code in ERROR_CODES else "internal", cause)
            case {"left_out": _}:
                return True
    return False
