"""Tags: the tree of them, their colours, and changing one on every picture that has it."""

from __future__ import annotations

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.edit_views import TagColour, TagNode, TagRemoval, TagRename, TagsChanged, TagTree
from darkroom.services.sight import whole
from darkroom.services.work.adapters import view_of
from darkroom.services.work.service import WorkService
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session


class TagService:
    """Reads and changes tags.

    Args:
        settings: for links.
        stores: pictures and colours.
        work: changes many pictures.
    """

    def __init__(self, settings: Settings, stores: Stores, work: WorkService) -> None:
        self._settings = settings
        self._stores = stores
        self._work = work

    def tree(self, principal: Principal) -> TagTree:
        """Every tag that a picture has, with how many have it."""
        scope = scope_of(principal, "images:read")
        return _tree(self._stores.columns.tags(scope=scope), self._stores.tags.colours())

    def preview_rename(self, principal: Principal, given: TagRename) -> TagsChanged:
        """On how many pictures a tag would get another name; nothing is changed.

        Raises:
            Error: as `rename`.
        """
        require(principal, "tags:write")
        return TagsChanged(tag=given.tag, to=given.to, images=self._renamable(principal, given), dry_run=True)

    def rename(self, principal: Principal, given: TagRename, *, work_id: str | None = None) -> WorkView:
        """Give a tag, and all below it, another name on every picture; with `merge` it may join one that is there.

        Raises:
            Error: `not_found`, `already_exists`, `invalid_parameter`.
        """
        require(principal, "tags:write")
        self._renamable(principal, given)
        return self._begin(principal, f"Rename the tag {given.tag} to {given.to}", given.tag, given.to, work_id)

    def preview_removal(self, principal: Principal, given: TagRemoval) -> TagsChanged:
        """From how many pictures a tag would be taken; nothing is changed.

        Raises:
            Error: `not_found`.
        """
        require(principal, "tags:write")
        whole(principal, "images:edit")
        return TagsChanged(tag=given.tag, images=self._wanted(given.tag), dry_run=True)

    def remove(self, principal: Principal, given: TagRemoval, *, work_id: str | None = None) -> WorkView:
        """Take a tag, and all below it, off every picture.

        Raises:
            Error: `not_found`.
        """
        require(principal, "tags:write")
        whole(principal, "images:edit")
        self._wanted(given.tag)
        return self._begin(principal, f"Delete the tag {given.tag}", given.tag, None, work_id)

    def colour(self, principal: Principal, given: TagColour) -> TagNode:
        """Give a tag a colour, or take it away.

        Raises:
            Error: `not_found` for a tag that no picture has.
        """
        require(principal, "tags:write")
        whole(principal, "images:edit")
        count = self._wanted(given.tag)

        def work(session: Session) -> None:
            self._stores.tags.set_colour(session, given.tag, given.colour, now())
            self._stores.events.append(session, type="tags.changed", principal=principal, ids=[given.tag])

        self._stores.database.run(work)
        return TagNode(tag=given.tag, name=given.tag.rpartition("/")[2], count=count, colour=given.colour)

    def _count(self, tag: str) -> int:
        return self._stores.columns.count(ImageQuery(tag=(tag,)))

    def _wanted(self, tag: str) -> int:
        count = self._count(tag)
        if count == 0:
            raise Error("not_found", f"No picture has the tag {tag!r}.", tag=tag)
        return count

    def _renamable(self, principal: Principal, given: TagRename) -> int:
        whole(principal, "images:edit")
        if given.to == given.tag or given.to.startswith(f"{given.tag}/"):
            raise Error("invalid_parameter", f"{given.to}: a tag cannot lie in itself.", parameter="to")
        if not given.merge and self._count(given.to):
            raise Error(
                "already_exists", f"There is a tag {given.to!r} already.",
                remedy="Choose another name, or ask for `merge`, after which the two are one.",
            )  # fmt: skip
        return self._wanted(given.tag)

    def _begin(self, principal: Principal, title: str, tag: str, to: str | None, work_id: str | None) -> WorkView:
        mine = {one: colour for one, colour in self._stores.tags.colours().items() if f"{one}/".startswith(f"{tag}/")}
        items = self._stores.selections.ids(Selection(query=ImageQuery(tag=(tag,))))
        params = {"tag": tag, "to": to, "colours": mine}
        return view_of(
            self._work.begin(principal, "tag", items, title=title, params=params, work_id=work_id), self._settings
        )


def _tree(counts: dict[str, int], colours: dict[str, str]) -> TagTree:
    below: dict[str, list[str]] = {}
    for tag in counts:
        below.setdefault(tag.rpartition("/")[0], []).append(tag)

    def nodes(parent: str) -> tuple[TagNode, ...]:
        return tuple(
            TagNode(
                tag=tag, name=tag.rpartition("/")[2], count=counts[tag], colour=colours.get(tag), children=nodes(tag)
            )
            for tag in sorted(below.get(parent, ()), key=lambda one: (one.casefold(), one))
        )  # fmt: skip

    return TagTree(items=nodes(""))
