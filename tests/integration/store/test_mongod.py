"""Finding, obtaining and starting a mongod."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.database import Database
from darkroom.supervisor import mongod_download
from darkroom.supervisor.mongod import Mongod, cache_gb, ensure_replica_set, find_mongod, mongod_command
from darkroom.supervisor.mongod_download import WHEELS, Wheel, obtain_mongod
from darkroom.supervisor.ports import free_port
from tests.servers import MongoServer


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any mongod."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("darkroom.supervisor.mongod.sys.prefix", str(tmp_path / "venv"))
    return tmp_path


def test_the_one_that_is_set_comes_first_then_path_then_packaged(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = script(nowhere / "chosen", "echo 'db version v8.0.1'")
    installed = script(nowhere / "bin" / "mongod", "echo 'db version v7.0.2'")
    packaged = script(nowhere / "venv/share/darkroom/mongodb/bin/mongod", "echo 'db version v6.0.27'")
    assert find_mongod(Settings()).program == packaged
    monkeypatch.setenv("PATH", str(installed.parent))
    assert find_mongod(Settings()) == Mongod(installed, "7.0.2")
    assert find_mongod(Settings(mongod=chosen)) == Mongod(chosen, "8.0.1")


def test_when_none_runs_all_that_was_tried_is_named(nowhere: Path) -> None:
    broken = script(nowhere / "broken", "echo 'libssl.so.1.1: cannot open' >&2; exit 127")
    script(nowhere / "venv/share/darkroom/mongodb/bin/mongod", "echo 'db version v4.4.0'")
    with pytest.raises(Error) as caught:
        find_mongod(Settings(mongod=broken))
    error = caught.value
    assert error.code == "tool_missing"
    assert str(broken) in error.cause
    for words in ("libssl.so.1.1: cannot open", "the mongod on PATH is not there", "is too old (4.4.0)"):
        assert words in error.cause
    assert "make build" in error.remedy


def test_a_download_with_another_checksum_is_refused(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(command: list[str], **_rest: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True)
        (folder / "mongod.whl").write_bytes(b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    here = mongod_download.platform.system(), mongod_download.platform.machine()
    monkeypatch.setitem(WHEELS, here, (Wheel("x==1", "any", "0" * 64),))
    monkeypatch.setattr("darkroom.supervisor.mongod_download.subprocess.run", fake)
    with pytest.raises(Error) as caught:
        obtain_mongod()
    assert (caught.value.code, "not the pinned one" in caught.value.cause) == ("tool_missing", True)
    assert not (nowhere / "venv/share/darkroom/mongodb").exists()


def test_without_a_package_for_this_machine_the_way_by_hand_is_named(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("darkroom.supervisor.mongod_download.platform.machine", lambda: "riscv64")
    with pytest.raises(Error) as caught:
        obtain_mongod()
    assert "riscv64" in caught.value.cause
    assert "DARKROOM_MONGO_URI" in caught.value.remedy


def test_it_listens_on_loopback_only_with_a_small_cache(mongod_program: Mongod, tmp_path: Path) -> None:
    argv, env = mongod_command(mongod_program, tmp_path / "db", 12345, tmp_path / "log")
    assert argv[argv.index("--bind_ip") + 1] == "127.0.0.1"
    assert 0.25 <= float(argv[argv.index("--wiredTigerCacheSizeGB") + 1]) <= 2
    assert ("LD_LIBRARY_PATH" in env) == (mongod_program.libraries is not None and mongod_program.libraries.is_dir())
    assert (tmp_path / "db").is_dir()


def test_data_survive_a_move_to_another_port(own_mongod: MongoServer) -> None:
    database = Database.connect(own_mongod.uri, "moved")
    database.collection("x").insert_one({"_id": 1})
    database.close()
    own_mongod.stop()
    own_mongod.port = free_port()
    own_mongod.start()
    database = Database.connect(own_mongod.uri, "moved")
    assert database.run(lambda session: database.collection("x").find_one({"_id": 1}, session=session)) == {"_id": 1}
    database.close()
    with MongoClient(own_mongod.uri) as client:
        assert client.admin.command("hello")["me"] == f"127.0.0.1:{own_mongod.port}"
    assert ensure_replica_set(own_mongod.port) == own_mongod.mongod.version


def test_nothing_listening_is_a_service_that_failed() -> None:
    with pytest.raises(Error) as caught:
        ensure_replica_set(free_port(), timeout=0.6)
    assert caught.value.code == "service_failed"


ORPHAN = """
import sys, time
from pathlib import Path
from darkroom.settings import Settings
from darkroom.supervisor.mongod import find_mongod, start_mongod
child = start_mongod(find_mongod(Settings()), Path(sys.argv[1]) / "db", int(sys.argv[2]), Path(sys.argv[1]) / "log")
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.kill
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_it_ends_with_the_process_that_started_it(mongod_program: Mongod, tmp_path: Path) -> None:
    assert mongod_program.version
    command = [sys.executable, "-c", ORPHAN, str(tmp_path), str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.5)
        parent.kill()
    assert child.wait(timeout=20) is None or not child.is_running()


@pytest.mark.parametrize(("memory", "expected"), [(2, 0.25), (8, 0.5), (16, 1.0), (64, 2.0)])
def test_the_cache_of_the_database_grows_with_the_machine(memory, expected):
    assert cache_gb(memory * 2**30) == expected
