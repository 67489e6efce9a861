"""Versions that are there: named, restored, branched, merged, split anew, deleted; over HTTP, as whoever may."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.access import SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.dataset import Example
from darkroom.domain.follow import Follow
from darkroom.services.training.views import TrainingGiven
from tests.factories import image_record, sha

API = "/api/v1/datasets"


@pytest.fixture
def client(library):
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def commit(library):
    """Commits pictures by name with their class; all of them are in the library."""
    records = [image_record(at, id=sha(f"p{at}"), duplicate_group=f"g{at // 2}") for at in range(20)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))

    def work(name: str, said: dict[int, str], split=None) -> str:
        examples = [
            Example(
                key=sha(f"p{at}"), path=f"{at}.jpg", annotations=(Classification(label=label),),
                split=split(at) if split else None,
            )
            for at, label in said.items()
        ]  # fmt: skip
        return library.datasets.commit(SYSTEM, name, examples, origin="a test").version.id

    return work


def labels(library, words: str) -> dict[str, str]:
    return {
        one.path: one.annotations[0].label for one in library.datasets.read(library.datasets.resolve(words)).examples()
    }


def made(answer) -> str:
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]["id"]


ALL = dict.fromkeys(range(7), "cat") | {7: "cow"}


def test_a_version_has_a_name_becomes_the_newest_again_and_is_deleted_when_nothing_uses_it(library, client, commit):
    commit("shoes", ALL)
    commit("shoes", ALL | {0: "dog"})
    tagged = client.post(f"{API}/shoes@1/tag", json={"tag": "golden"}).json()
    assert (tagged["tags"], client.get(f"{API}/shoes@golden").json()["version"]["id"]) == ({"golden": 1}, "shoes@1")
    assert client.get(f"{API}/shoes/versions").json()["tags"] == {"golden": 1}
    assert made(client.post(f"{API}/shoes@golden/restore", json={"message": "better"})) == "shoes@3"
    again = client.post(f"{API}/shoes@1/restore", json={})
    assert (again.json()["new"], made(again)) == (False, "shoes@3")
    newest = client.get(f"{API}/shoes").json()["version"]
    assert (newest["parent"], newest["origin"], newest["message"]) == ("shoes@2", "shoes@1 restored", "better")
    assert client.get(f"{API}/shoes/diff", params={"before": "shoes@1"}).json()["same"] == 8

    refused = client.delete(f"{API}/shoes@1").json()
    assert (refused["code"], refused["detail"]) == ("dataset_in_use", "shoes@1 is in use: called golden.")
    assert client.post(f"{API}/shoes@2/tag", json={"tag": "golden", "remove": True}).json()["code"] == "not_found"
    assert client.post(f"{API}/shoes@1/tag", json={"tag": "golden", "remove": True}).json()["tags"] == {}
    assert client.post(f"{API}/shoes@1/tag", json={"tag": "7"}).json()["code"] == "invalid_parameter"
    assert client.delete(f"{API}/shoes").json()["code"] == "invalid_parameter"
    training = library.trainings.start(SYSTEM, TrainingGiven(dataset="shoes@3")).training.id
    assert f"training {training}" in client.delete(f"{API}/shoes@3").json()["detail"]
    # It says the same as another version: their manifest stays with that one.
    assert client.delete(f"{API}/shoes@1").status_code == 204
    assert labels(library, "shoes@3") == labels(library, "shoes")
    assert client.get(f"{API}/shoes@1").json()["code"] == "not_found"
    key = library.datasets.resolve("shoes@2").manifest.key
    assert client.delete(f"{API}/shoes@2").status_code == 204
    assert library.stores.blobs.stat("originals", key) is None


def test_numbers_are_never_given_again_and_with_the_last_version_the_dataset_goes(library, client, commit):
    commit("few", ALL)
    commit("few", ALL | {0: "dog"})
    library.follows.put(SYSTEM, "few", Follow())
    assert client.delete(f"{API}/few@2").status_code == 204
    assert client.get(f"{API}/few").json()["version"]["id"] == "few@1"
    assert commit("few", ALL | {1: "dog"}) == "few@3"
    for one in ("few@1", "few@3"):
        assert client.delete(f"{API}/{one}").status_code == 204
    assert [one["id"] for one in client.get(API).json()["items"]] == []


def test_a_branch_goes_its_own_way_and_is_merged(library, client, commit):
    commit("shoes", ALL)
    assert made(client.post(f"{API}/shoes/branch", json={"name": "trial"})) == "trial@1"
    assert client.post(f"{API}/shoes/branch", json={"name": "trial"}).json()["code"] == "already_exists"
    assert client.get(f"{API}/trial").json()["version"]["parent"] == "shoes@1"
    commit("trial", ALL | {1: "bird", 2: "dog", 8: "fox"})
    commit("shoes", {key: label for key, label in ALL.items() if key != 3} | {0: "dog", 2: "cow"})
    seen = client.get(f"{API}/shoes/merge", params={"other": "trial"}).json()
    assert (seen["ours"], seen["theirs"], seen["base"], seen["count"]) == ("shoes@2", "trial@2", "shoes@1", 1)
    assert seen["conflicts"] == [{"image": sha("p2"), "ours": "cow", "theirs": "dog"}]
    refused = client.post(f"{API}/shoes/merge", json={"other": "trial"}).json()
    assert (refused["code"], refused["conflicts"], refused["undecided"]) == ("merge_conflict", 1, 1)
    decided = {"other": "trial", "decisions": {sha("p2"): "theirs"}}
    assert made(client.post(f"{API}/shoes/merge", json=decided)) == "shoes@3"
    kept = {f"{at}.jpg": label for at, label in (ALL | {0: "dog", 1: "bird", 2: "dog", 8: "fox"}).items() if at != 3}
    assert labels(library, "shoes") == kept
    newest = client.get(f"{API}/shoes").json()["version"]
    assert (newest["parent"], newest["merged"]) == ("shoes@2", "trial@2")
    # What was merged is where both come from now: nothing is asked twice.
    commit("trial", ALL | {1: "bird", 2: "dog", 8: "wolf"})
    assert client.get(f"{API}/shoes/merge", params={"other": "trial"}).json()["base"] == "trial@2"
    assert made(client.post(f"{API}/shoes/merge", json={"other": "trial"})) == "shoes@4"
    assert labels(library, "shoes") == kept | {"8.jpg": "wolf"}
    nothing = client.post(f"{API}/shoes/merge", json={"other": "trial", "rule": "theirs"})
    assert (nothing.json()["new"], made(nothing)) == (False, "shoes@4")


def test_a_version_is_split_anew_without_the_leak_of_the_one_before(library, client, commit):
    said = {at: ("cat", "dog")[at % 2] for at in range(20)}
    # Every near duplicate of a picture that is learnt from is judged by; the manifest does not know that they are alike.
    commit("leaky", said, split=lambda at: ("train", "test")[at % 2] if at != 1 else "validation")
    assert made(client.post(f"{API}/leaky/split", json={"message": "no leak", "seed": 3})) == "leaky@2"
    manifest = library.datasets.read(library.datasets.resolve("leaky"))
    places = dict(manifest.frame.select("key", "split").iter_rows())
    assert all(places[sha(f"p{at}")] == places[sha(f"p{at + 1}")] for at in range(0, 20, 2))
    detail = client.get(f"{API}/leaky").json()
    assert (detail["version"]["leaks"], detail["version"]["total"], detail["version"]["parent"]) == (0, 20, "leaky@1")
    assert set(detail["version"]["counts"]) == {"train", "validation", "test"}
    more = {"ratios": {"train": 0.5, "validation": 0.5, "test": 0}}
    counts = client.post(f"{API}/leaky@1/split", json=more).json()["version"]["counts"]
    assert counts == {"train": 10, "validation": 10}
