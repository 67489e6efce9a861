"""Several models on the same pictures: who is right where, part by part, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from darkroom.access import scope_of
from darkroom.datasets.shares import SURE
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.training.experiments import ExperimentService
from darkroom.services.training.predictions import with_facts
from darkroom.services.training.side_views import Delta, DisputedPicture, SideBySideView, Slice, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from darkroom.datasets.beside import Part

MOST_MODELS = 8
_SLICES, _SHOWN = 60, 60


def side_by_side(experiments: ExperimentService, principal: Principal, reports: Sequence[str]) -> SideBySideView:
    """Put models beside each other that were judged by the same pictures.

    Raises:
        Error: `invalid_parameter` for fewer than two or one twice, `not_found`, `conflict` where they were judged by other pictures, or
            it is not kept what they said of each.
    """
    scope_of(principal, "training:read")
    if not 2 <= len(set(reports)) == len(reports) <= MOST_MODELS:
        raise Error("invalid_parameter", f"Name two to {MOST_MODELS} different reports.", parameter="report")
    from darkroom.datasets.beside import disputed, joined, parts

    models, (first, *others) = experiments.said_by(principal, reports)
    # What is known of the pictures is kept with newer reports alone.
    told = joined([first if "format" in first.columns else with_facts(experiments.stores, first), *others])
    if told.is_empty():
        raise Error("conflict", "There is no picture that all of them were judged by.")
    whole, *rest = (_slice(one) for one in parts(told))
    rest.sort(key=lambda one: (-_widest(one), one.by, one.name))
    rows = disputed(told, _SHOWN).iter_rows(named=True)
    return SideBySideView(
        reports=tuple(reports), models=tuple(models), count=len(told), slices=(whole, *rest[: _SLICES - 1]),
        pictures=tuple(_picture(row, len(models)) for row in rows),
    )  # fmt: skip


def paired(better: int, worse: int, count: int) -> Delta:
    """Difference of two shares of the same things, by how many the one alone has and the other alone has.

    The interval is that of Agresti and Min (2005): half a case is added to each of the four cells.
    """
    total, more, less = count + 2, better + 0.5, worse + 0.5
    middle = (more - less) / total
    reach = SURE * math.sqrt(max(0.0, more + less - (more - less) ** 2 / total)) / total
    return Delta(value=(better - worse) / count, low=max(-1.0, middle - reach), high=min(1.0, middle + reach))


def _slice(part: Part) -> Slice:
    deltas = (paired(more, less, part.count) for more, less in zip(part.better[1:], part.worse[1:], strict=True))
    return Slice(
        by=part.by, name=part.name, count=part.count, right=tuple(one / part.count for one in part.hits), deltas=(None, *deltas)
    )  # fmt: skip


def _widest(one: Slice) -> float:
    return max((abs(delta.value) for delta in one.deltas if delta is not None), default=0.0)


def _picture(row: Mapping[str, Any], models: int) -> DisputedPicture:
    told = tuple(Told(said=str(row[f"predicted_{at}"]), right=float(row[f"right_{at}"])) for at in range(models))
    return DisputedPicture(key=row["key"], label=str(row["label"]), told=told)
