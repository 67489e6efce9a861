"""Archives of labelled pictures: looked at, taken in and committed, told with file and line, and gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import tarfile
import zipfile

import pytest

from darkroom.api.digests import sha256_of
from darkroom.client import AsyncClient, Client, datasets
from darkroom.client.exchange import digest_of
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.errors import Error
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.imports import service
from darkroom.services.work.progress import Progress
from tests.pictures import jpeg

IMPORT = "/api/v1/datasets/import"
TYPE = {"Content-Type": "application/zip"}
PICTURES = {number: jpeg(number, width=96, height=64) for number in range(5)}


def classes() -> dict[str, bytes]:
    """A folder for each class; one file is no picture, one of no bytes, one cannot be decoded."""
    return {
        "set/cats/1.jpg": PICTURES[1], "set/cats/2.jpg": PICTURES[2], "set/dogs/3.jpg": PICTURES[3],
        "set/dogs/broken.jpg": b"no picture", "set/dogs/empty.jpg": b"", "set/dogs/notes.txt": b"x",
    }  # fmt: skip


def boxes() -> dict[str, bytes]:
    """YOLO, with a line that is wrong."""
    return {
        "data.yaml": b"names: [cat, dog]\ntrain: images/train\nval: images/val\n",
        "images/train/1.jpg": PICTURES[1], "labels/train/1.txt": b"0 0.5 0.5 0.2 0.2\n7 0.5 0.5 0.2 0.2\n",
        "images/val/4.jpg": PICTURES[4], "labels/val/4.txt": b"1 0.5 0.5 0.2 0.2\n",
    }  # fmt: skip


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def left(library) -> list[str]:
    """What lies in the folder of imports besides what is told."""
    folder = library.settings.imports
    return sorted(one.name for one in folder.iterdir() if one.suffix != ".json") if folder.is_dir() else []


def pictures(library) -> int:
    return len(library.stores.images.ids_after("", 100))


def test_an_archive_is_looked_at_and_becomes_a_version_by_the_client(server, library, tmp_path):
    path = tmp_path / "pets.zip"
    path.write_bytes(zipped(classes()))
    with Client(server.url) as client:
        looked = client.send(datasets.import_dataset(path, "pets", dry_run=True))
        assert (looked.state, looked.result, looked.failed) == ("done", {"examples": 4, "problems": 2}, 2)
        told = client.send(datasets.get_import(looked.id))
        assert (told.format, told.examples, told.known, told.count) == ("imagefolder", 4, 0, 2)
        counts = {one.label: (one.train, one.validation, one.test, one.unplaced) for one in told.classes}
        assert counts == {"cats": (0, 0, 0, 2), "dogs": (0, 0, 0, 2)}
        assert [(one.file, one.cause) for one in told.problems] == [
            ("dogs/notes.txt", "It is not a picture."), ("dogs/empty.jpg", "It is empty or cannot be read."),
        ]  # fmt: skip
        assert (left(library), pictures(library)) == ([f"{looked.id}.files"], 0)
        assert library.stores.datasets.find("pets") is None
        other = client.send(datasets.import_dataset(path, "pets", format="imagefolder", dry_run=True))
        assert left(library) == [f"{other.id}.files"], "of what one looked at, the last is kept"
        with pytest.raises(Error, match="not kept any more"):
            client.send(datasets.import_dataset(None, "pets", archive=looked.id))
        again = client.send(datasets.import_dataset(None, "pets", archive=other.id, dry_run=True))
        assert (again.state, again.result, left(library)) == ("done", looked.result, [f"{again.id}.files"])

        begun = client.send(datasets.import_dataset(None, "pets", message="the first", archive=again.id))
        assert (begun.kind, begun.state, left(library)) == ("import", "queued", [f"{begun.id}.files"])
        assert library.work.run(SYSTEM, begun.id, "run-a").state == "done"
        done = client.wait(begun)
        assert (done.changed, done.failed, done.result["version"]) == (3, 3, 1)
        assert done.links["dataset"].endswith("/datasets/pets@1")
        told = client.send(datasets.get_import(done.id))
        assert [one.file for one in told.problems] == ["dogs/notes.txt", "dogs/empty.jpg", "dogs/broken.jpg"]
        version = library.datasets.resolve("pets")
        assert (version.total, version.labels, version.message) == (3, ("cats", "dogs"), "the first")
        key = hashlib.sha256(PICTURES[3]).hexdigest()
        source = library.stores.images.get(key).sources[0]
        assert (source.connector, source.key) == ("import", "pets/dogs/3.jpg")
        assert left(library) == []

    async def again() -> str:
        async with AsyncClient(server.url) as client:
            looked = await client.send(datasets.import_dataset(path, "pets", format="imagefolder", dry_run=True))
            told = await client.send(datasets.get_import(looked.id))
            return f"{told.examples} with {told.known} known"

    assert asyncio.run(again()) == "4 with 3 known"


def test_labels_with_lines_come_from_a_tar_and_a_run_that_died_is_gone_on_with(client, library, monkeypatch):
    body = tarred(boxes())
    begun = client.post(IMPORT, params={"name": "yard"}, content=body).json()

    def die(*_args, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("darkroom.services.imports.kind.report", die)
        with contextlib.suppress(KeyboardInterrupt):
            library.work.run(SYSTEM, begun["id"], "run-a")
    assert pictures(library) == 2
    assert left(library) == [f"{begun['id']}.archive", f"{begun['id']}.files"]
    library.stores.database.collection("work").update_one({"_id": begun["id"]}, {"$set": {"heartbeat_at": None}})
    done = library.work.run(SYSTEM, begun["id"], "run-b")
    assert (done.state, done.changed, done.result) == ("done", 2, {"examples": 2, "problems": 1, "version": 1})
    told = client.get(f"/api/v1/imports/{begun['id']}").json()
    assert told["problems"] == [
        {"file": "labels/train/1.txt", "line": 2, "cause": "There is no class 7; 2 are named, from 0."}
    ]
    assert {one["label"]: (one["train"], one["validation"]) for one in told["classes"]} == {"cat": (1, 0), "dog": (0, 1)}  # fmt: skip
    assert library.datasets.resolve("yard").counts == {"train": 1, "validation": 1}
    assert left(library) == []


def test_what_cannot_be_read_is_told_without_a_path_of_ours_and_the_same_key_imports_once(
    client, library, launcher, monkeypatch
):
    for content, words in (
        (b"no archive", "cannot be read"),
        (zipped({"a.txt": b"x"}), "no layout that is known"),
        (zipped({"../a.txt": b"x"}), "leads outside"),
    ):
        found = client.post(IMPORT, params={"name": "pets", "dry_run": "true"}, content=content).json()
        assert (found["state"], found["error"]["code"]) == ("failed", "dataset_invalid")
        assert words in found["error"]["cause"]
    named = client.post(
        IMPORT, params={"name": "pets", "dry_run": "true", "format": "voc"}, content=zipped(boxes())
    ).json()
    assert named["error"]["cause"] == "The archive has no folder Annotations."
    assert str(library.settings.home_path) not in named["error"]["cause"]
    assert client.get(f"/api/v1/imports/{named['id']}").status_code == 404
    monkeypatch.setattr(service, "_AT_ONCE_BYTES", 1)
    queued = client.post(IMPORT, params={"name": "pets", "dry_run": "true"}, content=zipped(boxes()))
    assert (queued.status_code, queued.json()["state"]) == (202, "queued")
    assert left(library) == [f"{queued.json()['id']}.archive"]
    launcher.launched.clear()
    headers = TYPE | {"Idempotency-Key": "one-import"}
    body = zipped(classes())
    first = client.post(IMPORT, params={"name": "pets"}, content=body, headers=headers)
    assert first.status_code == 202
    again = client.post(IMPORT, params={"name": "pets"}, content=body, headers=headers)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert len(launcher.launched) == 1
    for other in ({"params": {"name": "cats"}, "content": body}, {"params": {"name": "pets"}, "content": body[:-1]}):
        refused = client.post(IMPORT, headers=headers, **other)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def nobody_reads_what_another_is_told(library, client) -> None:
    bearers = []
    for name in ("ada", "eve"):
        user = library.users.create(
            LOCAL_OWNER, NewUser(email=f"{name}@example.org", role="administrator", password="correct horse")
        )
        token = library.tokens.create(LOCAL_OWNER, NewToken(name="one", scopes=("*",), user=user.id)).token
        bearers.append({"Authorization": f"Bearer {token}"})
    mine, other = bearers
    looked = client.post(
        IMPORT, params={"name": "pets", "dry_run": "true"}, content=zipped(boxes()), headers=mine
    ).json()
    answers = [client.get(f"/api/v1/imports/{looked['id']}", headers=one) for one in (mine, other)]
    assert [one.status_code for one in answers] == [200, 404]
    assert answers[1].json()["code"] == "not_found"
    named = {"name": "pets", "archive": looked["id"]}
    taken = [client.post(IMPORT, params=named, headers=one) for one in (other, mine, mine)]
    assert [one.status_code for one in taken] == [404, 202, 404], "it is the owner's, and taken once"
    sent = client.post(IMPORT, params=named, headers=mine, content=b"PK")
    assert sent.json()["code"] == "bad_request"


def test_a_cancelled_import_and_a_refused_one_leave_nothing_and_nobody_else_reads_what_is_told(
    client, library, monkeypatch
):
    begun = client.post(IMPORT, params={"name": "pets"}, content=zipped(classes())).json()

    save = Progress.save

    def cancelled(progress: Progress) -> None:
        client.post(f"/api/v1/operations/{begun['id']}/cancel")
        save(progress)

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "save", cancelled)
        library.work.run(SYSTEM, begun["id"], "run-a")
    assert client.get(f"/api/v1/operations/{begun['id']}").json()["state"] == "cancelled"
    assert (left(library), library.stores.datasets.find("pets")) == ([], None)

    digest = digest_of(b"something else")
    assert sha256_of(digest)
    wrong = client.post(IMPORT, params={"name": "pets"}, content=b"PK", headers={"Content-Digest": digest})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "checksum_mismatch")
    assert client.post(IMPORT, params={"name": "pets"}, content=b"").json()["code"] == "dataset_invalid"
    assert client.post(IMPORT, params={"name": "Not a name"}, content=b"PK").status_code == 422
    settings = library.settings.model_copy(update={"import_max_bytes": 1000})
    monkeypatch.setattr(library.imports, "_settings", settings)
    for content in (zipped(classes()), iter([zipped(classes())])):
        found = client.post(IMPORT, params={"name": "pets"}, content=content).json()
        assert (found["code"], "1,000 bytes at most" in found["detail"]) == ("payload_too_large", True)
    assert left(library) == []
    monkeypatch.undo()
    nobody_reads_what_another_is_told(library, client)
