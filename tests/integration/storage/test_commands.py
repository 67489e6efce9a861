"""`darkroom storage` as a person types it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from darkroom.cli import app
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.supervisor.plan import settings_variables
from tests.integration.storage.conftest import opened
from tests.integration.storage.test_moves import fill
from tests.object_servers import ObjectServer


@pytest.fixture
def library(quick_settings: Settings) -> Iterator[Library]:
    library = opened(quick_settings)
    yield library
    library.close()


@pytest.fixture
def storage(library: Library, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in settings_variables(library.settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["storage", *arguments], catch_exceptions=False)


def test_a_move_from_the_plan_to_the_rollback(
    library: Library, storage: Callable[..., Result], s3: ObjectServer, tmp_path: Path
) -> None:
    fill(library, 6)
    url = s3.url()
    done = storage("migrate", "main", url, "--dry-run")
    assert (done.exit_code, done.stdout) == (0, "12 blobs (21.0 kB) would be copied, 0 are there.\n")
    assert json.loads(storage("migrate", "main", url, "--json").stdout)["state"] == "done"
    assert storage("migrate", "main", url).stdout == "Done. 12 blobs (21.0 kB) copied, 0 failed.\n"
    listed = json.loads(storage("list", "--count", "--json").stdout)
    assert [(one["name"], one["blobs"]) for one in listed["places"]] == [("main", 12), ("local", 12)]
    assert listed["places"][0]["writes"].startswith("s3://bucket/")
    assert [one["state"] for one in listed["moves"]] == ["done"]
    secret = s3.credentials["secret_access_key"]
    assert secret not in storage("list").stdout
    assert storage("verify", url).stdout == "12 blobs read, 0 missing or damaged.\n"
    assert storage("migrate", "main", url, "--rollback").stdout.startswith("Taken back.")


def test_a_place_that_does_not_work_ends_with_what_to_do(storage: Callable[..., Result], s3: ObjectServer) -> None:
    assert storage("check").exit_code == 0
    assert storage("check", s3.url()).exit_code == 0
    done = storage("check", s3.url().replace("//bucket/", "//gone/"))
    assert done.exit_code == 1
    assert "What to do: Create it" in done.stdout


def test_damage_is_told_by_the_exit_code(library: Library, storage: Callable[..., Result]) -> None:
    (space, key), *_ = fill(library, 3)
    path = library.stores.blobs.local_path(space, key)
    assert path is not None
    path.write_bytes(os.urandom(9))
    done = storage("verify")
    assert done.exit_code == 1
    assert key in done.stdout
    assert "6 blobs read, 1 missing or damaged." in done.stdout


def test_what_the_rules_say_is_done(
    library: Library, storage: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(library, 3)
    monkeypatch.setenv("DARKROOM_STORAGE_MORE", f"archive={tmp_path / 'archive'}")
    monkeypatch.setenv("DARKROOM_STORAGE_RULES", "originals over 1kb -> archive")
    assert storage("arrange", "--dry-run").stdout == "3 blobs (9.0 kB) would be moved, 3 lie where they belong.\n"
    assert storage("arrange").stdout == "3 blobs (9.0 kB) moved, 3 lie where they belong.\n"


def test_doctor_tries_the_places(library: Library, s3: ObjectServer) -> None:
    from darkroom.cli.doctor import _storage

    assert _storage(library.settings).state == "ok"
    assert _storage(library.settings.model_copy(update={"storage": s3.url()})).state == "ok"
    gone = _storage(library.settings.model_copy(update={"storage": s3.url().replace("//bucket/", "//gone/")}))
    assert (gone.state, "Create it" in gone.remedy) == ("failed", True)
    wrong = _storage(library.settings.model_copy(update={"storage_rules": "originals -> nowhere"}))
    assert (wrong.state, "nowhere" in wrong.words) == ("failed", True)
