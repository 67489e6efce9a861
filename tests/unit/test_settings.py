"""Secrets by reference, and what runs with other settings than those of now."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from darkroom.cli.doctor_settings import settings_findings
from darkroom.cli.options import running_settings
from darkroom.errors import Error
from darkroom.runtime import RuntimeInfo, drift, fingerprints, write_runtime
from darkroom.settings import Settings
from darkroom.supervisor.plan import settings_variables

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_secret_may_lie_in_a_file_or_a_variable(tmp_path, monkeypatch):
    (tmp_path / "mail").write_text("hunter2\n")
    monkeypatch.setenv("MAIL_URI", "mongodb://me:swordfish@host/")
    found = Settings(mail_password=f"file:{tmp_path}/mail", mongo_uri="env:MAIL_URI", storage_credentials="{}")
    assert found.mail_password.get_secret_value() == "hunter2"
    assert found.mongo_uri.get_secret_value() == "mongodb://me:swordfish@host/"
    assert found.storage_credentials.get_secret_value() == "{}"
    assert "hunter2" not in repr(found) + found.model_dump_json()
    copied = found.model_copy(update={"web_port": 8123})
    variables = settings_variables(copied)
    assert (variables["DARKROOM_MAIL_PASSWORD"], variables["DARKROOM_MONGO_URI"]) == (
        f"file:{tmp_path}/mail",
        "env:MAIL_URI",
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("file:/nowhere/at/all", "the file /nowhere/at/all, which cannot be read: No such file or directory"),
        ("env:NOT_THERE", "the variable NOT_THERE, which is not set"),
        ("file:{folder}/empty", "which holds nothing"),
        ("file:{folder}/binary", "which is no text"),
    ],
)
def test_a_reference_to_nothing_is_named_and_never_taken_for_the_secret(tmp_path, value, words):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(Error) as caught:
        Settings.load(mail_password=value.format(folder=tmp_path))
    assert caught.value.code == "invalid_setting"
    assert caught.value.cause.startswith("DARKROOM_MAIL_PASSWORD: refers to ")
    assert words in caught.value.cause


def running(settings: Settings, **changes) -> RuntimeInfo:
    values = {
        "pid": os.getpid(), "started_at": STARTED, "ready": True, "mongo_uri": "mongodb://x", "web_url": "http://x",
        "dagster_url": "http://x", "settings": fingerprints(settings, STARTED),
    }  # fmt: skip
    return RuntimeInfo(**values | changes)


def test_what_runs_with_other_settings_is_told_and_no_secret_is(settings):
    info = running(settings.model_copy(update={"workers": 2}))
    assert "hunter2" not in info.model_dump_json()
    assert list(drift(info, settings.model_copy(update={"workers": 2, "web_port": 1, "samples": True}))) == []
    changed = Settings(home=settings.home, workers=4, mail_password="hunter2", signup_role="viewer", samples=False)
    assert dict(drift(info, changed)) == {
        "workers": "2 there, 4 here", "mail_password": "another secret", "signup_role": "not set there, viewer here"
    }  # fmt: skip
    same = running(changed)
    assert "hunter2" not in same.model_dump_json()
    assert list(drift(same, changed)) == []
    assert dict(drift(same, changed.model_copy(update={"mail_password": Settings(mail_password="x").mail_password})))


def findings(settings: Settings) -> dict[str, tuple[str, str]]:
    return {one.name: (one.state, one.words) for one in settings_findings(settings)}


def test_doctor_names_what_has_no_effect_and_what_others_can_read(settings, tmp_path, monkeypatch):
    assert findings(settings) == {
        "settings": ("ok", "every DARKROOM_ variable is a setting"),
        "secrets": ("ok", "none set; nobody else can read them"),
        "running settings": ("ok", "nothing runs on this home"),
    }
    monkeypatch.setenv("DARKROOM_WORKER", "3")
    monkeypatch.setitem(Settings.model_config, "env_file", str(tmp_path / ".env"))
    (tmp_path / ".env").write_text("DARKROOM_MAIL_PASSWORD=hunter2\nexport DARKROOM_QQ=1\nOTHER=1\n")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "token").write_text("dr_x")
    (tmp_path / "token").chmod(0o644)
    loaded = Settings.load(home=settings.home, token=f"file:{tmp_path}/token")
    found = findings(loaded)
    assert found["settings"] == (
        "warning",
        "without any effect: DARKROOM_QQ, DARKROOM_WORKER (is DARKROOM_WORKERS meant?)",
    )
    assert found["secrets"] == (
        "warning", f"others can read {tmp_path}/token (DARKROOM_TOKEN), {tmp_path}/.env (DARKROOM_MAIL_PASSWORD)"
    )  # fmt: skip
    for name in (".env", "token"):
        (tmp_path / name).chmod(0o600)
    assert findings(loaded)["secrets"] == ("ok", "2 set, 1 of them by file; nobody else can read them")


def test_doctor_tells_when_another_version_or_other_settings_run(settings):
    write_runtime(settings, running(settings.model_copy(update={"max_frames": 7}), version="0.0.1"))
    state, words = findings(settings)["running settings"]
    assert state == "warning"
    assert words.startswith("other than now: version 0.0.1 runs, ")
    assert words.endswith(" is installed, DARKROOM_MAX_FRAMES (7 there, 5000 here)")


def test_commands_take_the_ports_on_which_a_home_really_listens(tmp_path, monkeypatch):
    monkeypatch.delenv("DARKROOM_HOME", raising=False)
    plain = running_settings(tmp_path)
    assert (plain.web_port, plain.dagster_port) == (8000, 3000)
    told = {"web_url": "http://localhost:8123", "dagster_url": "http://localhost:3123"}
    write_runtime(plain, running(plain, **told))
    found = running_settings(tmp_path)
    assert (found.web_port, found.dagster_port) == (8123, 3123)
    assert found.web_url == "http://localhost:8123"
    write_runtime(plain, running(plain))  # addresses without a port say nothing
    assert running_settings(tmp_path).web_port == 8000


def test_only_a_tiff_may_be_larger_than_other_files():
    settings = Settings(max_file_bytes=10, max_streamed_bytes=50)
    assert [settings.most_bytes(name) for name in ("a.jpg", "a.TIF", "a.tiff")] == [10, 50, 50]
    assert Settings(max_file_bytes=60, max_streamed_bytes=50).most_bytes("a.tif") == 60
