"""Calls on reports: what models are worth, beside each other and on every version of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.training import SliceDimension
    from darkroom.services.training.evaluation_views import EvaluationGiven, EvaluationMatrix
    from darkroom.services.training.point_views import Axis, ReportCurves, ReportPoints
    from darkroom.services.training.side_views import SideBySideView
    from darkroom.services.training.views import ReportComparison, ReportDetail, ReportPage, ReportSlices
    from darkroom.services.work.views import WorkView

_TRAINING = "services.training.views"
_POINTS = "services.training.point_views"


def list_reports(*, limit: int | None = None) -> Call[ReportPage]:
    """Reports, newest first."""
    return Call("GET", address("reports"), f"{_TRAINING}:ReportPage", query=given(limit=limit))


def get_report(report_id: str) -> Call[ReportDetail]:
    """What a checkpoint is worth: figures with intervals, each class, confusion, the most confident mistakes."""
    return Call("GET", address("reports", report_id), f"{_TRAINING}:ReportDetail")


def export_report(report_id: str) -> Call[bytes]:
    """A report as one HTML file that needs nothing else."""
    return Call("GET", address("reports", report_id, "html"))


def export_report_pdf(report_id: str) -> Call[bytes]:
    """A report as a PDF."""
    return Call("GET", address("reports", report_id, "pdf"))


def compare_report(report_id: str, other: str) -> Call[ReportComparison]:
    """Where two models that were judged by the same pictures disagree, the widest apart first."""
    path = address("reports", report_id, "compare")
    return Call("GET", path, f"{_TRAINING}:ReportComparison", query=given(other=other))


def compare_models(reports: Sequence[str]) -> Call[SideBySideView]:
    """Several models on the same pictures, part by part, with the difference to the first and how sure it is."""
    kind = "services.training.side_views:SideBySideView"
    return Call("GET", address("comparisons"), kind, query=given(report=reports))


def slice_report(report_id: str, by: SliceDimension | None = None) -> Call[ReportSlices]:
    """How a model does on parts of the pictures that it was judged by; by everything that is known when `by` is not said."""
    path = address("reports", report_id, "slices")
    return Call("GET", path, f"{_TRAINING}:ReportSlices", query=given(by=by))


def list_evaluations(*, row: int | None = None, column: int | None = None) -> Call[EvaluationMatrix]:
    """Models on versions of datasets: what each is worth, and what is missing; a part of both, beginning at these places."""
    kind = "services.training.evaluation_views:EvaluationMatrix"
    return Call("GET", address("evaluations"), kind, query=given(row=row, column=column))


def evaluate_model(given_: EvaluationGiven) -> Call[WorkView]:
    """Judge a version of a model by a version of a dataset; asking again leads to the same operation."""
    return Call("POST", address("evaluations"), "services.work.views:WorkView", body=given_)


def export_report_tables(report_id: str) -> Call[bytes]:
    """The tables of a report as a workbook (XLSX)."""
    return Call("GET", address("reports", report_id, "xlsx"))


def export_report_rows(report_id: str) -> Call[bytes]:
    """What was said of each picture, as Parquet."""
    return Call("GET", address("reports", report_id, "parquet"))


def get_report_points(
    report_id: str, *, by: Axis | None = None, low: float | None = None, high: float | None = None,
    right_low: float | None = None, right_high: float | None = None, label: str | None = None, predicted: str | None = None,
) -> Call[ReportPoints]:  # fmt: skip
    """What a report draws: pictures one by one, and what comes of calling only those that the model is sure of; of a region alone if given."""
    query = given(
        by=by, low=low, high=high, right_low=right_low, right_high=right_high, label=label, predicted=predicted
    )
    return Call("GET", address("reports", report_id, "points"), f"{_POINTS}:ReportPoints", query=query)


def get_report_curves(report_id: str) -> Call[ReportCurves]:
    """Precision against recall of each class, by how sure the model must be to call it."""
    return Call("GET", address("reports", report_id, "curves"), f"{_POINTS}:ReportCurves")


def delete_report(report_id: str) -> Call[None]:
    """Delete a report that neither its training nor a version of a model is judged by."""
    return Call("DELETE", address("reports", report_id))
