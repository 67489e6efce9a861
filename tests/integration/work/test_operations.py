"""Operations over HTTP: one list of everything that goes on, each seen by whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.client import Client, work
from darkroom.domain.access import LOCAL_OWNER, SYSTEM, Principal
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.storage import StorageMove
from darkroom.services.feed import Feed, FeedItem, Progress
from darkroom.services.library import Library
from darkroom.store import Stores
from tests.factories import BASE, batch, sha

MANY = [f"n{number:04d}" for number in range(457)]
FRIEND = Principal(id="u-friend", name="Friend", kind="user", user="u-friend")


class Vouches:
    """A warrant that allows what it was told to, and no more."""

    def __init__(self, *permissions: str) -> None:
        self._permissions = permissions

    def check(self, principal: Principal, permission: str, domain: str) -> None:
        assert permission in self._permissions

    def allows(self, principal: Principal, permission: str, domain: str) -> bool:
        return permission in self._permissions

    def scope(self, principal: Principal, permission: str) -> Scope:
        assert permission in self._permissions
        return EVERYTHING

    def reach(self, principal: Principal, permission: str) -> Scope:
        return EVERYTHING


def friend(*permissions: str) -> Principal:
    return FRIEND.model_copy(update={"warrant": Vouches(*permissions)})


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def begin(library: Library) -> Callable[..., str]:
    def work(*, principal: Principal = LOCAL_OWNER, items: list[str] | None = None) -> str:
        return library.work.begin(principal, "counting", [items or MANY], title="Count to one").id

    return work


@pytest.fixture
def elsewhere(stores: Stores) -> list[str]:
    """One of each kind of operation that another service does, oldest first."""
    one, manifest = batch(1, id="b-1", state="running", done=2, added=1, failed=1)
    order = RenditionOrder(
        id="r-1", principal="local", owner="local", recipe="{}", recipe_name="web", fingerprint=sha("web"), total=4, made=3, done=3,
        created_at=BASE + timedelta(hours=1), rate=0.5, state="running",
    )  # fmt: skip
    move = StorageMove(
        id="m-1", source="/a", target="/b", state="rolled_back", started_at=BASE + timedelta(hours=2),
        updated_at=BASE + timedelta(hours=3), total=5, done=5, copied=4,
    )  # fmt: skip
    stores.database.run(lambda session: stores.batches.create(session, one, manifest))
    stores.database.run(lambda session: stores.orders.create(session, order, [sha(1)]))
    stores.moves.insert(move)
    return ["b-1", "r-1", "m-1"]


def ids(client: TestClient, **params: object) -> list[str]:
    answer = client.get("/api/v1/operations", params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


def test_an_operation_is_followed_cancelled_and_taken_back(client, library, begin):
    name = begin()
    seen = client.get(f"/api/v1/operations/{name}").json()
    assert (seen["state"], seen["total"], seen["can_cancel"], seen["can_undo"]) == ("queued", 457, True, False)
    assert seen["links"] == {"self": f"/api/v1/operations/{name}", "cancel": f"/api/v1/operations/{name}/cancel"}
    refused = client.post(f"/api/v1/operations/{name}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    library.work.run(SYSTEM, name, "run-1")
    done = client.get(f"/api/v1/operations/{name}").json()
    assert (done["state"], done["changed"], done["seconds_left"], done["can_undo"]) == ("done", 457, 0.0, True)
    assert done["dagster_run_url"].endswith("/runs/run-1")
    back = client.post(f"/api/v1/operations/{name}/undo", headers={"Idempotency-Key": "k-1"})
    assert back.status_code == 202
    assert back.headers["Operation-Location"] == back.headers["Location"] == back.json()["links"]["self"]
    assert int(back.headers["Retry-After"]) > 0
    again = client.post(f"/api/v1/operations/{name}/undo", headers={"Idempotency-Key": "k-1"})
    assert (again.headers["Idempotent-Replayed"], again.json()["id"]) == ("true", back.json()["id"])
    assert again.headers["Operation-Location"] == back.headers["Operation-Location"]
    assert client.get(f"/api/v1/operations/{name}").json()["undone_by"] == back.json()["id"]
    cancelled = client.post(f"/api/v1/operations/{back.json()['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert client.post(f"/api/v1/operations/{back.json()['id']}/cancel").json()["code"] == "conflict"


def test_a_little_is_taken_back_at_once(client, begin):
    name = begin(items=["a", "b"])
    back = client.post(f"/api/v1/operations/{name}/undo")
    assert (back.status_code, back.json()["state"], back.json()["undoes"]) == (200, "done", name)
    assert (back.json()["run_id"], back.json()["attempt"]) == (None, 1)


def test_everything_that_goes_on_is_in_one_list(client, begin, elsewhere):
    name = begin()
    assert ids(client) == [name, "m-1", "r-1", "b-1"]
    assert ids(client, kind=["ingest", "storage"]) == ["m-1", "b-1"]
    assert ids(client, state="running") == ["r-1", "b-1"]
    assert ids(client, state=["cancelled", "queued"]) == [name, "m-1"]
    assert ids(client, mine=True) == [name, "r-1", "b-1"]
    assert ids(client, kind="undo") == []
    found, cursor = [], None
    while True:
        page = client.get("/api/v1/operations", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        found += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == ids(client)
    assert client.get("/api/v1/operations", params={"cursor": "x"}).json()["code"] == "invalid_cursor"
    assert client.get("/api/v1/operations", params={"kind": "sorcery"}).status_code == 422


def test_what_others_do_is_shown_in_the_same_words(client, elsewhere):
    views = {name: client.get(f"/api/v1/operations/{name}").json() for name in elsewhere}
    assert {name: one["kind"] for name, one in views.items()} == {
        "b-1": "ingest",
        "r-1": "renditions",
        "m-1": "storage",
    }
    assert views["b-1"]["links"]["batches"] == "/api/v1/batches/b-1"
    assert (views["r-1"]["seconds_left"], views["r-1"]["changed"]) == (2.0, 3)
    assert (views["m-1"]["state"], views["m-1"]["can_cancel"], views["m-1"]["principal"]) == ("cancelled", False, None)
    for name in elsewhere:
        refused = client.post(f"/api/v1/operations/{name}/undo")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert client.post("/api/v1/operations/m-1/cancel").json()["code"] == "conflict"
    for name in ("b-1", "r-1"):
        assert client.post(f"/api/v1/operations/{name}/cancel").json()["state"] == "cancelled"
        assert (
            client.get(views[name]["links"]["batches" if name == "b-1" else "renditions"]).json()["state"]
            == "cancelled"
        )
    for unknown in ("o-none", "b-none", "m-none", "r-none", "x", "a..b"):
        assert client.get(f"/api/v1/operations/{unknown}").json()["code"] == "not_found"


def test_work_of_others_is_not_there(library, begin, elsewhere):
    mine, own = begin(), ("operations:read", "operations:write", "images:write")
    theirs = begin(principal=friend("images:write", "operations:write"), items=["a"])
    see = library.operations
    assert [one.id for one in see.list(friend(*own)).items] == [theirs]
    assert [one.id for one in see.list(friend(*own, "batches:read", "renditions:read")).items] == [theirs, "r-1", "b-1"]
    assert [one.id for one in see.list(friend(*own, "operations:all")).items] == [theirs, mine]
    assert [one.id for one in see.list(friend(*own, "operations:all"), mine=True).items] == [theirs]
    for act in (see.get, see.cancel, see.undo):
        with pytest.raises(Exception, match="There is no operation"):
            act(friend(*own), mine)
    assert see.get(friend(*own, "operations:all"), mine).id == mine
    with pytest.raises(AssertionError):  # to give back what others changed takes what changing it takes
        see.undo(friend("operations:read", "operations:write"), theirs)


def test_a_program_waits_for_whatever_it_is(client, library, begin):
    name = begin()
    api = Client("http://localhost:8000", transport=client._transport)
    api._sleep = lambda _seconds: library.work.run(SYSTEM, name, "run-1")
    seen: list[str] = []
    ended = api.wait(api.send(work.get_work(name)), on_progress=lambda one: seen.append(one.state))
    assert (ended.state, ended.changed, seen) == ("done", 457, ["queued", "done"])


def test_the_feed_tells_of_ones_own_work_and_of_everybodys_who_may(library, begin):
    async def listen(principal: Principal) -> tuple[set[str], set[str]]:
        """Owners of the work that is told of, live and from the log."""
        feed = Feed(library.stores)
        reader = await feed.subscribe(principal)
        await reader.next(1)
        mine = await asyncio.to_thread(begin)
        theirs = await asyncio.to_thread(begin, principal=friend("images:write", "operations:write"))
        await asyncio.to_thread(library.work.run, SYSTEM, mine, "run-1")
        await asyncio.to_thread(library.work.run, SYSTEM, theirs, "run-2")
        heard: list[FeedItem] = []
        while not _ended(heard, "u-friend"):
            items = await reader.next(20)
            assert items, heard
            heard += items
        feed.close()
        live = {one.batch.owner for one in heard if isinstance(one, Progress)}
        return live, {one.data["owner"] for one in heard if getattr(one, "type", "").startswith("operation.")}

    assert asyncio.run(listen(friend("events:read"))) == ({"u-friend"}, {"u-friend"})
    assert asyncio.run(listen(LOCAL_OWNER)) == ({"local", "u-friend"}, {"local", "u-friend"})


def _ended(heard: list[FeedItem], owner: str) -> bool:
    live = [one.batch for one in heard if isinstance(one, Progress) and one.batch.owner == owner]
    finished = [one for one in heard if getattr(one, "type", "") == "operation.finished" and one.data["owner"] == owner]
    return bool(finished) and any(one.state == "done" for one in live)
