"""What policies of augmentation are worth: read from the trainings that differ in nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.train_config import AugmentConfig
from darkroom.domain.training import StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.datasets import DatasetService
from darkroom.services.datasets.reach import page_of
from darkroom.services.training.ablation_views import Ablated, Ablation, AblationList, AblationPair
from darkroom.services.training.results import ResultService
from darkroom.services.training.side_by_side import paired
from darkroom.services.training.side_views import Delta

_MOST = 200
"""Trainings of a version that are looked at, the newest."""
_SAID = ("key", "label", "predicted", "right", "hit")
_NO_MATTER = {"strength", "cutout_side"}
"""Values of a policy that change no picture by themselves."""


class AblationService:
    """Policies beside none.

    Args:
        results: what came of trainings, for those who may see it.
        datasets: versions.
    """

    def __init__(self, results: ResultService, datasets: DatasetService) -> None:
        self._results = results
        self._datasets = datasets
        self._stores = results.stores

    def view(self, principal: Principal, words: str) -> AblationList:
        """Every policy that was tried on a version beside none, with the same seed and all else the same.

        Args:
            principal: who asks.
            words: a dataset or a version of it.

        Raises:
            Error: `not_found`.
        """
        counts = self._results.counting(scope_of(principal, "training:read"))
        version = self._datasets.seen(principal, words, "training:read")
        found = page_of(
            lambda most, after: self._stores.trainings.page(limit=most, cursor=after, dataset=version.id),
            counts, _MOST, None,
        )  # fmt: skip
        reports = {one.id: one for one in self._stores.reports.many([run.report for run in found.items if run.report])}
        items = [self._ablation(runs, reports) for runs in _groups(found.items)]
        return AblationList(version=version.id, items=tuple(items))

    def _ablation(
        self, runs: Sequence[tuple[TrainingRun, TrainingRun]], reports: Mapping[str, StoredReport]
    ) -> Ablation:
        config = runs[0][0].config
        pairs = [
            AblationPair(seed=one.config["seed"], policy=_ablated(one, reports), nothing=_ablated(other, reports))
            for one, other in sorted(runs, key=lambda pair: pair[0].config["seed"])
        ]
        gains = [
            one.policy.score - one.nothing.score
            for one in pairs
            if one.policy.score is not None and one.nothing.score is not None
        ]
        judged = (reports.get(run.report or "") for pair in runs for run in pair)
        named = next((one for one in judged if one is not None), None)
        return Ablation(
            policy=AugmentConfig.model_validate(config["augment"]), task=runs[0][0].task, model=str(config["model"]),
            budget_seconds=config["budget_seconds"], score_name=named.metrics[0].name if named else None,
            pairs=tuple(pairs), judged=len(gains), gain=sum(gains) / len(gains) if gains else None,
            right=self._right(pairs, reports),
        )  # fmt: skip

    def _right(self, pairs: Sequence[AblationPair], reports: Mapping[str, StoredReport]) -> Delta | None:
        """The difference over all pictures of all seeds; None where it is not kept which were called right."""
        from darkroom.datasets.beside import joined

        better = worse = count = 0
        for one in pairs:
            both = [reports.get(each.report or "") for each in (one.nothing, one.policy)]
            if None in both or both[0].split != both[1].split:  # type: ignore[union-attr]
                continue
            try:
                told = joined([self._results.said(report, _SAID) for report in both if report is not None])
            except Error as error:
                if error.code not in ("conflict", "blob_missing"):
                    raise
                continue
            better += int((told["hit_1"] & ~told["hit_0"]).sum())
            worse += int((told["hit_0"] & ~told["hit_1"]).sum())
            count += len(told)
        return paired(better, worse, count) if count else None


def _groups(runs: Sequence[TrainingRun]) -> list[list[tuple[TrainingRun, TrainingRun]]]:
    """Trainings with a policy, each with the one that has the same configuration and seed, and none; by policy, the newest first."""
    plain: dict[str, TrainingRun] = {}
    with_policy: dict[tuple[str, str], dict[int, TrainingRun]] = defaultdict(dict)
    for run in runs:  # the newest first: of several alike it counts
        if run.search is not None or not run.config:
            continue
        rest = _words({name: value for name, value in run.config.items() if name not in ("augment", "seed")})
        policy = {name: value for name, value in run.config["augment"].items() if name not in _NO_MATTER}
        if policy == _NOTHING:
            plain.setdefault(f"{run.config['seed']} {rest}", run)
        else:
            with_policy[rest, _words(policy)].setdefault(run.config["seed"], run)
    found = [
        [(run, plain[f"{seed} {rest}"]) for seed, run in seeds.items() if f"{seed} {rest}" in plain]
        for (rest, _), seeds in with_policy.items()
    ]
    return [one for one in found if one]


def _ablated(run: TrainingRun, reports: Mapping[str, StoredReport]) -> Ablated:
    report = reports.get(run.report or "")
    score = report.metrics[0].value if report is not None else None
    return Ablated(training=run.id, state=run.state, report=run.report, score=score)


def _words(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)


_NOTHING = AugmentConfig.nothing().model_dump(mode="json", exclude=_NO_MATTER)
