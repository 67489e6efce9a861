"""What a training is asked for with, made whole by what its dataset says: the task, and what a search varies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from darkroom.domain.search import usual_space
from darkroom.domain.training import TrainingWanted
from darkroom.errors import Error
from darkroom.services.training.spent import Tariff
from darkroom.services.training.views import TrainingGiven

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest


def settled(given: TrainingGiven, read: Callable[[], Manifest], tariff: Tariff) -> TrainingWanted:
    """What is wanted, with the task that the dataset tells, the options that decide most for it, where nothing is said of them, and money as time.

    Args:
        given: as it is asked for.
        read: gives the examples; asked only where the task is not said.
        tariff: what time costs.

    Raises:
        Error: `training_invalid`, all that a search would vary is said already, or money buys no known time.
    """
    task = given.task
    if task is None:
        from darkroom.datasets.annotating import task_of

        task = "style" if given.options.get("style") else task_of(read())
    search = given.search
    if search is not None and not search.space:
        space = usual_space(task, given.options)
        if not space and usual_space(task, {}):
            raise Error(
                "training_invalid",
                "search: every option that it would vary is chosen already.",
                remedy="Name in `space` what may vary.",
            )
        search = search.model_copy(update={"space": space})
    seconds = given.budget_seconds
    if given.budget_cost is not None:
        bought = tariff.seconds("budget_cost", given.budget_cost, given.workers)
        seconds = min(bought, seconds) if seconds is not None and "budget_seconds" in given.model_fields_set else bought
    if search is not None and given.search_cost is not None:
        bought = tariff.seconds("search_cost", given.search_cost, 1)
        limit = search.budget_seconds if "budget_seconds" in search.model_fields_set else None
        search = search.model_copy(update={"budget_seconds": bought if limit is None else min(bought, limit)})
    own = {"dataset", "priority", "task", "search", "budget_seconds", "budget_cost", "search_cost"}
    choices = given.model_dump(exclude=own)
    return TrainingWanted.model_validate({**choices, "task": task, "search": search, "budget_seconds": seconds})
