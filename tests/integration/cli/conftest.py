"""A Darkroom that runs, and its commands as somebody gives them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from darkroom.cli import main
from darkroom.domain.base import now
from darkroom.runtime import RuntimeInfo, ServiceInfo, write_runtime
from darkroom.services.library import Library
from tests.fakes import RecordingLauncher
from tests.served import Server


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    error: str


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

    def run(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["darkroom", *words])
        capsys.readouterr()  # what the fixtures said
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def running(server, monkeypatch) -> Server:
    """The server is the one of the home."""
    web = ServiceInfo(name="web", state="ready", pid=server.process.pid, port=server.port)
    write_runtime(server.settings, RuntimeInfo(
        pid=os.getpid(), started_at=now(), ready=True, mongo_uri=server.environment["DARKROOM_MONGO_URI"],
        web_url=server.url, dagster_url="http://localhost:1", services=(web,),
    ))  # fmt: skip
    return server


@pytest.fixture
def home(running, darkroom) -> Darkroom:
    """Runs a command on the home, which knows nothing of the database but what the running Darkroom tells."""
    return lambda *words: darkroom(*words, "--home", str(running.settings.home_path))
