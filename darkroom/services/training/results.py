"""What came of trainings: checkpoints and reports, for those who may see every picture that they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.panel import Panel
from darkroom.domain.scope import Scope
from darkroom.domain.training import ReportSlice, SliceDimension, StoredCheckpoint, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.reach import VersionReach, page_of, read_manifest
from darkroom.services.gallery import ImageFile, stored_file
from darkroom.services.sight import thumbnails
from darkroom.services.training import predictions
from darkroom.services.training.files import file_of, zipped
from darkroom.services.training.point_views import PointRegion, ReportCurves, ReportPoints
from darkroom.services.training.views import CheckpointPage, ReportDetail, ReportPage, ReportSlices
from darkroom.store import Stores
from darkroom.store.repository import Repository

if TYPE_CHECKING:
    import polars as pl

Learnt = TypeVar("Learnt", TrainingRun, StoredCheckpoint, StoredReport)
"""What names the version of a dataset that it comes from."""

_PICTURED = 60


class ResultService:
    """Checkpoints and reports.

    Args:
        stores: where they are.
        reach: who may see what was made of pictures.
    """

    def __init__(self, stores: Stores, reach: VersionReach) -> None:
        self.stores = stores
        self._reach = reach

    def checkpoints(self, principal: Principal, *, limit: int = 50, cursor: str | None = None) -> CheckpointPage:
        """Checkpoints, newest first."""
        counts = self.counting(scope_of(principal, "training:read"))
        page = page_of(
            lambda most, after: self.stores.checkpoints.page(limit=most, cursor=after), counts, limit, cursor
        )
        return CheckpointPage(items=page.items, next_cursor=page.next_cursor)

    def checkpoint(self, principal: Principal, checkpoint_id: str) -> StoredCheckpoint:
        """One checkpoint.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "training:read")
        return self.seen(principal, self.stores.checkpoints, checkpoint_id)

    def checkpoint_file(self, principal: Principal, checkpoint_id: str, name: str) -> ImageFile:
        """One file of a checkpoint, as it is.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        return file_of(self.stores.blobs, self.checkpoint(principal, checkpoint_id), name)

    def checkpoint_zip(self, principal: Principal, checkpoint_id: str) -> Iterator[bytes]:
        """The folder of a checkpoint as a zip file, piece by piece.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        return zipped(self.stores.blobs, self.checkpoint(principal, checkpoint_id))

    def panel(self, principal: Principal, training_id: str) -> Panel:
        """What a training said of a few pictures of validation as it learnt.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        found = self.seen(principal, self.stores.trainings, training_id)
        parts = [Panel.model_validate_json(self.stores.blobs.read("originals", one.key)) for one in found.panel]
        looks = tuple(look for one in parts for look in one.looks)
        return Panel(pictures=parts[0].pictures if parts else (), looks=looks)

    def reports(self, principal: Principal, *, limit: int = 50, cursor: str | None = None) -> ReportPage:
        """Reports, newest first."""
        counts = self.counting(scope_of(principal, "training:read"))
        page = page_of(lambda most, after: self.stores.reports.page(limit=most, cursor=after), counts, limit, cursor)
        return ReportPage(items=page.items, next_cursor=page.next_cursor)

    def report(self, principal: Principal, report_id: str) -> ReportDetail:
        """A report with everything that was measured.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        found = self.seen(principal, self.stores.reports, report_id)
        details = predictions.details_of(self.stores, found)
        # Older ones hold what was said of every single picture.
        details.pop("predictions", None)
        weakest, targets = self._weakest(found, details), self._targets(found, details)
        return ReportDetail(report=found, details=details, weakest=weakest, targets=targets)

    def _targets(self, found: StoredReport, details: dict[str, Any]) -> dict[str, str]:
        keys = [str(one["key"]) for one in details.get("mistakes", ()) if "psnr" in one]
        version = self.stores.dataset_versions.find(found.dataset) if keys else None
        if version is None:
            return {}
        from darkroom.datasets.sampling import targets

        return targets(read_manifest(self.stores, version), keys)

    def _weakest(self, found: StoredReport, details: dict[str, Any]) -> tuple[ReportSlice, ...]:
        from darkroom.datasets.slices import every, weakest

        if found.predictions is None:
            return ()
        if (known := details.pop(predictions.WEAKEST, None)) is not None:
            return tuple(ReportSlice.model_validate(one) for one in known)
        table = predictions.read(self.stores, found)
        return () if table is None else tuple(weakest(every(table)))

    def slices(self, principal: Principal, report_id: str, by: SliceDimension | None = None) -> ReportSlices:
        """How a model does on parts of the pictures: of a camera, a tag, a quarter of the brightness.

        Raises:
            Error: `not_found`, `blob_missing`, or `conflict` where it is not kept what was said of each picture.
        """
        scope_of(principal, "training:read")
        from darkroom.datasets.slices import DIMENSIONS, every, weakest

        table = self.said(self.seen(principal, self.stores.reports, report_id))
        known = tuple(name for name in DIMENSIONS if name in table.columns and table[name].null_count() < len(table))
        parts = every(table)
        return ReportSlices(
            report=report_id, dimensions=known, weakest=tuple(weakest(parts)),
            slices=tuple(one for one in parts if by in (None, one.dimension)),
        )  # fmt: skip

    def points(self, principal: Principal, report_id: str, region: PointRegion | None = None) -> ReportPoints:
        """What a report draws: pictures one by one, where all of them lie, and what comes of calling only those that the model is sure of.

        Args:
            principal: who asks.
            report_id: of the report.
            region: which of its pictures; all when not given.

        Raises:
            Error: `not_found`, `blob_missing`, or `conflict` where it is not kept what was said of each picture.
        """
        scope_of(principal, "training:read")
        from darkroom.services.training.points import MOST, curve, density, drawn, within

        table = self.said(self.seen(principal, self.stores.reports, report_id))
        region = region or PointRegion()
        meant = within(table, region)
        return ReportPoints(
            report=report_id, count=len(table), within=len(meant), wrong=len(meant) - int(meant["hit"].sum()),
            points=drawn(meant), density=density(meant, region) if len(meant) > MOST else None, curve=curve(meant),
        )  # fmt: skip

    def curves(self, principal: Principal, report_id: str) -> ReportCurves:
        """Precision against recall of each class, by how sure the model must be to call it.

        Raises:
            Error: `not_found`, `blob_missing`, or `conflict` where it is not kept what was said of each picture.
        """
        scope_of(principal, "training:read")
        from darkroom.services.training.points import class_curves

        table = self.said(self.seen(principal, self.stores.reports, report_id))
        return ReportCurves(report=report_id, classes=class_curves(table))

    def report_book(self, principal: Principal, report_id: str) -> bytes:
        """The tables of a report as a workbook (XLSX).

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        from darkroom.datasets.slices import every
        from darkroom.services.training.report_tables import sheets, workbook

        found = self.report(principal, report_id)
        table = predictions.read(self.stores, found.report) if found.report.predictions is not None else None
        parts = () if table is None else every(table)
        kept = self.stores.checkpoints.find(found.report.checkpoint)
        return workbook(list(sheets(found, kept, parts)), found.report.created_at)

    def report_rows(self, principal: Principal, report_id: str) -> ImageFile:
        """What was said of each picture, with what was known of it, as Parquet.

        Raises:
            Error: `not_found`, `blob_missing`, or `conflict` where it is not kept.
        """
        scope_of(principal, "training:read")
        found = self.seen(principal, self.stores.reports, report_id)
        if found.predictions is None:
            raise _not_kept(found)
        name = f"report-{report_id}.parquet"
        return stored_file(
            self.stores.blobs, "originals", found.predictions.key, "application/vnd.apache.parquet", name
        )

    def said(self, report: StoredReport, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """What was said of each picture (`predictions.read`).

        Raises:
            Error: `blob_missing`, or `conflict` where it is not kept.
        """
        table = predictions.read(self.stores, report, columns)
        if table is None:
            raise _not_kept(report)
        return table

    def report_page(self, principal: Principal, report_id: str) -> str:
        """A report as one HTML file that needs nothing else; it shows those pictures that whoever asks may see.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        from darkroom.services.training.report_page import render

        return render(*self._drawn(principal, report_id))

    def report_pdf(self, principal: Principal, report_id: str) -> bytes:
        """A report as a PDF, with those pictures that whoever asks may see.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        from darkroom.services.training.report_pdf import render

        return render(*self._drawn(principal, report_id))

    def _drawn(
        self, principal: Principal, report_id: str
    ) -> tuple[ReportDetail, StoredCheckpoint | None, dict[str, tuple[str, bytes]]]:
        """What a drawn report is made from: it, its checkpoint, and pictures of its first mistakes."""
        found = self.report(principal, report_id)
        wanted = [str(one["key"]) for one in found.details.get("mistakes", ())][:_PICTURED]
        return found, self.stores.checkpoints.find(found.report.checkpoint), thumbnails(self.stores, principal, wanted)

    def seen(self, principal: Principal, kept: Repository[Learnt], name: str) -> Learnt:
        """What was learnt of a dataset, if somebody may see every picture of that; else there is none.

        Raises:
            Error: `not_found`.
        """
        found = kept.get(name)
        if not self._reach.covers(found.dataset, scope_of(principal, "training:read")):
            raise kept.missing(name)
        return found

    def usable(self, principal: Principal, dataset: str, permission: str) -> None:
        """Return if somebody has a permission on every picture of a version.

        Raises:
            Error: `forbidden`.
        """
        version = self.stores.dataset_versions.find(dataset)
        gap = self._reach.gap(version, scope_of(principal, permission)) if version is not None else None
        if gap is not None:
            raise self._reach.refuse(principal, permission, gap)

    def counting(self, scope: Scope) -> Callable[[Learnt], bool]:
        """Whether somebody may see every picture that something was learnt of."""
        return lambda one: self._reach.covers(one.dataset, scope)


def _not_kept(report: StoredReport) -> Error:
    remedy = "Of classifications it is, from now on: train or judge again."
    return Error("conflict", f"What {report.id} said of each picture is not kept.", remedy=remedy)
