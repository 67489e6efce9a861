"""Commands act on a running Darkroom: the one on the home as its owner, one somewhere else with a token or a sign-in."""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from pathlib import Path

from darkroom.access.profiles import Profiles
from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.annotation import Classification
from darkroom.domain.base import now
from darkroom.domain.dataset import Example, StoredFile
from darkroom.domain.query import ImageQuery
from darkroom.domain.training import StoredReport, TrainingRun
from darkroom.errors import ERROR_CODES
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.work.service import AT_ONCE
from tests.factories import image_record, sha
from tests.pictures import jpeg
from tests.registered import register

PASSWORD = "correct horse battery"


def test_whoever_reads_the_home_acts_through_the_running_darkroom(home, running, library):
    library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator", password=PASSWORD))
    made = home("user", "create", "eve@example.org", "--role", "editor", "--link")
    assert (made.code, made.error) == (0, "")
    assert "/reset#drl_" in made.out
    assert "path=/api/v1/users " in running.log.read_text()
    assert (
        home("user", "set-role", "EVE@example.org", "viewer").out == "eve@example.org has the role viewer everywhere.\n"
    )
    listed = json.loads(home("user", "list", "--json").out)["items"]
    assert [(one["email"], one["roles"][0]["role"]) for one in listed] == [
        ("eve@example.org", "viewer"), ("ada@example.org", "administrator")
    ]  # fmt: skip
    assert home("user", "disable", "nobody@example.org").error.startswith(
        "There is no account for 'nobody@example.org'"
    )
    actions = [one["action"] for one in json.loads(home("audit", "--json").out)["items"]]
    assert actions[0] == "user.role_changed", actions
    assert "Local owner" in home("audit", "--action", "user.created").out
    assert home("audit", "--action", "user.devoured").out == "No such lines.\n"
    assert home("audit", "--export", "audit.csv").out == "Written to audit.csv.\n"
    assert Path("audit.csv").read_text().startswith("id,at,principal")


def test_models_are_written_into_folders(home, library, tmp_path):
    register(library.stores, "boxes", 1, b"first")
    register(library.stores, "boxes", 2, b"second")
    assert home("model", "export", "boxes", str(tmp_path / "new/out")).code == 0
    assert [(one.name, one.read_bytes()) for one in (tmp_path / "new/out").iterdir()] == [("model.onnx", b"second")]
    done = home("model", "export", "boxes@1", str(tmp_path / "new"), "--onnx", "--json")
    assert json.loads(done.out)["files"] == [str(tmp_path / "new/model.onnx")]
    assert (tmp_path / "new/model.onnx").read_bytes() == b"first"
    unknown = home("model", "export", "boxes@7", str(tmp_path / "other"))
    assert (unknown.code, "darkroom model show boxes" in unknown.error) == (1, True)
    register(library.stores, "boxes", 3, None)
    refused = home("model", "export", "boxes@champion", str(tmp_path / "other"), "--onnx")
    assert (refused.code, "it was not tried" in refused.error) == (1, True)
    assert not (tmp_path / "other").exists()
    assert "darkroom model show boxes" in home("model", "promote", "boxes@9").error
    assert json.loads(home("model", "uses", "boxes@2", "--json").out)["orders"] == 0
    said = (Classification(label="hut"),)
    examples = [Example(key=sha(one), path=one, annotations=said, split=one) for one in ("train", "validation")]
    library.datasets.commit(LOCAL_OWNER, "set", examples, origin="a test")
    noted = home("model", "note", "boxes@2", "--tag", "night", "--tag", "draft", "--use", "Count huts, not people.")
    assert (noted.code, noted.out) == (0, "boxes@2: draft, night\n"), noted.error
    assert json.loads(home("model", "note", "boxes@2", "--untag", "draft", "--json").out)["tags"] == ["night"]
    library.stores.blobs.put("originals", hashlib.sha256(b"{}").hexdigest(), b"{}", durable=False)
    library.stores.reports.insert(StoredReport.model_validate({
        "id": "r-1", "training": "t-1", "checkpoint": "k-boxes-2", "dataset": "set@1", "split": "validation", "count": 1,
        "metrics": (), "details": StoredFile(name="evaluation.json", key=hashlib.sha256(b"{}").hexdigest(), bytes=2), "created_at": now(),
    }))  # fmt: skip
    card = home("model", "card", "boxes@2")
    assert (card.code, "Count huts, not people." in card.out, "night" in card.out) == (0, True, True), card.error
    assert home("model", "card", "boxes@2", "--html", "card.html", "--md", "card.md").code == 0
    assert Path("card.md").read_text() == card.out
    assert Path("card.html").read_text().startswith("<!doctype html>")
    assert home("model", "card", "boxes@9").code == 1
    again = home("model", "reproduce", "boxes@2", "--json")
    assert (again.code, "It is not known how boxes@2 was trained" in again.error) == (1, True), again.error
    said = home("model", "gate", "boxes", "--least-score", "0.9", "--approval")
    assert said.out == "boxes asks of a champion for at least 0.9, a gain of 0 and somebody who approves.\n", said.error
    assert "has led nowhere else before" in home("model", "rollback", "boxes").error
    facts = {"code": "training_invalid", "cause": "No picture could be decoded.", "finished_at": now()}
    library.stores.trainings.insert(TrainingRun(
        id="t-bad", principal="p", owner="p", waits_since=now(), dataset="set@1", dataset_hash="0" * 64, model_line="boxes", task="detection", config={},
        state="failed", created_at=now(), **facts,
    ))  # fmt: skip
    shown = home("training", "show", "t-bad").out.splitlines()
    assert shown[1:] == ["No picture could be decoded.", f"What to do: {ERROR_CODES['training_invalid'].remedy}"]


