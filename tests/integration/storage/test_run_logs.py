"""What runs print, kept in a bucket whose server checks signatures, and here while it cannot be reached."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from dagster._core.storage.compute_log_manager import ComputeIOType

from darkroom.cli.doctor import _run_logs
from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.supervisor.log_place import log_place
from darkroom.supervisor.plan import make_dagster_home
from resources.run_logs import BucketLogManager
from tests.object_servers import ObjectServer

KEY = ["run-1", "compute_logs", "step"]


@pytest.fixture
def credentials(rclone: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Dagster's processes get them."""
    secret = rclone.settings().storage_credentials
    assert secret is not None
    monkeypatch.setenv("BUCKET_KEYS", secret.get_secret_value())
    monkeypatch.setenv("DARKROOM_STORAGE_CREDENTIALS", "env:BUCKET_KEYS")


def printed(manager: BucketLogManager, words: str) -> None:
    with manager.capture_logs(KEY):
        # The file itself is captured, whatever stands in its place.
        os.write(sys.stderr.fileno(), words.encode())


def shown(manager: BucketLogManager) -> bytes | None:
    return manager.get_log_data_for_type(KEY, ComputeIOType.STDERR, 0, None)[0]


@pytest.mark.usefixtures("credentials")
def test_logs_are_shown_on_another_machine(rclone: ObjectServer, tmp_path: Path) -> None:
    place = rclone.url()
    printed(BucketLogManager(place, str(tmp_path / "one")), "what a step says")
    other = BucketLogManager(place, str(tmp_path / "two"))
    assert other.is_capture_complete(KEY)
    assert shown(other) == b"what a step says"
    other.delete_logs(log_key=KEY)
    assert not BucketLogManager(place, str(tmp_path / "three")).is_capture_complete(KEY)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("wrong", ["bucket", "server"])
def test_a_run_outlives_a_bucket_that_is_not_there(rclone: ObjectServer, tmp_path: Path, wrong: str) -> None:
    place = rclone.url()
    place = place.replace("//bucket/", "//none/") if wrong == "bucket" else "s3://bucket/a?endpoint=http://127.0.0.1:9"
    manager = BucketLogManager(place, str(tmp_path))
    printed(manager, "what a step says")
    assert manager.is_capture_complete(KEY)
    assert shown(manager) == b"what a step says"


def test_no_secret_stands_in_the_configuration_of_dagster(settings: Settings, rclone: ObjectServer) -> None:
    given = rclone.settings(settings, dagster_logs=rclone.url("logs"))
    given.dagster_home.mkdir(parents=True)
    make_dagster_home(given, 4711)
    written = (given.dagster_home / "dagster.yaml").read_text()
    assert "BucketLogManager" in written
    assert not any(value in written for value in rclone.credentials.values())
    make_dagster_home(settings, 4711)
    assert "compute_logs" not in (given.dagster_home / "dagster.yaml").read_text()


def test_the_doctor_says_whether_the_bucket_can_be_used(settings: Settings, rclone: ObjectServer) -> None:
    assert list(_run_logs(settings)) == []
    good = rclone.settings(settings, dagster_logs=rclone.url("logs"))
    (found,) = _run_logs(good)
    assert (found.state, found.words) == ("ok", f"kept in {log_place(good)}")
    (found,) = _run_logs(good.model_copy(update={"dagster_logs": rclone.url().replace("//bucket/", "//none/")}))
    assert (found.state, bool(found.remedy)) == ("failed", True)
    with pytest.raises(Error, match="DARKROOM_DAGSTER_LOGS: Dagster keeps logs in S3 alone"):
        log_place(settings.model_copy(update={"dagster_logs": "gs://bucket"}))
