"""`darkroom edit`, `tag` and `trash`, on a real database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from darkroom.datasets.manifest import Manifest
from darkroom.datasets.suspects import one_each
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.image import ImageRecord, Source
from darkroom.domain.suspect import SuspectFindings
from darkroom.imaging.words import read_sidecar
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.supervisor.plan import settings_variables
from tests.commands import answered
from tests.factories import image_record, sha

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def darkroom(
    mongo_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs a command on the test's home; gives its exit code and what it printed."""
    for name, value in settings_variables(mongo_settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        code, out, _ = answered(monkeypatch, capsys, *words)
        return code, out

    return run


@pytest.fixture
def ids(stores: Stores) -> list[str]:
    plain = {"tags": (), "rating": 0, "favourite": False, "label": None, "collections": ()}
    records = [image_record(number, **plain) for number in range(3)]
    keep(stores, records)
    return [one.id for one in records]


def keep(stores: Stores, records: list[ImageRecord]) -> None:
    def work(session: object) -> None:
        stores.images.upsert_many(session, records)
        stores.events.append(session, type="images.added", principal="local", ids=[one.id for one in records])

    stores.database.run(work)


def test_pictures_are_edited_tagged_put_away_and_restored(darkroom: Run, ids: list[str], stores: Stores) -> None:
    code, out = darkroom("edit", *ids[:2], "--title", "The quay", "--rating", "4", "--favourite", "--label", "red",
                         "--tag", "places/oslo", "--json")  # fmt: skip
    assert (code, [one["rating"] for one in json.loads(out)]) == (0, [4, 4])
    found = stores.images.get(ids[0])
    assert (found.title, found.favourite, found.label, found.tags) == ("The quay", True, "red", ("places/oslo",))
    assert darkroom("edit", ids[0], "--title", "", "--no-favourite", "--label", "none") == (0, "1 picture changed.\n")
    assert stores.images.get(ids[0]).title is None
    assert darkroom("edit", ids[0])[0] == 2
    assert darkroom("edit", sha("nobody"), "--rating", "1")[0] == 1
    assert darkroom("tag", "add", ids[2], "--tag", "sea", "-t", "places") == (0, "1 picture tagged.\n")
    code, out = darkroom("tag", "list")
    assert [line.split() for line in out.splitlines()[1:]] == [["places", "3"], ["oslo", "2"], ["sea", "1"]]
    assert darkroom("tag", "remove", ids[2], "--tag", "places")[0] == 0
    assert darkroom("tag", "rename", "places", "where", "--dry-run") == (0, "2 pictures would change.\n")
    done = darkroom("tag", "rename", "places", "where")[1]
    assert done.startswith("places is now called where: 2 pictures changed. `darkroom work undo o-")
    assert darkroom("tag", "rename", "sea", "where")[0] == 1
    assert darkroom("tag", "rename", "sea", "where", "--merge")[0] == 0
    assert darkroom("tag", "delete", "where")[1].startswith("where is gone: 3 pictures changed.")
    assert darkroom("tag", "list")[1] == "No picture has a tag yet.\n"


def test_the_trash_is_filled_listed_and_emptied(darkroom: Run, ids: list[str], stores: Stores) -> None:
    assert darkroom("trash", "list")[1] == "The trash is empty.\n"
    assert darkroom("trash", "put", *ids) == (0, "3 pictures put into the trash.\n")
    code, out = darkroom("trash", "list", "--json")
    listed = json.loads(out)
    assert (code, listed["total"], {one["image"]["id"] for one in listed["items"]}) == (0, 3, set(ids))
    assert "3 pictures, " in darkroom("trash", "list")[1]
    assert darkroom("trash", "restore", ids[0], sha("x")) == (1, "1 picture restored.\n")
    assert darkroom("trash", "empty", ids[1], "--yes")[1].startswith("1 picture removed for good, ")
    assert darkroom("trash", "empty")[0] == 1  # there is nobody to ask
    assert stores.trash.totals()[0] == 1
    assert json.loads(darkroom("trash", "empty", "--yes", "--json")[1])["images"] == 1
    assert stores.images.known(ids) == {ids[0]}


def test_sidecars_are_written_again_but_never_over_the_work_of_others(
    darkroom: Run, ids: list[str], stores: Stores, tmp_path: Path
) -> None:
    darkroom("edit", ids[0], "--title", "The quay", "--rating", "4")
    folder = tmp_path / "words"
    where = ("--sidecars", str(folder))
    assert darkroom("metadata", "export", "--all", *where) == (0, "3 sidecars written, 0 as before.\n")
    first = folder / f"{stores.images.get(ids[0]).name}.xmp"
    assert read_sidecar(first.read_bytes()).title == "The quay"
    darkroom("edit", ids[0], "--title", "The pier")
    code, out = darkroom("metadata", "export", "--where", "rating>=4", *where, "--json")
    assert (code, [(one["id"], one["result"]) for one in json.loads(out)["items"]]) == (0, [(ids[0], "written")])
    mine = first.read_bytes().replace(b"The pier", b"My pier")
    first.write_bytes(mine)
    code, out = darkroom("metadata", "export", *ids, *where)
    assert (code, out, first.read_bytes()) == (1, "0 sidecars written, 2 as before.\n", mine)
    assert darkroom("metadata", "export", *ids, *where, "--overwrite")[0] == 0
    assert read_sidecar(first.read_bytes()).title == "The pier"
    assert darkroom("metadata", "export", *where)[0] == 2
    assert not [one for one in folder.iterdir() if not one.name.endswith(".xmp")]


def test_sidecars_lie_beside_the_very_originals(darkroom: Run, stores: Stores, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    (root / "trip").mkdir(parents=True)
    (root / "trip/a.jpg").write_bytes(b"these bytes")
    (root / "trip/b.jpg").write_bytes(b"others now")
    records = [
        image_record(
            number, id=sha256(data).hexdigest(), name=f"{name}.jpg", bytes=len(data),
            sources=(Source(connector="inbox", key=f"trip/{name}.jpg", batch="b-1"),),
        )
        for number, (name, data) in enumerate({"a": b"these bytes", "b": b"other then"}.items())
    ]  # fmt: skip
    stores.database.run(lambda session: stores.images.upsert_many(session, records))
    told = darkroom("metadata", "export", *(one.id for one in records), "--sidecars", str(root), "--beside")
    assert told == (0, "1 sidecar written, 0 as before, 1 without an original there.\n")
    assert sorted(one.name for one in (root / "trip").iterdir()) == ["a.jpg", "a.jpg.xmp", "b.jpg"]


def test_pictures_of_one_name_have_sidecars_of_their_own(darkroom: Run, stores: Stores, tmp_path: Path) -> None:
    records = [image_record(number, name="../IMG 1.jpg") for number in (1, 2)]
    stores.database.run(lambda session: stores.images.upsert_many(session, records))
    for words in ("2 sidecars written, 0 as before.\n", "0 sidecars written, 2 as before.\n"):
        assert (
            darkroom("metadata", "export", *(one.id for one in records), "--sidecars", str(tmp_path / "w"))[1] == words
        )
    names = sorted(one.name for one in (tmp_path / "w").iterdir())
    assert names == ["IMG 1.jpg.xmp", f"IMG 1~{records[1].id[:12]}.jpg.xmp"]


def keep_suspects(stores: Stores, version: str) -> None:
    """What a search would find: the boots look like sandals."""
    found = stores.dataset_versions.get(version)
    manifest = Manifest.read(stores.blobs.local_path("originals", found.manifest.key) or Path())
    keys = {labels[0]: key for key, labels in manifest.frame.select("key", "labels").iter_rows()}
    looked = one_each(
        [keys["boots"], keys["sandals"]], [0, 1], ["boots", "sandals"], np.array([[0.1, 0.9], [0.1, 0.9]])
    )
    held = io.BytesIO()
    looked.with_columns(suspect=pl.col("said") == "boots").write_parquet(held)
    key = sha256(held.getvalue()).hexdigest()
    stores.blobs.put("originals", key, held.getvalue(), durable=False)
    stores.suspects.put(SuspectFindings(
        id=version, dataset=found.dataset, number=found.number, hash=found.hash, examined=2, suspects=1, agreement=0.5, classes=(),
        details=StoredFile(name="suspects.parquet", key=key, bytes=1), seconds=1, created_at=now(), created_by="local",
    ))  # fmt: skip


def test_pictures_that_are_there_become_a_dataset_that_is_written_out(
    darkroom: Run, ids: list[str], stores: Stores, tmp_path: Path
) -> None:
    for number, tag in enumerate(("boots", "sandals")):
        assert darkroom("edit", ids[number], "--tag", tag)[0] == 0
    words = ("dataset", "commit", "shoes", "--labels-from", "tags", "--class", "boots", "--class", "sandals")
    code, out = darkroom(*words)
    assert (code, out.splitlines()[0][:40]) == (0, "shoes@1 is 2 examples of 2 classes: 2 in"[:40])
    assert "1 picture left out" in out
    again = json.loads(darkroom(*words, "--json")[1])
    assert (again["id"], again["new"], again["skipped"]) == ("shoes@1", False, 1)
    assert darkroom(*words, "--where", "tag:nothing")[0] == 1
    said, records = [f"picture {at}" for at in range(3)], []
    for at, name in enumerate(said):
        tags = (("boots", "sandals")[at % 2], "extra")
        records.append(image_record(at + 10, id=sha(name), tags=tags, bytes=len(name)))
        stores.blobs.put("originals", records[at].id, name.encode(), durable=False)
    keep(stores, records)
    assert darkroom(*words, "--where", "tag:extra")[0] == 0
    code, out = darkroom("dataset", "export", "shoes", "out", "--format", "csv")
    assert (code, out) == (0, "shoes@2 is in out as csv: 3 pictures.\n")
    assert (tmp_path / "out/labels.csv").read_text().count("\n") == 4
    assert len(list((tmp_path / "out/images").iterdir())) == 3
    assert darkroom("dataset", "export", "shoes", "out")[0] == 1  # it is not empty any more
    assert json.loads(darkroom("dataset", "export", "shoes", "whole.tar", "--json")[1])["pictures"] == 3
    assert (tmp_path / "whole.tar").stat().st_size > 1024
    assert darkroom("dataset", "tag", "shoes@1", "golden") == (0, "shoes@golden is shoes@1.\n")
    assert json.loads(darkroom("dataset", "branch", "shoes@golden", "trial", "--json")[1])["parent"] == "shoes@1"
    assert darkroom("dataset", "merge", "shoes", "trial", "--preview")[1].startswith(
        "0 conflicts between shoes@2 and trial@1, over shoes@1"
    )
    assert json.loads(darkroom("dataset", "merge", "shoes", "trial", "--theirs", "--json")[1])["merged"] == "trial@1"
    assert darkroom("dataset", "restore", "shoes@golden")[1].startswith("shoes@4 is 2 examples")
    shown = darkroom("dataset", "quality", "shoes", "--against", "shoes@1", "--html", "quality.html")[1]
    assert "shoes@4 score" in shown
    assert (tmp_path / "quality.html").read_text().startswith("<!doctype html>")
    told = json.loads(darkroom("dataset", "quality", "shoes", "--known", "--json")[1])
    assert (told["version"], told["total"], told["drift"]) == ("shoes@4", 2, None)
    assert darkroom("dataset", "quality-rules", "shoes", "--limit", "odd_size=2")[0] == 2
    rules = json.loads(darkroom("dataset", "quality-rules", "shoes", "--block", "leak", "--score", "1", "--json")[1])
    assert (rules["rules"]["limits"], rules["rules"]["score_blocks"]) == (
        [{"issue": "leak", "most": 0.0, "blocks": True}],
        True,
    )
    assert darkroom("dataset", "quality", "shoes", "--known", "--check")[0] == (0 if told["score"] == 1 else 1)
    assert darkroom("dataset", "leave-out", "shoes", "--issue", "leak")[0] == 1
    assert darkroom("dataset", "expand", "shoes", "--strength", "none")[0] == 1
    code, out = darkroom("dataset", "suspects", "shoes", "--known")
    assert code == 1
    keep_suspects(stores, "shoes@4")
    code, out = darkroom("dataset", "suspects", "shoes", "--known")
    assert (code, "1 of 2 labels in shoes@4 are probably wrong (50.0%); the models agree with 50% of them." in out) == (
        0,
        True,
    ), out
    told = json.loads(darkroom("dataset", "suspects", "shoes", "--known", "--limit", "5", "--json")[1])
    assert [(one["said"], one["guess"]) for one in told["items"]] == [("boots", "sandals")]
    (tmp_path / "decided.json").write_text("[]")
    assert darkroom("dataset", "merge", "shoes", "trial", "--decisions", "decided.json")[0] == 2
    code, out = darkroom("dataset", "split", "shoes", "--ratios", "0.5,0.5,0", "--seed", "5")
    assert (code, out.partition(" ")[0]) == (0, "shoes@4" if "says the same" in out else "shoes@5")
    assert darkroom("dataset", "delete", "shoes@1", "--yes")[0] == 1  # it is golden
    assert darkroom("dataset", "tag", "shoes@1", "golden", "--remove")[0] == 0
    assert darkroom("dataset", "delete", "shoes@1", "--yes") == (0, "shoes@1 is deleted.\n")
