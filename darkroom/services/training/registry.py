"""What there is to know of a version of a model: its card, and what uses it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.services.datasets.reach import read_manifest
from darkroom.services.training.card import Facts, markdown, page
from darkroom.services.training.spent import Tariff
from darkroom.services.training.views import ModelUses
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.domain.dataset import CommittedVersion
    from darkroom.domain.training import Metric, ModelLine, ModelVersion, TrainingRun
    from darkroom.services.training.models import ModelService
    from darkroom.services.training.results import ResultService

_LOOKED_AT = 2000
"""Pictures of a dataset whose rights a card tells."""
_KINDS = 12
_SIBLINGS = 200


class RegistryService:
    """Cards and uses of versions.

    Args:
        settings: prices.
        stores: what they are made of.
        models: which versions there are.
        results: their reports.
    """

    def __init__(self, settings: Settings, stores: Stores, models: ModelService, results: ResultService) -> None:
        self._tariff = Tariff.of(settings)
        self._stores = stores
        self._models = models
        self._results = results

    def card(self, principal: Principal, name: str, number: int, form: Literal["md", "html"]) -> str:
        """Everything that is known of a version, on one page.

        Raises:
            Error: `not_found`, `blob_missing`.
        """
        scope_of(principal, "training:read")
        version = self._models.version(principal, name, number)
        found = self._results.report(principal, version.report)
        dataset = self._stores.dataset_versions.find(version.dataset)
        facts = Facts(
            version=version, aliases=_aliases(self._stores.models.get(name), number),
            checkpoint=self._stores.checkpoints.get(version.checkpoint), dataset=dataset,
            training=self._stores.trainings.find(version.training),
            details={**found.details, "split": found.report.split, "count": found.report.count}, weakest=found.weakest, rights=self._rights(dataset), seeds=self._seeds(version), tariff=self._tariff,
        )  # fmt: skip
        return page(facts) if form == "html" else markdown(facts)

    def uses(self, principal: Principal, name: str, number: int) -> ModelUses:
        """What uses a version of a model, in this library.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "training:read")
        version = self._models.version(principal, name, number)
        aliases = _aliases(self._stores.models.get(name), number)
        return ModelUses(
            aliases=aliases,
            presets=self._presets(version, aliases),
            orders=self._stores.orders.naming(version.id),
            followed=tuple(
                one.id
                for one in self._stores.followed.all()
                if one.follow.training is not None and (one.follow.training.name or one.id) == name
            ),
            reproduced_by=tuple(self._stores.trainings.reproducing(version.id)),
        )

    def _presets(self, version: ModelVersion, aliases: tuple[str, ...]) -> tuple[str, ...]:
        words = {version.id, *(f"{version.name}@{alias}" for alias in aliases)}
        words |= {version.name} if "champion" in aliases else set()
        return tuple(one.id for one in self._stores.presets.list() if words & named_models(json.loads(one.recipe)))

    def _seeds(self, version: ModelVersion) -> tuple[tuple[int, Metric], ...]:
        """What trainings came to that differ from that of a version in their seed alone, itself first."""
        if not version.metrics:
            return ()
        own = self._stores.trainings.find(version.training)
        found = {int(self._stores.checkpoints.get(version.checkpoint).about.seed): version.metrics[0]}
        if own is None:
            return tuple(found.items())
        done = self._stores.trainings.page(limit=_SIBLINGS, states=["done"], dataset=version.dataset).items
        alike = {one.report: one for one in done if one.report is not None and _but_seed(one) == _but_seed(own)}
        for report in self._stores.reports.many(list(alike)):
            seed = int(alike[report.id].config["seed"])
            if report.metrics and report.metrics[0].name == version.metrics[0].name:
                found.setdefault(seed, report.metrics[0])
        return tuple(found.items())

    def _rights(self, dataset: CommittedVersion | None) -> tuple[tuple[str, int], ...]:
        """What is said of the rights on the first pictures of a dataset."""
        if dataset is None:
            return ()
        keys = read_manifest(self._stores, dataset).frame["key"].head(_LOOKED_AT).to_list()
        found = Counter(record.copyright or "nothing is said" for record in self._stores.images.many(keys))
        if len(found) > _KINDS:
            most = found.most_common(_KINDS - 1)
            return (*most, ("others", found.total() - sum(count for _, count in most)))
        return tuple(found.most_common())


def _aliases(line: ModelLine, number: int) -> tuple[str, ...]:
    return tuple(sorted(alias for alias, which in line.aliases.items() if which == number))


def _but_seed(one: TrainingRun) -> tuple[Any, ...]:
    """What trainings must have alike, to differ in their seed alone."""
    return one.task, one.workers, {name: value for name, value in one.config.items() if name not in ("seed", "threads")}


def named_models(recipe: Any) -> set[str]:
    """Every `model` that a recipe names, however deep."""
    if isinstance(recipe, dict):
        found = {recipe["model"]} if isinstance(recipe.get("model"), str) else set()
        return found.union(*map(named_models, recipe.values()))
    return set().union(*map(named_models, recipe)) if isinstance(recipe, list) else set()
