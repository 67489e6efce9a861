"""Moving a library's blobs: online, verified, resumable, reversible, and for nothing where nothing has changed."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM, Principal
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.trash_views import ImageIds
from darkroom.settings import Settings
from darkroom.store.blobs import BlobStore, LocalBlobStore, open_blobs
from darkroom.store.documents import to_mongo
from darkroom.supervisor.plan import settings_variables
from tests.factories import dataset_version, image_record, recipe_rendition, rendition
from tests.integration.storage.conftest import opened, take_in
from tests.object_servers import ObjectServer, start_moto
from tests.pictures import drop, jpeg

ROOT = Path(__file__).parents[3]


@pytest.fixture
def library(quick_settings: Settings) -> Iterator[Library]:
    """A library on the local disk."""
    library = opened(quick_settings)
    yield library
    library.close()


def fill(library: Library, count: int, *, size: int = 3_000, seed: int = 0) -> dict[tuple[str, str], bytes]:
    """Pictures with their blobs and events, without decoding anything; returns every blob."""
    chance = random.Random(seed)
    blobs, records = {}, []
    for number in range(count):
        data = chance.randbytes(size)
        key = hashlib.sha256(data).hexdigest()
        made = rendition("thumbnail", key)
        blobs["originals", key] = data
        blobs["renditions", made.address] = thumbnail = chance.randbytes(500)
        made = rendition("thumbnail", key, bytes=len(thumbnail))
        records.append(image_record(seed * 10_000 + number, id=key, bytes=size, renditions=(made,)))
    for (namespace, key), data in blobs.items():
        library.stores.blobs.put(namespace, key, data, durable=False)

    def write(session):
        library.stores.images.upsert_many(session, records)
        ids = [one.id for one in records]
        library.stores.events.append(session, type="images.added", principal="local", ids=ids)

    library.stores.database.run(write)
    return blobs


def held(store: BlobStore) -> dict[tuple[str, str], bytes]:
    return {(space, key): store.read(space, key) for space in ("originals", "renditions") for key in store.keys(space)}


def test_a_move_copies_everything_and_says_before_what_it_would(library: Library, s3: ObjectServer) -> None:
    blobs = fill(library, 40)
    url = s3.url()
    plan = library.storage.plan(SYSTEM, "main", url)
    assert (plan.copies, plan.bytes, plan.known) == (80, 40 * 3_500, 0)
    assert library.storage.moves(SYSTEM) == []
    seen: list[int] = []
    move = library.storage.migrate(SYSTEM, "main", url, on_progress=lambda one: seen.append(one.done))
    assert (move.state, move.copied, move.copied_bytes, move.failed, move.total) == ("done", 80, 40 * 3_500, 0, 80)
    assert seen == sorted(seen)
    target = open_blobs(url, library.settings)
    assert held(target) == blobs
    assert held(LocalBlobStore(library.settings.blobs)) == blobs  # nothing is removed
    assert library.storage.plan(SYSTEM, "main", url).copies == 0
    events = [one.data["state"] for one in library.stores.events.since(0) if one.type == "storage.changed"]
    assert events == ["running", "done"]
    # What comes in now lies in the new place only, though the settings still name the old one.
    library.stores.blobs.put("originals", sha_of(b"new"), b"new", durable=True)
    assert target.read("originals", sha_of(b"new")) == b"new"
    assert LocalBlobStore(library.settings.blobs).stat("originals", sha_of(b"new")) is None


def sha_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_second_run_asks_neither_place_where_nothing_changed(library: Library, tmp_path: Path) -> None:
    server = start_moto(tmp_path)
    settings = server.settings(library.settings)
    moving = Library(settings, library.stores)
    fill(library, 20)
    url = server.url()
    assert moving.storage.migrate(SYSTEM, "main", url).copied == 40
    server.stop()  # nobody could answer
    begun = time.perf_counter()
    move = moving.storage.migrate(SYSTEM, "main", url)
    assert (move.state, move.copied) == ("done", 40)
    assert time.perf_counter() - begun < 1.0


def test_a_later_run_copies_only_what_came_in_since(library: Library, tmp_path: Path) -> None:
    fill(library, 10)
    old = LocalBlobStore(library.settings.blobs)
    assert library.storage.migrate(SYSTEM, "main", str(tmp_path / "new")).copied == 20
    # A run that had begun before the move still writes to the old place.
    late = Library(library.settings, type(library.stores)(library.stores.database, old, library.settings))
    more = fill(late, 3, seed=1)
    assert library.storage.migrate(SYSTEM, "main", str(tmp_path / "new")).copied == 26
    assert more.items() <= held(LocalBlobStore(tmp_path / "new")).items()


def test_pictures_come_in_and_are_shown_while_it_moves(library: Library, inbox: Path, tmp_path: Path) -> None:
    blobs = fill(library, 120)
    moved: list[object] = []
    failures: list[Exception] = []
    over = threading.Event()

    def move() -> None:
        try:
            moved.append(library.storage.migrate(SYSTEM, "main", str(tmp_path / "new"), throttle=0.15))
        finally:
            over.set()

    def read() -> None:
        keys = list(blobs)
        while not over.is_set():
            space, key = random.choice(keys)
            try:
                assert library.stores.blobs.read(space, key) == blobs[space, key]
            except (Error, AssertionError) as error:
                failures.append(error)

    threads = [threading.Thread(target=one) for one in (move, read, read)]
    for thread in threads:
        thread.start()
    number = 0
    while not over.is_set() and number < 6:
        drop(inbox, f"{number}.jpg", jpeg(number))
        take_in(library)
        number += 1
    for thread in threads:
        thread.join()
    assert failures == []
    assert number > 0
    target = LocalBlobStore(tmp_path / "new")
    assert blobs.items() <= held(target).items()
    report = library.storage.verify(SYSTEM)
    assert report.failed == 0
    assert report.checked >= 240 + number * 2


@pytest.mark.kill
def test_killed_in_the_middle_it_goes_on_where_it_was(library: Library, s3: ObjectServer) -> None:
    blobs = fill(library, 300, size=10_000)
    url = s3.url()
    env = {**os.environ, **settings_variables(library.settings), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.integration.storage.run_move", "main", url, "0.8"]
    seen = [0]
    for _ in range(2):
        process = subprocess.Popen(command, env=env, cwd=ROOT)
        while process.poll() is None:
            found = library.storage.moves(SYSTEM)
            if found and found[0].copied > seen[-1]:
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
        seen.append(library.storage.moves(SYSTEM)[0].copied)
    assert 0 < seen[1] < seen[2] < len(blobs)
    assert all(library.stores.blobs.read(*name) == data for name, data in random.sample(sorted(blobs.items()), 20))
    move = library.storage.migrate(SYSTEM, "main", url)
    assert (move.state, move.failed) == ("done", 0)
    # Counted once, as copied or as there already: nothing before the last entry was looked at again.
    assert move.copied + move.known == len(blobs)
    assert held(open_blobs(url, library.settings)) == blobs


def test_a_move_is_taken_back_with_what_came_in_since(library: Library, tmp_path: Path) -> None:
    blobs = fill(library, 10)
    new = str(tmp_path / "new")
    library.storage.migrate(SYSTEM, "main", new)
    blobs |= fill(library, 5, seed=1)
    old = LocalBlobStore(library.settings.blobs)
    assert len(held(old)) == 20
    assert library.storage.roll_back(SYSTEM, "main", new).state == "rolled_back"
    assert held(old) == blobs
    library.stores.blobs.refresh()
    library.stores.blobs.put("originals", sha_of(b"after"), b"after", durable=True)
    assert old.read("originals", sha_of(b"after")) == b"after"
    with pytest.raises(Error) as caught:
        library.storage.roll_back(SYSTEM, "main", new)
    assert caught.value.code == "not_found"
    assert library.storage.migrate(SYSTEM, "main", new).state == "done"


def test_a_damaged_original_is_named_and_stops_nothing(library: Library, tmp_path: Path) -> None:
    blobs = fill(library, 10)
    (_, key), data = next(iter(blobs.items()))
    path = library.stores.blobs.local_path("originals", key)
    assert path is not None
    path.write_bytes(b"x" * len(data))
    new = str(tmp_path / "new")
    move = library.storage.migrate(SYSTEM, "main", new)
    assert (move.state, move.failed, move.copied) == ("running", 1, 19)
    assert [(one.namespace, one.key, one.code) for one in move.problems] == [("originals", key, "blob_damaged")]
    path.write_bytes(data)
    move = library.storage.migrate(SYSTEM, "main", new)
    assert (move.state, move.failed) == ("done", 0)
    assert held(LocalBlobStore(tmp_path / "new")) == blobs


def test_a_throttle_holds(library: Library, tmp_path: Path) -> None:
    fill(library, 20, size=20_000)
    begun = time.perf_counter()
    library.storage.migrate(SYSTEM, "main", str(tmp_path / "new"), throttle=0.2)
    assert time.perf_counter() - begun > 20 * 20_500 / 200_000 - 0.2


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("main", "main", "invalid_parameter"),
        ("main", "local", "invalid_parameter"),
        ("main", "ftp://x", "invalid_setting"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(library: Library, source: str, target: str, code: str) -> None:
    with pytest.raises(Error) as caught:
        library.storage.migrate(SYSTEM, source, target)
    assert caught.value.code == code


def test_nobody_moves_pictures_without_permission(library: Library) -> None:
    nobody = Principal(id="u", name="U", kind="user")
    for call in (library.storage.migrate, library.storage.roll_back, library.storage.plan):
        with pytest.raises(Error) as caught:
            call(nobody, "main", "/tmp/x")  # noqa: S108
        assert caught.value.code == "forbidden"


def test_blobs_go_where_the_rules_say_by_now(library: Library, tmp_path: Path) -> None:
    blobs = fill(library, 10)
    changes = {"storage_more": f"archive={tmp_path / 'archive'}", "storage_rules": "originals over 1kb -> archive"}
    ruled = opened(library.settings.model_copy(update=changes))
    planned = ruled.storage.arrange(SYSTEM, dry_run=True)
    assert (planned.moved, planned.kept) == (10, 10)
    assert held(LocalBlobStore(tmp_path / "archive")) == {}
    done = ruled.storage.arrange(SYSTEM)
    assert (done.moved, done.bytes, done.kept) == (10, 30_000, 10)
    assert {name[0] for name in held(LocalBlobStore(tmp_path / "archive"))} == {"originals"}
    assert {name[0] for name in held(LocalBlobStore(library.settings.blobs))} == {"renditions"}
    assert all(ruled.stores.blobs.read(*name) == data for name, data in blobs.items())
    assert ruled.storage.arrange(SYSTEM).moved == 0
    ruled.close()


def test_results_of_recipes_files_of_datasets_and_the_trash_follow_the_rules_too(
    library: Library, tmp_path: Path
) -> None:
    blobs = fill(library, 2)
    put_away = min(key for space, key in blobs if space == "originals")
    library.trash.put(LOCAL_OWNER, ImageIds(ids=(put_away,)))
    (kept,) = library.gallery.page(LOCAL_OWNER, ImageQuery(), limit=5).items
    made, manifest = recipe_rendition(image=kept.id, bytes=4), b"a manifest of rows" * 100
    blobs["renditions", made.id], blobs["originals", sha_of(manifest)] = b"made", manifest
    for name in (("renditions", made.id), ("originals", sha_of(manifest))):
        library.stores.blobs.put(*name, blobs[name], durable=True)
    library.stores.database.run(lambda session: library.stores.renditions.put_many(session, [made]))
    stored = StoredFile(name="set-1.parquet", key=sha_of(manifest), bytes=len(manifest))
    versions = [dataset_version(id=f"set@{number}", number=number, manifest=stored) for number in (1, 2)]
    library.stores.database.collection("dataset_versions").insert_many([to_mongo(one) for one in versions])

    rules = "renditions -> fast; originals older 1000d -> archive; originals over 1kb -> attic"
    places = " ".join(f"{name}={tmp_path / name}" for name in ("fast", "archive", "attic"))
    ruled = opened(library.settings.model_copy(update={"storage_more": places, "storage_rules": rules}))
    assert ruled.storage.arrange(SYSTEM, dry_run=True).moved == len(blobs)
    done = ruled.storage.arrange(SYSTEM)
    assert (done.moved, done.kept, done.failed) == (len(blobs), 0, 0)  # what two versions name is one file
    there = {name: held(LocalBlobStore(tmp_path / name)) for name in ("fast", "archive", "attic")}
    assert {name: {space for space, _ in found} for name, found in there.items()} == {
        "fast": {"renditions"}, "archive": set(), "attic": {"originals"},
    }  # fmt: skip
    assert there["fast"] | there["attic"] == blobs
    assert held(LocalBlobStore(library.settings.blobs)) == {}
    assert ruled.stores.blobs.read("originals", sha_of(manifest)) == manifest
    report = ruled.storage.verify(SYSTEM)
    assert (report.checked, report.failed) == (len(blobs), 0)
    assert ruled.storage.arrange(SYSTEM).moved == 0
    # A file is as old as the first record that names it, a picture as the day it came in.
    aged = now() - timedelta(days=1001)
    database = library.stores.database
    database.collection("dataset_versions").update_one({"_id": "set@1"}, {"$set": {"created_at": aged}})
    assert ruled.storage.arrange(SYSTEM).moved == 1
    assert list(held(LocalBlobStore(tmp_path / "archive"))) == [("originals", sha_of(manifest))]
    ruled.close()


def test_what_is_lost_or_damaged_is_found(library: Library) -> None:
    blobs = fill(library, 5)
    first, second = [name for name in blobs if name[0] == "originals"][:2]
    library.stores.blobs.delete(*first)
    path = library.stores.blobs.local_path(*second)
    assert path is not None
    path.write_bytes(b"?")
    report = library.storage.verify(SYSTEM)
    assert (report.checked, report.failed) == (10, 2)
    assert {(one.key, one.code) for one in report.problems} == {
        (first[1], "blob_missing"), (second[1], "blob_damaged"),
    }  # fmt: skip


def test_a_place_is_tried_out_and_says_which_option_it_needs(library: Library, s3: ObjectServer) -> None:
    assert all(step.ok for step in library.storage.check(SYSTEM))
    steps = {step.name: step.ok for step in library.storage.check(SYSTEM, s3.url())}
    assert all(steps.values())
    assert set(steps) >= {"read in part", "write only what is not there", "signed addresses"}
    missing = library.storage.check(SYSTEM, s3.url().replace("//bucket/", "//no-such-bucket/"))
    assert [(step.name, step.ok) for step in missing] == [("write", False)]
    assert "Create it" in str(missing[0].remedy)


def test_dagster_moves_them_too(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from definitions import defs

    blobs = fill(library, 5)
    for name, value in settings_variables(library.settings).items():
        monkeypatch.setenv(name, value)
    job = defs.get_job_def("migrate_storage")
    config = {"source": "main", "target": str(tmp_path / "new")}
    for extra, wanted in (({"dry_run": True}, "planned"), ({}, "done"), ({"rollback": True}, "rolled_back")):
        done = job.execute_in_process(run_config={"ops": {"move_blobs": {"config": {**config, **extra}}}})
        assert done.output_for_node("move_blobs")["state"] == wanted
    assert held(LocalBlobStore(tmp_path / "new")) == blobs
