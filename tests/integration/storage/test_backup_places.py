"""Backups in folders and buckets: killed and gone on with, listed, read through, restored, and removed when they are old."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import now
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.recipes.sweeping import Sweeper
from darkroom.services.storage.backup import back_up, backups, find, intact
from darkroom.services.storage.contents import INDEX
from darkroom.services.storage.retention import Kept
from darkroom.settings import Settings
from darkroom.store.backups import MANIFEST, open_backups
from darkroom.store.blobs import BlobStore, LocalBlobStore
from darkroom.store.lease import Lease
from darkroom.store.trash import RELEASE_LOCK
from darkroom.supervisor.plan import settings_variables
from tests.factories import recipe_rendition
from tests.integration.storage.conftest import opened
from tests.integration.storage.test_backup import put_back
from tests.integration.storage.test_moves import fill, held
from tests.object_servers import ObjectServer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> ObjectServer | None:
    """Where backups go; the second bucket is one that checks signatures and lacks ranges and conditions."""
    names = {"bucket": "s3", "another bucket": "rclone"}
    return request.getfixturevalue(names[request.param]) if request.param in names else None


@pytest.fixture
def place(server: ObjectServer | None, tmp_path: Path) -> str:
    return server.url() if server else f"{tmp_path}/backups"


@pytest.fixture
def settings(request: pytest.FixtureRequest, quick_settings: Settings) -> Settings:
    server = request.getfixturevalue("server") if "server" in request.fixturenames else None
    return server.settings(quick_settings) if server else quick_settings


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    library = opened(settings)
    yield library
    library.close()


def blobs_in(place: str, settings: Settings) -> BlobStore:
    return open_backups(place, settings).blobs


@pytest.mark.parametrize("server", ["folder", "bucket"], indirect=True)
def test_a_killed_backup_goes_on_with_the_blobs_that_it_copied(
    library: Library, place: str, elsewhere: Settings
) -> None:
    blobs = fill(library, 130)
    command = [sys.executable, "-m", "tests.integration.storage.run_backup", place]
    env = {**os.environ, **settings_variables(library.settings)}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(2)]
    process.kill()
    process.wait()
    assert 0 < told[-1] < len(blobs)
    assert backups(place, library.settings) == []  # half of one is none
    there = len(held(blobs_in(place, library.settings)))
    assert told[-1] <= there < len(blobs)

    more = fill(library, 5, seed=1)
    locks = library.stores.database.collection("locks")
    assert (
        locks.update_many({"_id": RELEASE_LOCK}, [{"$set": {"expires_at": "$$NOW"}}]).matched_count == 1
    )  # as time does
    done = back_up(SYSTEM, library.stores, place)
    # Its moment is its own, and of what was copied nothing is copied again.
    assert (done.blobs, done.copied, done.missing) == (len(blobs) + len(more), len(blobs) + len(more) - there, ())
    assert held(blobs_in(place, library.settings)) == blobs | more
    if "://" not in place:
        assert sorted(one.name for one in Path(place).iterdir()) == [done.id, "blobs"]
    changes = {"storage_credentials": library.settings.storage_credentials}
    restored = put_back(place, elsewhere.model_copy(update=changes))
    assert restored.gallery.page(LOCAL_OWNER, ImageQuery(), limit=50).total == 135
    assert restored.storage.verify(SYSTEM).failed == 0
    restored.close()


@pytest.mark.parametrize("server", ["another bucket"], indirect=True)
def test_backups_are_listed_read_through_and_restored_by_name(
    library: Library, place: str, elsewhere: Settings
) -> None:
    blobs = fill(library, 6)
    first = back_up(SYSTEM, library.stores, place)
    fill(library, 2, seed=1)
    second = back_up(SYSTEM, library.stores, place)
    assert (first.copied, second.copied, back_up(SYSTEM, library.stores, place).copied) == (12, 4, 0)
    assert [one.id for one in backups(place, library.settings)][:2] == [first.id, second.id]
    base, question, options = place.partition("?")
    named = f"{base}/{first.id}{question}{options}"
    with find(named, library.settings) as found:
        assert intact(found).checked == 12
        space, key = min(blobs)
        found.blobs.delete(space, key)
        assert [(one.key, one.code) for one in intact(found).problems] == [(key, "blob_missing")]
    assert back_up(SYSTEM, library.stores, place).copied == 1  # what is gone there comes again
    changes = {"storage_credentials": library.settings.storage_credentials}
    restored = put_back(named, elsewhere.model_copy(update=changes))
    assert restored.gallery.page(LOCAL_OWNER, ImageQuery(), limit=50).total == 6
    assert held(LocalBlobStore(elsewhere.blobs)) == blobs
    restored.close()


@pytest.mark.parametrize("server", ["folder", "bucket"], indirect=True)
def test_old_backups_go_with_the_blobs_that_only_they_name(library: Library, place: str) -> None:
    blobs = fill(library, 4)
    first = back_up(SYSTEM, library.stores, place)
    gone = min(key for space, key in blobs if space == "originals")
    record = library.stores.images.get(gone)
    library.stores.database.collection("images").delete_one({"_id": gone})
    second = back_up(SYSTEM, library.stores, place, kept=Kept(newest=2))
    assert [one.id for one in backups(place, library.settings)] == [first.id, second.id]
    assert held(blobs_in(place, library.settings)) == blobs
    third = back_up(SYSTEM, library.stores, place, kept=Kept(newest=2))
    assert [one.id for one in backups(place, library.settings)] == [second.id, third.id]
    only = {("originals", gone), ("renditions", record.renditions[0].address)}
    assert held(blobs_in(place, library.settings)).keys() == blobs.keys() - only
    with find(place, library.settings) as found:
        assert intact(found).failed == 0


def test_nothing_is_removed_while_it_is_not_known_what_the_others_name(library: Library, tmp_path: Path) -> None:
    fill(library, 2)
    place = tmp_path / "backups"
    made = [back_up(SYSTEM, library.stores, place) for _ in range(2)]
    (place / made[1].id / INDEX).write_bytes(gzip.compress(b"")[:-4])
    with pytest.raises(Error) as caught:
        back_up(SYSTEM, library.stores, place, kept=Kept(newest=2))
    assert (caught.value.code, made[1].id in caught.value.cause) == ("backup_damaged", True)
    with gzip.open(place / made[1].id / INDEX, "wt") as file:
        file.write("")  # whole, and still not what the backup names
    with pytest.raises(Error) as caught:
        back_up(SYSTEM, library.stores, place, kept=Kept(newest=3))
    assert caught.value.code == "backup_damaged"
    assert len(backups(place, library.settings)) == 4
    manifest = place / made[0].id / MANIFEST
    kept = manifest.read_text()
    for other, code in (("{}", "backup_damaged"), (kept.replace(made[0].library, "another"), "conflict")):
        manifest.write_text(other)
        with pytest.raises(Error) as caught:
            back_up(SYSTEM, library.stores, place, kept=Kept(newest=4))
        assert (caught.value.code, made[0].id in caught.value.cause) == (code, True)
    manifest.write_text(kept)
    assert len(backups(place, library.settings)) == 6
    # A backup of a version that wrote no list is read from its records.
    (place / made[1].id / INDEX).unlink()
    back_up(SYSTEM, library.stores, place, kept=Kept(newest=6))
    assert backups(place, library.settings)[0].id == made[1].id
    with find(place, library.settings) as found:
        assert (intact(found).checked, intact(found).failed) == (4, 0)


def test_a_backup_stays_as_long_as_its_number_or_its_age_wants_it() -> None:
    held = {f"{number}": now() - timedelta(days=10 - number) for number in range(5)}
    days: dict[str, datetime] = held
    assert Kept().old(days) == []
    assert Kept(newest=2).old(days) == ["0", "1", "2"]
    assert Kept(days=7.5).old(days) == ["0", "1", "2"]
    assert Kept(newest=4, days=7.5).old(days) == ["0"]
    assert Kept(newest=1, days=9.5).old(days) == ["0"]
    assert Kept(days=0.5).old(days) == ["0", "1", "2", "3"]  # the last one always stays


def test_what_recipes_made_is_backed_up_and_not_swept_meanwhile(library: Library, tmp_path: Path) -> None:
    fill(library, 1)
    made = recipe_rendition(bytes=4)
    library.stores.blobs.put("renditions", made.id, b"made", durable=True)
    library.stores.database.run(lambda session: library.stores.renditions.put_many(session, [made]))
    orphan = "f" * 64
    library.stores.blobs.put("renditions", orphan, b"of nobody", durable=True)
    sweeper = Sweeper(library.settings, library.stores)
    with Lease(library.stores.database, RELEASE_LOCK):
        assert sweeper.sweep(SYSTEM, young_seconds=0.0).orphans == 0
    assert back_up(SYSTEM, library.stores, tmp_path / "backups").blobs == 3
    assert LocalBlobStore(tmp_path / "backups" / "blobs").read("renditions", made.id) == b"made"
    assert sweeper.sweep(SYSTEM, young_seconds=0.0).orphans == 1
