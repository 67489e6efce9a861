"""The parts of the library that are about learning: datasets, trainings and what comes of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.services.datasets.annotating import AnnotationService
    from darkroom.services.datasets.committing import CommitService
    from darkroom.services.datasets.datasets import DatasetService
    from darkroom.services.datasets.draft_commits import DraftCommitService
    from darkroom.services.datasets.expanding import ExpandService
    from darkroom.services.datasets.following import FollowService
    from darkroom.services.datasets.quality import QualityService
    from darkroom.services.datasets.suspects import SuspectService
    from darkroom.services.datasets.unjudged import UnjudgedService
    from darkroom.services.hurrying import HurryService
    from darkroom.services.imports.service import ImportService
    from darkroom.services.recipes.renditions import RenditionService
    from darkroom.services.runs import RunLauncher
    from darkroom.services.training.brought import BroughtModelService
    from darkroom.services.training.embedding import EmbeddingService
    from darkroom.services.training.estimate import EstimateService
    from darkroom.services.training.models import ModelService
    from darkroom.services.training.proposing import ProposalService
    from darkroom.services.training.registry import RegistryService
    from darkroom.services.training.removing import RemovalService
    from darkroom.services.training.reproducing import ReproducingService
    from darkroom.services.training.searching import SearchModelService
    from darkroom.services.training.trainings import TrainingService
    from darkroom.services.work.service import WorkService
    from darkroom.store import Stores


class Learning:
    """Services about learning, each made when it is first used; the library is what they are parts of."""

    settings: Settings
    stores: Stores

    if TYPE_CHECKING:

        @property
        def launcher(self) -> RunLauncher:
            """How runs are asked for."""

        @property
        def work(self) -> WorkService:
            """Long work."""

        @property
        def renditions(self) -> RenditionService:
            """Recipes run on pictures."""

    @cached_property
    def datasets(self) -> DatasetService:
        """Datasets and their versions."""
        from darkroom.services.datasets.datasets import DatasetService

        return DatasetService(self.stores)

    @cached_property
    def commits(self) -> CommitService:
        """Versions of datasets that programs and pages ask for."""
        from darkroom.services.datasets.committing import CommitService

        return CommitService(self.settings, self.stores, self.work)

    @cached_property
    def suspects(self) -> SuspectService:
        """Labels that are probably wrong."""
        from darkroom.services.datasets.suspects import SuspectService

        return SuspectService(self.settings, self.stores, self.datasets, lambda: self.work)

    @cached_property
    def quality(self) -> QualityService:
        """What is wrong with versions of datasets."""
        from darkroom.services.datasets.quality import QualityService

        return QualityService(self.settings, self.stores, self.datasets, lambda: self.work)

    @cached_property
    def unjudged(self) -> UnjudgedService:
        """Versions that nobody has judged yet."""
        from darkroom.services.datasets.unjudged import UnjudgedService

        return UnjudgedService(self.stores, self.datasets, lambda: self.work)

    @cached_property
    def embeddings(self) -> EmbeddingService:
        """What models make of pictures."""
        from darkroom.services.training.embedding import EmbeddingService

        return EmbeddingService(self.settings, self.stores, lambda: self.work)

    @cached_property
    def search_models(self) -> SearchModelService:
        """Models that pictures are found with by words."""
        from darkroom.services.training.searching import SearchModelService

        return SearchModelService(self.settings, self.stores, self.embeddings, lambda: self.work)

    @cached_property
    def brought(self) -> BroughtModelService:
        """Models that others trained."""
        from darkroom.services.training.brought import BroughtModelService

        return BroughtModelService(self.settings, self.stores, lambda: self.work)

    @cached_property
    def expansions(self) -> ExpandService:
        """Versions with changed copies of their training pictures."""
        from darkroom.services.datasets.expanding import ExpandService

        return ExpandService(self.settings, self.datasets, lambda: self.work)

    @cached_property
    def imports(self) -> ImportService:
        """Archives of labelled pictures that become versions."""
        from darkroom.services.imports.service import ImportService

        return ImportService(self.settings, self.stores, self.datasets, self.work)

    @cached_property
    def annotations(self) -> AnnotationService:
        """What people say of pictures of datasets, one by one."""
        from darkroom.services.datasets.annotating import AnnotationService

        return AnnotationService(self.stores, self.datasets, self.trainings.results)

    @cached_property
    def draft_commits(self) -> DraftCommitService:
        """Versions of what people said."""
        from darkroom.services.datasets.draft_commits import DraftCommitService

        return DraftCommitService(self.settings, self.stores, self.datasets, self.annotations, lambda: self.work)

    @cached_property
    def models(self) -> ModelService:
        """Models and which of their versions are used."""
        from darkroom.services.training.models import ModelService

        return ModelService(self.stores)

    @cached_property
    def registry(self) -> RegistryService:
        """Cards of models, and what uses them."""
        from darkroom.services.training.registry import RegistryService

        return RegistryService(self.settings, self.stores, self.models, self.trainings.results)

    @cached_property
    def proposals(self) -> ProposalService:
        """Versions that wait for somebody's approval."""
        from darkroom.services.training.proposing import ProposalService

        return ProposalService(self.stores, self.models)

    @cached_property
    def removals(self) -> RemovalService:
        """Deleting what trainings left."""
        from darkroom.services.training.removing import RemovalService

        return RemovalService(self.stores, self.models, self.registry, self.trainings.results)

    @cached_property
    def reproductions(self) -> ReproducingService:
        """Models that are made again."""
        from darkroom.services.training.reproducing import ReproducingService

        return ReproducingService(self.trainings, self.models)

    @cached_property
    def trainings(self) -> TrainingService:
        """Trainings, checkpoints and reports."""
        from darkroom.services.training.trainings import TrainingService

        return TrainingService(
            self.settings,
            self.stores,
            self.launcher,
            self.datasets,
            self.models,
            refuse_poor=self.quality.refuse_poor,
        )

    @cached_property
    def hurries(self) -> HurryService:
        """How urgent what waits is."""
        from darkroom.services.hurrying import HurryService

        return HurryService(self.stores, self.launcher, self.trainings, self.renditions)

    @cached_property
    def estimates(self) -> EstimateService:
        """What to expect of trainings."""
        from darkroom.services.training.estimate import EstimateService

        return EstimateService(self.settings, self.stores, self.datasets, self.trainings, lambda: self.work)

    @cached_property
    def follows(self) -> FollowService:
        """Datasets that follow their pictures."""
        from darkroom.services.datasets.following import FollowService

        return FollowService(self.stores, self.datasets, self.trainings, lambda: self.work)
