"""Tags: the tree of them, their colours, and changing one on every picture that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.edit import Edit, tag_path
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.edit_views import TagColour, TagNode, TagRemoval, TagRename, TagsChanged, TagTree
from darkroom.services.sight import whole
from darkroom.store import Stores
from darkroom.store.database import Session

AT_ONCE = 20_000
"""Pictures on which a tag is changed while somebody waits for the answer: about ten seconds."""
_CHUNK = 500


class TagService:
    """Reads and changes tags.

    Args:
        stores: pictures and colours.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def tree(self, principal: Principal) -> TagTree:
        """Every tag that a picture has, with how many have it."""
        scope = scope_of(principal, "images:read")
        return _tree(self._stores.columns.tags(scope=scope), self._stores.tags.colours())

    def rename(self, principal: Principal, given: TagRename, *, most: int = AT_ONCE) -> TagsChanged:
        """Give a tag, and all below it, another name on every picture; with `merge` it may join one that is there.

        Args:
            principal: who asks.
            given: which, and how.
            most: pictures that are changed; `left` tells how many are left.

        Raises:
            Error: `not_found`, `already_exists`, `invalid_parameter`.
        """
        require(principal, "tags:write")
        whole(principal, "images:edit")
        if given.to == given.tag or given.to.startswith(f"{given.tag}/"):
            raise Error("invalid_parameter", f"{given.to}: a tag cannot lie in itself.", parameter="to")
        if not given.merge and self._count(given.to):
            raise Error(
                "already_exists", f"There is a tag {given.to!r} already.",
                remedy="Choose another name, or ask for `merge`, after which the two are one.",
            )  # fmt: skip
        count = self._wanted(given.tag)
        if given.dry_run:
            return TagsChanged(tag=given.tag, to=given.to, images=count, dry_run=True)
        done = self._each(principal, given.tag, lambda tag: _moved(tag, given.tag, given.to), most)
        return TagsChanged(tag=given.tag, to=given.to, images=done, left=self._conclude(principal, given.tag, given.to))

    def remove(self, principal: Principal, given: TagRemoval, *, most: int = AT_ONCE) -> TagsChanged:
        """Take a tag, and all below it, off every picture.

        Raises:
            Error: `not_found`.
        """
        require(principal, "tags:write")
        whole(principal, "images:edit")
        count = self._wanted(given.tag)
        if given.dry_run:
            return TagsChanged(tag=given.tag, images=count, dry_run=True)
        done = self._each(principal, given.tag, lambda _tag: None, most)
        return TagsChanged(tag=given.tag, images=done, left=self._conclude(principal, given.tag, None))

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

    def _each(self, principal: Principal, tag: str, change: Callable[[str], str | None], most: int) -> int:
        """Change the tag on pictures, in chunks that are each whole; a second call goes on after a kill."""
        changed = 0

        def work(session: Session) -> int:
            found = self._stores.images.tagged(tag, limit=min(_CHUNK, most), session=session)
            edits = {image: _edit(tags, tag, change) for image, tags in found.items()}
            done = self._stores.images.edit_each(session, edits)
            if done.edited:
                ids = [one.image for one in done.edited]
                data = {"edited": ["tags"]}
                self._stores.events.append(session, type="images.updated", principal=principal, ids=ids, data=data)
            return len(done.edited)

        while changed < most and (count := self._stores.database.run(work)):
            changed += count
        return changed

    def _conclude(self, principal: Principal, tag: str, to: str | None) -> int:
        """Colours go along with the last picture, and whoever shows tags reads them again; returns how many are left."""
        if left := self._count(tag):
            return left

        def work(session: Session) -> None:
            self._stores.tags.move(session, tag, to)
            ids = [tag] if to is None else [tag, to]
            self._stores.events.append(session, type="tags.changed", principal=principal, ids=ids)

        self._stores.database.run(work)
        return 0


def _moved(tag: str, old: str, new: str) -> str | None:
    # A name that would be too long is cut at a whole level: what lies that deep keeps what it can.
    levels = tag_path(new + tag.removeprefix(old))
    return next((one for one in reversed(levels) if len(one) <= 120), None)


def _edit(tags: Iterable[str], tag: str, change: Callable[[str], str | None]) -> Edit:
    mine = [one for one in tags if one == tag or one.startswith(f"{tag}/")]
    after = {new for one in mine if (new := change(one)) is not None}
    return Edit(add_tags=tuple(after - set(mine)), remove_tags=tuple(set(mine) - after))


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
