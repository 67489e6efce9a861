"""Long work with a real daemon: its run killed with kill -9 in the middle, cancelled in the middle, given back exactly."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.domain.work import LongWork
from darkroom.services.library import Library
from darkroom.services.work.bulk_views import BulkGiven, EditAction
from tests.factories import image_record
from tests.stack import DagsterStack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.kill, pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE = 300.0
COUNT = 3_000


@pytest.fixture(scope="module")
def pictures(library: Library) -> list[str]:
    """Some thousand records of pictures, with this and that set on them."""
    ids: list[str] = []
    for start in range(0, COUNT, 1000):
        records = [
            image_record(
                number, batch="b-work", rating=number % 6, title=("Quay", None)[number % 2],
                tags=(("sea",), (), ("places/oslo", "sea"))[number % 3],
            ) for number in range(start, start + 1000)
        ]  # fmt: skip
        library.stores.database.run(lambda session, these=records: library.stores.images.upsert_many(session, these))
        ids += [one.id for one in records]
    library.stores.database.run(
        lambda session: library.stores.events.append(session, type="images.added", principal="x", ids=ids)
    )
    return ids


def stored(library: Library) -> dict[str, Any]:
    """What people have set on the pictures, and how often each was written."""
    fields = {"tags": 1, "tag_keys": 1, "words": 1, "title": 1, "rating": 1}
    return {one["_id"]: one for one in library.stores.database.collection("images").find({"batch": "b-work"}, fields)}


def revisions(library: Library) -> dict[str, int]:
    found = library.stores.database.collection("images").find({"batch": "b-work"}, {"revision": 1})
    return {one["_id"]: one["revision"] for one in found}


def begin(library: Library, **edit: Any) -> str:
    selection = Selection(query=ImageQuery(batch="b-work"))
    return library.bulk.begin(LOCAL_OWNER, BulkGiven(selection=selection, action=EditAction(type="edit", edit=edit))).id


def now(library: Library, name: str) -> LongWork:
    return library.stores.work.get(name)


def midway(library: Library, name: str) -> None:
    """Wait until some of the steps are done."""
    wait_until(lambda: now(library, name).done > 0, seconds=PATIENCE, what="the first step")
    assert now(library, name).done < COUNT


def test_a_run_killed_midway_is_taken_over_and_each_picture_changes_once(
    stack: DagsterStack, library: Library, pictures: list[str]
) -> None:
    before, written = stored(library), revisions(library)
    name = begin(library, add_tags=("bay", "sea"), rating=4, title="Bay")
    for _ in range(2):
        done = now(library, name).done
        wait_until(lambda seen=done: now(library, name).done > seen, seconds=PATIENCE, what="a further step")
        if now(library, name).state == "done":
            break
        stack.kill_runs()
    wait_until(lambda: now(library, name).state == "done", seconds=PATIENCE, what="another run does the rest")
    ended = now(library, name)
    assert ended.attempt >= 2
    assert (ended.total, ended.done, ended.changed, ended.failed) == (COUNT, COUNT, COUNT, 0)
    assert all({"bay", "sea"} <= set(one["tags"]) and one["rating"] == 4 for one in stored(library).values())
    assert revisions(library) == {image: count + 1 for image, count in written.items()}
    back = library.work.undo(LOCAL_OWNER, name)
    wait_until(lambda: now(library, back.id).done > 0, seconds=PATIENCE, what="the first step back")
    stack.kill_runs()
    wait_until(lambda: now(library, back.id).state == "done", seconds=PATIENCE, what="all is given back")
    assert now(library, back.id).changed == COUNT
    assert stored(library) == before
    assert revisions(library) == {image: count + 2 for image, count in written.items()}


def test_what_is_cancelled_midway_stops_and_is_given_back(
    library: Library, pictures: list[str], instance: dg.DagsterInstance
) -> None:
    before = stored(library)
    name = begin(library, remove_tags=("sea",), title="")
    midway(library, name)
    library.operations.cancel(LOCAL_OWNER, name)
    done = now(library, name).done
    run_id = now(library, name).run_id
    assert run_id is not None
    wait_until(
        lambda: (found := instance.get_run_by_id(run_id)) is not None and found.is_finished, seconds=PATIENCE,
        what="its run ends",
    )  # fmt: skip
    assert (now(library, name).state, now(library, name).done) == ("cancelled", done)
    edit = Edit(remove_tags=("sea",), title="")
    left = library.stores.selections.changing(Selection(query=ImageQuery(batch="b-work")), edit)
    assert left is not None
    assert left > 0
    back = library.work.undo(LOCAL_OWNER, name)
    wait_until(lambda: now(library, back.id).state == "done", seconds=PATIENCE, what="all is given back")
    assert stored(library) == before
