"""Several models on the same pictures: who is right where, part by part, and how sure that is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from darkroom.access import scope_of
from darkroom.datasets.shares import SURE
from darkroom.domain.access import Principal
from darkroom.domain.image import ImageRecord
from darkroom.errors import Error
from darkroom.services.training.experiments import ExperimentService
from darkroom.services.training.side_views import Delta, DisputedPicture, SideBySideView, Slice, Told

MOST_MODELS = 8
_LEAST, _SLICES, _SHOWN, _AT_ONCE = 5, 60, 60, 1000
_TAGS = 5
_SIZES = ((1.0, "under 1 MP"), (4.0, "1 to 4 MP"), (12.0, "4 to 12 MP"), (math.inf, "above 12 MP"))
_LIGHT = ((0.3, "dark"), (0.7, "middling"), (math.inf, "bright"))


def side_by_side(experiments: ExperimentService, principal: Principal, reports: Sequence[str]) -> SideBySideView:
    """Put models beside each other that were judged by the same pictures.

    Raises:
        Error: `invalid_parameter` for fewer than two or one twice, `not_found`, `conflict` where they were judged by other pictures, or
            it is not kept what they said of each.
    """
    scope_of(principal, "training:read")
    if not 2 <= len(set(reports)) == len(reports) <= MOST_MODELS:
        raise Error("invalid_parameter", f"Name two to {MOST_MODELS} different reports.", parameter="report")
    models, said = experiments.said_by(principal, reports)
    keys = [key for key in said[0] if all(key in one for one in said)]
    if not keys:
        raise Error("conflict", "There is no picture that all of them were judged by.")
    parts = _parts(experiments, keys, said[0])
    slices = [
        _slice(by, name, keys_of, said)
        for (by, name), keys_of in parts.items()
        if len(keys_of) >= _LEAST or by == "all"
    ]
    rest = sorted(slices[1:], key=lambda one: (-_widest(one), one.by, one.name))
    return SideBySideView(
        reports=tuple(reports), models=tuple(models), count=len(keys), slices=(slices[0], *rest[: _SLICES - 1]),
        pictures=tuple(_disputed(keys, said)),
    )  # fmt: skip


def paired(better: int, worse: int, count: int) -> Delta:
    """Difference of two shares of the same things, by how many the one alone has and the other alone has.

    The interval is that of Agresti and Min (2005): half a case is added to each of the four cells.
    """
    total, more, less = count + 2, better + 0.5, worse + 0.5
    middle = (more - less) / total
    reach = SURE * math.sqrt(max(0.0, more + less - (more - less) ** 2 / total)) / total
    return Delta(value=(better - worse) / count, low=max(-1.0, middle - reach), high=min(1.0, middle + reach))


def _parts(
    experiments: ExperimentService, keys: Sequence[str], said: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str, str], list[str]]:
    """Pictures by what they have in common; all of them first."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    found["all", "all"] = list(keys)
    for key in keys:
        found["class", str(said[key]["label"])].append(key)
    for start in range(0, len(keys), _AT_ONCE):
        for record in experiments.stores.images.many(keys[start : start + _AT_ONCE]):
            for by, name in _facts(record):
                found[by, name].append(record.id)
    return found


def _facts(record: ImageRecord) -> Iterator[tuple[str, str]]:
    yield "format", record.format
    yield "size", next(name for most, name in _SIZES if record.width * record.height / 1e6 < most)
    if record.capture.camera:
        yield "camera", record.capture.camera
    yield "brightness", next(name for most, name in _LIGHT if record.quality.brightness < most)
    yield from (("tag", tag) for tag in record.tags[:_TAGS])


def _slice(by: str, name: str, keys: Sequence[str], said: Sequence[Mapping[str, Mapping[str, Any]]]) -> Slice:
    right = [[one[key]["predicted"] == one[key]["label"] for key in keys] for one in said]
    deltas = [
        paired(
            sum(ours and not first for ours, first in zip(one, right[0], strict=True)),
            sum(first and not ours for ours, first in zip(one, right[0], strict=True)), len(keys),
        )
        for one in right[1:]
    ]  # fmt: skip
    return Slice(
        by=by, name=name, count=len(keys), right=tuple(sum(one) / len(keys) for one in right), deltas=(None, *deltas)
    )


def _widest(one: Slice) -> float:
    return max((abs(delta.value) for delta in one.deltas if delta is not None), default=0.0)


def _disputed(keys: Sequence[str], said: Sequence[Mapping[str, Mapping[str, Any]]]) -> Iterator[DisputedPicture]:
    """Pictures on which not all models say the same, those first of which they are most differently sure."""
    apart = []
    for key in keys:
        rows = [one[key] for one in said]
        if len({row["predicted"] for row in rows}) > 1:
            sure = [float(row["right"]) for row in rows]
            apart.append((min(sure) - max(sure), key, rows))
    for _, key, rows in sorted(apart, key=lambda one: one[:2])[:_SHOWN]:
        told = tuple(Told(said=str(row["predicted"]), right=float(row["right"])) for row in rows)
        yield DisputedPicture(key=key, label=str(rows[0]["label"]), told=told)
