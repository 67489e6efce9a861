"""Datasets, trainings and models are for who may do that with every picture that they were made of."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.base import new_id, now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.training import Checkpoint, Metric, StoredCheckpoint, StoredReport
from darkroom.services.collection_views import MembersGiven
from darkroom.services.datasets.views import ExampleGiven, NewVersion
from darkroom.services.library import Library
from darkroom.services.training.views import TrainingGiven
from darkroom.services.trash_views import ImageIds
from tests.integration.accounts.places import API, World, build, opened

MADE = {"in-x": ("x", "deep"), "mixed": ("x", "y"), "in-y": ("y", "both")}
"""Name of a dataset -> the pictures it is made of; trainings and models are named alike."""

PEOPLE: dict[str, dict[str, Any]] = {
    "trainer": {"roles": [("trainer", "*")], "sees": set(MADE), "uses": set(MADE)},
    "viewer": {"roles": [("viewer", "*")], "sees": set(MADE), "uses": set()},
    "trainer in x": {"roles": [("trainer", "collection:x")], "sees": {"in-x"}, "uses": {"in-x"}},
    "viewer in x": {"roles": [("viewer", "collection:x")], "sees": {"in-x"}, "uses": set()},
    "trainer below x": {"roles": [("trainer", "collection:x-deep")], "sees": set(), "uses": set()},
    "trainer in y, viewer in x": {
        "roles": [("trainer", "collection:y"), ("viewer", "collection:x")], "sees": set(MADE), "uses": {"in-y"},
    },
    "blind in y": {
        "roles": [("trainer", "*")], "rules": [("deny", "images:read", "collection:y")], "sees": {"in-x"},
        "uses": {"in-x"},
    },
    "bound in y": {
        "roles": [("trainer", "*")], "rules": [("deny", "*", "collection:y"), ("allow", "images:read", "*")],
        "sees": {"in-x"}, "uses": {"in-x"},
    },
    "only looks in y": {
        "roles": [("trainer", "*")], "sees": set(MADE), "uses": {"in-x"},
        "rules": [("deny", one, "collection:y") for one in ("datasets:write", "training:write", "models:write")],
    },
}  # fmt: skip


def commit(world: World, name: str, pictures: tuple[str, ...]) -> str:
    """The version that comes of pictures, one to learn from and one to judge by."""
    splits = ("train", "validation")
    examples = tuple(
        ExampleGiven(
            image=world.ids[one], annotations=(Classification(label=f"class {number}", source="person"),),
            split=splits[number % 2],
        )
        for number, one in enumerate(pictures)
    )  # fmt: skip
    return world.library.datasets.create(LOCAL_OWNER, NewVersion(name=name, examples=examples)).version.id


def train(library: Library, dataset: str) -> dict[str, str]:
    """A training that is over, with what comes of one: the ids of all of it."""
    stores = library.stores
    training = library.trainings.start(LOCAL_OWNER, TrainingGiven(dataset=dataset)).training
    about = Checkpoint(
        task="classification", model="tiny", labels=("a", "b"), image_size=32, step=1, dataset=training.dataset_hash,
        seed=0, code_version="0", licence="none",
    )  # fmt: skip
    kept = StoredCheckpoint(
        id=new_id("c"), training=training.id, dataset=training.dataset, about=about, config={}, files=(), seconds=1,
        created_at=now(),
    )  # fmt: skip
    details = b"{}"
    key = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    stores.blobs.put("originals", key, details, durable=False)
    report = StoredReport(
        id=new_id("e"), training=training.id, checkpoint=kept.id, dataset=training.dataset, split="validation", count=1,
        metrics=(Metric(name="accuracy", value=0.5),), details=StoredFile(name="report.json", key=key, bytes=2),
        created_at=now(),
    )  # fmt: skip

    def write(session: Any) -> None:
        stores.checkpoints.insert(kept, session=session)
        stores.reports.insert(report, session=session)
        model = library.models.register(session, SYSTEM, training, report)
        stores.trainings.end(session, training.id, "done", report=report.id, checkpoint=kept.id, model=model)

    stores.database.run(write)
    return {"training-runs": training.id, "checkpoints": kept.id, "reports": report.id, "models": training.model_line}


def peopled(library, app) -> tuple[World, dict[str, dict[str, str]]]:
    world = build(library, app)
    for name, one in PEOPLE.items():
        key = name.replace(" ", "-").replace(",", "")
        world.person(key)
        world.users[name] = world.users.pop(key)
        for role, domain in one["roles"]:
            world.give(name, role, domain)
        for effect, permission, domain in one.get("rules", ()):
            world.rule(name, effect, permission, domain)
    for name, pictures in MADE.items():
        commit(world, name, pictures)
    return world, {name: train(library, name) for name in MADE}


@pytest.fixture(scope="module")
def shared(mongod, tmp_path_factory) -> Iterator[tuple[World, dict[str, dict[str, str]]]]:
    """A library that tests only read."""
    with opened(mongod, tmp_path_factory.mktemp("home")) as (library, app):
        yield peopled(library, app)


@pytest.fixture
def made(library, app) -> tuple[World, dict[str, dict[str, str]]]:
    """A library that a test may change."""
    return peopled(library, app)


def code(answer) -> str:
    return answer.json()["code"] if answer.status_code >= 400 else "ok"


def test_lists_and_details_are_of_what_one_may_see_whole(shared):
    world, ids = shared
    for name, one in PEOPLE.items():
        headers = world.headers(name)

        def get(path: str, *, headers=headers):
            return world.client.get(f"{API}/{path}", headers=headers)

        assert {item["id"] for item in get("datasets").json()["items"]} == one["sees"], name
        assert {item["id"].partition("@")[0] for item in get("datasets").json()["versions"]} == one["sees"], name
        assert {item["id"] for item in get("models").json()["items"]} == one["sees"], name
        for noun in ("training-runs", "checkpoints", "reports"):
            listed = {item.get("training", item)["id"] if noun == "training-runs" else item["id"]
                      for item in get(noun).json()["items"]}  # fmt: skip
            assert listed == {ids[made][noun] for made in one["sees"]}, (name, noun)
        for made in MADE:
            wanted = "ok" if made in one["sees"] else "not_found"
            paths = [
                f"datasets/{made}",
                f"datasets/{made}@1",
                f"datasets/{made}/versions",
                f"datasets/{made}/diff?before={made}",
            ]
            paths += [f"{noun}/{ids[made][noun]}" for noun in ("training-runs", "checkpoints", "reports", "models")]
            # Whoever sees it is told that its pictures, which are drawn for no test, have no bytes.
            exported = code(get(f"datasets/{made}/export?format=csv"))
            assert exported == ("dataset_invalid" if wanted == "ok" else "not_found"), (name, made)
            for path in (*paths, f"reports/{ids[made]['reports']}/html"):
                answer = get(path)
                assert answer.status_code == 404 or code(answer) == wanted, (name, path, answer.text)
                assert wanted == "ok" or answer.status_code == 404
        hidden = next(iter(set(MADE) - one["sees"]), None)
        if hidden and one["sees"]:
            assert code(get(f"datasets/{next(iter(one['sees']))}/diff?before={hidden}")) == "not_found"


def test_the_lineage_of_a_picture_ends_where_somebodys_sight_does(shared):
    world, ids = shared
    for name, one in PEOPLE.items():
        for picture in ("x", "y"):
            answer = world.client.get(f"{API}/images/{world.ids[picture]}/lineage", headers=world.headers(name))
            if answer.status_code == 404:
                assert picture == "y" or name == "trainer below x", name
                continue
            graph = answer.json()
            found = {kind: {node["name"] for node in graph["nodes"] if node["kind"] == kind}
                     for kind in ("dataset", "model", "report")}  # fmt: skip
            sees = {made for made in one["sees"] if picture in MADE[made]}
            assert found["dataset"] == {f"{made}@1" for made in sees}, (name, picture)
            assert found["model"] == {f"{made}@1" for made in sees}, (name, picture)
            assert found["report"] == {ids[made]["reports"] for made in sees}, (name, picture)
            known = {node["id"] for node in graph["nodes"]}
            assert all({edge["source"], edge["target"]} <= known for edge in graph["edges"])
    token = world.headers("trainer", "images:read")
    kinds = {
        node["kind"]
        for node in world.client.get(f"{API}/images/{world.ids['x']}/lineage", headers=token).json()["nodes"]
    }
    assert kinds == {"source", "batch", "picture"}


def test_the_lineage_of_a_picture_leads_from_its_file_to_the_report(shared):
    world, ids = shared
    picture = world.ids["x"]
    graph = world.client.get(f"{API}/images/{picture}/lineage", headers=world.headers("viewer")).json()
    nodes = {node["id"]: node for node in graph["nodes"]}
    made = nodes["dataset:in-x@1"]
    assert (made["words"], made["page"]) == ("train", "/datasets?name=in-x&version=1")
    assert made["dagster_url"].endswith("/assets/dataset_version?view=partitions&partition=in-x%401")
    report = ids["in-x"]["reports"]
    assert nodes[f"report:{report}"]["page"] == f"/report?id={report}"
    joined = {(edge["source"], edge["target"]): edge["words"] for edge in graph["edges"]}
    batch = next(one for one in nodes if one.startswith("batch:"))
    way = ["source:0", batch, f"picture:{picture}", "dataset:in-x@1", "model:in-x@1", f"report:{report}"]
    assert [joined[step] for step in itertools.pairwise(way)] == ["", "", "train", "train", "judged"]
    assert graph["unread"] == 0


def test_what_one_may_not_see_is_like_what_is_not_there(shared):
    world, ids = shared
    headers = world.headers("viewer in x")
    for noun in ("datasets", "training-runs", "checkpoints", "reports", "models"):
        hidden = "in-y" if noun == "datasets" else ids["in-y"][noun]
        there = world.client.get(f"{API}/{noun}/{hidden}", headers=headers).json()
        gone = world.client.get(f"{API}/{noun}/nothing", headers=headers).json()
        for one in (there, gone):
            one.pop("trace_id", None)
            one.pop("instance", None)
        assert json.dumps(there).replace(hidden, "nothing") == json.dumps(gone), noun


def test_using_takes_the_right_on_every_picture(made):
    world, _ = made
    for name, one in PEOPLE.items():
        headers = world.headers(name)
        for dataset in MADE:
            lacking = "not_found" if dataset not in one["sees"] and one["uses"] else "forbidden"
            wanted = "ok" if dataset in one["uses"] else "forbidden" if dataset in one["sees"] else lacking
            started = world.client.post(f"{API}/training-runs", json={"dataset": dataset}, headers=headers)
            promoted = world.client.post(
                f"{API}/models/{dataset}/promote", json={"number": 1, "force": True}, headers=headers
            )
            found = {code(started), code(promoted)}
            allowed = {wanted, "not_found"} if wanted == "forbidden" and dataset not in one["sees"] else {wanted}
            assert found <= allowed, (name, dataset, found, started.text)
            if wanted == "ok":
                view = started.json()["training"]["id"]
                assert code(world.client.post(f"{API}/training-runs/{view}/cancel", headers=headers)) == "ok"
            again = world.client.post(f"{API}/datasets/{dataset}/restore", json={}, headers=headers)
            unseen = {"not_found"} if dataset not in one["sees"] else set()
            assert code(again) in {wanted, lacking, *unseen}, (name, dataset, again.text)
            assert (code(again) == "ok") == (wanted == "ok"), (name, dataset, again.text)
            estimate = world.client.post(f"{API}/training-runs/estimate", json={"dataset": dataset}, headers=headers)
            assert code(estimate) == ("ok" if dataset in one["sees"] else "not_found"), (name, dataset)
    refused = world.client.post(
        f"{API}/training-runs", json={"dataset": "in-y"}, headers=world.headers("only looks in y")
    ).json()
    assert refused["permission"] == "training:write"
    assert "may not training:write in collection:y" in refused["detail"]
    running = world.library.trainings.start(LOCAL_OWNER, TrainingGiven(dataset="in-y")).training.id
    for name, answer in {"trainer in x": "not_found", "viewer": "forbidden", "only looks in y": "forbidden"}.items():
        assert code(world.client.post(f"{API}/training-runs/{running}/cancel", headers=world.headers(name))) == answer


def test_a_dataset_is_made_of_what_one_may_use(made):
    world, _ = made

    def post(who: str, **body: Any):
        return world.client.post(f"{API}/datasets", json=body, headers=world.headers(who))

    def labelled(*pictures: str) -> list[dict[str, Any]]:
        return [
            {
                "image": world.ids[one],
                "annotations": [{"kind": "classification", "label": f"new {n}", "source": "person"}],
            }
            for n, one in enumerate(pictures)
        ]

    said = world.library.stores.labels.of([world.ids["y"]])
    for name, answer in {"trainer in x": "not_found", "only looks in y": "forbidden", "viewer": "forbidden"}.items():
        assert code(post(name, name="mine", examples=labelled("x", "y"))) == answer
        assert code(post(name, name="mine", images=[world.ids["x"], world.ids["y"]])) == answer
    # Nothing was said about a picture that somebody may not use.
    assert world.library.stores.labels.of([world.ids["y"]]) == said
    assert post("trainer in x", name="mine", query={}).json()["result"]["examples"] == 3
    assert post("trainer", name="all", query={}).json()["result"]["examples"] == 4
    # A view of a collection that one may not see is empty, not everything.
    empty = post("trainer in x", name="theirs", query={"collection": "y"})
    assert empty.status_code >= 400 or empty.json()["result"]["examples"] == 1
    # Names are one space: whoever may not see what has a name is told that it is taken, and nothing else.
    assert code(post("trainer in x", name="in-y", examples=labelled("x", "deep"))) == "conflict"
    assert code(post("trainer in y, viewer in x", name="in-x", examples=labelled("y", "both"))) == "forbidden"
    taken = {"dataset": "in-x", "name": "in-y"}
    answer = world.client.post(f"{API}/training-runs", json=taken, headers=world.headers("trainer in x"))
    assert code(answer) == "conflict"


def test_a_commit_that_a_run_does_has_the_rights_of_who_asked_at_that_moment(made, monkeypatch):
    world, _ = made
    monkeypatch.setattr("darkroom.services.datasets.committing.AT_ONCE", 0)
    begun = []
    for name in ("first", "second"):
        answer = world.client.post(
            f"{API}/datasets", json={"name": name, "query": {}}, headers=world.headers("trainer in x")
        )
        assert answer.status_code == 202
        begun.append(answer.json()["id"])
    done = world.library.work.run(SYSTEM, begun[0], "run-1")
    assert (done.state, done.result["examples"]) == ("done", 3)
    world.give("trainer in x", "viewer", "collection:x")
    failed = world.library.work.run(SYSTEM, begun[1], "run-2")
    assert (failed.state, failed.error_code) == ("failed", "forbidden")
    assert "datasets:write" in failed.error_cause


def test_what_somebody_sees_follows_the_pictures(made):
    """Taken out of the place, put into the trash, brought back: it holds at once."""
    world, ids = made
    client, headers = world.client, world.headers("viewer in x")

    def sees() -> set[str]:
        return {one["id"] for one in client.get(f"{API}/datasets", headers=headers).json()["items"]}

    assert sees() == {"in-x"}
    world.library.trash.put(LOCAL_OWNER, ImageIds(ids=(world.ids["x"],)))
    world.give("viewer in x", "editor", "collection:x")
    assert sees() == {"in-x"}
    world.library.trash.restore(LOCAL_OWNER, ImageIds(ids=(world.ids["x"],)))
    world.library.collections.put(LOCAL_OWNER, "x", MembersGiven(remove=(world.ids["x"],)))
    assert sees() == set()
    assert code(client.get(f"{API}/reports/{ids['in-x']['reports']}", headers=headers)) == "not_found"
    world.library.collections.put(LOCAL_OWNER, "x", MembersGiven(add=(world.ids["x"], world.ids["y"])))
    assert sees() == {"in-x", "mixed", "in-y"}


def test_of_a_line_one_sees_the_versions_that_one_may(made):
    world, _ = made
    client, headers = world.client, world.headers("trainer in x")
    commit(world, "mixed", ("x", "deep"))
    train(world.library, "mixed")
    assert [one["id"] for one in client.get(f"{API}/datasets/mixed/versions", headers=headers).json()["items"]] == [
        "mixed@2"
    ]
    assert code(client.get(f"{API}/datasets/mixed@1", headers=headers)) == "not_found"
    model = client.get(f"{API}/models/mixed", headers=headers).json()
    assert [one["id"] for one in model["versions"]] == ["mixed@2"]
    assert set(model["model"]["aliases"].values()) == {2}
    assert all(one["number"] == 2 and one["before"] is None for one in model["model"]["moves"])
    # An alias is not led away from what one may not see, nor towards it.
    for body in ({"number": 2}, {"number": 1}):
        world.library.models.promote(LOCAL_OWNER, "mixed", _promotion(1))
        answer = client.post(f"{API}/models/mixed/promote", json=body | {"force": True}, headers=headers)
        assert code(answer) in ("forbidden", "not_found")
    assert world.library.stores.models.get("mixed").aliases["champion"] == 1


def test_nothing_is_told_of_what_one_may_not_see(made):
    world, _ = made
    library = world.library
    start = library.stores.events.last_seq()
    commit(world, "in-y", ("both", "y"))
    commit(world, "in-x", ("deep", "x"))

    async def told(name: str) -> list[str]:
        reader = await library.feed.subscribe(world.principal(name), start)
        found = []
        for _ in range(3):
            found += await reader.next(0.2) or []
        reader.leave()
        return [i for one in found if getattr(one, "type", "") == "datasets.changed" for i in one.ids]

    assert asyncio.run(told("viewer in x")) == ["in-x"]
    assert asyncio.run(told("blind in y")) == ["in-x"]
    assert asyncio.run(told("viewer")) == ["in-y", "in-x"]


def _promotion(number: int):
    from darkroom.services.training.views import Promotion

    return Promotion(number=number, force=True)
