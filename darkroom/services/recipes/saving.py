"""What is kept as versions of a name: a version more, or all of them out of the list, or in it again; whoever looks on is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from darkroom.domain.access import Principal
from darkroom.domain.recipe import Preset, SavedFilter
from darkroom.errors import Error
from darkroom.services.recipes.views import Retired
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.versioned import VersionedRepository

V = TypeVar("V", Preset, SavedFilter)


def save_version(
    stores: Stores, repository: VersionedRepository[V], version: V, principal: Principal, told: str
) -> None:
    """Keep one version more.

    Args:
        stores: with the event log.
        repository: where the versions of that kind are.
        version: with the number after that of the newest.
        principal: who saves it.
        told: what the event names.

    Raises:
        Error: `conflict` when somebody saved another version of that number at the same time.
    """

    def work(session: Session) -> None:
        repository.insert(version, session=session)
        stores.events.append(session, type="presets.changed", principal=principal, ids=[told])

    try:
        stores.database.run(work)
    except Error as error:
        if error.code != "already_exists":
            raise
        cause = f"Somebody saved {version.name} at the same moment."
        raise Error("conflict", cause, remedy="Look at the newest version, then save yours again.") from error


def retire_versions(
    stores: Stores, repository: VersionedRepository[V], name: str, principal: Principal, told: str
) -> Retired:
    """Take every version of a name out of the list; they stay for what was made with them.

    Args:
        stores: with the event log.
        repository: where the versions of that kind are.
        name: of which there is a version.
        principal: who does so.
        told: what the event names, if any was in the list.
    """

    count = _told_of(stores, lambda session: repository.retire(session, name), principal, told)
    return Retired(name=name, versions=count)


def restore_versions(
    stores: Stores, repository: VersionedRepository[V], name: str, principal: Principal, told: str
) -> None:
    """Put every version of a name into the list again.

    Args:
        stores: with the event log.
        repository: where the versions of that kind are.
        name: of which there is a version.
        principal: who does so.
        told: what the event names, if any was out of the list.
    """
    _told_of(stores, lambda session: repository.restore(session, name), principal, told)


def _told_of(stores: Stores, change: Callable[[Session], int], principal: Principal, told: str) -> int:
    """How many versions a change is about; whoever looks on is told of any."""

    def work(session: Session) -> int:
        count = change(session)
        if count:
            stores.events.append(session, type="presets.changed", principal=principal, ids=[told])
        return count

    return stores.database.run(work)
