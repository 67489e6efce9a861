"""The library: stores and services put together once per process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from darkroom.services.learning import Learning
from darkroom.services.people import People
from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.domain.access import Principal
    from darkroom.services.activity import ActivityService
    from darkroom.services.buckets import BucketService
    from darkroom.services.collections import CollectionService
    from darkroom.services.diagnostics import DiagnosticsService
    from darkroom.services.editing import EditingService
    from darkroom.services.exports.service import ExportService
    from darkroom.services.feed import Feed
    from darkroom.services.finding import FindingService
    from darkroom.services.gallery import GalleryService
    from darkroom.services.ingest import IngestService
    from darkroom.services.naming import NamingService
    from darkroom.services.orchestrator import OrchestratorGate
    from darkroom.services.recipes.filters import FilterService
    from darkroom.services.recipes.histories import HistoryService
    from darkroom.services.recipes.plugins import PluginService
    from darkroom.services.recipes.presets import PresetService
    from darkroom.services.recipes.previews import PreviewService
    from darkroom.services.recipes.renditions import RenditionService
    from darkroom.services.recipes.sweeping import Sweeper
    from darkroom.services.rules.service import RuleService
    from darkroom.services.runs import RunLauncher
    from darkroom.services.storage import StorageService
    from darkroom.services.storage.moves import MoveService
    from darkroom.services.storage.tasks import StorageTasks
    from darkroom.services.tags import TagService
    from darkroom.services.tiles import TileService
    from darkroom.services.trash import TrashService
    from darkroom.services.uploads.service import UploadService
    from darkroom.services.uploads.tidying import UploadTidier
    from darkroom.services.work.bulk import BulkService
    from darkroom.services.work.operations import OperationService
    from darkroom.services.work.service import WorkService
    from darkroom.store import Stores
    from darkroom.store.rankings import Ranker


class Library(Learning, People):
    """Everything a process needs to act on the library; parts are made when first used.

    Args:
        settings: the settings of this process.
        stores: open repositories and blobs.
        launcher: asks Dagster for runs; made from the settings when not given.
    """

    def __init__(self, settings: Settings, stores: Stores, launcher: RunLauncher | None = None) -> None:
        self.settings = settings
        self.stores = stores
        self._launcher = launcher
        stores.rankings.make = self._ranker

    @classmethod
    def open(cls, settings: Settings, launcher: RunLauncher | None = None) -> Library:
        """Connect to the database and the blobs that the settings (or the running supervisor) name.

        Raises:
            Error: `not_running`, `database_unavailable` or `migration_needed`.
        """
        from darkroom.store import Stores

        return cls(settings, Stores.open(settings), launcher)

    def close(self) -> None:
        """End live streams and give connections back."""
        for name in ("feed", "previews", "tiles", "recovery", "guard", "trainings"):
            if name in self.__dict__:
                getattr(self, name).close()
        self.stores.close()

    def _ranker(self) -> Ranker:
        from darkroom.services.training.ranking import PictureRanker

        return PictureRanker(self.stores)

    @cached_property
    def launcher(self) -> RunLauncher:
        """How runs are asked for."""
        from darkroom.services.runs import DagsterLauncher

        return self._launcher or DagsterLauncher(self.settings)

    @cached_property
    def ingest(self) -> IngestService:
        """Bringing files in."""
        from darkroom.services.ingest import IngestService

        return IngestService(self.settings, self.stores, self.launcher, self._file)

    def _file(self, principal: Principal, batch: str) -> None:
        from darkroom.services.rules.arriving import ArrivingPictures

        ArrivingPictures(self.stores, self.editing, lambda: self.renditions).file(principal, batch)

    @cached_property
    def rules(self) -> RuleService:
        """What is done by itself with pictures that come in."""
        from darkroom.services.rules.service import RuleService

        return RuleService(self.stores, self.editing, self.presets, self.bulk)

    @cached_property
    def gallery(self) -> GalleryService:
        """Pages, facets and single pictures."""
        from darkroom.services.gallery import GalleryService

        return GalleryService(self.settings, self.stores)

    @cached_property
    def naming(self) -> NamingService:
        """Whatever has a name."""
        from darkroom.services.naming import NamingService

        return NamingService(self)

    @cached_property
    def finding(self) -> FindingService:
        """Help with the query language."""
        from darkroom.services.finding import FindingService

        return FindingService(self.stores)

    @cached_property
    def editing(self) -> EditingService:
        """What people set on pictures."""
        from darkroom.services.editing import EditingService

        return EditingService(self.stores, self.gallery)

    @cached_property
    def tags(self) -> TagService:
        """Tags on all pictures."""
        from darkroom.services.tags import TagService

        return TagService(self.settings, self.stores, self.work)

    @cached_property
    def buckets(self) -> BucketService:
        """Buckets that pictures are dropped into."""
        from darkroom.services.buckets import BucketService

        return BucketService(self.settings, self.stores, self.ingest)

    @cached_property
    def uploads(self) -> UploadService:
        """Files that come in part by part."""
        from darkroom.services.uploads.service import UploadService

        return UploadService(self.settings, self.stores, self.ingest, self.gallery, work=self.work)

    @cached_property
    def upload_tidier(self) -> UploadTidier:
        """Looks after uploads that nobody goes on with."""
        from darkroom.services.uploads.tidying import UploadTidier

        return UploadTidier(self.settings, self.stores, self.uploads)

    @cached_property
    def trash(self) -> TrashService:
        """Putting pictures away, and removing them for good."""
        from darkroom.services.trash import TrashService

        return TrashService(self.settings, self.stores)

    @cached_property
    def collections(self) -> CollectionService:
        """Sets of pictures, which are places too."""
        from darkroom.services.collections import CollectionService

        return CollectionService(self.settings, self.stores, self.guard, self.work)

    @cached_property
    def activity(self) -> ActivityService:
        """Queue, batches, failures, runs and the health of the services."""
        from darkroom.services.activity import ActivityService

        return ActivityService(self.settings, self.stores, self.ingest, self.launcher, work=lambda: self.work)

    @cached_property
    def diagnostics(self) -> DiagnosticsService:
        """Bundles for whoever helps."""
        from darkroom.services.diagnostics import DiagnosticsService

        return DiagnosticsService(self.settings, self.stores, self.activity.health)

    @cached_property
    def orchestrator(self) -> OrchestratorGate:
        """Who may do what in Dagster's own web app."""
        from darkroom.services.orchestrator import OrchestratorGate

        return OrchestratorGate(self.stores)

    @cached_property
    def storage(self) -> StorageService:
        """Where blobs lie."""
        from darkroom.services.storage import StorageService

        return StorageService(self.settings, self.stores)

    @cached_property
    def moves(self) -> MoveService:
        """Moves of pictures that runs do."""
        from darkroom.services.storage.moves import MoveService

        return MoveService(self.settings, self.stores, self.storage, self.launcher)

    @cached_property
    def storage_tasks(self) -> StorageTasks:
        """Verifying and arranging blobs, and backups."""
        from darkroom.services.storage.tasks import StorageTasks

        return StorageTasks(self.settings, self.stores, self.storage, self.work)

    @cached_property
    def presets(self) -> PresetService:
        """Saved recipes."""
        from darkroom.services.recipes.presets import PresetService

        return PresetService(self.settings, self.stores)

    @cached_property
    def filters(self) -> FilterService:
        """Filters that people made."""
        from darkroom.services.recipes.filters import FilterService

        return FilterService(self.stores, self.previews)

    @cached_property
    def previews(self) -> PreviewService:
        """Trying recipes."""
        from darkroom.services.recipes.previews import PreviewService

        return PreviewService(self.settings, self.stores, self.presets)

    @cached_property
    def plugins(self) -> PluginService:
        """Plug-ins that are installed."""
        from darkroom.services.recipes.plugins import PluginService

        return PluginService(self.settings, self.stores)

    @cached_property
    def histories(self) -> HistoryService:
        """What people did to pictures in Develop."""
        from darkroom.services.recipes.histories import HistoryService

        return HistoryService(self.stores)

    @cached_property
    def tiles(self) -> TileService:
        """Large pictures in tiles."""
        from darkroom.services.tiles import TileService

        return TileService(self.settings, self.stores)

    @cached_property
    def renditions(self) -> RenditionService:
        """Recipes run on pictures of the library."""
        from darkroom.services.recipes.renditions import RenditionService

        return RenditionService(self.settings, self.stores, self.launcher, self.presets, self.previews)

    @cached_property
    def sweeper(self) -> Sweeper:
        """Removes what recipes made and nobody used for long."""
        from darkroom.services.recipes.sweeping import Sweeper

        return Sweeper(self.settings, self.stores)

    @cached_property
    def work(self) -> WorkService:
        """Long work."""
        from darkroom.services.work.registry import kinds
        from darkroom.services.work.service import WorkService

        return WorkService(self.settings, self.stores, self.launcher, kinds(self))

    @cached_property
    def bulk(self) -> BulkService:
        """Doing something with many pictures."""
        from darkroom.services.work.bulk import BulkService

        return BulkService(self.settings, self.stores, self.work, self.editing, self.renditions, trash=self.trash)

    @cached_property
    def exports(self) -> ExportService:
        """Taking pictures along."""
        from darkroom.services.exports.service import ExportService

        return ExportService(self.settings, self.stores, self.renditions, self.work)

    @cached_property
    def operations(self) -> OperationService:
        """Everything that goes on for a while, in one list."""
        from darkroom.services.work.operations import OperationService

        return OperationService(self.settings, self.stores, self.work, self.ingest, self.renditions, moves=self.moves)

    @cached_property
    def feed(self) -> Feed:
        """Live events for open browsers."""
        from darkroom.services.feed import Feed

        return Feed(self.stores)
