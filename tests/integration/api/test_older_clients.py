"""What clients of earlier releases send is answered as it was then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkroom.client import (
    accounts,
    collections,
    datasets,
    library,
    organising,
    recipes,
    registry,
    rules,
    storage,
    training,
    work,
)
from darkroom.client.call import Call
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.services.accounts.requests import NewToken
from darkroom.services.collection_views import CollectionChange, MembersGiven, NewCollection
from darkroom.services.edit_views import ImageChange
from darkroom.services.rules.views import NewFilingRule
from darkroom.services.trash_views import ImageIds
from darkroom.services.work.bulk_views import BulkGiven, EditAction
from tests.compat import RECORDINGS, lacking, play
from tests.factories import image_record

CURRENT = RECORDINGS / "2026-11.json"
"""What the client of now sends; at a release it stays as it is, and the next one gets a name of its own."""
IMAGES = [image_record(number) for number in (1, 2)]
ONE, TWO = (image.id for image in IMAGES)


def calls() -> list[tuple[Call[Any], dict[str, str]]]:
    """What a client does in a day, in order, each with the ids of its answer that later ones name."""
    both = Selection(ids=(ONE, TWO))
    return [
        (library.get_health(), {}), (accounts.get_me(), {}), (library.list_images(limit=10), {}),
        (library.index_images(), {}), (library.get_facets(), {}), (library.group_images(by="day"), {}),
        (library.get_image(ONE), {}), (library.list_query_fields(), {}), (library.complete_query("cam"), {}),
        (library.list_batches(), {}), (library.list_failures(), {}), (library.list_formats(), {}),
        (library.get_queue(), {}), (library.list_runs(), {}), (library.get_image("0" * 64), {}),
        (organising.update_image(ONE, ImageChange.model_validate({"rating": 4, "add_tags": ["sea"]}), if_match="*"), {}),
        (organising.list_tags(), {}),
        (collections.create_collection(NewCollection(name="Journeys")), {"collection": "id"}),
        (collections.change_members("{collection}", MembersGiven(add=(ONE, TWO))), {}),
        (collections.get_collection("{collection}"), {}), (collections.list_collections(), {}),
        (collections.update_collection("{collection}", CollectionChange(name="Trips"), if_match="*"), {}),
        (rules.create_rule(NewFilingRule(name="Sea", where="tag:sea", edit=Edit(add_tags=("water",)))), {"rule": "id"}),
        (rules.list_rules(), {}), (rules.get_rule("{rule}"), {}),
        (work.bulk_images(BulkGiven(selection=both, action=EditAction.model_validate({"type": "edit", "edit": {"rating": 3}}))), {"work": "id"}),
        (work.list_work(), {}), (work.get_work("{work}"), {}), (work.read_values(Selection(query=ImageQuery())), {}),
        (organising.trash_images(ImageIds(ids=(TWO,))), {}), (organising.list_trash(), {}),
        (organising.restore_images(ImageIds(ids=(TWO,))), {}),
        (recipes.list_operations(), {}), (recipes.list_presets(), {}), (recipes.list_rendition_orders(), {}),
        (datasets.list_datasets(), {}), (training.list_trainings(), {}), (registry.list_models(), {}),
        (storage.list_places(), {}), (accounts.create_token(NewToken(name="one", scopes=("images:read",))), {}),
        (accounts.list_tokens(), {}), (accounts.list_roles(), {}),
    ]  # fmt: skip


def written(call: Call[Any], keeps: dict[str, str]) -> dict[str, Any]:
    """A call as it is recorded."""
    path = call.path.replace("%7B", "{").replace("%7D", "}")
    body = call.body.model_dump(mode="json", exclude_unset=True) if call.body is not None else None
    return {"method": call.method, "path": path, "query": dict(call.query), "body": body,
            "if_match": call.if_match is not None, "keeps": keeps}  # fmt: skip


def test_what_the_client_of_now_sends_is_recorded(request: pytest.FixtureRequest):
    """A recording that is there is never written again."""
    if not CURRENT.exists() and request.config.option.update_snapshots:
        request.getfixturevalue("add")(IMAGES)
        names: dict[str, str] = {}
        steps = [written(*one) for one in calls()]
        for step in steps:
            step["status"], step["shape"] = play(request.getfixturevalue("client"), step, names)
        CURRENT.write_text(json.dumps(steps, indent=1) + "\n")
    assert CURRENT.exists(), "record it with --snapshot-update"


@pytest.mark.parametrize("recording", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_the_calls_of_earlier_clients_are_answered_as_they_were(client, add, recording):
    add(IMAGES)
    wrong, names = [], {}
    steps = json.loads(recording.read_text())
    for step in steps:
        status, found = play(client, step, names)
        at = f"{step['method']} {step['path']}"
        if status != step["status"]:
            wrong.append(f"{at}: answered {step['status']}, answers {status}")
        wrong += [f"{at}: {one}" for one in lacking(step["shape"], found)]
    assert len(steps) > 30
    assert wrong == []


def test_what_is_gone_or_of_another_type_is_told_and_what_has_come_is_not():
    before = {"a": "string", "b": [{"c": "number"}], "d": "null", "f": "null"}
    assert list(lacking(before, {"a": "number", "b": [{"x": "number", "c": "number"}], "e": "string", "f": "number"})) == [
        "answer.a was string, is number", "answer.d is gone",
    ]  # fmt: skip
