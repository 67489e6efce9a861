"""Versions leave the library as other programs read them, and come back as they were."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.datasets.archives import unpack
from darkroom.datasets.layouts import IMPORTERS
from darkroom.domain.access import SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.base import now
from darkroom.domain.dataset import SPLITS, Example
from darkroom.errors import Error
from tests.factories import image_record, sha

ADDRESS = "/api/v1/datasets/little/export"


@pytest.fixture
def little(library):
    """Six pictures with their bytes, one called as another kind of file, one in the trash."""
    stores, examples, records = library.stores, [], []
    for at in range(6):
        data = f"picture {at}".encode() * (at + 1)
        stores.blobs.put("originals", sha(data.decode()), data, durable=False)
        name = "wrong.png" if at == 0 else f"shot {at}.JPEG"
        record = image_record(at, id=sha(data.decode()), name=name, format="jpeg", bytes=len(data), width=40, height=30)
        records.append(record)
        said = (Classification(label=("shoe", "boot")[at % 2]),)
        examples.append(Example(key=record.id, path=name, annotations=said, split=SPLITS[at % 3]))
    stores.database.run(lambda session: stores.images.upsert_many(session, records))
    version = library.datasets.commit(SYSTEM, "little", examples, origin="a test").version
    stores.database.run(lambda session: stores.trash.put_many(session, [records[3].id], "local", now()))
    return version


@pytest.fixture
def client(library):
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


def unpacked(data: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        unpack(tar, folder)
    return folder


@pytest.mark.parametrize("layout", ["imagefolder", "csv"])
def test_what_is_exported_and_brought_in_again_says_the_very_same(library, client, little, tmp_path, layout):
    answer = client.get(ADDRESS, params={"format": layout})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-tar")
    assert f"little-1-{layout}.tar" in answer.headers["content-disposition"]
    folder = unpacked(answer.content, tmp_path / "out")
    found = IMPORTERS[layout](folder / "labels.csv" if layout == "csv" else folder)
    made = library.datasets.commit(SYSTEM, "again", found.examples.values(), origin="a test").version
    assert (found.problems, made.hash) == ([], little.hash)
    about = json.loads((folder / "darkroom.json").read_text())
    assert (about["dataset"], about["hash"], about["pictures"], about["not_told"]) == ("little@1", little.hash, 6, 0)
    assert {path.suffix for path in folder.rglob("*wrong*")} == {".jpg"}
    assert {path.suffix for path in folder.rglob("*shot*")} == {".jpeg"}


def test_a_download_that_broke_off_goes_on_and_one_that_is_there_is_not_sent_again(client, little):
    whole = client.get(ADDRESS, params={"format": "csv", "split": "train"})
    tag = whole.headers["etag"]
    headers = {"Range": "bytes=700-", "If-Range": tag}
    rest = client.get(ADDRESS, params={"format": "csv", "split": "train"}, headers=headers)
    assert (rest.status_code, rest.content) == (206, whole.content[700:])
    query = {"format": "csv", "split": "train"}
    assert client.get(ADDRESS, params=query, headers={"If-None-Match": tag}).status_code == 304
    with tarfile.open(fileobj=io.BytesIO(whole.content)) as tar:
        assert sum(name.startswith("images/") for name in tar.getnames()) == 2


def test_a_picture_whose_bytes_are_gone_is_left_out_and_named(library, client, little, tmp_path):
    gone = next(library.datasets.read(little).part("train").examples())
    library.stores.blobs.delete("originals", gone.key)
    folder = unpacked(client.get(ADDRESS, params={"format": "csv"}).content, tmp_path / "out")
    about = json.loads((folder / "darkroom.json").read_text())
    assert (about["pictures"], about["not_told"], len(list((folder / "images").iterdir()))) == (5, 1, 5)
    cause = "The picture, or its bytes, are not in the library any more."
    assert about["problems"] == [{"file": gone.path, "cause": cause}]


def test_what_a_layout_cannot_hold_is_refused_in_words(library, client, little):
    refused = client.get(ADDRESS, params={"format": "voc"}).json()
    assert refused["code"] == "dataset_invalid"
    assert "Nothing of little@1 can be told as voc" in refused["detail"]
    assert client.get(ADDRESS, params={"format": "word"}).json()["code"] == "invalid_parameter"
    assert client.get(ADDRESS.replace("little", "none")).json()["code"] == "not_found"
    one = next(library.datasets.read(little).part("validation").examples())
    library.datasets.commit(SYSTEM, "one", [one], origin="a test")
    with pytest.raises(Error, match="no example"):
        library.datasets.exports.export(SYSTEM, "one", "csv", "test")
