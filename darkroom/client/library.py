"""Calls on pictures, batches, failures and the system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.cameras import CameraTable
    from darkroom.domain.formats import FormatTable
    from darkroom.domain.query import Facets, GroupKey
    from darkroom.services.activity_views import (
        Accepted,
        BatchPage,
        BatchView,
        Dismissed,
        FailurePage,
        FailureSelection,
        Queue,
        RunPage,
    )
    from darkroom.services.finding_views import Completions, QueryFields
    from darkroom.services.gallery import LikenessBy
    from darkroom.services.gallery_views import (
        ImageDetail,
        ImageGroups,
        ImageIndex,
        ImageMap,
        ImagePage,
        SimilarImages,
        TileGrid,
    )
    from darkroom.services.health import Health
    from darkroom.services.lineage_views import LineageGraph
    from darkroom.services.naming import NamedList


class Filters(TypedDict, total=False):
    """Which pictures; several values of one filter are alternatives."""

    q: str
    tag: Sequence[str]
    type: Sequence[str]
    camera: Sequence[str]
    taken_from: datetime
    taken_to: datetime
    quality_min: float
    problem: Sequence[str]
    batch: str
    duplicates: str
    rating_min: int
    favourite: bool
    label: Sequence[str]
    collection: str
    where: str
    sort: str


def list_batches(
    *, state: Sequence[str] = (), connector: str | None = None, limit: int | None = None
) -> Call[BatchPage]:
    """Batches, newest first."""
    return Call(
        "GET",
        address("batches"),
        "services.activity_views:BatchPage",
        query=given(state=state, connector=connector, limit=limit),
    )


def get_batch(batch_id: str) -> Call[BatchView]:
    """One batch with its progress."""
    return Call("GET", address("batches", batch_id), "services.activity_views:BatchView")


def cancel_batch(batch_id: str) -> Call[BatchView]:
    """Stop a batch: pictures taken in stay, the other files are left where they are."""
    return Call("POST", address("batches", batch_id, "cancel"), "services.activity_views:BatchView")


def get_facets(**filters: Unpack[Filters]) -> Call[Facets]:
    """Live counts for the filters of a view."""
    return Call("GET", address("facets"), "domain.query:Facets", query=given(**filters))


def list_query_fields() -> Call[QueryFields]:
    """Fields of the query language, which `where` takes, each with its operators and an example."""
    return Call("GET", address("query", "fields"), "services.finding_views:QueryFields")


def find_names(q: str, *, limit: int | None = None) -> Call[NamedList]:
    """Collections, tags, datasets, models, trainings and reports by a few letters of their names."""
    return Call("GET", address("query", "names"), "services.naming:NamedList", query=given(q=q, limit=limit))


def complete_query(q: str, *, at: int | None = None) -> Call[Completions]:
    """What may stand at a place of an expression, with counts, and what is wrong with all of it."""
    return Call("GET", address("query", "complete"), "services.finding_views:Completions", query=given(q=q, at=at))


def list_failures(
    *, state: str | None = None, code: str | None = None, batch: str | None = None, limit: int | None = None
) -> Call[FailurePage]:
    """Entries of the failure ledger, newest first; the open ones unless another state is asked for."""
    return Call(
        "GET",
        address("failures"),
        "services.activity_views:FailurePage",
        query=given(state=state, code=code, batch=batch, limit=limit),
    )


def dismiss_failures(given_: FailureSelection) -> Call[Dismissed]:
    """Close entries of the ledger without bringing the files in."""
    return Call("POST", address("failures", "dismiss"), "services.activity_views:Dismissed", body=given_)


def retry_failures(given_: FailureSelection) -> Call[Accepted]:
    """Replay entries of the ledger, by ids or all open ones (of one code), as a new batch."""
    return Call("POST", address("failures", "retry"), "services.activity_views:Accepted", body=given_)


def list_formats() -> Call[FormatTable]:
    """Formats that are read and written here, with their encoders in order of preference and what each can hold."""
    return Call("GET", address("formats"), "domain.formats:FormatTable")


def list_cameras(*, name: str | None = None) -> Call[CameraTable]:
    """Cameras whose RAW files are read here, as the installed LibRaw lists them; `name` asks for one."""
    return Call("GET", address("formats", "cameras"), "domain.cameras:CameraTable", query=given(name=name))


def get_health() -> Call[Health]:
    """How the services, the database and Dagster do; always 200, the body tells."""
    return Call("GET", address("health"), "services.health:Health")


def get_diagnostics(*, trace: str | None = None) -> Call[bytes]:
    """A ZIP for whoever helps: versions, settings, services, recent records and logs, without secrets and pictures."""
    return Call("GET", address("system", "diagnostics"), query=given(trace=trace))


def list_images(
    *, limit: int | None = None, skip: int | None = None, thumbnails: bool | None = None, **filters: Unpack[Filters]
) -> Call[ImagePage]:
    """One page of pictures that fit the filters, with their thumbnails if asked."""
    part = given(limit=limit, skip=skip, thumbnails=thumbnails)
    return Call("GET", address("images"), "services.gallery_views:ImagePage", query=part | given(**filters))


def index_images(*, every: int | None = None, **filters: Unpack[Filters]) -> Call[ImageIndex]:
    """Where every page of a view begins, so that a grid can jump to any position."""
    return Call(
        "GET", address("images", "index"), "services.gallery_views:ImageIndex", query=given(every=every, **filters)
    )


def group_images(*, by: GroupKey, **filters: Unpack[Filters]) -> Call[ImageGroups]:
    """A view divided by day, tag, batch or stack of near duplicates."""
    return Call("GET", address("images", "groups"), "services.gallery_views:ImageGroups", query=given(by=by, **filters))


def get_image(image_id: str) -> Call[ImageDetail]:
    """Everything known of one picture, with its lineage."""
    return Call("GET", address("images", image_id), "services.gallery_views:ImageDetail")


def map_images(
    *, south: float | None = None, west: float | None = None, north: float | None = None, east: float | None = None,
    step: float | None = None, **filters: Unpack[Filters],
) -> Call[ImageMap]:  # fmt: skip
    """Where the pictures of a view were taken, those near each other together."""
    box = given(south=south, west=west, north=north, east=east, step=step)
    return Call("GET", address("images", "map"), "services.gallery_views:ImageMap", query=box | given(**filters))


def get_lineage(image_id: str) -> Call[LineageGraph]:
    """Where a picture came from and what came of it."""
    return Call("GET", address("images", image_id, "lineage"), "services.lineage_views:LineageGraph")


def similar_images(
    image_id: str, *, distance: int | None = None, limit: int | None = None, by: LikenessBy | None = None
) -> Call[SimilarImages]:
    """Pictures that look like one, the most alike first."""
    return Call(
        "GET", address("images", image_id, "similar"), "services.gallery_views:SimilarImages",
        query=given(distance=distance, limit=limit, by=by),
    )  # fmt: skip


def get_original(image_id: str, *, download: bool | None = None) -> Call[bytes]:
    """The file as it came in, byte for byte."""
    return Call("GET", address("images", image_id, "original"), query=given(download=download), sha256=image_id)


def get_preview(image_id: str, *, download: bool | None = None) -> Call[bytes]:
    """The picture at 1024 pixels, as WebP; the original itself where it is no larger and any browser shows it."""
    return Call("GET", address("images", image_id, "preview"), query=given(download=download))


def get_thumbnail(image_id: str, *, download: bool | None = None) -> Call[bytes]:
    """The picture at 256 pixels, as WebP."""
    return Call("GET", address("images", image_id, "thumbnail"), query=given(download=download))


def get_sidecar(image_id: str, *, download: bool | None = None) -> Call[bytes]:
    """What people say of a picture, as an XMP sidecar."""
    return Call("GET", address("images", image_id, "sidecar"), query=given(download=download))


def get_tile_grid(image_id: str) -> Call[TileGrid]:
    """How a picture is cut into tiles; the first time it is cut now."""
    return Call("GET", address("images", image_id, "tiles"), "services.gallery_views:TileGrid")


def get_tile(image_id: str, level: int, column: int, row: int) -> Call[bytes]:
    """One tile, as JPEG; level 0 is the smallest size."""
    return Call("GET", address("images", image_id, "tiles", str(level), str(column), str(row)))


def get_queue() -> Call[Queue]:
    """Work that waits or is being done, and the lag of sensor and daemon."""
    return Call("GET", address("queue"), "services.activity_views:Queue")


def list_runs(*, limit: int | None = None) -> Call[RunPage]:
    """Dagster runs, newest first, with links to them."""
    return Call("GET", address("runs"), "services.activity_views:RunPage", query=given(limit=limit))


def upload_images(files: Sequence[Path], *, tags: Sequence[str] = ()) -> Call[Accepted]:
    """Send pictures into the library; they are read as they go and never held in memory."""
    return Call(
        "POST",
        address("images"),
        "services.activity_views:Accepted",
        files=tuple(files),
        form=given(tags=list(tags) or None),
    )
