"""A Darkroom that runs, and its commands as somebody gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from darkroom.services.library import Library
from tests.commands import Answer, answered
from tests.fakes import RecordingLauncher
from tests.served import Server

Darkroom = Callable[..., Answer]


@pytest.fixture
def library(mongo_settings, stores) -> Iterator[Library]:
    library = Library(mongo_settings.model_copy(update={"password_cost": 4}), stores, RecordingLauncher())
    yield library
    library.guard.close()


@pytest.fixture
def server(mongo_settings, stores, tmp_path) -> Iterator[Server]:
    found = Server(mongo_settings, tmp_path, {"DARKROOM_PASSWORD_COST": "4"})
    found.start()
    yield found
    found.stop()


@pytest.fixture
def darkroom(tmp_path, monkeypatch, capsys) -> Darkroom:
    """Runs a command as somebody without a home of his own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DARKROOM_CONFIG_DIR", str(tmp_path / "config"))

    return lambda *words: answered(monkeypatch, capsys, *words)


@pytest.fixture
def running(server) -> Server:
    """The server is the one of the home."""
    server.tell_home()
    return server


@pytest.fixture
def home(running, darkroom) -> Darkroom:
    """Runs a command on the home, which knows nothing of the database but what the running Darkroom tells."""
    return lambda *words: darkroom(*words, "--home", str(running.settings.home_path))
