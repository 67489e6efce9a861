"""What models are worth: reports to look at, to reckon with and to send, and several beside each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.disposition import disposition
from darkroom.api.params import CompareReportParams, ComparisonParams, ListParams, Params, SliceReportParams
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.services.training.point_views import PointRegion, ReportCurves, ReportPoints
from darkroom.services.training.side_by_side import side_by_side
from darkroom.services.training.side_views import SideBySideView
from darkroom.services.training.views import ReportComparison, ReportDetail, ReportPage, ReportSlices

router = APIRouter(tags=["training"])

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""A report is a page under our address: it may load nothing and run nothing."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ReportIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the report.")]


class PointParams(PointRegion, Params):
    """Which pictures of a report are meant; all when nothing is said."""


_LISTS = problems("invalid_parameter", "invalid_cursor")


@router.get("/reports", response_model=ReportPage, responses=_LISTS)
async def list_reports(
    params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """Reports, newest first."""
    return answer(
        await in_thread(library.trainings.results.reports, principal, limit=params.limit, cursor=params.cursor)
    )


@router.get(
    "/reports/{id}", response_model=ReportDetail, responses=problems("not_found", "blob_missing"), dependencies=[NO_QUERY]
)  # fmt: skip
async def get_report(report_id: ReportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What a checkpoint is worth: figures with intervals, each class, confusion, the most confident mistakes."""
    return answer(await in_thread(library.trainings.results.report, principal, report_id))


@router.get(
    "/reports/{id}/html",
    response_class=HTMLResponse,
    responses=problems("not_found", "blob_missing"),
    dependencies=[NO_QUERY],
)
async def export_report(report_id: ReportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A report as one HTML file to keep or to send: figures, drawings and small pictures are inside, and nothing runs in it."""
    page = await in_thread(library.trainings.results.report_page, principal, report_id)
    return HTMLResponse(page, headers={
        "Content-Security-Policy": REPORT_POLICY,
        "Content-Disposition": disposition(f"report-{report_id}.html"),
    })  # fmt: skip


@router.get(
    "/reports/{id}/pdf",
    response_class=Response,
    responses=problems("not_found", "blob_missing")
    | {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
    dependencies=[NO_QUERY],
)
async def export_report_pdf(report_id: ReportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """A report as a PDF to print or to send, with its tables and small pictures."""
    made = await in_thread(library.trainings.results.report_pdf, principal, report_id)
    headers = {"Content-Disposition": disposition(f"report-{report_id}.pdf")}
    return Response(made, media_type="application/pdf", headers=headers)


@router.get(
    "/reports/{id}/xlsx",
    response_class=Response,
    responses=problems("not_found", "blob_missing")
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
    dependencies=[NO_QUERY],
)
async def export_report_tables(report_id: ReportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """The tables of a report as a workbook: figures, classes, confusion, calibration, parts of the pictures, the worst of them."""
    made = await in_thread(library.trainings.results.report_book, principal, report_id)
    headers = {"Content-Disposition": disposition(f"report-{report_id}.xlsx")}
    return Response(made, media_type=XLSX, headers=headers)


@router.get(
    "/reports/{id}/parquet",
    response_class=Response,
    responses=FILE_RESPONSES | problems("not_found", "conflict", "blob_missing"),
    dependencies=[NO_QUERY],
)
async def export_report_rows(
    report_id: ReportIdPath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:  # fmt: skip
    """What a model said of each picture, with what was known of it then, as Parquet."""
    found = await in_thread(library.trainings.results.report_rows, principal, report_id)
    return await file_response(found, request.headers, attachment=True)


@router.get(
    "/reports/{id}/compare",
    response_model=ReportComparison,
    responses=problems("invalid_parameter", "not_found", "conflict", "blob_missing"),
)
async def compare_report(
    report_id: ReportIdPath,
    params: Annotated[CompareReportParams, Query()],
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """Where two models that were judged by the same pictures disagree, the widest apart first."""
    found = in_thread(library.trainings.experiments.compare, principal, report_id, params.other)
    return answer(await found)


@router.get(
    "/comparisons",
    response_model=SideBySideView,
    responses=problems("invalid_parameter", "not_found", "conflict", "blob_missing"),
)
async def compare_models(
    params: Annotated[ComparisonParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Several models on the same pictures: what each has right, part by part, with the difference to the first and how sure it is."""
    return answer(await in_thread(side_by_side, library.trainings.experiments, principal, params.report))


@router.get(
    "/reports/{id}/slices",
    response_model=ReportSlices,
    responses=problems("invalid_parameter", "not_found", "conflict", "blob_missing"),
)
async def slice_report(
    report_id: ReportIdPath, params: Annotated[SliceReportParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """How a model does on parts of the pictures that it was judged by: of a camera, a tag, a quarter of the brightness."""
    return answer(await in_thread(library.trainings.results.slices, principal, report_id, params.by))


@router.get(
    "/reports/{id}/points",
    response_model=ReportPoints,
    responses=problems("invalid_parameter", "not_found", "conflict", "blob_missing"),
)
async def get_report_points(
    report_id: ReportIdPath, params: Annotated[PointParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What a report draws: pictures one by one, where all of them lie, and what comes of calling only those that the model is sure of.

    A region (a part of the drawing, a cell of the confusion) tells of the pictures in it alone.
    """
    region = PointRegion.model_validate(params.model_dump())
    return answer(await in_thread(library.trainings.results.points, principal, report_id, region))


@router.get(
    "/reports/{id}/curves",
    response_model=ReportCurves,
    responses=problems("not_found", "conflict", "blob_missing"),
    dependencies=[NO_QUERY],
)
async def get_report_curves(report_id: ReportIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Precision against recall of each class, by how sure the model must be to call it."""
    return answer(await in_thread(library.trainings.results.curves, principal, report_id))
