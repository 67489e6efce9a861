"""Rules at work on a batch that comes in: in order, done once, failing nothing."""

from __future__ import annotations

from pathlib import Path

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.services.collection_views import NewCollection
from darkroom.services.library import Library
from darkroom.services.rules.views import FilingRuleChange, NewFilingRule
from darkroom.settings import Settings
from darkroom.store import Stores
from tests.fakes import RecordingLauncher
from tests.pictures import drop, jpeg


def test_what_comes_in_is_filed_by_rules_in_order(quick_settings: Settings, inbox: Path, launcher: RecordingLauncher):
    library = Library(quick_settings, Stores.open(quick_settings), launcher)
    rules, stores = library.rules, library.stores
    place = library.collections.create(ME, NewCollection(name="Cats")).id
    rules.create(
        ME, NewFilingRule(name="Cats", where="tag:cats", edit=Edit(add_to=(place,), rating=3, add_tags=("animals",)))
    )
    rules.create(ME, NewFilingRule(name="Animals", where="tag:animals", edit=Edit(label="green", rating=5)))
    gone = library.collections.create(ME, NewCollection(name="Gone")).id
    rules.create(ME, NewFilingRule(name="Broken", where="", edit=Edit(add_to=(gone,)), position=0))
    library.collections.delete(ME, gone)
    rules.create(ME, NewFilingRule(name="Web", where="label:green", preset="web"))
    rules.create(ME, NewFilingRule(name="B", where=r"name:/^B\.jpe?g$/ tag:/^d/", edit=Edit(title="By pattern")))
    off = rules.create(ME, NewFilingRule(name="Off", where="", edit=Edit(favourite=True)))
    rules.update(ME, off.id, FilingRuleChange(enabled=False))
    drop(inbox, "cats/a.jpg", jpeg(1))
    drop(inbox, "dogs/b.jpg", jpeg(2))
    (batch,), _ = library.ingest.collect_inbox(SYSTEM)
    done = library.ingest.run_batch(SYSTEM, batch.id, "run-1").batch
    assert (done.state, done.added, done.failed) == ("done", 2, 0)
    cat, dog = stores.images.page(ImageQuery(sort="name"), limit=9).items
    assert (cat.tags, cat.collections, cat.rating, cat.label, cat.favourite) == (
        ("animals", "cats"),
        (place,),
        5,
        "green",
        False,
    )
    assert (dog.tags, dog.collections, dog.rating, dog.label) == (("dogs",), (), 0, None)
    assert (cat.title, dog.title) == (None, "By pattern")
    (order,) = stores.orders.list().items
    assert (order.preset, order.total) == ("web@1" if "@" in (order.preset or "") else order.preset, 1)

    # Asked again, as after a run that was killed, nothing changes.
    before = stores.events.last_seq()
    library._file(SYSTEM, batch.id)
    assert stores.images.get(cat.id).revision <= cat.revision + 2
    assert stores.images.get(cat.id).rating == 5
    assert stores.events.last_seq() >= before
    library.close()