def test_presets_failures_and_orders_are_those_of_the_running_darkroom(home, library, stores, tmp_path):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text("name: tiny\noperations:\n  - resize: {width: 32, height: 32}\n")
    saved = home("preset", "save", str(recipe))
    assert (saved.code, saved.out) == (0, "Saved as tiny@1.\n"), saved.error
    assert json.loads(home("preset", "show", "tiny@1", "--json").out)["name"] == "tiny"
    assert home("failures").out == "No entries: every file could be taken in.\n"
    assert home("failures", "list", "--state", "all").out == "No such entries.\n"
    assert home("failures", "dismiss", "--all").out == "0 entries dismissed.\n"
    record = image_record(1)

    def take_in(session) -> None:
        stores.images.upsert_many(session, [record])
        stores.events.append(session, type="images.added", principal="local", ids=[record.id])

    stores.database.run(take_in)
    made = home("renditions", "order", "--preset", "tiny", "--all", "--json")
    assert made.code == 0, made.error
    order = json.loads(made.out)
    assert (order["state"], order["total"], order["preset"]) == ("queued", 1, "tiny@1"), made.error
    assert order["id"] in home("renditions", "list").out
    assert home("renditions", "show", order["id"]).out.startswith(f"Order {order['id']} is queued: tiny on 1 picture;")
    assert home("renditions", "cancel", order["id"]).code == 0
    assert home("renditions", "wait", order["id"]).code == 1
    assert json.loads(home("renditions", "list", "--state", "cancelled", "--json").out)["items"][0]["id"] == order["id"]
    assert home("renditions", "order", "--preset", "tiny").code == 2
    assert home("renditions", "order", "--preset", "none", "--all").code == 1
    assert "resize" in home("preset", "show", "tiny").out
    assert "tiny" in [one["name"] for one in json.loads(home("preset", "list", "--json").out)["items"]]
    assert "no longer" in home("preset", "delete", "tiny").out


def test_events_are_shown_as_they_are_stored(home, library, stores):
    for tag in ("sea", "sky", "sun"):
        stores.database.run(
            lambda session, tag=tag: stores.events.append(session, type="tags.changed", principal="x", ids=[tag])
        )
    shown = home("events", "--last", "2")
    assert [line.split()[0::3] for line in shown.out.splitlines()] == [["2", "tags.changed"], ["3", "tags.changed"]]
    found = [
        json.loads(line) for line in home("events", "--after", "1", "--type", "tags.changed", "--json").out.splitlines()
    ]
    assert [(one["seq"], one["ids"]) for one in found] == [(2, ["sky"]), (3, ["sun"])]


