"""Where blobs lie: looking, trying, verifying, moving, arranging."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from itertools import islice

from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.storage import (
    ArrangeReport,
    MovePlan,
    MoveProblem,
    PlaceInfo,
    ProbeStep,
    StorageMove,
    VerifyReport,
)
from darkroom.errors import Error
from darkroom.services.storage.copying import copy_blob, entries
from darkroom.services.storage.known import known_blobs
from darkroom.services.storage.looking import counted
from darkroom.services.storage.moving import MOVE_LOCK, Mover
from darkroom.services.storage.probing import probe
from darkroom.services.storage_views import PlaceList, Probe
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs import BlobStore, Location, open_blobs
from darkroom.store.blobs.base import NAMESPACES
from darkroom.store.blobs.layout import describe, places, resolve, routed
from darkroom.store.blobs.location import PROVIDERS
from darkroom.store.blobs.routed import RoutedBlobStore
from darkroom.store.lease import Lease

_CHUNK = 64
"""Blobs that are read between two looks at whether anybody still wants it."""
_AT_ONCE = 8
_PROBLEMS = 100

Verified = Callable[[int, Sequence[MoveProblem]], None]
"""Told how many more blobs were read, and what is wrong with some of them."""


class StorageService:
    """Use cases of storage. Every method takes who acts first and checks their permission.

    Args:
        settings: the places and the rules.
        stores: repositories and blobs.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores

    def places(self, principal: Principal, *, count: bool = False) -> list[PlaceInfo]:
        """Every place, in the order in which blobs are looked for; with `count` each is listed, which may take long."""
        require(principal, "storage:read")
        tiers = {tier.name: tier for tier in self._routed().tiers}
        return [
            self._info(name, location, describe(tiers[name].store) if name in tiers else str(location), count=count)
            for name, location in places(self._settings).items()
        ]

    def _routed(self) -> RoutedBlobStore:
        return routed(self._settings, self._stores.moves.effective())

    def _info(self, name: str, location: Location, writes: str, *, count: bool) -> PlaceInfo:
        store = open_blobs(location, self._settings)
        can = store.capabilities
        if count:
            found = list(_sizes(store))
            known: tuple[int, int, datetime] | None = (len(found), sum(found), now())
        else:
            known = counted(self._stores, name)
        blobs, size, counted_at = known or (None, None, None)
        return PlaceInfo(
            name=name, url=str(location), provider=PROVIDERS[location.scheme].name,
            capabilities=tuple(one for one in can.__dataclass_fields__ if getattr(can, one)), writes=writes,
            blobs=blobs, bytes=size, counted_at=counted_at,
        )  # fmt: skip

    def sizes(self, principal: Principal, name: str) -> Iterator[int]:
        """The size of every blob in a place of the settings.

        Raises:
            Error: `invalid_parameter`, `storage_*`.
        """
        require(principal, "storage:read")
        return _sizes(open_blobs(places(self._settings)[self.named(principal, name)], self._settings))

    def overview(self, principal: Principal, *, count: bool = False) -> PlaceList:
        """Every place with what it can, and the rules; with `count` each is listed, which may take long."""
        require(principal, "storage:read")
        rules = tuple(one.strip() for one in (self._settings.storage_rules or "").split(";") if one.strip())
        return PlaceList(items=tuple(self.places(principal, count=count)), rules=rules)

    def try_out(self, principal: Principal, name: str) -> Probe:
        """Try a place of the settings out, as `check` does.

        Raises:
            Error: `invalid_parameter` for a name that the settings do not have: no URL of a stranger's is ever asked.
        """
        require(principal, "storage:write")
        steps = tuple(self.check(principal, self.named(principal, name)))
        return Probe(ok=all(one.ok for one in steps), steps=steps)

    def named(self, principal: Principal, name: str, *, parameter: str = "place") -> str:
        """The name of a place, if the settings have it.

        Raises:
            Error: `invalid_parameter` for one that they do not have: no URL of a stranger's is ever asked.
        """
        require(principal, "storage:read")
        names = places(self._settings)
        if name not in names:
            raise Error(
                "invalid_parameter", f"{parameter}: there is no place {name[:80]!r}; there are {', '.join(names)}.",
                parameter=parameter, remedy="Name it in DARKROOM_STORAGE_MORE; the command line takes any URL.",
            )  # fmt: skip
        return name

    def check(self, principal: Principal, place: str = "main") -> list[ProbeStep]:
        """Try a place out: write, read and remove a blob, and everything it says it can.

        Args:
            principal: who asks.
            place: name or URL.

        Raises:
            Error: `invalid_setting`.
        """
        require(principal, "storage:write")
        return list(probe(open_blobs(resolve(self._settings, place), self._settings)))

    def verify(
        self, principal: Principal, place: str | None = None, *, most: int | None = None, skip: int = 0,
        on_progress: Verified | None = None,
    ) -> VerifyReport:  # fmt: skip
        """Read everything that the records of the library name through and compare it with its checksums.

        Args:
            principal: who asks.
            place: only what lies there (name or URL), whether the library knows of it or not.
            most: stop after so many blobs.
            skip: pass over so many of them, which were read before.
            on_progress: told every few blobs.
        """
        require(principal, "storage:read")
        if place is None:
            store: BlobStore = self._routed()
            wanted = ((one.namespace, one.key) for one in known_blobs(self._stores))
        else:
            store = open_blobs(resolve(self._settings, place), self._settings)
            wanted = ((space, one.key) for space in NAMESPACES for one in entries(store, space))
        return verified(store, islice(wanted, skip, most), on_progress)

    def moves(self, principal: Principal) -> list[StorageMove]:
        """Every move there was, newest first, with how far it is."""
        require(principal, "storage:read")
        return self._stores.moves.all()

    def plan(
        self, principal: Principal, source: str, target: str, *, on_progress: Callable[[int], None] = lambda _: None
    ) -> MovePlan:
        """What a move would copy, by number and bytes; nothing is changed.

        Args:
            principal: who asks.
            source: name or URL.
            target: name or URL.
            on_progress: told how many more blobs of the source were looked at, now and then.

        Raises:
            Error: `invalid_setting`, `invalid_parameter` when both are one place, `storage_*`.
        """
        require(principal, "storage:read")
        return self._mover(principal, source, target).plan(on_progress)

    def migrate(
        self, principal: Principal, source: str, target: str, *, throttle: float | None = None, verify: bool = True,
        on_progress: Callable[[StorageMove], None] | None = None,
    ) -> StorageMove:  # fmt: skip
        """Move everything from one place to another while the library is in use; see `Mover.run`.

        Args:
            principal: who does it.
            source: name or URL.
            target: name or URL.
            throttle: megabytes a second at most.
            verify: read every copy back and compare.
            on_progress: told the move after every chunk.

        Raises:
            Error: `invalid_setting`, `invalid_parameter`, `conflict`, `storage_*`.
        """
        require(principal, "storage:write")
        return self._mover(
            principal, source, target, throttle=throttle, verify=verify, on_progress=on_progress
        ).run()  # fmt: skip

    def register(self, principal: Principal, source: str, target: str) -> StorageMove:
        """Begin a move without copying anything yet; `migrate` does the rest.

        Raises:
            Error: `invalid_setting`, `invalid_parameter`, `conflict`.
        """
        require(principal, "storage:write")
        return self._mover(principal, source, target).register()

    def begin_roll_back(self, principal: Principal, source: str, target: str) -> StorageMove:
        """Write to the source again without bringing anything back yet; `roll_back` does the rest.

        Raises:
            Error: `not_found`, `conflict`.
        """
        require(principal, "storage:write")
        return self._mover(principal, source, target).begin_roll_back()

    def roll_back(self, principal: Principal, source: str, target: str) -> StorageMove:
        """Take a move back: write to the source again and bring back what came in since.

        Raises:
            Error: `not_found`, `conflict`, `storage_*`.
        """
        require(principal, "storage:write")
        return self._mover(principal, source, target).roll_back()

    def _mover(
        self, principal: Principal, source: str, target: str, *, throttle: float | None = None, verify: bool = True,
        on_progress: Callable[[StorageMove], None] | None = None,
    ) -> Mover:  # fmt: skip
        if throttle is not None and throttle <= 0:
            raise Error("invalid_parameter", "The throttle is more than 0 MB/s.", parameter="throttle")
        ends = [resolve(self._settings, one) for one in (source, target)]
        if str(ends[0]) == str(ends[1]):
            raise Error("invalid_parameter", f"Both places are {ends[0]}.", parameter="target")
        first, second = ((one, open_blobs(one, self._settings)) for one in ends)
        return Mover(
            self._stores, principal, first, second, throttle=None if throttle is None else throttle * 1e6,
            verify=verify, on_progress=on_progress,
        )  # fmt: skip

    def arrange(
        self, principal: Principal, *, dry_run: bool = False,
        on_progress: Callable[[str, int, tuple[str, str]], None] | None = None,
    ) -> ArrangeReport:  # fmt: skip
        """Put every blob where the rules say it belongs by now: age and tags of pictures change.

        Each is copied, verified, and only then removed from where it was: pictures, those in the trash, results of recipes,
        and files of datasets and models, which have the age of their own record and no tags.

        Args:
            principal: who asks.
            dry_run: only tell.
            on_progress: told of each blob what became of it (`moved`, `kept`, `failed`), how many bytes were moved,
                and its name.

        Raises:
            Error: `conflict` while pictures are being moved between places, `storage_*`.
        """
        require(principal, "storage:write")
        with nullcontext() if dry_run else Lease(self._stores.database, MOVE_LOCK):
            return self._arrange(on_progress or (lambda *_: None), dry_run=dry_run)

    def _arrange(self, tell: Callable[[str, int, tuple[str, str]], None], *, dry_run: bool) -> ArrangeReport:
        stores, moment = self._routed(), now()
        report = ArrangeReport()
        for one in known_blobs(self._stores):
            target = stores.tier_for(one.facts(moment)).store
            what = _arrange(stores, target, one.namespace, one.key, dry_run=dry_run)
            moved = one.bytes if what == "moved" else 0
            report = report.model_copy(update={what: getattr(report, what) + 1, "bytes": report.bytes + moved})
            tell(what, moved, (one.namespace, one.key))
        return report


