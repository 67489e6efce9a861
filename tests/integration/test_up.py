"""`darkroom up` for real: mongod, Dagster and the web app in a home of their own."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from darkroom.supervisor import run_socket
from darkroom.supervisor.process import marked, sweep
from tests.pictures import jpeg
from tests.running import Stack
from tests.shapes import draw_shapes
from tests.tiny import TINY

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

STARTER = ["run-starter"] if run_socket.SUPPORTED else []
SERVICES = ["mongod", "code-server", *STARTER, "dagster-daemon", "dagster-web", "web"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running Darkroom, shared by this module."""
    stack = Stack(tmp_path_factory.mktemp("stack") / "home")
    stack.up("--no-samples")
    yield stack
    stack.down()
    assert marked(stack.home) == []


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.3)


def restarted(stack: Stack, name: str, before: int) -> bool:
    """Whether a service runs again after one more death."""
    service = stack.service(name)
    return service["state"] == "ready" and service["restarts"] == before + 1


def kill_and_wait(stack: Stack, name: str) -> None:
    """End a service with kill -9, and wait until it is back."""
    before = stack.service(name)
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: restarted(stack, name, before["restarts"]))


def test_status_tells_programs_and_people_that_all_is_ready(stack: Stack):
    status = stack.status()
    assert status["ready"] is True
    assert [(service["name"], service["state"]) for service in status["services"]] == [
        (name, "ready") for name in SERVICES
    ]
    assert all(service["pid"] for service in status["services"])
    assert (status["web_url"], status["dagster_url"]) == (stack.web_url, f"http://localhost:{stack.dagster_port}")
    words = stack.run("status")
    assert words.returncode == 0
    assert "is ready" in words.stdout


def test_dagsters_pools_have_their_limits(stack: Stack):
    asked = "{ instance { concurrencyLimits { concurrencyKey slotCount } } }"
    answer = httpx.post(f"http://localhost:{stack.dagster_port}/graphql", json={"query": asked}, timeout=30).json()
    limits = {one["concurrencyKey"]: one["slotCount"] for one in answer["data"]["instance"]["concurrencyLimits"]}
    assert (limits["gpu"], limits["cpu"]) == (1, 2)


def test_both_addresses_answer_and_only_on_loopback(stack: Stack):
    assert httpx.get(f"{stack.web_url}/api/v1/health", timeout=30).json()["status"] == "ok"
    assert "text/html" in httpx.get(stack.web_url, timeout=30).headers["content-type"]
    assert httpx.get(f"http://localhost:{stack.dagster_port}/server_info", timeout=30).status_code == 200
    outside = socket.gethostbyname(socket.gethostname())
    if not outside.startswith("127."):
        for service in stack.status()["services"]:
            if service["port"]:
                with socket.socket() as probe:
                    assert probe.connect_ex((outside, service["port"])) != 0


def test_a_second_start_on_the_same_home_is_refused(stack: Stack):
    for arguments in (["up"], ["up", "--detach"]):
        second = stack.run(*arguments)
        assert second.returncode == 1
        assert second.stderr.splitlines() == [
            f"A Darkroom is running on {stack.home} already.",
            "What to do: Use `darkroom status`, or stop it with `darkroom down`.",
        ]
    assert stack.status()["ready"] is True


def test_a_port_in_use_is_named_with_its_holder(stack: Stack, tmp_path: Path):
    other = Stack(tmp_path / "home", web_port=stack.web_port)
    refused = other.run("up")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {stack.web_port} for the web app is taken by ")
    assert "--web-port" in refused.stderr
    assert marked(other.home) == []


