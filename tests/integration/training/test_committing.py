"""Commits that take longer than a request: begun, done by a run, stopped, taken over, and with the rights of that moment."""

from __future__ import annotations

import json

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.datasets.committing import AT_ONCE
from darkroom.services.datasets.views import ExampleGiven, NewVersion
from darkroom.services.runs import WORK_JOB
from tests.factories import image_record, sha

MANY = AT_ONCE + 10
GIVEN = NewVersion(name="many", query=ImageQuery(), labels_from="tags", classes=("odd", "even"))


@pytest.fixture
def many(library) -> list[str]:
    """More pictures than are committed at once, each odd or even but for ten."""
    tags = [(("even", "odd")[at % 2],) if at < AT_ONCE else () for at in range(MANY)]
    records = [image_record(at, id=sha(f"many {at}"), tags=tags[at]) for at in range(MANY)]
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    return [one.id for one in records]


def parts(library) -> int:
    return library.stores.database.collection("work_parts").count_documents({})


def test_many_pictures_are_committed_by_a_run_that_tells_how_far_it_is(library, launcher, many):
    begun = library.commits.begin(LOCAL_OWNER, GIVEN, work_id="o-many")
    assert (begun.state, begun.kind, launcher.jobs, launcher.launched) == ("queued", "commit", [WORK_JOB], ["o-many"])
    assert library.commits.begin(LOCAL_OWNER, GIVEN, work_id="o-many").id == "o-many"
    assert launcher.launched == ["o-many"]
    library.work.run(SYSTEM, "o-many", "run-1")
    done = library.operations.get(LOCAL_OWNER, "o-many")
    assert (done.state, done.total, done.done, done.changed) == ("done", MANY, MANY, AT_ONCE)
    assert done.result == {"version": 1, "examples": AT_ONCE, "skipped": 10}
    assert done.links["dataset"] == "/api/v1/datasets/many@1"
    version = library.datasets.get(LOCAL_OWNER, "many@1").version
    assert (version.total, version.labels, version.created_by) == (AT_ONCE, ("even", "odd"), LOCAL_OWNER.id)
    assert parts(library) == 0
    # The version before it is read too, so that few pictures after many are for a run as well.
    few = GIVEN.model_copy(update={"query": None, "images": tuple(many[:20])})
    library.commits.begin(LOCAL_OWNER, few, work_id="o-few")
    assert library.work.run(SYSTEM, "o-few", "run-2").result == {"version": 2, "examples": 20}
    again = library.commits.begin(LOCAL_OWNER, few)
    assert (again.state, again.changed, again.result["version"]) == ("done", 0, 2)


def test_labels_that_came_with_the_pictures_wait_for_the_run(library, many):
    """They are more than a document holds, and are forgotten once they are read."""
    said = [Classification(label=("sea", "Küste")[at % 2]) for at in range(MANY)]
    examples = tuple(ExampleGiven(image=key, annotations=(one,)) for key, one in zip(many, said, strict=True))
    begun = library.commits.begin(LOCAL_OWNER, NewVersion(name="said", examples=examples))
    assert parts(library) > 0
    assert library.work.run(SYSTEM, begun.id, "run-1").changed == MANY
    assert library.datasets.get(LOCAL_OWNER, "said").version.labels == ("Küste", "sea")
    assert parts(library) == 0


def test_one_that_is_stopped_makes_no_version(library, many):
    begun = library.commits.begin(LOCAL_OWNER, GIVEN)
    library.operations.cancel(LOCAL_OWNER, begun.id)
    assert library.work.run(SYSTEM, begun.id, "run-1").state == "cancelled"
    with pytest.raises(Error, match="no dataset"):
        library.datasets.get(LOCAL_OWNER, "many")


def test_a_run_that_takes_over_finds_the_version_of_the_one_that_was_killed(library, many):
    begun = library.commits.begin(LOCAL_OWNER, GIVEN)
    library.datasets.create(LOCAL_OWNER, GIVEN)
    done = library.work.run(SYSTEM, begun.id, "run-2")
    assert (done.result["version"], done.changed) == (1, AT_ONCE)
    assert library.datasets.get(LOCAL_OWNER, "many").version.number == 1


def test_what_goes_wrong_later_is_told_by_the_operation(library, many):
    given = GIVEN.model_copy(update={"classes": ("none", "of these")})
    begun = library.commits.begin(LOCAL_OWNER, given)
    library.work.run(SYSTEM, begun.id, "run-1")
    found = library.operations.get(LOCAL_OWNER, begun.id)
    assert (found.state, found.error.code, "dataset" in found.links) == ("failed", "dataset_invalid", False)
    small = given.model_copy(update={"query": None, "images": tuple(many[:5])})
    with pytest.raises(Error, match="holds no example") as told:
        library.commits.begin(LOCAL_OWNER, small)
    failed = library.operations.get(LOCAL_OWNER, told.value.context["operation"])
    assert (failed.state, json.loads(library.stores.work.get(failed.id).params)["pictures"]) == ("failed", 5)


def test_pictures_join_those_that_a_dataset_holds(library, many):
    """What it holds stays with its splits; what is said now counts, where something is said."""
    first = library.datasets.create(LOCAL_OWNER, GIVEN.model_copy(update={"query": None, "images": tuple(many[:40])}))
    before = {one.key: one for one in library.datasets.read(first.version).examples()}
    chosen = Selection(query=ImageQuery(tag=("odd",)), excluded=tuple(many[5:]))
    asked = NewVersion(name="many", selection=chosen, label="strange", add=True)
    told = library.datasets.preview(LOCAL_OWNER, asked)
    assert (told.version, told.pictures, told.new, told.known, told.changed) == ("many@1", 2, 0, 2, 2)
    assert (told.classes, told.total, told.skipped) == ({"strange": 2}, 40, 0)
    assert library.datasets.get(LOCAL_OWNER, "many").version.number == 1  # looking makes nothing

    done = library.commits.begin(LOCAL_OWNER, asked)
    assert (done.state, done.result["version"], done.result["examples"]) == ("done", 2, 40)
    after = {one.key: one for one in library.datasets.read(library.datasets.resolve("many")).examples()}
    other = {key for key in before if after[key].annotations != before[key].annotations}
    assert other == {many[1], many[3]}
    assert [one.label for one in after[many[1]].annotations] == ["strange"]
    assert {key: one.split for key, one in after.items()} == {key: one.split for key, one in before.items()}

    bare = (*many[-3:], many[0])
    more = NewVersion(name="many", images=bare, unlabelled=True, add=True)
    told = library.datasets.preview(LOCAL_OWNER, more)
    assert (told.new, told.known, told.changed, told.total) == (3, 1, 0, 43)
    version = library.datasets.create(LOCAL_OWNER, more).version
    assert (version.total, version.unlabelled, version.parent) == (43, 3, "many@2")
    left_out = library.datasets.preview(LOCAL_OWNER, more.model_copy(update={"unlabelled": False}))
    assert (left_out.skipped, left_out.new, left_out.total) == (4, 0, 43)
    assert not library.datasets.create(LOCAL_OWNER, more).new


def test_a_preview_of_many_tells_what_is_known_without_looking_at_each(library, many, monkeypatch):
    monkeypatch.setattr("darkroom.services.datasets.adding._LOOKED_AT", 100)
    library.datasets.create(LOCAL_OWNER, GIVEN.model_copy(update={"query": None, "images": tuple(many[:40])}))
    told = library.datasets.preview(LOCAL_OWNER, GIVEN.model_copy(update={"add": True}))
    assert (told.pictures, told.known, told.new, told.classes, told.total) == (MANY, 40, MANY - 40, None, None)
