"""Pictures that stand for many, and versions of presets that are judged on them, over HTTP."""

from __future__ import annotations

import pytest

from tests.factories import image_record, sha

CALM = {"name": "calm", "operations": [{"vibrance": {"amount": 0.2}}]}


@pytest.fixture
def gamut(add) -> dict[str, str]:
    """A dull crowd and a few pictures that are unlike it: what each is -> its id."""
    common = {"width": 1200, "height": 800}

    def of(number, **quality):
        record = image_record(number, **{**common, **quality.pop("record", {})})
        told = {"brightness": 0.5, "sharpness": 100, "contrast": 0.2, "colourfulness": 0.2, **quality}
        return record.model_copy(update={"quality": record.quality.model_copy(update=told)})

    crowd = [of(number, brightness=0.5 + number / 1000) for number in range(40)]
    odd = {
        "night": of(50, brightness=0.02), "snow": of(51, brightness=0.97), "fog": of(52, sharpness=3), "grass": of(53, sharpness=3000),
        "poster": of(54, record={"width": 9000, "height": 6000}), "sunset": of(55, colourfulness=0.95),
        "stripe": of(56, record={"width": 4000, "height": 300}),
    }  # fmt: skip
    add([*crowd, *odd.values()])
    return {name: one.id for name, one in odd.items()}


def choose(client, selection, **more):
    return client.post("/api/v1/images/examples", json={"selection": selection, **more})


def test_a_few_pictures_stand_for_all_the_ends_first(client, gamut):
    found = choose(client, {"query": {}}, count=4).json()["items"]
    ends = {one["why"]: one["id"] for one in found if one["why"] != "different"}
    wanted = {
        "darkest": "night",
        "brightest": "snow",
        "least_sharp": "fog",
        "most_detail": "grass",
        "largest": "poster",
    }
    assert {why: ends[why] for why in wanted} == {why: gamut[name] for why, name in wanted.items()}
    others = {one["id"]: one["traits"] for one in found if one["why"] == "different"}
    assert len(others) == 4
    # What is unlike the crowd comes before another one of it.
    assert gamut["sunset"] in others
    assert gamut["stripe"] in others
    assert "wide" in others[gamut["stripe"]]
    assert choose(client, {"query": {}}, count=4).json()["items"] == found


def test_examples_are_of_what_is_meant_alone(client, gamut):
    some = [gamut["night"], gamut["fog"]]
    assert {one["id"] for one in choose(client, {"ids": some}).json()["items"]} == set(some)
    left = choose(client, {"query": {}, "except": some}, count=24, ends=False).json()["items"]
    assert len(left) == 24
    assert not {one["id"] for one in left} & set(some)
    assert {one["why"] for one in left} == {"different"}
    assert choose(client, {"ids": ["0" * 64]}).json()["items"] == []
    assert choose(client, {"query": {}}, count=25).status_code == 422


@pytest.fixture
def contest(client, gamut):
    assert client.post("/api/v1/presets", json={"recipe": CALM}).status_code == 201
    draft = {"operations": [{"vibrance": {"amount": 0.6}}], "title": "Calm"}
    given = {"preset": "calm", "recipe": draft, "selection": {"query": {}}, "count": 3}
    answer = client.post("/api/v1/preset-contests", json=given)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(answer.json()["id"])
    return answer.json()


def judge(client, contest, picked):
    for one in contest["pictures"]:
        body = {"image": one["id"], "picked": picked(one) if callable(picked) else picked}
        answer = client.post(f"/api/v1/preset-contests/{contest['id']}/choices", json=body)
        assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_winner_of_a_blind_contest_becomes_the_newest_version(client, contest):
    path = f"/api/v1/preset-contests/{contest['id']}"
    assert (contest["a"], contest["b"], contest["tally"]) == ("calm@1", None, None)
    assert len(contest["pictures"]) >= 8
    # What stands at the left is chance, and stays where it is.
    assert client.get(path).json()["pictures"] == contest["pictures"]
    assert client.post(f"{path}/promote").json()["code"] == "conflict"
    first = contest["pictures"][0]["id"]
    told = client.post(f"{path}/choices", json={"image": first, "picked": "a"}).json()
    assert (told["pictures"][0]["mine"], told["tally"]) == ("a", None)
    total = len(contest["pictures"])
    done = judge(client, contest, lambda one: "same" if one["id"] == first else "b")
    chance = done["tally"].pop("chance")
    assert done["tally"] == {"a": 0, "b": total - 1, "same": 1, "people": 1, "leader": "b"}
    assert chance == pytest.approx(2 / 2 ** (total - 1))
    won = client.post(f"{path}/promote").json()
    assert won["promoted"] == "calm@2"
    newest = client.get("/api/v1/presets/calm").json()
    assert newest["recipe"]["operations"] == [{"vibrance": {"amount": 0.6}}]
    assert newest["title"] == "Calm"
    assert client.post(f"{path}/choices", json={"image": first, "picked": "a"}).json()["code"] == "conflict"
    assert client.post(f"{path}/promote").json()["code"] == "conflict"
    assert [one["id"] for one in client.get("/api/v1/preset-contests?preset=calm").json()["items"]] == [contest["id"]]


def test_an_earlier_version_can_come_back_and_what_is_there_can_stay(client, contest):
    client.post("/api/v1/presets", json={"recipe": CALM | {"operations": [{"vibrance": {"amount": 0.9}}]}})
    stale = judge(client, contest, "b")
    assert stale["tally"]["leader"] == "b"
    late = client.post(f"/api/v1/preset-contests/{contest['id']}/promote").json()
    assert (late["code"], "calm@2 was saved since" in late["detail"]) == ("conflict", True)
    given = {"preset": "calm", "version": 1, "selection": {"query": {}}, "count": 1}
    back = client.post("/api/v1/preset-contests", json=given).json()
    assert (back["a"], back["b"]) == ("calm@2", "calm@1")
    judge(client, back, "b")
    assert client.post(f"/api/v1/preset-contests/{back['id']}/promote").json()["promoted"] == "calm@3"
    assert client.get("/api/v1/presets/calm").json()["recipe"]["operations"] == CALM["operations"]
    stays = client.post("/api/v1/preset-contests", json=given | {"version": 2}).json()
    judge(client, stays, "a")
    assert client.post(f"/api/v1/preset-contests/{stays['id']}/promote").json()["promoted"] == "calm@3"
    assert client.get("/api/v1/presets/calm").json()["version"] == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"preset": "nothing"}, "not_found"),
        ({"preset": "web"}, "not_found"),
        ({"recipe": CALM}, "conflict"),
        ({"recipe": {"operations": ["nonsense"]}}, "recipe_invalid"),
        ({"recipe": None}, "invalid_parameter"),
        ({"version": 7, "recipe": None}, "not_found"),
        ({"selection": {"query": {"batch": "nothing"}}}, "invalid_parameter"),
    ],
)
def test_a_contest_that_makes_no_sense_is_refused(client, contest, changes, code):
    given = {"preset": "calm", "recipe": {"operations": ["sharpen"]}, "selection": {"query": {}}} | changes
    answer = client.post("/api/v1/preset-contests", json={k: v for k, v in given.items() if v is not None})
    assert answer.json()["code"] == code, answer.text


def test_a_picture_that_is_not_of_the_contest_cannot_be_judged(client, contest):
    path = f"/api/v1/preset-contests/{contest['id']}/choices"
    assert client.post(path, json={"image": sha("other"), "picked": "a"}).status_code == 404
    assert (
        client.post("/api/v1/preset-contests/nothing/choices", json={"image": sha("x"), "picked": "a"}).status_code
        == 404
    )
