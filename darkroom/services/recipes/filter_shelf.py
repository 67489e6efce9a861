"""Filters of the library in recipes: which version is meant, and what it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from darkroom.domain.recipe import FILTER_PREFIX, SavedFilter
from darkroom.errors import Error
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.operations.declare import Operation
    from darkroom.imaging.operations.filters_user import UserFilter
    from darkroom.imaging.recipes.model import Recipe, Step


class FilterShelf:
    """Looks filters up, and works them into recipes.

    Args:
        stores: where they are.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def get(self, words: str) -> SavedFilter:
        """`name` for the newest version, or `name@version`.

        Raises:
            Error: `not_found`.
        """
        name, _, version = words.partition("@")
        filters = self._stores.filters
        found = filters.find(words) if version else filters.newest(name)
        if found is None:
            raise unknown_filter(words)
        return found

    def operations(self) -> Iterator[Operation[Any]]:
        """The newest version of every filter, as an operation."""
        for one in self._stores.filters.list():
            yield filter_in(one).operation()

    def table(self, words: str) -> bytes:
        """The `.cube` file of a filter that is a look.

        Raises:
            Error: `not_found`; `invalid_parameter` for one that is none.
        """
        one = filter_in(self.get(words))
        if one.body.kind != "look":
            raise Error("invalid_parameter", f"The filter {one.name} is no look: it has no table.", parameter="id")
        return one.body.cube.encode()

    def steps(self, name: str, params: Mapping[str, Any]) -> tuple[Step, ...]:
        """What a step `user/name` stands for.

        Raises:
            Error: `not_found`, or `invalid_parameter` naming what does not fit.
        """
        from darkroom.imaging.recipes.filters import steps_of

        return steps_of(filter_in(self.get(name.removeprefix(FILTER_PREFIX))), params)

    def pinned(self, recipe: Recipe) -> Recipe:
        """The recipe with versions of filters in place of names, so that it means the same tomorrow.

        Raises:
            Error: `recipe_invalid` naming the step.
        """
        from darkroom.imaging.recipes.filters import has_filters, with_filters

        return with_filters(recipe, self._pinned) if has_filters(recipe) else recipe

    def expanded(self, recipe: Recipe) -> Recipe:
        """The recipe with what filters stand for in their place: it can run anywhere.

        Raises:
            Error: `recipe_invalid` naming the step.
        """
        from darkroom.imaging.recipes.filters import has_filters, with_filters

        return with_filters(recipe, self._expanded) if has_filters(recipe) else recipe

    @staticmethod
    def left_out(recipe: Recipe) -> Recipe:
        """The recipe with steps that change nothing in place of filters."""
        steps = (
            step.model_copy(update={"name": "auto_orient", "params": {}})
            if step.name.startswith(FILTER_PREFIX)
            else step
            for step in recipe.operations
        )
        return recipe.model_copy(update={"operations": tuple(steps)})

    def _pinned(self, step: Step) -> tuple[Step, ...]:
        found = self.get(step.name.removeprefix(FILTER_PREFIX))
        return (step.model_copy(update={"name": FILTER_PREFIX + found.id}),)

    def _expanded(self, step: Step) -> tuple[Step, ...]:
        return self.steps(step.name, step.params)


def filter_in(kept: SavedFilter) -> UserFilter:
    """The filter that a document holds."""
    from darkroom.imaging.operations.filters_user import UserFilter

    return UserFilter.model_validate_json(kept.filter)


def unknown_filter(words: str) -> Error:
    """What is said of a name that no filter has."""
    remedy = "`darkroom filter list` shows those there are."
    return Error("not_found", f"There is no filter {words[:100]!r} in the library.", remedy=remedy)
