"""What the pictures of a selection have in common, what an edit would do to some of them, and their sidecars in one file."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from darkroom.domain.edit import EDITABLE, Edit, change_of
from darkroom.domain.image import ImageRecord
from darkroom.domain.located import Location
from darkroom.domain.scope import Scope
from darkroom.domain.selection import MOST_IDS, Selection
from darkroom.errors import Error
from darkroom.services.exports.names import free_name
from darkroom.services.gallery import ImageFile
from darkroom.services.saying import words_of
from darkroom.services.work.bulk_views import FieldSpread, FieldValue, PictureChange, ValueCount, ValueSpread
from darkroom.store import Stores

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same pictures make the same bytes: no time of writing stands in the file."""


def spread(stores: Stores, selection: Selection, scope: Scope) -> ValueSpread:
    """What the pictures have in the fields that people set."""
    total, found = stores.selections.spread(selection, scope)
    fields = {
        name: FieldSpread(
            distinct=one.distinct, values=tuple(ValueCount(value=value, count=count) for value, count in one.values)
        )
        for name, one in found.items()
    }
    here = [one for one in fields["collections"].values if scope.covers((str(one.value),))]
    return ValueSpread(
        count=total, fields=fields | {"collections": FieldSpread(distinct=len(here), values=tuple(here))}
    )


def changes(records: Iterable[ImageRecord], edit: Edit) -> list[PictureChange]:
    """What an edit would do to some pictures, those left out that it would not change."""
    found = []
    for record in records:
        present = {name: getattr(record, name) for name in EDITABLE}
        if change := change_of(edit, present):
            before = {name: _shown(present[name]) for name in change.values}
            after = {name: _shown(one) for name, one in change.values.items()}
            found.append(PictureChange(image=record.id, before=before, after=after))
    return found


def _shown(value: Any) -> FieldValue:
    """A value as it is told: times and places as a person writes them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").removesuffix("+00:00").replace("T", " ")
    if isinstance(value, Location):
        return f"{value.latitude:.5f}, {value.longitude:.5f}"
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return ", ".join(f"{share:.0%}" for share in value)
    return tuple(value) if isinstance(value, list) else value


def sidecars(stores: Stores, selection: Selection, scope: Scope) -> ImageFile:
    """XMP sidecars of the pictures in a zip file, each called as its picture with `.xmp` behind.

    Raises:
        Error: `invalid_parameter` for none, or for more than one file should hold.
    """
    from darkroom.imaging.words import SUFFIX, sidecar

    count = stores.selections.count(selection, scope)
    if not 0 < count <= MOST_IDS:
        raise Error(
            "invalid_parameter", f"{count:,} pictures are meant: a file holds 1 to {MOST_IDS:,} sidecars.",
            parameter="selection", remedy="Choose fewer, or take `darkroom metadata export --sidecars DIR`.",
        )  # fmt: skip
    out = io.BytesIO()
    names: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for piece in stores.selections.known(selection, scope):
            for record, words in words_of(stores, piece):
                entry = zipfile.ZipInfo(free_name(names, record.name, record.id) + SUFFIX, _EPOCH)
                archive.writestr(entry, sidecar(record.id, words), zipfile.ZIP_DEFLATED)
    data = out.getvalue()
    return ImageFile(
        media_type="application/zip", content=data, bytes=len(data), etag=f'"{hashlib.sha256(data).hexdigest()}"',
        filename="sidecars.zip", lasting=False,
    )  # fmt: skip
