"""The library: stores and services put together once per process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.services.activity import ActivityService
    from darkroom.services.feed import Feed
    from darkroom.services.gallery import GalleryService
    from darkroom.services.ingest import IngestService
    from darkroom.services.runs import RunLauncher
    from darkroom.store import Stores


class Library:
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

    @classmethod
    def open(cls, settings: Settings) -> Library:
        """Connect to the database and the blobs that the settings (or the running supervisor) name.

        Raises:
            Error: `not_running`, `database_unavailable` or `migration_needed`.
        """
        from darkroom.store import Stores

        return cls(settings, Stores.open(settings))

    def close(self) -> None:
        """End live streams and give connections back."""
        if "feed" in self.__dict__:
            self.feed.close()
        self.stores.close()

    @cached_property
    def launcher(self) -> RunLauncher:
        """How runs are asked for."""
        from darkroom.services.runs import DagsterLauncher

        return self._launcher or DagsterLauncher(self.settings)

    @cached_property
    def ingest(self) -> IngestService:
        """Bringing files in."""
        from darkroom.services.ingest import IngestService

        return IngestService(self.settings, self.stores, self.launcher)

    @cached_property
    def gallery(self) -> GalleryService:
        """Pages, facets and single pictures."""
        from darkroom.services.gallery import GalleryService

        return GalleryService(self.settings, self.stores)

    @cached_property
    def activity(self) -> ActivityService:
        """Queue, batches, failures, runs and the health of the services."""
        from darkroom.services.activity import ActivityService

        return ActivityService(self.settings, self.stores, self.ingest, self.launcher)

    @cached_property
    def feed(self) -> Feed:
        """Live events for open browsers."""
        from darkroom.services.feed import Feed

        return Feed(self.stores)
