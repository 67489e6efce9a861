"""Nobody can ask for so much that others get nothing."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import httpx
import pytest

from darkroom.api.app import create_app
from darkroom.api.buckets import Buckets
from darkroom.api.limits import COSTS
from darkroom.api.policy import NEEDED, PUBLIC
from darkroom.api.sharing import Sharing
from darkroom.domain.access import LOCAL_OWNER
from darkroom.errors import Error
from darkroom.services.accounts.requests import NewToken
from darkroom.services.library import Library
from tests.factories import image_record
from tests.fakes import RecordingLauncher

API = "/api/v1"


@pytest.fixture
def limited(library, people):
    """Makes an API with other limits, over the library with people in it."""
    opened: list[Library] = []

    def make(**limits: int):
        other = Library(library.settings.model_copy(update=limits), library.stores, RecordingLauncher())
        opened.append(other)
        return create_app(library=other)

    yield make
    for one in opened:
        one.guard.close()


def token(library, people, role: str) -> dict[str, str]:
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="limits", scopes=("*",), user=people[role].id))
    return {"Authorization": f"Bearer {made.token}"}


def asking(api, address: str = "192.168.1.7", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers, timeout=60)


def test_every_cost_is_of_an_operation():
    assert set(COSTS) <= set(NEEDED) | PUBLIC


def test_an_account_pays_by_work_and_is_told(library, people, limited):
    api, headers = limited(rate_user=100, rate_token=60), token(library, people, "viewer")

    async def work() -> None:
        async with asking(api, **headers) as client:
            first = await client.get(f"{API}/roles")
            assert first.headers["RateLimit-Policy"] == '"user";q=100;w=60, "token";q=60;w=60'
            assert first.headers["RateLimit"] == '"token";r=59;t=1'
            dear = await client.get(f"{API}/facets")
            assert dear.headers["RateLimit"].startswith('"token";r=54;')
            compared = await client.get(f"{API}/images", params={"where": "like:a"})
            assert compared.headers["RateLimit"].startswith('"token";r=48;')
            answers = [await client.get(f"{API}/facets") for _ in range(14)]
            refused = answers[-1]
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
            assert refused.json()["retryable"] is True
            assert 1 <= int(refused.headers["Retry-After"]) <= 5
            assert "token" in refused.json()["detail"]
            # Another token of the same account has what is left of the account's.
            client.headers.update(token(library, people, "viewer"))
            more = [(await client.get(f"{API}/facets")).status_code for _ in range(12)]
            assert more[0] == 200
            assert more[-1] == 429

    asyncio.run(work())


def test_bytes_are_paid_for_too(library, people, limited):
    api, headers = limited(rate_user=0, rate_token=100), token(library, people, "editor")

    async def work() -> None:
        async with asking(api, **headers) as client:
            sent = await client.post(f"{API}/images", files={"files": ("a.jpg", b"A" * 40_000_000)})
            assert sent.status_code == 202
            left = (await client.get(f"{API}/roles")).headers["RateLimit"]
            assert 40 <= int(left.split("r=")[1].split(";")[0]) <= 60

    asyncio.run(work())


def test_credentials_that_are_no_good_shut_their_address_out_but_nobody_at_another(library, people, limited):
    api, headers = limited(rate_address=60), token(library, people, "viewer")

    async def work() -> None:
        async with (
            asking(api, Authorization="Bearer dr_wrong") as thief,
            asking(api, "192.168.1.8", **headers) as other,
        ):
            codes = [(await thief.get(f"{API}/roles")).status_code for _ in range(20)]
            assert codes[:10] == [401] * 10
            assert codes[-1] == 429
            assert (await other.get(f"{API}/roles")).status_code == 200
        async with asking(api, "127.0.0.1", Authorization="Bearer dr_wrong") as here:
            assert [(await here.get(f"{API}/roles")).status_code for _ in range(20)] == [401] * 20

    asyncio.run(work())


def test_the_owner_at_this_machine_pays_nothing(library, limited, stores):
    stores.database.collection("users").delete_many({})
    api = limited(rate_user=1, rate_token=1, rate_address=1)

    async def work() -> None:
        async with asking(api, "127.0.0.1") as client:
            answers = [await client.get(f"{API}/facets") for _ in range(5)]
            assert {one.status_code for one in answers} == {200}
            assert "RateLimit" not in answers[0].headers

    asyncio.run(work())


def test_one_who_is_greedy_does_not_keep_modest_ones_waiting(library, people, limited):
    """300 requests at once from one, before three others ask one after the other: they do not queue behind him."""
    api = limited(rate_parallel=4, rate_user=1_000_000)
    greedy = token(library, people, "viewer")
    modest = [token(library, people, role) for role in ("annotator", "editor", "trainer")]
    done: list[str] = []

    async def work() -> None:
        async def ask(client: httpx.AsyncClient, who: str) -> None:
            assert (await client.get(f"{API}/images")).status_code == 200
            done.append(who)

        async def few(headers: dict[str, str]) -> None:
            async with asking(api, **headers) as client:
                for _ in range(5):
                    await ask(client, "modest")

        async with asking(api, **greedy) as client:
            await ask(client, "warm")
            many = [asyncio.create_task(ask(client, "greedy")) for _ in range(300)]
            await asyncio.sleep(0)
            await asyncio.gather(*(few(headers) for headers in modest))
            first = done.count("greedy")
            await asyncio.gather(*many)
            assert first < 150, f"{first} of the greedy one's requests were done before the others had theirs"
            assert done.count("greedy") == 300

    asyncio.run(work())


FIELDS = re.compile(r'"(user|token|address)";r=(\d+);t=(\d+)')


def left_in(answer: httpx.Response) -> int:
    found = FIELDS.fullmatch(answer.headers["RateLimit"])
    assert found, answer.headers["RateLimit"]
    assert f'"{found[1]}";q=' in answer.headers["RateLimit-Policy"]
    return int(found[2])


def test_what_is_spent_in_one_web_process_counts_in_the_others(library, people, limited):
    """Two applications over one database, as two processes have them."""
    one, other = limited(rate_user=0, rate_token=1000), limited(rate_user=0, rate_token=1000)
    headers = token(library, people, "viewer")

    async def work() -> None:
        async with asking(one, **headers) as here, asking(other, **headers) as there:
            for _ in range(100):
                assert (await here.get(f"{API}/facets")).status_code == 200
            seen = []
            for _ in range(100):
                await here.get(f"{API}/roles")
                seen.append(left_in(await there.get(f"{API}/roles")))
                if seen[-1] < 900:
                    break
                await asyncio.sleep(0.1)
            # It gets back 16 a second, far less than what the other one spent.
            assert seen[0] > seen[-1]
            assert seen[-1] < 900

    asyncio.run(work())


def test_while_the_database_is_gone_each_process_counts_for_itself():
    class Gone:
        def share(self, *_: object, **__: object) -> dict[str, float]:
            raise Error("database_unavailable", "It is away.")

    async def work() -> None:
        buckets = Buckets(100)
        sharing = Sharing({"user": buckets})
        buckets.take("a", 40)
        sharing.tend(Gone())
        await sharing._work
        assert buckets.look("a", 0).left == 60
        assert buckets.drain() == {"a": 40.0}  # for the next time

    asyncio.run(work())


def test_buckets_in_the_database_fill_up_and_owe_no_more_than_one(stores):
    share = partial(stores.allowances.share, "user", capacity=100, seconds=60)
    assert share({"a": 30.0, "b": 0.0}) == {"a": pytest.approx(70, abs=5), "b": 100}
    assert share({"a": 1e9})["a"] == -100
    assert share({}) == {}
    stores.database.collection("attempts").update_one(
        {"_id": "allowance user a"}, [{"$set": {"at": {"$subtract": ["$$NOW", 90_000]}}}]
    )
    assert share({"a": 0.0})["a"] == pytest.approx(50, abs=5)


def test_requests_wait_their_turn_also_where_nobody_counts_them(library, people, limited):
    api = limited(rate_parallel=2, rate_user=0, rate_token=0, rate_address=0)
    limits = api.state.limits
    most = 0

    async def work() -> None:
        nonlocal most

        async def watch() -> None:
            nonlocal most
            while True:
                most = max([most, *(queue.active for queue in limits.slots._found.values())])
                await asyncio.sleep(0)

        watcher = asyncio.create_task(watch())
        async with asking(api, **token(library, people, "viewer")) as client:
            answers = await asyncio.gather(*(client.get(f"{API}/images") for _ in range(20)))
        watcher.cancel()
        assert {one.status_code for one in answers} == {200}
        assert "RateLimit" not in answers[0].headers

    asyncio.run(work())
    assert most == 2


def test_an_address_that_is_shut_out_is_told_what_it_has_left(library, people, limited):
    api = limited(rate_address=10)

    async def work() -> None:
        async with asking(api, Authorization="Bearer dr_wrong") as thief:
            answers = [await thief.get(f"{API}/roles") for _ in range(4)]
            refused = answers[-1]
            assert refused.status_code == 429
            assert left_in(refused) == 0
            assert refused.headers["RateLimit-Policy"] == '"address";q=10;w=60'
            assert int(refused.headers["Retry-After"]) >= 1

    asyncio.run(work())


def test_work_on_pixels_costs_by_the_pixels(library, people, limited):
    assert COSTS["preview_recipe"] > COSTS.get("get_preset", 1)
    api = limited(rate_user=0, rate_token=1000)

    async def work() -> None:
        async with asking(api, **token(library, people, "editor")) as client:
            before = left_in(await client.get(f"{API}/roles"))
            records = [image_record(number) for number in range(200)]
            library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
            ordered = await client.post(f"{API}/renditions", json={"preset": "web", "query": {}})
            assert ordered.status_code == 202, ordered.text
            after = left_in(await client.get(f"{API}/roles"))
            assert 180 <= before - after <= 240

    asyncio.run(work())