def _sizes(store: BlobStore) -> Iterator[int]:
    return (one.bytes for space in NAMESPACES for one in entries(store, space))


def _arrange(stores: RoutedBlobStore, target: BlobStore, space: str, key: str, *, dry_run: bool) -> str:
    holders = [store for store in stores.stores(space) if store.stat(space, key) is not None]
    others = [store for store in holders if store is not target]
    if not others:
        return "kept"
    if not dry_run:
        try:
            copy_blob(others[0], target, space, key)
        except Error as error:
            if error.code not in ("blob_damaged", "blob_missing"):
                raise
            return "failed"
        for store in others:
            store.delete(space, key)
    return "moved"


def verified(store: BlobStore, wanted: Iterator[tuple[str, str]], on_progress: Verified | None = None) -> VerifyReport:
    """Read blobs through, several at a time."""

    def look(blob: tuple[str, str]) -> MoveProblem | None:
        try:
            store.verify(*blob)
        except Error as error:
            if error.code not in ("blob_damaged", "blob_missing"):
                raise
            return MoveProblem(namespace=blob[0], key=blob[1], code=error.code, cause=error.cause)
        return None

    checked, failed, problems = 0, 0, list[MoveProblem]()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="verify") as pool:
        while chunk := list(islice(wanted, _CHUNK)):
            found = [one for one in pool.map(look, chunk) if one is not None]
            checked, failed = checked + len(chunk), failed + len(found)
            problems = (problems + found)[:_PROBLEMS]
            if on_progress:
                on_progress(len(chunk), found)
    return VerifyReport(checked=checked, problems=tuple(problems), failed=failed)
