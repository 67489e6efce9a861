"""A backup of a running library, and a restore into an empty home that answers the same queries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM, Principal
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.storage.backup import back_up, backups, find, require_empty, restore
from darkroom.services.trash_views import ImageIds
from darkroom.settings import Settings
from darkroom.store.blobs import LocalBlobStore
from darkroom.store.database import Database
from darkroom.supervisor.plan import settings_variables
from tests.integration.storage.conftest import opened, take_in
from tests.integration.storage.test_moves import fill, held
from tests.pictures import drop, jpeg

ROOT = Path(__file__).parents[3]


@pytest.fixture
def library(quick_settings: Settings) -> Iterator[Library]:
    library = opened(quick_settings)
    yield library
    library.close()


def answers(library: Library) -> dict[str, object]:
    """What the library says to people."""
    found: dict[str, object] = {}
    for query in (ImageQuery(), ImageQuery(q="ocean"), ImageQuery(tag=("forest",)), ImageQuery(sort="name")):
        page = library.gallery.page(LOCAL_OWNER, query, limit=50)
        found[query.model_dump_json()] = [one.model_dump() for one in page.items]
        found[f"facets {query.model_dump_json()}"] = library.gallery.facets(LOCAL_OWNER, query).model_dump()
    found["failures"] = [one.model_dump() for one in library.activity.failures(LOCAL_OWNER, limit=100).items]
    found["trash"] = library.trash.list(LOCAL_OWNER, limit=100).model_dump()
    found["events"] = [one.model_dump() for one in library.stores.events.since(0)]
    return found


def put_back(source: str | Path, settings: Settings) -> Library:
    """As the command does it."""
    require_empty(settings)
    assert settings.mongo_uri is not None
    database = Database.connect(settings.mongo_uri.get_secret_value(), settings.mongo_database)
    with find(source, settings) as found:
        manifest = restore(SYSTEM, found, settings, database)
    database.close()
    assert manifest.missing == ()
    return opened(settings)


def test_a_restored_library_answers_the_same(
    library: Library, inbox: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    fill(library, 30)
    for number in range(4):
        drop(inbox, f"places/{number}.jpg", jpeg(number))
    take_in(library)
    away = library.gallery.page(LOCAL_OWNER, ImageQuery(tag=("places",)), limit=1).items[0].id
    library.trash.put(LOCAL_OWNER, ImageIds(ids=(away,)))
    blobs = held(LocalBlobStore(library.settings.blobs))
    manifest = back_up(SYSTEM, library.stores, tmp_path / "backups")
    assert (manifest.blobs, manifest.missing) == (len(blobs), ())
    before = answers(library)
    restored = put_back(tmp_path / "backups", elsewhere)
    assert answers(restored) == before
    assert held(LocalBlobStore(elsewhere.blobs)) == blobs
    assert restored.storage.verify(SYSTEM).failed == 0
    assert restored.trash.restore(LOCAL_OWNER, ImageIds(ids=(away,))).moved == (away,)
    assert restored.gallery.file(LOCAL_OWNER, away, "thumbnail").bytes > 0
    # And life goes on there: events are numbered on, new pictures come in.
    elsewhere.inbox.mkdir(parents=True, exist_ok=True)
    drop(elsewhere.inbox, "later.jpg", jpeg(99))
    batches, _ = restored.ingest.collect_inbox(SYSTEM)
    time.sleep(restored.settings.settle_seconds)
    batches = batches or restored.ingest.reconcile(SYSTEM)
    assert restored.ingest.run_batch(SYSTEM, batches[0].id, "run-1").batch.added == 1
    restored.close()


def test_a_second_backup_copies_only_what_is_new(library: Library, elsewhere: Settings, tmp_path: Path) -> None:
    fill(library, 20)
    first = back_up(SYSTEM, library.stores, tmp_path / "backups")
    fill(library, 3, seed=1)
    second = back_up(SYSTEM, library.stores, tmp_path / "backups")
    assert (first.copied, second.copied, second.blobs) == (40, 6, 46)
    assert [one.id for one in backups(tmp_path / "backups", library.settings)] == [first.id, second.id]
    # The older one is still the library of its moment.
    restored = put_back(tmp_path / "backups" / first.id, elsewhere)
    assert restored.gallery.page(LOCAL_OWNER, ImageQuery(), limit=50).total == 20
    restored.close()


def test_a_backup_under_way_is_of_one_moment(library: Library, elsewhere: Settings, tmp_path: Path) -> None:
    fill(library, 50)
    over = threading.Event()

    def work() -> None:
        seed = 1
        while not over.is_set():
            fill(library, 5, seed=seed)
            seed += 1

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    manifests = [back_up(SYSTEM, library.stores, tmp_path / "backups") for _ in range(3)]
    over.set()
    thread.join()
    counts = {one.name: one.documents for one in manifests[1].collections}
    restored = put_back(tmp_path / "backups" / manifests[1].id, elsewhere)
    told = {image for event in restored.stores.events.since(0) for image in event.ids}
    assert len(told) == counts["images"] > 50
    assert restored.stores.events.last_seq() == counts["events"]
    assert restored.storage.verify(SYSTEM).failed == 0
    restored.close()


def test_nothing_that_is_there_is_overwritten(library: Library, elsewhere: Settings, tmp_path: Path) -> None:
    fill(library, 2)
    back_up(SYSTEM, library.stores, tmp_path / "backups")
    elsewhere.home_path.mkdir()
    require_empty(elsewhere)
    (elsewhere.home_path / "something").touch()
    with pytest.raises(Error) as caught:
        require_empty(elsewhere)
    assert caught.value.code == "restore_refused"
    with pytest.raises(Error) as caught, find(tmp_path / "backups", elsewhere) as found:
        restore(SYSTEM, found, elsewhere, library.stores.database)
    assert caught.value.code == "restore_refused"
    assert library.gallery.page(LOCAL_OWNER, ImageQuery(), limit=5).total == 2


def test_a_damaged_backup_is_refused_before_anything_is_made(
    library: Library, elsewhere: Settings, tmp_path: Path
) -> None:
    fill(library, 2)
    manifest = back_up(SYSTEM, library.stores, tmp_path / "backups")
    path = tmp_path / "backups" / manifest.id / "images.bson"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(Error) as caught, find(tmp_path / "backups", elsewhere):
        raise AssertionError("found")
    assert (caught.value.code, "images.bson" in caught.value.cause) == ("backup_damaged", True)
    path.unlink()
    with pytest.raises(Error) as caught, find(tmp_path / "backups", elsewhere):
        raise AssertionError("found")
    assert caught.value.code == "backup_damaged"
    with pytest.raises(Error) as caught, find(tmp_path, elsewhere):
        raise AssertionError("found")
    assert caught.value.code == "not_found"


def test_a_blob_that_is_gone_is_named(library: Library, tmp_path: Path) -> None:
    blobs = fill(library, 3)
    name = next(iter(blobs))
    library.stores.blobs.delete(*name)
    manifest = back_up(SYSTEM, library.stores, tmp_path / "backups")
    assert manifest.missing == ("/".join(name),)


def test_nobody_backs_up_without_permission(library: Library, tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        back_up(Principal(id="u", name="U", kind="user"), library.stores, tmp_path)
    assert caught.value.code == "forbidden"


@pytest.mark.slow
def test_the_commands_make_a_home_that_starts(library: Library, tmp_path: Path) -> None:
    fill(library, 10)
    env = {**os.environ, **settings_variables(library.settings)}

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("darkroom")), *arguments]
        return subprocess.run(
            command, env={**env, **extra}, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )  # fmt: skip

    done = run("backup", str(tmp_path / "backups"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["blobs"] == 20
    for name in ("DARKROOM_MONGO_URI", "DARKROOM_MONGO_DATABASE", "DARKROOM_HOME"):
        env.pop(name, None)
    home = tmp_path / "restored"
    done = run("restore", str(tmp_path / "backups"), "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "20 blobs" in done.stdout
    assert (home / "mongodb").is_dir()
    assert len(held(LocalBlobStore(home / "blobs"))) == 20
    again = run("restore", str(tmp_path / "backups"), "--home", str(home))
    assert again.returncode == 1
    assert "is not empty" in again.stderr
