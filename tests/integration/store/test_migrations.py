"""Migrations on a real mongod: up, down, dry, interrupted, by several processes at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from bson import json_util
from pymongo.errors import WriteError

from darkroom.domain.training import StoredReport
from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.store.documents import to_mongo
from darkroom.store.lease import Lease
from darkroom.store.migrations import Migration, Progress, check_version, migrate, migrations, version
from darkroom.store.repository import Repository
from darkroom.store.schema import MODELS, PLAIN, validator
from tests.factories import dataset_version, image_record
from tests.servers import MongoServer

LIBRARIES = Path(__file__).parents[2] / "recordings" / "libraries"


def shape(database: Database) -> dict[str, Any]:
    """Collections with their validators and indexes."""
    found = {one["name"]: one.get("options", {}) for one in database.collection("x").database.list_collections()}
    return {
        name: (options, dict(database.collection(name).index_information()))
        for name, options in sorted(found.items())
        if name not in ("migrations", "locks")
    }


def test_up_makes_every_collection_and_twice_is_as_once(empty_database: Database) -> None:
    reports = migrate(empty_database)
    first = shape(empty_database)
    assert [report.number for report in reports] == [step.number for step in migrations()]
    assert version(empty_database) == len(reports)
    assert {*MODELS, *PLAIN} <= empty_database.collection_names()
    assert migrate(empty_database) == []
    assert shape(empty_database) == first
    check_version(empty_database)


def test_numbers_have_no_gaps() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_up_down_up_is_as_up(empty_database: Database) -> None:
    migrate(empty_database)
    first = shape(empty_database)
    down = migrate(empty_database, target=0)
    assert {report.direction for report in down} == {"down"}
    assert shape(empty_database) == {}
    assert version(empty_database) == 0
    migrate(empty_database)
    assert shape(empty_database) == first


def test_a_dry_run_changes_nothing(empty_database: Database) -> None:
    reports = migrate(empty_database, dry_run=True)
    assert empty_database.collection_names() == set()
    assert "create collection images" in reports[0].actions
    done = migrate(empty_database)
    assert [report.actions for report in done] == [report.actions for report in reports]
    before = shape(empty_database)
    assert migrate(empty_database, target=0, dry_run=True)[0].actions
    assert shape(empty_database) == before


def test_an_interrupted_migration_goes_on_where_it_stopped(empty_database: Database) -> None:
    done: list[str] = []
    fail = True

    def up(database: Database, progress: Progress) -> None:
        progress.once("first", lambda: done.append("first"))
        if fail:
            raise Error("storage_full", "no space")
        progress.once("second", lambda: done.append("second"))

    steps = [Migration(1, "two parts", up, lambda _database, _progress: None)]
    with pytest.raises(Error) as caught:
        migrate(empty_database, steps=steps)
    assert caught.value.code == "migration_failed"
    with pytest.raises(Error) as needed:
        check_version(empty_database)
    assert needed.value.code == "migration_needed"
    fail = False
    assert migrate(empty_database, steps=steps)[0].actions == ("second",)
    assert done == ["first", "second"]


KILLED = """
import sys, time
from darkroom.store.database import Database
from darkroom.store.migrations import migrate
from darkroom.store.migrations.progress import Progress
once = Progress.once
def slow(self, action, work):
    once(self, action, work)
    print("done", action, flush=True)
    time.sleep(0.05)
