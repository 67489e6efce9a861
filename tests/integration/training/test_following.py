"""Datasets that follow their pictures: looked at when it is quiet, committed once, trained with once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import now
from darkroom.domain.follow import Follow
from darkroom.domain.image import Source
from darkroom.domain.query import ImageQuery
from darkroom.domain.training import TrainingWanted
from darkroom.errors import Error
from tests.factories import image_record

CLASSES = ("coast", "wood")
TRAINING = TrainingWanted(budget_seconds=None, options={"model": "residual-tiny", "image_size": 32, "epochs": 1})


@pytest.fixture
def brought(library):
    """Brings pictures in that come in folders."""
    count = 0

    def work(number: int) -> None:
        nonlocal count
        records = [
            image_record(
                at, renditions=(), sources=(Source(connector="inbox", key=f"{CLASSES[at % 2]}/{at}.jpg", batch="b-1"),)
            )
            for at in range(count, count + number)
        ]  # fmt: skip
        count += number

        def write(session) -> None:
            library.stores.images.upsert_many(session, records)
            library.stores.events.append(
                session, type="images.added", principal=SYSTEM, ids=[one.id for one in records]
            )

        library.stores.database.run(write)

    return work


def follow(**changes) -> Follow:
    return Follow.model_validate({"labels_from": "folders", "quiet_seconds": 0, **changes})


def done(library) -> list[str]:
    """What is done of the work that was asked for."""
    found = library.stores.database.collection("work").find({"state": "queued"})
    waiting = [str(one["_id"]) for one in found]
    for one in waiting:
        library.work.run(SYSTEM, one, f"run-{one}")
    return waiting


def test_pictures_that_come_make_a_version_and_a_training_once(library, brought):
    library.follows.put(LOCAL_OWNER, "land", follow(training=TRAINING))
    assert library.follows.look(SYSTEM) == []
    brought(40)
    assert library.follows.look(SYSTEM) == ["land"]
    assert library.follows.look(SYSTEM) == ["land"], "asked for again while nobody has looked"
    assert len(done(library)) == 1, "and still looked at once"
    found = library.follows.get(LOCAL_OWNER, "land")
    assert (found.version, found.told) == ("land@1", "land@1 with 40 pictures.")
    assert library.datasets.get(SYSTEM, "land").version.labels == CLASSES
    trainings = library.trainings.list(SYSTEM).items
    assert [(one.training.id, one.training.dataset) for one in trainings] == [(found.training, "land@1")]
    assert library.follows.look(SYSTEM) == []
    again = library.follows.do("land", found.seen)  # as after a run that died before it said so
    assert (again.version, again.training) == (found.version, found.training)
    assert len(library.trainings.list(SYSTEM).items) == 1


def test_few_new_pictures_wait_for_more_and_a_busy_library_for_quiet(library, brought):
    library.follows.put(LOCAL_OWNER, "land", follow(at_least=5))
    brought(3)
    waits = library.follows.do("land", 1)
    assert (waits.version, "3 of the 5 pictures" in waits.told) == (None, True)
    brought(37)
    assert library.follows.do("land", 1).version == "land@1"
    brought(3)
    assert library.follows.do("land", 2).told == "land@1 is still what there is to learn from."
    brought(3)
    assert library.follows.do("land", 3).version == "land@2"
    library.follows.put(LOCAL_OWNER, "land", follow(quiet_seconds=3600))
    brought(1)
    assert library.follows.look(SYSTEM) == []
    library.follows.put(LOCAL_OWNER, "land", follow(enabled=False))
    assert library.follows.look(SYSTEM) == []
    assert library.follows.do("land", 9) is None


def test_what_was_not_learnt_for_long_is_learnt_again(library, brought):
    brought(40)
    library.follows.put(LOCAL_OWNER, "land", follow(training=TRAINING, every_days=7))
    first = library.follows.do("land", 1)
    newest = library.stores.events.newest(("images.added",))
    library.stores.followed.replace(library.stores.followed.get("land").model_copy(update={"seen": newest.seq}))
    assert library.follows.look(SYSTEM) == []
    library.stores.database.collection("training_runs").update_one(
        {"_id": first.training}, {"$set": {"created_at": now() - timedelta(days=8)}}
    )
    assert library.follows.look(SYSTEM) == ["land"]
    done(library)
    assert len(library.trainings.list(SYSTEM).items) == 2


def test_what_cannot_be_learnt_from_is_told_and_nothing_breaks(library, brought):
    library.follows.put(LOCAL_OWNER, "none", follow(query=ImageQuery(q="nowhere")))
    brought(2)
    assert "holds no example" in library.follows.do("none", 1).told
    library.follows.put(
        LOCAL_OWNER, "one", follow(classes=CLASSES, training=TRAINING, ratios={"train": 1, "validation": 0, "test": 0})
    )
    told = library.follows.do("one", 1)
    assert told.version == "one@1"
    assert "validation" in told.told
    assert told.training is None


def test_mistakes_are_told_when_it_is_set_up(library):
    with pytest.raises(Error, match="learning_speed"):
        library.follows.put(LOCAL_OWNER, "land", follow(training=TrainingWanted(options={"learning_speed": 1})))
    made = library.follows.put(LOCAL_OWNER, "land", follow())
    with pytest.raises(Error) as changed:
        library.follows.put(LOCAL_OWNER, "land", follow(), revision=made.revision + 1)
    assert changed.value.code == "precondition_failed"
    library.follows.put(LOCAL_OWNER, "land", follow(at_least=2), revision=made.revision)
    library.follows.delete(LOCAL_OWNER, "land")
    with pytest.raises(Error, match="does not follow"):
        library.follows.get(LOCAL_OWNER, "land")
    assert library.follows.list(LOCAL_OWNER).items == ()
