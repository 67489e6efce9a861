"""What a person wants to see of a batch on its page in Dagster."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.errors import ERROR_CODES, Error

if TYPE_CHECKING:
    from darkroom.domain.image import ImageRecord
    from darkroom.domain.ingest import Batch
    from darkroom.services.library import Library

SHEET = 40
"""Most pictures on a contact sheet: it is stored in Dagster's event log."""


@dataclass
class Survey:
    """A walk over the images of a batch."""

    pictures: int = 0
    size: int = 0
    rendition_bytes: int = 0
    originals_as_preview: int = 0
    scores: float = 0.0
    problems: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, library: Library, batch: str) -> Survey:
        """Look at every image that the batch brought in."""
        found = cls()
        for image in library.ingest.images_of(SYSTEM, batch):
            found._add(library, image)
        return found

    def _add(self, library: Library, image: ImageRecord) -> None:
        self.pictures += 1
        self.size += image.bytes
        self.scores += image.quality.score
        self.problems.update(image.quality.problems or ("none",))
        self.formats[image.format] += 1
        self.originals_as_preview += image.original_is_preview
        kinds = {one.kind for one in image.renditions} | ({"preview"} if image.original_is_preview else set())
        self.rendition_bytes += sum(one.bytes for one in image.renditions)
        blobs = library.stores.blobs
        if kinds != {"thumbnail", "preview"} or not all(blobs.stat("renditions", r.address) for r in image.renditions):
            self.missing.append(image.id)
        elif len(self.thumbnails) < SHEET and (thumbnail := image.rendition("thumbnail")):
            try:
                self.thumbnails.append(blobs.read("renditions", thumbnail.address))
            except Error:  # gone since: the next check tells
                self.missing.append(image.id)

    def contact_sheet(self) -> dict[str, dg.MetadataValue]:
        """The first pictures in one, if there are any."""
        if not self.thumbnails:
            return {}
        from darkroom.imaging.contact_sheet import contact_sheet

        data = base64.b64encode(contact_sheet(self.thumbnails)).decode()
        return {"contact sheet": dg.MetadataValue.md(f"![Pictures of this batch](data:image/webp;base64,{data})")}


def links(library: Library, batch: str) -> dict[str, dg.MetadataValue]:
    """Where the batch is shown in the web app."""
    web = library.settings.web_url
    return {
        "in the gallery": dg.MetadataValue.url(f"{web}/?batch={batch}"),
        "activity": dg.MetadataValue.url(f"{web}/activity?batch={batch}"),
    }


def failure_table(codes: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    """Files that could not be taken in, by cause, with what can be done."""
    if not codes:
        return {}
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn("files", "int"),
            dg.TableColumn("code"),
            dg.TableColumn("what went wrong"),
            dg.TableColumn("what can be done"),
        ]
    )
    rows = [
        dg.TableRecord(
            {
                "files": count,
                "code": code,
                "what went wrong": ERROR_CODES[code].title,
                "what can be done": ERROR_CODES[code].remedy,
            }
        )
        for code, count in sorted(codes.items(), key=lambda one: (-one[1], one[0]))
    ]
    return {"failures": dg.MetadataValue.table(records=rows, schema=schema)}


def share_table(name: str, counts: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    """Counts by value, most first."""
    rows = [dg.TableRecord({name: value, "pictures": count}) for value, count in Counter(counts).most_common()]
    schema = dg.TableSchema(columns=[dg.TableColumn(name), dg.TableColumn("pictures", "int")])
    return {f"by {name}": dg.MetadataValue.table(records=rows, schema=schema)} if rows else {}


def rates(batch: Batch, seconds: float) -> dict[str, float]:
    """How fast it went."""
    if seconds <= 0:
        return {}
    return {
        "images/s": round(batch.done / seconds, 1),
        "MB/s": round(batch.done_bytes / seconds / 1e6, 1),
        "seconds": round(seconds, 2),
    }