def test_files_on_the_command_line_reach_the_library(stack: Stack, tmp_path: Path):
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(seed=number))
    (tmp_path / "notes.jpg").write_text("not a picture")
    done = stack.run("ingest", str(tmp_path), "--tag", "first", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    (batch,) = json.loads(done.stdout)["batches"]
    assert {key: batch[key] for key in ("state", "total", "added", "failed")} == {
        "state": "done",
        "total": 4,
        "added": 3,
        "failed": 1,
    }
    items = httpx.get(f"{stack.web_url}/api/v1/images", params={"tag": "first"}, timeout=30).json()["items"]
    assert sorted(item["name"] for item in items) == ["0.jpg", "1.jpg", "2.jpg"]
    assert (tmp_path / "0.jpg").exists()
    # Other tests of the stack may have left entries of their own.
    failures = json.loads(stack.run("failures", "--json").stdout)["items"]
    (failure,) = [one for one in failures if one["key"].endswith("/notes.jpg")]
    assert failure["code"] == "image_not_an_image"
    assert stack.run("failures", "dismiss", failure["id"]).stdout == "1 entry dismissed.\n"
    assert "notes.jpg" not in stack.run("failures").stdout


@pytest.mark.kill
@pytest.mark.parametrize("name", ["web", "mongod", "code-server", *STARTER, "dagster-daemon"])
def test_a_killed_service_comes_back_and_everything_works_again(stack: Stack, name: str, tmp_path: Path):
    kill_and_wait(stack, name)
    picture = tmp_path / f"after-{name}.jpg"
    picture.write_bytes(jpeg(seed=100 + SERVICES.index(name)))
    done = stack.run("ingest", str(picture), "--wait", "--json")
    (batch,) = json.loads(done.stdout)["batches"]
    assert batch["added"] == 1


def upload(stack: Stack, files: dict[str, bytes], tag: str) -> str:
    """Upload files and return the batch that was promised for them."""
    parts = [("files", (name, data)) for name, data in files.items()]
    answer = httpx.post(f"{stack.web_url}/api/v1/images", files=parts, data={"tags": tag}, timeout=60)
    assert answer.status_code == 202
    return str(answer.json()["batch"]["id"])


@contextmanager
def half_an_upload(stack: Stack, whole: bytes) -> Iterator[Path]:
    """An upload under way, of one file that is there already and one that never ends; gives the folder it goes to."""
    begin = b'--B\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n'
    body = begin % b"broken-whole.jpg" + whole + b"\r\n" + begin % b"broken-half.jpg" + whole[:-200] + bytes(3_000_000)
    head = (
        f"POST /api/v1/images HTTP/1.1\r\nHost: localhost:{stack.web_port}\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 9000000\r\n\r\n"
    )
    before = set((stack.home / "uploads").iterdir())
    with socket.create_connection(("localhost", stack.web_port)) as connection:
        connection.sendall(head.encode() + body)
        wait_until(lambda: kept_of(stack, before) == whole)
        (folder,) = {path.parent for path in (stack.home / "uploads").glob("*/.uploading")} - before
        yield folder


def kept_of(stack: Stack, before: set[Path]) -> bytes:
    """What is there of the first file of the upload under way."""
    begun = {path.parent for path in (stack.home / "uploads").glob("*/.uploading")} - before
    found = [folder / "broken-whole.jpg" for folder in begun]
    return b"".join(path.read_bytes() for path in found if path.exists())


def get(stack: Stack, path: str, **params: str) -> httpx.Response:
    """Ask the API."""
    return httpx.get(f"{stack.web_url}/api/v1/{path}", params=params, timeout=30)


@pytest.mark.kill
def test_the_web_server_dies_with_uploads_acknowledged_and_one_in_the_middle(stack: Stack):
    files = {f"kept-{number}.jpg": jpeg(seed=200 + number) for number in range(12)}
    names = list(files)
    parts = [{name: files[name] for name in names[at : at + 4]} for at in (0, 4, 8)]
    before = stack.service("web")
    # The workers too, all at once: one that outlived its parent for a moment could still tidy up.
    server = psutil.Process(before["pid"])
    processes = [server, *server.children(recursive=True)]
    with half_an_upload(stack, jpeg(seed=300)) as broken:
        batches = [upload(stack, part, "acknowledged") for part in parts]
        for process in processes:
            process.kill()
        wait_until(lambda: restarted(stack, "web", before["restarts"]))
    wait_until(lambda: {get(stack, f"batches/{batch}").json()["state"] for batch in batches} == {"done"}, 180)
    for batch in batches:
        found = get(stack, f"batches/{batch}").json()
        assert [found[key] for key in ("total", "done", "added", "duplicates", "failed")] == [4, 4, 4, 0, 0]
    items = get(stack, "images", tag="acknowledged").json()["items"]
    assert {item["id"]: item["name"] for item in items} == {
        hashlib.sha256(data).hexdigest(): name for name, data in files.items()
    }
    assert len(items) == len(files)
    for item in items:
        (source,) = get(stack, f"images/{item['id']}").json()["lineage"]["sources"]
        assert (source["key"], source["batch"] in batches) == (item["name"], True)
    assert get(stack, "images", q="broken").json()["total"] == 0
    assert get(stack, f"batches/{broken.name}").status_code == 404
    assert [one for one in get(stack, "failures").json()["items"] if "broken-" in one["key"]] == []
    # What it left on the disk goes once it is certain that nobody works on it.
    assert sorted(path.name for path in broken.iterdir()) == [".uploading", "broken-whole.jpg"]
    long_ago = time.time() - 7 * 3600
    for path in (*broken.iterdir(), broken):
        os.utime(path, (long_ago, long_ago))
    kill_and_wait(stack, "web")
    wait_until(lambda: not broken.exists())
    assert get(stack, "images", tag="acknowledged").json()["total"] == 12


def test_logs_are_there_for_each_service(stack: Stack):
    for name in SERVICES:
        assert stack.run("logs", name, "-n", "5").returncode == 0
    missing = stack.run("logs", "nothing")
    assert missing.returncode == 1
    assert "Logs there are: code-server, dagster-daemon" in missing.stderr


def begin_a_run(stack: Stack, folder: Path, seed: int) -> None:
    """Have a run work on enough pictures to be in the middle of them."""
    folder.mkdir()
    for number in range(40):
        (folder / f"{seed}-{number}.jpg").write_bytes(jpeg(seed=seed + number, width=1600, height=1200))
    stack.run("ingest", str(folder))
    pid = stack.service("run-starter" if STARTER else "dagster-daemon")["pid"]
    wait_until(lambda: psutil.Process(pid).children() != [])


@pytest.mark.kill
def test_after_a_killed_supervisor_the_next_start_works_and_down_leaves_nothing(tmp_path: Path):
    stack = Stack(tmp_path / "home")
    try:
        stack.up("--no-samples")
        first = stack.status()["pid"]
        begin_a_run(stack, tmp_path / "first", seed=400)
        os.kill(first, signal.SIGKILL)
        stack.up("--no-samples")
        assert stack.status()["pid"] != first
        wait_until(lambda: get(stack, "images").json()["total"] == 40, 180)
        begin_a_run(stack, tmp_path / "second", seed=500)
        assert stack.down().startswith(f"Stopped Darkroom on {stack.home}")
        assert marked(stack.home) == []
        assert stack.run("status").returncode == 1
        assert stack.down() == f"Darkroom is not running on {stack.home}.\n"
    finally:
        sweep(stack.home, grace=0)


SETS = [part for name, value in TINY.items() if name != "budget_seconds" for part in ("--set", f"{name}={value}")]


def ask(stack: Stack, *arguments: str, code: int = 0) -> dict:
    done = stack.run(*arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_labelled_pictures_become_a_champion_by_two_commands(stack: Stack, tmp_path: Path):
    folder = draw_shapes(tmp_path / "shapes", {"train": 24, "validation": 8, "test": 8})
    (folder / "train" / "circle" / "broken.png").write_bytes(b"no picture at all")
    (folder / "train" / "circle" / "notes.txt").write_text("mine")
    made = ask(stack, "dataset", "import", str(folder), "--name", "shapes")
    assert (made["id"], made["total"]) == ("shapes@1", 120)
    assert made["counts"] == {"train": 72, "validation": 24, "test": 24}
    assert sorted(one["file"] for one in made["problems"]) == ["train/circle/broken.png", "train/circle/notes.txt"]
    told = ask(stack, "train", "--dataset", "shapes", "--budget", "none", "--estimate", *SETS, "--set", "epochs=25")
    assert 0 < told["low"] <= told["seconds"] <= told["high"]
    assert "about" in stack.run("train", "--dataset", "shapes", "--budget", "2m", "--estimate", *SETS).stdout
    found = ask(
        stack, "train", "--dataset", "shapes", "--budget", "none", "--wait", "--promote", *SETS, "--set", "epochs=25"
    )
    accuracy = found["metrics"]["accuracy"]
    assert (found["state"], found["model"], found["dataset"]) == ("done", "shapes@1", "shapes@1")
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert accuracy["value"] > 0.6, "three shapes by chance would be a third"
    report = ask(stack, "report", "show", found["report"])
    assert (report["report"]["checkpoint"], report["report"]["count"]) == (found["checkpoint"], 24)
    (model,) = ask(stack, "model", "list")["items"]
    assert (model["id"], model["aliases"]) == ("shapes", {"candidate": 1, "champion": 1})
    words = stack.run("report", "show", found["report"]).stdout
    assert f"accuracy {accuracy['value']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f})" in words
    assert "circle" in words
    page = tmp_path / "report.html"
    assert str(page) in stack.run("report", "export", found["report"], "--html", str(page)).stdout
    text = page.read_text()
    assert f"{accuracy['value']:.3f}" in text
    assert text.count("data:image/") == len(report["details"]["mistakes"])

    chosen = ask(stack, "model", "promote", "shapes@1", "--alias", "chosen", "--why", "a test")
    assert chosen["model"]["aliases"]["chosen"] == 1
    assert "square" in stack.run("dataset", "show", "shapes").stdout
    assert ask(stack, "dataset", "diff", "shapes@1", "shapes")["same"] == 120

    broken = stack.run("train", "--dataset", "shapes", "--estimate", "--set", "model=nothing")
    assert (broken.returncode, "there is no 'nothing' for classification" in broken.stderr) == (1, True)
    refused = stack.run("train", "--dataset", "shapes", "--wait", "--set", "model=nothing")
    assert (refused.returncode, "there is no 'nothing' for classification" in refused.stderr) == (1, True)
    unknown = stack.run("train", "--dataset", "elsewhere")
    assert unknown.returncode == 1
    assert "There is no dataset 'elsewhere'" in unknown.stderr
    assert "What to do:" in unknown.stderr
