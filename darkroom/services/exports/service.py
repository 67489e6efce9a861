"""Taking pictures along: told before, written by a run, fetched while it is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.exports.keeping import is_kept, tidy
from darkroom.services.exports.views import ExportGiven, ExportPreview
from darkroom.services.gallery import ImageFile
from darkroom.services.recipes.renditions import RenditionService
from darkroom.services.sight import all_changeable
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import WorkService, owner_of
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

MEDIA_TYPE = "application/zip"
_MOST = 200_000
_AT_ONCE = 100
_AT_ONCE_BYTES = 64 << 20
_SPARE = 1 << 30
"""Bytes of the disk that stay free."""


class ExportService:
    """Begins exports, and gives their files.

    Args:
        settings: the folder that they lie in.
        stores: pictures.
        renditions: knows what recipes made.
        work: does it.
    """

    def __init__(
        self, settings: Settings, stores: Stores, renditions: RenditionService, work: WorkService
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._renditions = renditions
        self._work = work

    def preview(self, principal: Principal, given: ExportGiven) -> ExportPreview:
        """What an export would hold; nothing is written.

        Raises:
            Error: `invalid_parameter` for more than one file takes, `recipe_invalid`, `not_found`, `forbidden`.
        """
        scope_of(principal, "images:read")
        images = self._images(principal, given.selection)
        files, size = len(images), None
        if given.files == "originals":
            size = self._stores.images.bytes_of(images)
        elif given.of is not None:
            sizes = self._renditions.sizes(principal, given.of, images)
            files, size = len(sizes), sum(sizes.values())
        return ExportPreview(
            count=len(images), files=files, lacking=len(images) - files, bytes=size, room=self._room()
        )  # fmt: skip

    def begin(self, principal: Principal, given: ExportGiven, *, work_id: str | None = None) -> WorkView:
        """Write the files of pictures, as they are now, into one zip file; `links.file` is where it is.

        Args:
            principal: whose it is; what he may no longer see when it is written is left out.
            given: what to take along.
            work_id: an id of the caller's own: asking twice with it begins once.

        Raises:
            Error: as `preview`; `invalid_parameter` where there is no file, `storage_full` where there is no room for it.
        """
        scope = scope_of(principal, "images:read")
        told = self.preview(principal, given)
        if not told.files:
            why = "The recipe has made nothing of these pictures yet." if told.count else "No picture is meant."
            raise Error("invalid_parameter", why, parameter="selection", remedy="Run the recipe first.")
        if told.bytes is not None and told.bytes > told.room:
            raise Error("storage_full", f"The files are {told.bytes:,} bytes; there is room for {told.room:,}.")
        tidy(self._settings)
        who = principal.model_copy(update={"session": None, "address": None}).model_dump(mode="json")
        params = {
            "given": given.model_dump(mode="json", exclude={"selection"}), "principal": who, "pictures": told.count,
            "scope": scope.key,
        }  # fmt: skip
        little = told.files <= _AT_ONCE and told.bytes is not None and told.bytes <= _AT_ONCE_BYTES
        work = self._work.begin_whole(
            principal, "export", title=f"Export {given.files} of {told.files:,} pictures", params=params,
            text="\n".join(self._images(principal, given.selection)), work_id=work_id, at_once=little,
        )  # fmt: skip
        if work.error_code is not None:
            raise Error(work.error_code, work.error_cause or "", operation=work.id)
        return view_of(work, self._settings)

    def file(self, principal: Principal, export_id: str) -> ImageFile:
        """The file that an export wrote, for whoever began it and sees as much as then.

        Raises:
            Error: `not_found` when it is not written, or no longer kept; `forbidden` when what one may see is another part now.
        """
        scope = scope_of(principal, "images:read")
        work = self._work.get(principal, export_id)
        path = self._settings.exports / f"{export_id}.zip"
        if work.kind != "export" or work.owner != owner_of(principal) or not is_kept(work) or not path.is_file():
            raise Error(
                "not_found", f"There is no file of an export {export_id!r} of yours.", id=export_id,
                remedy="Files wait for a day: export the pictures again.",
            )  # fmt: skip
        if not scope.is_everything and scope.key != json.loads(work.params)["scope"]:
            raise Error(
                "forbidden", "You may see other pictures than when this was exported.", remedy="Export them again."
            )
        name = f"darkroom-{work.created_at:%Y-%m-%d-%H%M}.zip"
        return ImageFile(MEDIA_TYPE, path, path.stat().st_size, f'"{export_id}"', name)

    def _images(self, principal: Principal, selection: Selection) -> list[str]:
        found: list[str] = []
        for piece in self._pieces(principal, selection):
            found += piece
            if len(found) > _MOST:
                raise Error(
                    "invalid_parameter", f"One file takes at most {_MOST:,} pictures.", parameter="selection",
                    remedy="Narrow the view, and export it in parts.",
                )  # fmt: skip
        return found

    def _pieces(self, principal: Principal, selection: Selection) -> Iterator[Sequence[str]]:
        if selection.ids is not None:
            wanted = list(dict.fromkeys(selection.ids))
            all_changeable(self._stores, principal, wanted, "images:read")
            yield wanted
            return
        yield from self._stores.selections.known(selection, scope_of(principal, "images:read"))

    def _room(self) -> int:
        self._settings.exports.mkdir(parents=True, exist_ok=True)
        return max(0, shutil.disk_usage(self._settings.exports).free - _SPARE)
