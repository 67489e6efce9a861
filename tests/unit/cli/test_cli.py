"""The command line without a running Darkroom: help, errors in one sentence, settings."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from darkroom.cli import app
from darkroom.cli.doctor import examine
from darkroom.cli.output import duration, plural, size
from darkroom.errors import Error
from darkroom.settings import Settings
from scripts import env_example
from tests.commands import answered

COMMANDS = ["up", "down", "status", "logs", "ingest", "failures", "doctor", "migrate", "settings", "prepare", "version"]


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Darkroom = Callable[..., Answer]


@pytest.fixture
def darkroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Darkroom:
    """Runs the command line as the installed program does, in a folder that is also its home."""

    def run(*arguments: str, **variables: str) -> Answer:
        monkeypatch.setitem(Settings.model_config, "env_file", ".env")
        monkeypatch.chdir(tmp_path)
        for name, value in {"DARKROOM_HOME": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        return Answer(*answered(monkeypatch, capsys, *arguments))

    return run


def test_help_teaches_every_command():
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "Begin with darkroom up" in shown.output
    assert [name for name in COMMANDS if f" {name} " not in shown.output] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str):
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Usage: " in shown.output


def test_help_needs_no_heavy_imports():
    code = "import sys, darkroom.cli; print(sorted({'pydantic', 'pymongo', 'duckdb', 'cv2', 'numpy', 'rich.table'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["status"], "Darkroom is not running on {home}."),
        (["failures"], "No Darkroom runs on {home}."),
        (["failures", "retry", "--all"], "No Darkroom runs on {home}."),
        (["migrate"], "No Darkroom runs on {home}."),
        (["logs", "web"], "There is no log of web in {home}/logs."),
        (["ingest", "nothing.jpg"], "There is no file or folder nothing.jpg."),
        (["ingest", "."], "There are no files in .."),
        (["up", "--web-port", "99999"], "DARKROOM_WEB_PORT: Input should be less than or equal to 65535"),
        (["up", "--web-port", "8123", "--dagster-port", "8123"], "The web app and Dagster cannot both use port 8123."),
    ],
)
def test_an_error_is_one_sentence_and_a_remedy(darkroom: Darkroom, tmp_path: Path, arguments: list[str], cause: str):
    done = darkroom(*arguments)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first == cause.format(home=tmp_path)
    assert second.startswith("What to do: ")


def test_a_bundle_is_made_while_nothing_runs(darkroom: Darkroom, tmp_path: Path):
    done = darkroom("doctor", "--bundle", str(tmp_path / "bundle.zip"))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert "Python" in [one["name"] for one in json.loads(bundle.read("doctor.json"))]
        assert json.loads(bundle.read("services.json"))["code"] == "not_running"


def test_debug_shows_where_an_error_came_from(darkroom: Darkroom):
    with pytest.raises(Error, match="Darkroom is not running"):
        darkroom("--debug", "status")
    with pytest.raises(Error, match="Darkroom is not running"):
        darkroom("status", DARKROOM_DEBUG="1")


def test_the_program_is_installed(tmp_path: Path):
    program = Path(sys.executable).with_name("darkroom")
    done = subprocess.run([program, "status", "--home", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, f"Darkroom is not running on {tmp_path}.")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["up", "--nonsense"], ["ingest"], ["failures", "retry"], ["failures", "list", "--state", "x"]],
)
def test_wrong_use_has_an_exit_code_of_its_own(darkroom: Darkroom, arguments: list[str]):
    done = darkroom(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_status_for_programs_when_nothing_runs(darkroom: Darkroom):
    done = darkroom("status", "--json")
    assert done.returncode == 1
    status = json.loads(done.stdout)
    assert (status["ready"], status["services"], status["web_url"]) == (False, [], "http://localhost:8000")


def test_down_when_nothing_runs_is_no_error(darkroom: Darkroom, tmp_path: Path):
    done = darkroom("down")
    assert (done.returncode, done.stdout) == (0, f"Darkroom is not running on {tmp_path}.\n")


def test_settings_hide_secrets(darkroom: Darkroom, tmp_path: Path):
    uri = "mongodb://me:hunter2@host/?replicaSet=rs0"
    for arguments in (["settings"], ["settings", "--json"]):
        done = darkroom(*arguments, DARKROOM_MONGO_URI=uri, DARKROOM_WEB_PORT="8123")
        assert done.returncode == 0
        assert "hunter2" not in done.stdout
        assert "8123" in done.stdout
    found = json.loads(done.stdout)
    assert found["DARKROOM_HOME"] == str(tmp_path)
    assert set(found) == {f"DARKROOM_{name.upper()}" for name in Settings.model_fields}


def test_a_dotenv_file_is_read_and_options_win(darkroom: Darkroom, tmp_path: Path):
    (tmp_path / ".env").write_text("DARKROOM_WEB_PORT=8123\nDARKROOM_WORKERS=7\n")
    found = json.loads(darkroom("settings", "--json", "--home", "elsewhere").stdout)
    assert (found["DARKROOM_WEB_PORT"], found["DARKROOM_WORKERS"]) == (8123, 7)
    assert found["DARKROOM_HOME"] == str(tmp_path / "elsewhere")


def test_doctor_checks_what_a_start_needs(settings: Settings):
    findings = {finding.name: finding for finding in examine(settings)}
    expected = {
        "Python",
        "settings",
        "secrets",
        "running settings",
        "home folder",
        "disk space",
        "storage",
        "memory",
        "port 8000",
        "port 3000",
        "MongoDB",
        "Node.js",
        "web app",
        "Chromium",
    }
    assert set(findings) == expected
    assert (findings["Python"].state, findings["home folder"].state, findings["Node.js"].state) == ("ok", "ok", "ok")
    assert all(finding.remedy for finding in findings.values() if finding.state == "failed")


def test_doctor_names_a_database_that_does_not_answer(darkroom: Darkroom):
    done = darkroom("doctor", "--json", DARKROOM_MONGO_URI="mongodb://127.0.0.1:1/?replicaSet=rs0")
    assert done.returncode == 1
    (finding,) = (finding for finding in json.loads(done.stdout) if finding["name"] == "MongoDB")
    assert finding["state"] == "failed"
    assert finding["remedy"].startswith("Start it, correct the address")


def test_the_example_file_is_current_and_harmless(darkroom: Darkroom, tmp_path: Path):
    assert env_example.PATH.read_text() == env_example.text()
    (tmp_path / ".env").write_text(env_example.text())
    assert json.loads(darkroom("settings", "--json").stdout)["DARKROOM_WEB_PORT"] == 8000


def test_numbers_have_words():
    assert [duration(seconds) for seconds in (0.44, 12.3, 185, 7800)] == ["0.4 s", "12 s", "3 min 5 s", "2 h 10 min"]
    assert [size(count) for count in (512, 4_200_000, 3e12)] == ["512 B", "4.2 MB", "3.0 TB"]
    assert [plural(1, "file"), plural(1200, "file"), plural(2, "entry", "entries")] == [
        "1 file",
        "1,200 files",
        "2 entries",
    ]
