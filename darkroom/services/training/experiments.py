"""Trainings beside each other: what was tried and what it came to, and where two models say different things of the same pictures."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.training import StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.reach import page_of
from darkroom.services.training.results import ResultService
from darkroom.services.training.views import Disagreement, Experiment, ExperimentList, OptionValue, ReportComparison

if TYPE_CHECKING:
    import polars as pl

MOST = 200
"""Trainings that are put beside each other at most."""
_ALWAYS = ("model", "image_size", "batch_size", "learning_rate")
_SHOWN = 60
_SAID = ("key", "label", "predicted", "right", "hit")


class ExperimentService:
    """Trainings beside each other.

    Args:
        results: what came of them, for those who may see it.
    """

    def __init__(self, results: ResultService) -> None:
        self._results = results
        self.stores = results.stores

    def list(self, principal: Principal, *, limit: int = MOST) -> ExperimentList:
        """The newest trainings with what they were told differently and what they came to."""
        counts = self._results.counting(scope_of(principal, "training:read"))
        found = page_of(
            lambda most, after: self.stores.trainings.page(limit=most, cursor=after), counts, min(limit, MOST), None
        )
        runs = found.items
        reports = {one.id: one for one in self.stores.reports.many([run.report for run in runs if run.report])}
        flat = {run.id: flattened(run.config) for run in runs}
        options = varying(list(flat.values()))
        rows = [
            _row(run, reports.get(run.report or ""), {name: flat[run.id].get(name) for name in options}) for run in runs
        ]
        return ExperimentList(items=tuple(rows), options=options)

    def compare(self, principal: Principal, one: str, other: str) -> ReportComparison:
        """Where two models that were judged by the same pictures disagree, the widest apart first.

        Raises:
            Error: `not_found`, or `conflict` where they were judged by other pictures, or it is not kept what they said of each.
        """
        scope_of(principal, "training:read")
        from darkroom.datasets.beside import apart, joined

        reports = self._alike(principal, (one, other))
        pairs = joined([self._results.said(report, _SAID) for report in reports])
        counted = {hits[:2]: hits[2] for hits in pairs.group_by("hit_0", "hit_1").len().iter_rows()}
        ordered = apart(pairs, _SHOWN)
        models = [self._model(report) for report in reports]
        return ReportComparison(
            one=one, other=other, models=(models[0], models[1]), count=len(pairs),
            both_right=counted.get((True, True), 0), one_right=counted.get((True, False), 0),
            other_right=counted.get((False, True), 0), none_right=counted.get((False, False), 0),
            pictures=tuple(_apart(row) for row in ordered.iter_rows(named=True)),
        )  # fmt: skip

    def said_by(
        self, principal: Principal, names: Sequence[str]
    ) -> tuple[builtins.list[str], builtins.list[pl.DataFrame]]:
        """Models that reports are about, and what each said of each picture (`darkroom.datasets.slices`).

        Raises:
            Error: `not_found`, or `conflict` where they were judged by other pictures, or it is not kept what they said.
        """
        scope_of(principal, "training:read")
        reports = self._alike(principal, names)
        return [self._model(report) for report in reports], [self._results.said(report) for report in reports]

    def _alike(self, principal: Principal, names: Sequence[str]) -> builtins.list[StoredReport]:
        """Reports about the same pictures.

        Raises:
            Error: `not_found`, `conflict`.
        """
        reports = [self._results.seen(principal, self.stores.reports, name) for name in names]
        hashes = {self.stores.dataset_versions.get(report.dataset).hash for report in reports}
        if len(hashes) > 1 or len({report.split for report in reports}) > 1:
            remedy = "Compare reports on the same split of the same version."
            raise Error("conflict", f"{' and '.join(names)} are about different pictures.", remedy=remedy)
        return reports

    def _model(self, report: StoredReport) -> str:
        training = self.stores.trainings.find(report.training or "")
        return (training.model if training else None) or report.id


def flattened(config: Mapping[str, Any], before: str = "") -> dict[str, OptionValue]:
    """The options of a configuration by name, those of groups as `augment.mixup`."""
    found: dict[str, OptionValue] = {}
    for name, value in config.items():
        found |= flattened(value, f"{before}{name}.") if isinstance(value, Mapping) else {before + name: value}
    return found


def varying(configs: Sequence[Mapping[str, OptionValue]]) -> tuple[str, ...]:
    """Names of the options that are worth a column: a few always, others where they differ."""
    names = dict.fromkeys(name for one in configs for name in one)
    differ = [name for name in names if len({repr(one.get(name)) for one in configs}) > 1]
    return (*(name for name in _ALWAYS if name in names), *(name for name in differ if name not in (*_ALWAYS, "task")))


def _row(run: TrainingRun, report: StoredReport | None, options: dict[str, OptionValue]) -> Experiment:
    last = {name: value for name, value in (run.history[-1] if run.history else {}).items() if name != "step"}
    name, value = next(iter(last.items()), (None, None))
    low = high = None
    if report is not None:
        first = report.metrics[0]
        name, value, low, high = first.name, first.value, first.low, first.high
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else None
    return Experiment(
        id=run.id, dataset=run.dataset, task=run.task, state=run.state, created_at=run.created_at, seconds=seconds,
        steps=run.step, model=run.model, report=run.report, score_name=name, score=value, low=low, high=high,
        judged=report is not None, options=options,
    )  # fmt: skip


def _apart(row: Mapping[str, Any]) -> Disagreement:
    return Disagreement(
        key=row["key"], label=row["label"], one=row["predicted_0"], one_right=row["right_0"], other=row["predicted_1"],
        other_right=row["right_1"], apart=-row["order"],
    )  # fmt: skip
