"""All repositories and the blob store, opened together."""

from __future__ import annotations

from darkroom.domain.image import ImageRecord
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.errors import Error
from darkroom.runtime import mongo_uri
from darkroom.settings import Settings
from darkroom.store.allowances import AllowanceRepository
from darkroom.store.attempts import AttemptRepository
from darkroom.store.audit import AuditLog
from darkroom.store.batches import BatchRepository
from darkroom.store.blobs import BlobStore
from darkroom.store.blobs.layout import LibraryBlobs
from darkroom.store.brought import BroughtModelRepository
from darkroom.store.collections import CollectionRepository
from darkroom.store.columns import ColumnarReplica
from darkroom.store.database import Database
from darkroom.store.dataset_quality import QualityRepository, QualityRulesRepository
from darkroom.store.datasets import (
    DatasetRepository,
    DatasetVersionRepository,
    FollowedRepository,
    LabelRepository,
    SuspectRepository,
)
from darkroom.store.drafts import DraftRepository
from darkroom.store.embeddings import EmbeddingIndex, EmbeddingRepository, SearchModelRepository
from darkroom.store.events import EventLog
from darkroom.store.failures import FailureRepository
from darkroom.store.histories import ClipboardRepository, HistoryRepository
from darkroom.store.image_queries import follows_index
from darkroom.store.images import ImageRepository
from darkroom.store.memberships import MembershipReplica
from darkroom.store.moves import MoveRepository
from darkroom.store.paging import Page
from darkroom.store.policies import PolicyRepository
from darkroom.store.preset_contests import PresetContestRepository
from darkroom.store.presets import FilterRepository, PresetRepository
from darkroom.store.rankings import RankingReader
from darkroom.store.renditions import OrderRepository, RenditionRepository
from darkroom.store.requests import RequestRepository
from darkroom.store.rules import RuleRepository
from darkroom.store.runs import RunRepository
from darkroom.store.selections import SelectionReader
from darkroom.store.sessions import LinkRepository, SessionRepository
from darkroom.store.sign_ins import DeviceGrantRepository, SignInRepository
from darkroom.store.tags import TagRepository
from darkroom.store.tokens import TokenRepository
from darkroom.store.trainings import (
    CheckpointRepository,
    ModelRepository,
    ModelVersionRepository,
    ReportRepository,
    TrainingRepository,
)
from darkroom.store.trash import ReleasedRepository, TrashRepository
from darkroom.store.turns import TurnReader
from darkroom.store.uploads import UploadRepository
from darkroom.store.users import UserRepository
from darkroom.store.work import WorkRepository


class Stores:
    """Everything a process needs to read and write the library.

    Args:
        database: the open database; its schema must be current.
        blobs: where originals and renditions lie.
        settings: of this process.
    """

    def __init__(self, database: Database, blobs: BlobStore, settings: Settings) -> None:
        self.database = database
        self.blobs = blobs
        self.settings = settings
        self.images = ImageRepository(database)
        self.trash, self.released = TrashRepository(database), ReleasedRepository(database)
        self.batches = BatchRepository(database)
        self.failures = FailureRepository(database)
        self.moves = MoveRepository(database)
        self.uploads = UploadRepository(database)
        self.events = EventLog(database)
        self.runs, self.turns = RunRepository(database), TurnReader(database)
        self.presets, self.filters = PresetRepository(database), FilterRepository(database)
        self.renditions, self.orders = RenditionRepository(database), OrderRepository(database)
        self.rules, self.labels = RuleRepository(database), LabelRepository(database)
        self.datasets, self.dataset_versions = DatasetRepository(database), DatasetVersionRepository(database)
        self.followed, self.suspects = FollowedRepository(database), SuspectRepository(database)
        self.drafts, self.contests = DraftRepository(database), PresetContestRepository(database)
        self.quality, self.quality_rules = QualityRepository(database), QualityRulesRepository(database)
        self.histories, self.clipboards = HistoryRepository(database), ClipboardRepository(database)
        self.trainings = TrainingRepository(database)
        self.checkpoints, self.reports = CheckpointRepository(database), ReportRepository(database)
        self.models, self.model_versions = ModelRepository(database), ModelVersionRepository(database)
        self.embeddings, self.search_models = EmbeddingRepository(database), SearchModelRepository(database)
        self.embedded = EmbeddingIndex(blobs, settings.home_path / "cache" / "embeddings")
        self.work, self.brought = WorkRepository(database), BroughtModelRepository(database)
        self.users = UserRepository(database)
        self.sessions, self.links = SessionRepository(database), LinkRepository(database)
        self.sign_ins = SignInRepository(database)
        self.device_grants = DeviceGrantRepository(database)
        self.tokens = TokenRepository(database)
        self.policies = PolicyRepository(database)
        self.audit = AuditLog(database)
        self.attempts = AttemptRepository(database)
        self.allowances = AllowanceRepository(database)
        self.requests = RequestRepository(database)
        self.tags, self.rankings = TagRepository(database), RankingReader()
        # Opened when first used; made here so that threads that use it first at the same time share one.
        self.columns = ColumnarReplica(database, settings.home_path / "cache" / "columns.duckdb", self.rankings)
        self.memberships = MembershipReplica(
            self.dataset_versions, blobs, settings.home_path / "cache" / "memberships.duckdb"
        )
        self.collections = CollectionRepository(database)
        self.selections = SelectionReader(database, self.images, self.columns, self.rankings)

    @classmethod
    def open(cls, settings: Settings) -> Stores:
        """Connect to the database that the settings or the running supervisor name.

        Raises:
            Error: `not_running`, `database_unavailable`, `migration_needed` or `invalid_setting`.
        """
        from darkroom.store.migrations import check_version

        database = Database.connect(mongo_uri(settings), settings.mongo_database)
        try:
            check_version(database)
            blobs = LibraryBlobs(settings, MoveRepository(database).effective)
        except Error:
            database.close()
            raise
        return cls(database, blobs, settings)

    def page(
        self, query: ImageQuery, *, limit: int, cursor: str | None = None, skip: int = 0, scope: Scope = EVERYTHING
    ) -> Page[ImageRecord]:
        """A page of the images that fit a query: along an index of MongoDB, or by way of the columnar copy where none follows it.

        Raises:
            Error: `invalid_cursor`.
        """
        if follows_index(*self.collections.narrow(query, scope)):
            return self.images.page(query, limit=limit, cursor=cursor, skip=skip, scope=scope)
        found = self.columns.page(query, limit=skip + limit, cursor=cursor, scope=scope)
        return Page(tuple(self.images.many(found.items[skip:])), found.next_cursor)

    def count_early(self, query: ImageQuery, scope: Scope = EVERYTHING, *, newest: int | None = None) -> int | None:
        """How many images fit, by an index of MongoDB while the columnar copy is being built; None where it is at hand, or no index serves.

        Args:
            query: what must hold.
            scope: what counts.
            newest: number of the newest event, where it was asked for already.
        """
        if not follows_index(*self.collections.narrow(query, scope)) or self.columns.at_hand(newest):
            return None
        return self.images.count(query, scope)

    def close(self) -> None:
        """Give connections back."""
        self.columns.close()
        self.memberships.close()
        self.database.close()