def test_a_darkroom_somewhere_else_takes_a_token(darkroom, server, library, monkeypatch, tmp_path):
    library.users.create(LOCAL_OWNER, NewUser(email="ada@example.org", role="administrator", password=PASSWORD))
    refused = darkroom("preset", "list", "--url", server.url)
    assert refused.code == 1
    assert f"darkroom login --url {server.url}" in refused.error
    made = library.tokens.create(
        LOCAL_OWNER, NewToken(name="ci", scopes=("images:*", "batches:read", "presets:read", "account:read"))
    )
    monkeypatch.setenv("DARKROOM_URL", server.url)
    monkeypatch.setenv("DARKROOM_TOKEN", made.token)
    assert darkroom("preset", "list").code == 0
    assert darkroom("whoami").out.startswith(f"Token ci (token) at {server.url}: may ")
    denied = darkroom("user", "list")
    assert denied.code == 1
    assert "users:read" in denied.error
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / "in" / f"{number}.jpg").write_bytes(jpeg(number))
    sent = json.loads(darkroom("ingest", str(tmp_path / "in"), "--tag", "sea", "--json").out)
    (batch,) = sent["batches"]
    assert (batch["total"], batch["connector"]) == (3, "upload")
    assert [item.tags for item in library.stores.batches.manifest(batch["id"]).items] == [("sea",)] * 3


def test_a_profile_is_a_short_name_for_an_address(darkroom, server, tmp_path):
    Profiles(tmp_path / "config").keep("work", server.url)
    assert darkroom("preset", "list", "--profile", "work").code == 0
    unknown = darkroom("preset", "list", "--profile", "home")
    assert unknown.code == 1
    assert unknown.error.startswith("There is no profile 'home'; there are: work.")
    assert darkroom("preset", "list", "--profile", "work", "--url", server.url).code == 2


def test_where_nothing_answers_the_command_says_so(darkroom, server, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    away = darkroom("user", "list", "--url", "http://127.0.0.1:1")
    assert away.code == 1
    assert away.error.startswith("http://127.0.0.1:1: ")
    none = darkroom("user", "list")
    assert none.code == 1
    assert none.error.startswith("No Darkroom runs on ")


def test_without_a_server_it_works_on_the_database_and_says_so(darkroom, library, monkeypatch):
    monkeypatch.setenv("DARKROOM_HOME", str(library.settings.home_path))
    monkeypatch.setenv("DARKROOM_MONGO_URI", library.settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", library.settings.mongo_database)
    made = darkroom("user", "create", "ada@example.org", "--link")
    assert made.code == 0, made.error
    assert made.out.startswith("ada@example.org may sign in as administrator.")
    assert made.error == f"No Darkroom answers on {library.settings.home_path}: this works on its database directly.\n"
    assert json.loads(darkroom("user", "list", "--json").out)["items"][0]["email"] == "ada@example.org"
    events = darkroom("events")
    assert (events.code, events.error.splitlines()[1]) == (1, "Only a running Darkroom tells what happens.")


def test_without_a_server_what_takes_long_is_done_by_the_command_itself(darkroom, library, monkeypatch, tmp_path):
    records = [image_record(number, tags=("old",)) for number in range(AT_ONCE + 20)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    monkeypatch.setenv("DARKROOM_HOME", str(library.settings.home_path))
    monkeypatch.setenv("DARKROOM_MONGO_URI", library.settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("DARKROOM_MONGO_DATABASE", library.settings.mongo_database)
    done = darkroom("tag", "rename", "old", "new")
    assert done.code == 0, done.error
    assert library.gallery.page(LOCAL_OWNER, ImageQuery(tag=("new",)), limit=1).total == len(records)

    archive, folder = tmp_path / "pets.zip", tmp_path / "pets"
    for at, name in enumerate(("cats/1.jpg", "dogs/2.jpg", "dogs/notes.txt")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg(at, width=64, height=48))
    with zipfile.ZipFile(archive, "w") as packed:
        for one in folder.rglob("*.*"):
            packed.write(one, one.relative_to(tmp_path))
    for path in (archive, folder):
        looked = darkroom("dataset", "import", str(path), "--name", "pets", "--dry-run")
        assert looked.code == 0, looked.error
        assert looked.out.startswith("imagefolder: 2 pictures of 2 classes, 1 problem.\n")
        assert "left out dogs/notes.txt: It is not a picture." in looked.error
    assert library.stores.datasets.find("pets") is None
    made = json.loads(darkroom("dataset", "import", str(archive), "--name", "pets", "--json").out)
    assert (made["id"], made["total"], made["new"], len(made["problems"])) == ("pets@1", 2, True, 1)
    bad = darkroom("dataset", "import", str(archive), "--name", "pets", "--format", "voc")
    assert (bad.code, "has no folder Annotations" in bad.error) == (1, True)