Progress.once = slow
migrate(Database.connect(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.parametrize("actions", [1, 9, 14])
def test_killed_half_way_it_resumes(empty_database: Database, mongod: MongoServer, actions: int) -> None:
    command = [sys.executable, "-c", KILLED, mongod.uri, empty_database.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in iter(process.stdout.readline, ""):
            lines += [line] if line.startswith("done ") else []
            if len(lines) >= actions:
                break
        process.kill()
    # The lock of the killed process must run out by itself; the test does not wait for that.
    empty_database.collection("locks").delete_many({})
    migrate(empty_database)
    resumed = shape(empty_database)
    check_version(empty_database)
    migrate(empty_database, target=0)
    migrate(empty_database)
    assert shape(empty_database) == resumed


def test_several_processes_migrate_once(empty_database: Database) -> None:
    reports: list[int] = []
    threads = [threading.Thread(target=lambda: reports.append(len(migrate(empty_database)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reports) == [0, 0, 0, len(migrations())]


def test_a_newer_schema_is_refused(database: Database) -> None:
    database.collection("migrations").insert_one({"_id": 999, "state": "applied", "done": []})
    with pytest.raises(Error) as caught:
        check_version(database)
    assert (caught.value.code, "newer Darkroom" in caught.value.remedy) == ("migration_needed", True)


def test_stores_open_only_on_a_current_schema(mongo_settings: Settings) -> None:
    stores = Stores.open(mongo_settings)
    stores.database.collection("migrations").delete_many({})
    stores.close()
    with pytest.raises(Error) as caught:
        Stores.open(mongo_settings)
    assert caught.value.code == "migration_needed"


def test_a_lease_keeps_others_out_and_outlives_its_owner_only_shortly(database: Database) -> None:
    with Lease(database, "x", seconds=2):
        time.sleep(2.5)  # renewed meanwhile
        with pytest.raises(Error) as caught:
            Lease(database, "x", patience=0).__enter__()
    assert caught.value.code == "conflict"
    dead = Lease(database, "x", seconds=0.5)
    assert dead._take()
    began = time.monotonic()
    with Lease(database, "x", patience=60):
        assert time.monotonic() - began < 30


def test_validators_in_the_database_are_those_of_the_models(database: Database) -> None:
    for name in MODELS:
        stored = database.collection(name).options()
        assert stored["validator"] == validator(name), name
        assert stored["validationAction"] == "error"


def test_a_library_of_before_takes_what_the_models_have_now(empty_database: Database) -> None:
    """Recorded with the program of schema 18: its validators, and documents that fitted them."""
    recorded = json_util.loads((LIBRARIES / "0018.json").read_text())
    migrate(empty_database, target=recorded["schema"])
    for name, rule in recorded["validators"].items():
        empty_database.command("collMod", name, validator=rule)
    for name, documents in recorded["documents"].items():
        empty_database.collection(name).insert_many(documents)
    migrate(empty_database)
    for name in MODELS:
        assert empty_database.collection(name).options()["validator"] == validator(name), name
    for name, documents in recorded["documents"].items():
        # Whole documents are checked whenever something of them changes.
        changed = empty_database.collection(name).update_many({}, {"$inc": {"revision": 1}})
        assert changed.modified_count == len(documents), name
    kept = Repository(empty_database, "reports", StoredReport).get("e-1")
    assert (kept.predictions, kept.revision) == (None, 1)


def test_documents_that_do_not_fit_are_refused(stores: Stores) -> None:
    images = stores.database.collection("images")
    good = stores.images._encode(image_record(1))
    bad: list[dict[str, Any]] = [
        {"bytes": -1}, {"bytes": "1"}, {"_id": "x"}, {"surprise": 1}, {"quality": {}}, {"orientation": 9},
        {"words": [1]}, {"sources": [{"connector": "x"}]}, {"ingested_at": "2026-01-01"}, {"phash": "zz"},
    ]  # fmt: skip
    for change in bad:
        with pytest.raises(WriteError):
            images.insert_one(good | change)
    images.insert_one(good)
    assert images.estimated_document_count() == 1


def test_validators_say_what_the_json_schema_of_the_models_says() -> None:
    """Each bound of the pydantic schema is in ours, and the other way round."""
    for name, model in MODELS.items():
        schema = model.model_json_schema(mode="serialization")
        mine = validator(name)["$jsonSchema"]
        names = {"_id" if field in ("id", "seq") else field for field in schema["properties"]}
        assert names <= set(mine["properties"]), name
        assert mine["additionalProperties"] is False
    record = image_record(2)
    jsonschema.validate(record.model_dump(mode="json"), type(record).model_json_schema(mode="serialization"))
    assert set(to_mongo(record)) < set(validator("images")["$jsonSchema"]["required"])


def test_what_a_dataset_version_lacked_is_filled_in_and_taken_away(empty_database: Database) -> None:
    migrate(empty_database, target=13)
    old = to_mongo(dataset_version())
    del old["label_counts"], old["merged"]
    versions = empty_database.collection("dataset_versions")
    versions.insert_one(old, bypass_document_validation=True)
    line = {"_id": old["dataset"], "revision": 0, "description": "", "latest": 4, "created_by": "local"}
    line["created_at"] = old["created_at"]
    empty_database.collection("datasets").insert_one(dict(line), bypass_document_validation=True)
    migrate(empty_database)
    assert versions.find_one({}) == {**old, "label_counts": [], "merged": None}
    assert empty_database.collection("datasets").find_one({}) == {**line, "tags": {}, "numbered": 4}
    assert migrate(empty_database, target=13)[0].number == len(migrations())
    assert versions.find_one({}) == old
    assert empty_database.collection("datasets").find_one({}) == line
