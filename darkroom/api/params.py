"""Query parameters of the routes, as models that refuse what they do not know."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date  # noqa: N812 - `date` would read as a function here
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from darkroom.domain.access import EVERYWHERE, Domain
from darkroom.domain.dataset import Split
from darkroom.domain.edit import Label
from darkroom.domain.image import QualityProblem
from darkroom.domain.ingest import BatchState, FailureState
from darkroom.domain.language import LONGEST, QueryError, not_understood
from darkroom.domain.query import ImageQuery, SortKey
from darkroom.domain.rendition import OrderState
from darkroom.domain.training import SliceDimension, TrainingState
from darkroom.domain.work import WorkState
from darkroom.errors import Error
from darkroom.services.accounts.audit_views import AuditQuery
from darkroom.services.datasets.views import ExportLayout
from darkroom.services.work.views import OperationKind

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DAY = timedelta(days=1) - timedelta(milliseconds=1)
_MOMENT_SCHEMA = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}


def _moment(value: Any, *, end_of_day: bool) -> Any:
    """Read a date or a date and time; what has no offset is UTC."""
    if not isinstance(value, str):
        raise ValueError("give a date (2026-11-22) or a date and time (2026-11-22T18:30:00Z)")
    try:
        if _DATE.match(value):
            start = datetime.combine(Date.fromisoformat(value), time.min, UTC)
            return start + _DAY if end_of_day else start
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("give a date (2026-11-22) or a date and time (2026-11-22T18:30:00Z)") from None


def _start(value: Any) -> Any:
    return _moment(value, end_of_day=False)


def _end(value: Any) -> Any:
    return _moment(value, end_of_day=True)


Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A filter value."""

Texts = Annotated[list[Text], Field(max_length=50)]
"""A parameter that may be given several times."""

BatchId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
"""Id of a batch."""

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A page cursor: opaque, from the answer before."""

ImageIdPath = Annotated[
    str, Path(alias="id", description="sha256 of the original bytes, 64 lower-case hexadecimal digits.")
]
"""Id of a picture in the path."""

BatchIdPath = Annotated[str, Path(alias="id", description="Id of the batch.")]
"""Id of a batch in the path."""


class Params(BaseModel):
    """Base of all query parameter models."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ImageFilters(Params):
    """Filters and order of a view; the same for pages, index and facets."""

    q: Annotated[str, StringConstraints(max_length=200)] | None = None
    """Words, each of which must begin a word of the name, title, caption, creator, copyright, tags, camera, lens or format."""
    tag: Texts = []
    """Tag; `places` lets `places/oslo` through as well; given several times, all must be there."""
    type: Texts = []
    """Format (`jpeg`) or media type (`image/jpeg`); given several times, any of them."""
    camera: Texts = []
    """Camera; given several times, any of them."""
    taken_from: Annotated[datetime, BeforeValidator(_start), WithJsonSchema(_MOMENT_SCHEMA)] | None = None
    """Taken at or after this date, or date and time (UTC without an offset)."""
    taken_to: Annotated[datetime, BeforeValidator(_end), WithJsonSchema(_MOMENT_SCHEMA)] | None = None
    """Taken before or at; a date alone means the whole of that day."""
    quality_min: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """Least quality score, 0 to 1."""
    problem: Annotated[list[Literal[QualityProblem, "none"]], Field(max_length=20)] = []
    """Quality problem; given several times, any of them; `none` means pictures without one."""
    batch: BatchId | None = None
    """Brought in by this batch."""
    duplicates: Text | None = None
    """Id of a group of near duplicates."""
    rating_min: Annotated[int, Field(ge=0, le=5)] | None = None
    """Least rating in stars."""
    favourite: bool | None = None
    """Favourites only (`true`), or only what is none (`false`)."""
    label: Annotated[list[Literal[Label, "none"]], Field(max_length=20)] = []
    """Colour label; given several times, any of them; `none` means pictures without one."""
    collection: Text | None = None
    """Id of a collection they are in."""
    where: Annotated[str, StringConstraints(max_length=LONGEST)] | None = None
    """An expression of the query language, as `rating>=4 taken:2025 -tag:ocean`; `GET /query/fields` lists its fields."""
    sort: SortKey = "-ingested_at"
    """Order; `-` is descending. `-likeness` has what is most like `like:` or `similar:` of `where` first, and is the order where those are asked and none is given."""

    def query(self) -> ImageQuery:
        """The view asked for.

        Raises:
            Error: `invalid_parameter`, when the parameters contradict each other.
        """
        try:
            found = ImageQuery(**{name: getattr(self, name) for name in ImageFilters.model_fields})
            return found if "sort" in self.model_fields_set else found.ranked()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            if isinstance(wrong := first.get("ctx", {}).get("error"), QueryError):
                raise not_understood(wrong) from error
            name = str(first["loc"][0]) if first["loc"] else "taken_from"
            raise Error("invalid_parameter", f"{name}: {first['msg']}.", parameter=name) from error


class CompleteParams(Params):
    """A place of an expression."""

    q: Annotated[str, StringConstraints(max_length=LONGEST)] = ""
    """The expression, as far as it is written."""
    at: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    """Characters before the place; its end when not given."""


