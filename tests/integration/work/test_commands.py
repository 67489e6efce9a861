"""`darkroom work`: one place to see what goes on, to wait for it and to take it back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.query import ImageQuery
from darkroom.domain.selection import Selection
from darkroom.services.library import Library
from darkroom.services.work.bulk_views import BulkGiven, EditAction
from darkroom.services.work.service import WorkService
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.supervisor.plan import settings_variables
from tests.commands import Answer, answered
from tests.factories import image_record, sha
from tests.fakes import RecordingLauncher


@pytest.fixture
def library(mongo_settings: Settings, stores: Stores, launcher: RecordingLauncher) -> Library:
    return Library(mongo_settings, stores, launcher)


@pytest.fixture
def service(library: Library) -> WorkService:
    return library.work


@pytest.fixture
def darkroom(library: Library, monkeypatch, capsys, tmp_path) -> Callable[..., Answer]:
    """Runs a command on this library."""
    for name, value in settings_variables(library.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DARKROOM_CONFIG_DIR", str(tmp_path / "config"))

    return lambda *words: answered(monkeypatch, capsys, "work", *words)


@pytest.fixture
def edit(library: Library) -> Callable[..., str]:
    """Begins to rate 250 pictures, or those named."""
    records = [image_record(number, rating=0) for number in range(250)]

    def write(session: object) -> None:
        library.stores.images.upsert_many(session, records)
        library.stores.events.append(session, type="images.added", principal="x", ids=[one.id for one in records])

    library.stores.database.run(write)

    def begin(*ids: str) -> str:
        selection = Selection(ids=ids) if ids else Selection(query=ImageQuery())
        given = BulkGiven(selection=selection, action=EditAction(type="edit", edit={"rating": 2}))
        return library.bulk.begin(LOCAL_OWNER, given).id

    return begin


def test_work_is_listed_shown_waited_for_and_taken_back(darkroom, edit, service, library):
    name = edit()
    assert [one["id"] for one in json.loads(darkroom("list", "--json").out)["items"]] == [name]
    listed = darkroom("list", "--state", "queued", "--mine")
    assert "Change rating" in listed.out
    assert "0/250" in listed.out
    assert f"darkroom work wait {name}" in darkroom("show", name).out
    service.run(SYSTEM, name, "run-1")
    waited = darkroom("wait", name)
    assert (waited.code, waited.out.splitlines()) == (0, [
        "Change rating: done, 250 of 250 things (250 changed).", f"`darkroom work undo {name}` takes it back.",
    ])  # fmt: skip
    begun = service.undo(LOCAL_OWNER, name)
    assert (begun.undoes, begun.state) == (name, "queued")
    stopped = darkroom("cancel", begun.id)
    assert stopped.out.startswith("Undo: Change rating: cancelled, 0 of 250 things (0 changed).")
    assert darkroom("wait", begun.id).code == 1
    assert library.stores.columns.count(ImageQuery(rating_min=2)) == 250
    refused = darkroom("cancel", name)
    assert (refused.code, "is done" in refused.error) == (1, True)
    # Where no Darkroom runs, the command does it itself.
    assert json.loads(darkroom("undo", name, "--no-wait", "--json").out)["undoes"] == name
    assert library.stores.columns.count(ImageQuery(rating_min=2)) == 0


def test_a_little_is_taken_back_at_once_and_failures_are_named(darkroom, edit, library):
    name = edit(*[image_record(number).id for number in range(3)], sha("none"))
    shown = darkroom("wait", name)
    assert shown.code == 1
    assert f"{sha('none')}: It is not in the library (any more)." in shown.out
    back = darkroom("undo", name)
    assert (back.code, back.out.splitlines()[0]) == (0, "Undo: Change rating: done, 3 of 3 things (3 changed).")
    assert library.stores.columns.count(ImageQuery(rating_min=2)) == 0
    assert darkroom("list", "--kind", "ingest").out == "No operations.\n"
    wrong = darkroom("list", "--kind", "sorcery")
    assert (wrong.code, "kind" in wrong.error) == (1, True)
