"""Filters that people make of the operations there are: saved with versions, they are operations of the library."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.recipe import FILTER_PREFIX, SavedFilter
from darkroom.errors import Error
from darkroom.services.recipes.filter_shelf import FilterShelf, filter_in, unknown_filter
from darkroom.services.recipes.filter_views import FilterDetail, FilterList, FilterView, LookGiven, NewFilter
from darkroom.services.recipes.previews import PreviewService
from darkroom.services.recipes.saving import restore_versions, retire_versions, save_version
from darkroom.services.recipes.views import PreviewGiven, Retired
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.operations.base import Raster
    from darkroom.imaging.operations.filters_user import UserFilter

_MOST_CHARACTERS = 5_000_000
_MOST_FILTERS = 500
_LEARNT_AT = 1024


class FilterService:
    """Keeps filters.

    Args:
        stores: where they are.
        previews: opens pictures that looks are learned from.
    """

    def __init__(self, stores: Stores, previews: PreviewService) -> None:
        self._stores = stores
        self._previews = previews
        self._shelf = FilterShelf(stores)

    def list(self, principal: Principal) -> FilterList:
        """The newest version of every filter."""
        require(principal, "presets:read")
        return FilterList(items=tuple(map(_view, self._stores.filters.list())))

    def get(self, principal: Principal, words: str) -> FilterDetail:
        """One filter: `name` for its newest version, or `name@version`.

        Raises:
            Error: `not_found`.
        """
        require(principal, "presets:read")
        found = self._shelf.get(words)
        versions = self._stores.filters.versions(found.name)
        return FilterDetail(
            **dict(_view(found)), filter=json.loads(found.filter), versions=tuple(one.version for one in versions),
            retired=found.retired_at is not None, presets=tuple(self._stores.presets.with_step(FILTER_PREFIX + found.id)),
        )  # fmt: skip

    def save(self, principal: Principal, new: NewFilter) -> FilterDetail:
        """Save a filter as the next version of its name; one that says what the newest says already is that version, in the
        list again if it was taken out.

        Raises:
            Error: `invalid_parameter` naming what is wrong; `conflict` when somebody saved another version at the same time.
        """
        require(principal, "presets:write")
        return self._keep(principal, read_filter(new.filter))

    def learn(self, principal: Principal, given: LookGiven) -> FilterDetail:
        """Learn a look from a picture before and after its edit, and save it as a filter.

        Raises:
            Error: `not_found`; `invalid_parameter` where the pictures do not belong together, or no table of colours explains
                the edit.
        """
        require(principal, "presets:write")
        from darkroom.imaging.operations.filters_user import filter_from_pair

        before, after = self._seen(principal, given.before), self._seen(principal, given.after)
        return self._keep(principal, filter_from_pair(given.name, given.title, before, after, size=given.size))

    def table(self, principal: Principal, words: str) -> bytes:
        """The `.cube` file of a filter that is a look.

        Raises:
            Error: `not_found`; `invalid_parameter` for one that is none.
        """
        require(principal, "presets:read")
        return self._shelf.table(words)

    def retire(self, principal: Principal, name: str) -> Retired:
        """Take a filter out of the list, unless presets there use it; its versions stay for what was made with them.

        Raises:
            Error: `not_found`; `conflict` naming the presets.
        """
        require(principal, "presets:write")
        if self._stores.filters.newest(name) is None:
            raise unknown_filter(name)
        if used := self._users(name):
            raise Error(
                "conflict", f"{FILTER_PREFIX}{name} is used by {_named(used)}.",
                remedy="Save those without it, or take them out of the list, first.",
            )  # fmt: skip
        return retire_versions(self._stores, self._stores.filters, name, principal, FILTER_PREFIX + name)

    def _users(self, name: str) -> tuple[str, ...]:
        """Presets of the list whose newest version has a version of the filter as a step."""
        step = f'"{FILTER_PREFIX}{name}@'
        return tuple(one.id for one in self._stores.presets.list() if step in one.recipe)

    def _keep(self, principal: Principal, given: UserFilter) -> FilterDetail:
        newest = self._stores.filters.newest(given.name)
        if newest is None and len(self._stores.filters.list()) >= _MOST_FILTERS:
            raise Error("invalid_parameter", f"A library has {_MOST_FILTERS} filters at most.", parameter="filter")
        if newest and given == filter_in(newest).model_copy(update={"version": given.version}):
            if newest.retired_at is not None:
                restore_versions(
                    self._stores, self._stores.filters, newest.name, principal, FILTER_PREFIX + newest.name
                )
            return self.get(principal, newest.id)
        version = newest.version + 1 if newest else 1
        kept = SavedFilter(
            id=f"{given.name}@{version}", name=given.name, version=version, title=given.title,
            filter=given.model_copy(update={"version": version}).model_dump_json(), created_at=now(), created_by=principal.id,
        )  # fmt: skip
        save_version(self._stores, self._stores.filters, kept, principal, FILTER_PREFIX + kept.name)
        return self.get(principal, kept.id)

    def _seen(self, principal: Principal, image: str) -> Raster:
        """A picture as everybody sees it, from the process that opens what may be hostile."""
        import numpy as np
        from PIL import Image

        from darkroom.imaging.operations.base import Raster

        plain = {"name": "plain", "operations": []}
        given = PreviewGiven(recipe=plain, long_side=_LEARNT_AT, format="png")
        made = self._previews.preview(principal, image, given)
        return Raster(np.asarray(Image.open(io.BytesIO(made.data)).convert("RGB")))


def read_filter(given: Mapping[str, Any] | str) -> UserFilter:
    """A filter from an object, or from YAML or JSON.

    Raises:
        Error: `invalid_parameter` naming what is wrong.
    """
    import yaml

    from darkroom.imaging.operations.filters_user import UserFilter

    if isinstance(given, str):
        if len(given) > _MOST_CHARACTERS:
            raise Error("invalid_parameter", "The filter is larger than five megabytes.", parameter="filter")
        try:
            given = json.loads(given) if given.lstrip().startswith("{") else yaml.safe_load(given)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            words = " ".join(str(error).split())[:200]
            raise Error(
                "invalid_parameter", f"filter: it is neither YAML nor JSON: {words}.", parameter="filter"
            ) from error
    try:
        return UserFilter.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["filter", *(str(part) for part in first["loc"])])
        words = first["msg"].removeprefix("Value error, ")
        raise Error(
            "invalid_parameter", f"{place}: {words}.", parameter="filter",
            remedy="A filter has a `name`, a `title`, a `body` (kernel, expression, look or steps) and `knobs`.",
        ) from error  # fmt: skip


def _named(presets: tuple[str, ...]) -> str:
    shown = ", ".join(presets[:8])
    more = f" and {len(presets) - 8} more" if len(presets) > 8 else ""
    return f"the preset{'s' if len(presets) > 1 else ''} {shown}{more}"


def _view(one: SavedFilter) -> FilterView:
    about = json.loads(one.filter)
    return FilterView(
        name=one.name, version=one.version, title=one.title, kind=about["body"]["kind"],
        knobs=tuple(knob["name"] for knob in about["knobs"]), created_at=one.created_at, created_by=one.created_by,
    )  # fmt: skip
