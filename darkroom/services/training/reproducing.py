"""Making a model again from what made it, and telling how near the second one came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.training import ReproducedFigure, Reproduction, StoredCheckpoint, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.training.views import TrainingGiven, TrainingView
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.training.models import ModelService
    from darkroom.services.training.trainings import TrainingService

_WEIGHTS = "weights.safetensors"
_BESIDE = ("task", "budget_seconds", "seed")


class ReproducingService:
    """Trains with the dataset version, the configuration and the seed of a version of a model.

    Args:
        trainings: starts them.
        models: knows the versions.
    """

    def __init__(self, trainings: TrainingService, models: ModelService) -> None:
        self._trainings = trainings
        self._models = models

    def start(self, principal: Principal, name: str, number: int) -> TrainingView:
        """Train again as a version was trained; the result is a version as any other, compared with the first at its end.

        Raises:
            Error: `not_found`; `conflict` where its configuration is not known, or its dataset says something else; as
                starting a training does.
        """
        scope_of(principal, "training:write")
        version = self._models.version(principal, name, number)
        stores = self._trainings.stores
        kept = stores.checkpoints.get(version.checkpoint)
        if not kept.config:
            raise Error("conflict", f"It is not known how {version.id} was trained.")
        dataset = stores.dataset_versions.find(version.dataset)
        if dataset is None or dataset.hash != kept.about.dataset:
            raise Error("conflict", f"{version.dataset} does not say what {version.id} learnt from.")
        first = stores.trainings.find(version.training)
        given = TrainingGiven(
            dataset=version.dataset, name=name, task=kept.config["task"], budget_seconds=kept.config["budget_seconds"],
            seed=kept.config["seed"], workers=first.workers if first else 1,
            options={option: value for option, value in kept.config.items() if option not in _BESIDE},
        )  # fmt: skip
        return self._trainings.start(principal, given, reproduces=version.id)


def compared(stores: Stores, training: TrainingRun, report: StoredReport) -> Reproduction | None:
    """How near a training came to the version that it makes again; None for any other training, and for a version that is gone."""
    version = stores.model_versions.find(training.reproduces) if training.reproduces else None
    if version is None:
        return None
    apart = _apart(stores, stores.checkpoints.get(version.checkpoint), stores.checkpoints.get(report.checkpoint))
    after = {one.name: one.value for one in report.metrics}
    figures = tuple(
        ReproducedFigure(name=one.name, before=one.value, after=after[one.name])
        for one in version.metrics if one.name in after
    )  # fmt: skip
    return Reproduction(of=version.id, apart=apart, figures=figures)


def _apart(stores: Stores, *kept: StoredCheckpoint) -> float | None:
    """The largest difference between two weights; None where they cannot be compared."""
    from safetensors.numpy import load

    keys = [next((one.key for one in each.files if one.name == _WEIGHTS), None) for each in kept]
    if None in keys:
        return None
    if keys[0] == keys[1]:
        return 0.0
    one, other = (load(stores.blobs.read("originals", str(key))) for key in keys)
    if {name: value.shape for name, value in one.items()} != {name: value.shape for name, value in other.items()}:
        return None
    return max((float(abs(one[name].astype("f8") - other[name]).max()) for name in one if one[name].size), default=0.0)
