"""Every kind of long work that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.services.datasets.committing import CommitKind
from darkroom.services.datasets.draft_commits import DraftCommitKind
from darkroom.services.datasets.expanding import ExpandKind
from darkroom.services.datasets.following import FollowKind
from darkroom.services.datasets.quality import QualityKind
from darkroom.services.datasets.suspects import SuspectKind
from darkroom.services.exports.kind import ExportKind
from darkroom.services.imports.kind import ImportKind
from darkroom.services.storage import kinds as storage_kinds
from darkroom.services.training.brought import BringModelKind
from darkroom.services.training.embedding import EmbedKind
from darkroom.services.training.evaluations import EvaluateKind
from darkroom.services.training.measuring import MeasureKind
from darkroom.services.training.searching import SearchModelKind
from darkroom.services.uploads.joining import JoinKind
from darkroom.services.work.collection_kind import UncollectKind
from darkroom.services.work.edit_kind import EditKind
from darkroom.services.work.failure_kinds import DismissKind, RetryKind
from darkroom.services.work.kinds import WorkKind
from darkroom.services.work.purge_kind import PurgeKind
from darkroom.services.work.tag_kind import TagKind
from darkroom.services.work.trash_kind import RestoreKind, TrashKind

if TYPE_CHECKING:
    from darkroom.services.library import Library


def kinds(library: Library) -> list[WorkKind]:
    """One of each; services that begin such work themselves are asked for when they are needed."""
    settings, stores = library.settings, library.stores
    return [
        EditKind(stores), TagKind(stores), TrashKind(stores), RestoreKind(stores),
        PurgeKind(settings, stores, library.trash), JoinKind(stores, lambda: library.uploads),
        FollowKind(stores, lambda: library.follows),
        CommitKind(stores, lambda: library.datasets, lambda: library.guard),
        DraftCommitKind(
            stores, lambda: library.datasets, lambda: library.annotations, lambda: library.guard
        ),
        ExportKind(
            settings, stores, lambda: library.gallery, lambda: library.renditions, lambda: library.guard
        ),
        MeasureKind(settings, stores, library.datasets), SuspectKind(settings, stores, library.datasets),
        QualityKind(stores, lambda: library.datasets), EvaluateKind(stores, lambda: library.datasets), EmbedKind(stores),
        SearchModelKind(settings, stores), BringModelKind(settings, stores),
        ExpandKind(stores, lambda: library.datasets, lambda: library.ingest, lambda: library.guard),
        ImportKind(
            settings, stores, lambda: library.datasets, lambda: library.ingest, lambda: library.guard
        ),
        UncollectKind(stores), DismissKind(stores, lambda: library.ingest), RetryKind(stores, lambda: library.ingest),
        *storage_kinds.kinds(settings, stores, library.storage),
    ]  # fmt: skip