class CameraParams(Params):
    """Which cameras to list."""

    name: Text | None = None
    """Words that the name of the camera holds; all cameras without it."""


class BatchParams(Params):
    """Which batches to list."""

    state: Annotated[list[BatchState], Field(max_length=20)] = []
    """State; given several times, any of them."""
    connector: Text | None = None
    """Who brought them: `inbox`, `upload`, `cli`, `retry`."""
    limit: int = Field(50, ge=1, le=500)
    """Most batches to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class FailureParams(Params):
    """Which entries of the failure ledger to list."""

    state: FailureState | Literal["all"] = "open"
    """State of the entries."""
    code: Text | None = None
    """Error code."""
    batch: BatchId | None = None
    """Batch they arrived with."""
    limit: int = Field(100, ge=1, le=500)
    """Most entries to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class DiagnosticsParams(Params):
    """What a diagnostic bundle is about."""

    trace: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    """Only log lines and records of this trace; everything recent when not given."""


class RunParams(Params):
    """Which runs to list."""

    limit: int = Field(20, ge=1, le=200)
    """Most runs to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class EventParams(Params):
    """Where to begin to follow events."""

    last_event_id: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    """Number of the last event seen, for clients that cannot set the `Last-Event-ID` header; without either, from now on."""


class FileParams(Params):
    """How to send a file."""

    download: bool = False
    """Ask browsers to save the file instead of showing it."""


class ListParams(Params):
    """A page of a list."""

    limit: int = Field(100, ge=1, le=500)
    """Most items to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class OrderParams(ListParams):
    """Which orders for renditions to list."""

    state: Annotated[list[OrderState], Field(max_length=20)] = []
    """State; given several times, any of them."""


class OperationParams(Params):
    """Which operations to list."""

    state: Annotated[list[WorkState], Field(max_length=20)] = []
    """State; given several times, any of them."""
    kind: Annotated[list[OperationKind], Field(max_length=20)] = []
    """Kind; given several times, any of them."""
    mine: bool = False
    """Only what oneself began."""
    limit: int = Field(50, ge=1, le=500)
    """Most operations to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class TrainingParams(ListParams):
    """Which trainings to list."""

    state: Annotated[list[TrainingState], Field(max_length=20)] = []
    """State; given several times, any of them."""


class CompareReportParams(Params):
    """What a report is compared with."""

    other: str = Field(min_length=1, max_length=80)
    """Id of the other report."""


class ComparisonParams(Params):
    """Which models to put beside each other."""

    report: Annotated[list[Annotated[str, StringConstraints(max_length=80)]], Field(min_length=2, max_length=8)]
    """Report; given two to eight times, all on the same split of the same version."""


class SliceReportParams(Params):
    """What the pictures of a report are divided by."""

    by: SliceDimension | None = None
    """One thing that is known of pictures; all of them when not given."""


class ExperimentParams(Params):
    """How many trainings to put beside each other."""

    limit: int = Field(200, ge=1, le=200)
    """The newest so many."""


class ExportParams(Params):
    """How a dataset version is written."""

    format: ExportLayout = "imagefolder"
    """The layout."""
    split: Split | None = None
    """Only the examples of this one."""


class MergeParams(Params):
    """What would be merged into a dataset."""

    other: str = Field(min_length=1, max_length=100)
    """The version: `name`, `name@number` or `name@tag`."""


class DiffParams(Params):
    """What a dataset version is compared with."""

    before: str = Field(min_length=1, max_length=100)
    """The earlier version, `name@number`, or `name` for the newest one."""


class TokenParams(Params):
    """Which API tokens to list."""

    everybody: bool = False
    """Those of all people, not only one's own."""


class ExplainParams(Params):
    """What to explain."""

    permission: Text
    """A permission, as `images:write`."""
    domain: Domain = EVERYWHERE
    """Where: `*`, or one thing, as `collection:holidays`."""
    user: Text | None = None
    """Id of another account than one's own."""


class AuditFilters(Params):
    """Which lines of the audit log."""

    principal: Text | None = None
    """Id of who did it, or was refused."""
    action: Text | None = None
    """What: a change as `user.created`, or a permission that was refused."""
    outcome: Literal["done", "denied", "failed"] | None = None
    """What became of it."""
    resource: Text | None = None
    """Id or domain that it was about."""
    since: Annotated[datetime, BeforeValidator(_start), WithJsonSchema(_MOMENT_SCHEMA)] | None = None
    """At or after this date, or date and time (UTC without an offset)."""
    until: Annotated[datetime, BeforeValidator(_end), WithJsonSchema(_MOMENT_SCHEMA)] | None = None
    """Before or at; a date alone means the whole of that day."""

    def query(self) -> AuditQuery:
        """The lines asked for."""
        return AuditQuery(**{name: getattr(self, name) for name in AuditFilters.model_fields})


class AuditParams(AuditFilters):
    """A page of the audit log."""

    limit: int = Field(100, ge=1, le=500)
    """Most lines to answer with."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class AuditExportParams(AuditFilters):
    """The audit log as a file."""

    format: Literal["csv", "jsonl"] = "jsonl"
    """`csv` for spreadsheets, `jsonl` for programs."""
