"""Plug-ins: what is asked of them before they are let in, what they may do then, and that none takes anything else down."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.registry import Registry, load_installed
from darkroom.imaging.plugins import sandbox
from darkroom.imaging.plugins.check import problems, read, write
from darkroom.imaging.plugins.manifest import FILE, Manifest, read_manifest
from darkroom.imaging.plugins.process import PluginLane
from darkroom.imaging.plugins.sandbox import enforced
from darkroom.imaging.plugins.shelf import Shelf
from darkroom.imaging.plugins.template import begin

MANIFEST = """
name = "rogue"
version = "1.0"
summary = "Tries what it may not"
licence = "MIT"
module = "rogue_plugin"
[limits]
memory_mb = 128
seconds = 60
{permissions}
[operations.act]
version = 3
summary = "Do something."
category = "effects"
[operations.act.parameters.what]
type = "text"
default = ""
help = "What to do"
[operations.act.parameters.other]
type = "picture"
default = ""
help = "Another picture"
[operations.double]
version = 1
summary = "Make a picture twice as large."
category = "geometry"
scale = 2
"""
CODE = """
import ctypes, os, pathlib, socket, subprocess, sys, threading, time
import numpy as np

def act(image, params, context):
    kind, _, rest = params.what.partition(":")
    if kind == "connect":
        socket.create_connection(("127.0.0.1", int(rest)), 2)
    if kind == "read":
        open(rest).read()
    if kind == "write":
        open(rest, "w").write("here")
    if kind == "truncate":
        os.truncate(rest, 0)
    if kind == "empty":
        os.close(os.open(rest, os.O_RDONLY | os.O_TRUNC))
    if kind == "chmod":
        os.chmod(rest, 0o777)
    if kind == "chown":
        os.chown(rest, os.getuid(), os.getgid())
    if kind == "utime":
        os.utime(rest, (1, 1))
    if kind == "xattr":
        os.setxattr(rest, "user.rogue", b"here")
    if kind == "run":
        subprocess.run(["/bin/true"], check=True)
    if kind == "fork":
        os.fork() or os._exit(0)
    if kind == "kill":
        os.kill(int(rest), 0)
    if kind == "limits":
        import resource
        resource.prlimit(int(rest), resource.RLIMIT_NOFILE, (10, 10))
    if kind == "thread":
        done = []
        one = threading.Thread(target=lambda: done.append(1)); one.start(); one.join()
        assert done
    if kind == "crash":
        ctypes.string_at(0)
    if kind == "hang":
        time.sleep(60)
    if kind == "eat":
        np.ones(600_000_000, np.uint8)
    if kind == "less":
        return image[:-1]
    if kind == "other":
        return np.full_like(image, int(context.pictures[params.other].mean()))
    if kind == "told":
        raise ValueError(" ".join(sorted(os.environ)) + " / " + " ".join(one for one in sys.modules if "darkroom" in one))
    return image

def double(image, params, context):
    return image.repeat(2, 0).repeat(2, 1)
"""
PICTURE = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)


def rogue(folder: Path, permissions: str = "") -> Path:
    """A plug-in that does what it is told."""
    folder.mkdir(parents=True)
    (folder / FILE).write_text(MANIFEST.format(permissions=permissions))
    (folder / "rogue_plugin.py").write_text(CODE)
    for name, made in (("act", PICTURE), ("double", PICTURE.repeat(2, 0).repeat(2, 1))):
        write(folder / "golden" / name / "plain" / "given.png", PICTURE)
        write(folder / "golden" / name / "plain" / "made.png", made)
    return folder


def everything(manifest: Manifest, needed: tuple[str, ...]) -> tuple[str, ...]:
    return needed


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """With the rogue installed, which was granted nothing that the system can refuse it."""
    found = Shelf(tmp_path_factory.mktemp("plugins"))
    found.install(rogue(tmp_path_factory.mktemp("source") / "rogue"), everything)
    return found


@pytest.fixture(scope="module")
def registry(shelf: Shelf) -> Iterator[Registry]:
    found = Registry()
    lanes = load_installed(found, shelf)
    assert found.broken == []
    yield found
    for lane in lanes:
        lane.close()


@pytest.fixture(scope="module")
def act(registry: Registry) -> Callable[..., np.ndarray]:
    operation = registry.get("rogue/act")

    def run(what: str, array: np.ndarray = PICTURE, **pictures: np.ndarray) -> np.ndarray:
        params = {"what": what, "other": next(iter(pictures), "")}
        context = Context(pictures={name: Raster(one) for name, one in pictures.items()})
        return operation.apply(Raster(array), operation.parse(params), context).array

    return run


def held(what: str) -> None:
    if not enforced()[what]:
        pytest.skip(f"this system cannot enforce {what}")


def test_an_operation_is_declared_by_the_manifest_and_done_elsewhere(
    registry: Registry, act: Callable[..., np.ndarray]
):
    operation = registry.get("rogue/act")
    assert (operation.id, operation.category, operation.summary) == ("rogue/act@3", "effects", "Do something.")
    assert operation.schema()["properties"]["other"]["ui"] == "picture"
    assert operation.references(operation.parse({"other": "x"})) == [("picture", "x")]
    for depth in (np.uint8, np.uint16, np.float32):
        assert np.array_equal(act("", PICTURE.astype(depth)), PICTURE.astype(depth))
    assert act("other", x=np.full((2, 2, 1), 7, np.uint8)).tolist() == np.full_like(PICTURE, 7).tolist()
    act("thread")
    double = registry.get("rogue/double")
    shape = double.shape(Raster(PICTURE).shape, double.parse({}))
    assert (shape.width, shape.height) == (10, 8)
    assert double.apply(Raster(PICTURE), double.parse({})).shape == shape
    with pytest.raises(Error, match=r"rogue/act: where is unknown"):
        operation.parse({"where": 1})


@pytest.mark.parametrize("what", ["run", "fork"])
def test_no_process_is_started(act: Callable[..., np.ndarray], what: str):
    held("processes")
    with pytest.raises(Error, match=r"rogue/act broke: PermissionError"):
        act(what)


def test_nothing_is_connected_to(act: Callable[..., np.ndarray]):
    held("network")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with pytest.raises(Error, match=r"broke: PermissionError"):
            act(f"connect:{listening.getsockname()[1]}")


@pytest.mark.parametrize("what", ["kill", "limits"])
def test_no_other_process_is_reached(act: Callable[..., np.ndarray], what: str):
    held("processes")
    with pytest.raises(Error, match=r"broke: PermissionError"):
        act(f"{what}:{os.getpid()}")


def test_no_file_is_read_or_written(act: Callable[..., np.ndarray], tmp_path: Path):
    held("files")
    secret = tmp_path / "secret"
    secret.write_text("here")
    for what in (f"read:{secret}", f"write:{tmp_path / 'made'}", "read:/etc/passwd", "read:/proc/1/environ"):
        with pytest.raises(Error, match=r"broke: PermissionError"):
            act(what)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("what", ["truncate", "empty", "chmod", "chown", "utime", "xattr"])
def test_no_file_is_changed_without_being_written(act: Callable[..., np.ndarray], tmp_path: Path, what: str):
    """Landlock alone lets all but the first two through, and early ones those too."""
    held("files")
    original = tmp_path / "original"
    original.write_text("here")
    before = original.stat()
    with pytest.raises(Error, match=r"broke: PermissionError"):
        act(f"{what}:{original}")
    assert original.read_text() == "here"
    after = original.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


@pytest.mark.parametrize("version", [1, None])
def test_what_may_be_read_is_not_emptied_whatever_the_kernel_knows(tmp_path: Path, version: int | None):
    """A process of its own, for what is given up is given up; `version` is the oldest Landlock, or that of this kernel."""
    held("files")
    original = tmp_path / "original"
    original.write_text("here")
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(sandbox.__file__).parent)!r})
import sandbox
if {version}:
    sandbox._landlock = lambda: {version}
sandbox.confine(readable=[{str(tmp_path)!r}], network=False, processes=False, gpu=False, memory_mb=100)
print(open({str(original)!r}).read(), end="")
try:
    os.open({str(original)!r}, os.O_RDONLY | os.O_TRUNC)
except PermissionError:
    print(" to stay", end="")
"""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout == "here to stay"
    assert original.read_text() == "here"


def test_nothing_of_who_runs_it_is_seen(act: Callable[..., np.ndarray], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DARKROOM_SECRET", "x")
    with pytest.raises(Error) as caught:
        act("told")
    assert "PATH" in caught.value.cause
    assert "darkroom" not in caught.value.cause.lower()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("crash", "ended its process"), ("less", r"gave uint8 of \[3, 5, 3\], not uint8 of \[4, 5, 3\]"),
        ("eat", "needs more memory|MemoryError|ended its process"),
    ],
)  # fmt: skip
def test_what_goes_wrong_costs_one_picture(act: Callable[..., np.ndarray], what: str, words: str):
    if what == "eat":
        held("memory")
    with pytest.raises(Error, match=words) as caught:
        act(what)
    assert caught.value.code == "operation_failed"
    assert np.array_equal(act(""), PICTURE)


def test_what_takes_too_long_is_ended(shelf: Shelf):
    manifest = shelf.get("rogue").manifest
    hasty = manifest.model_copy(update={"limits": manifest.limits.model_copy(update={"seconds": 0.5})})
    lane = PluginLane(shelf.place("rogue"), hasty)
    with pytest.raises(Error, match=r"rogue/act was not done within 0\.5 s"):
        lane.paint("act", Raster(PICTURE), {"what": "hang", "other": ""}, Context())
    lane.close()


def test_what_is_granted_may_be_done_and_what_is_not_is_not_installed(tmp_path: Path):
    allowed = tmp_path / "weights"
    allowed.write_text("here")
    source = rogue(tmp_path / "rogue", f'[permissions]\nprocesses = true\nnetwork = true\nread = ["{allowed}"]')
    shelf = Shelf(tmp_path / "plugins")
    with pytest.raises(Error, match=r"needs network, processes, read:.*weights") as caught:
        shelf.install(source, lambda manifest, needed: ())
    assert caught.value.code == "forbidden"
    assert "--grant network" in caught.value.remedy
    assert shelf.names() == []
    shelf.install(source, everything)
    found = Registry()
    lanes = load_installed(found, shelf)
    operation = found.get("rogue/act")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        for what in ("run", f"read:{allowed}", f"connect:{listening.getsockname()[1]}"):
            operation.apply(Raster(PICTURE), operation.parse({"what": what}))
    for lane in lanes:
        lane.close()


def test_what_begins_passes_its_check_and_may_come_packed(tmp_path: Path):
    begin(tmp_path / "acme", "acme")
    with pytest.raises(Error, match="not empty"):
        begin(tmp_path / "acme", "acme")
    with zipfile.ZipFile(tmp_path / "acme.zip", "w") as packed:
        for path in (tmp_path / "acme").rglob("*"):
            packed.write(path, path.relative_to(tmp_path))
    with zipfile.ZipFile(tmp_path / "acme.whl", "w") as packed:
        for path in (tmp_path / "acme").rglob("*"):
            packed.write(path, path.relative_to(tmp_path / "acme"))
    shelf = Shelf(tmp_path / "plugins")
    before = shelf.stamp()
    made = shelf.install(tmp_path / "acme.whl", everything)
    assert (made.golden, shelf.names(), shelf.stamp() != before) == (1, ["acme"], True)
    manifest = tmp_path / "acme" / FILE
    manifest.write_text(manifest.read_text().replace("towards", "to"))
    with pytest.raises(Error, match=r"acme 0\.1\.0 is installed with other files"):
        shelf.install(tmp_path / "acme", everything)
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.2.0"))
    shelf.switch("acme", on=False)
    assert shelf.install(tmp_path / "acme", everything).manifest.version == "0.2.0"
    assert not shelf.enabled("acme")
    shelf.remove("acme")
    assert shelf.names() == []
    with pytest.raises(Error, match="There is no plug-in acme"):
        shelf.get("acme")


def test_what_is_packed_stays_in_its_folder(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "acme.zip", "w") as packed:
        packed.writestr(FILE, MANIFEST.format(permissions=""))
        packed.writestr("../outside.py", "x")
    with pytest.raises(Error, match=r"\.\./outside\.py would lie outside"):
        Shelf(tmp_path / "plugins").install(tmp_path / "acme.zip", everything)
    assert list(tmp_path.rglob("outside.py")) == []


def test_golden_pictures_are_asked_for_and_compared(shelf: Shelf, tmp_path: Path):
    folder = tmp_path / "rogue"
    shutil.copytree(shelf.place("rogue"), folder, symlinks=True)
    golden = folder / "code" / "golden"
    write(golden / "act" / "plain" / "made.png", PICTURE // 2)
    shutil.rmtree(golden / "double")
    manifest = read_manifest(folder / "code")
    wrong = problems(folder, manifest).wrong
    assert [one.split(";")[0] for one in wrong] == [
        "golden/act/plain differs by 15.00 of 255 on average", "double has no golden picture in golden/double.",
    ]  # fmt: skip
    assert len(problems(folder, manifest, update=True).wrong) == 1
    assert np.array_equal(read(golden / "act" / "plain" / "made.png"), PICTURE)
    (golden / "act" / "plain" / "params.json").write_text(json.dumps({"what": "less"}))
    assert "gave uint8" in problems(folder, manifest).wrong[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("name = ", "called = "), "name: Field required"), (('version = "1.0"', 'version = "one"'), "version: String should match"),
        (('category = "effects"', 'category = "magic"'), r"operations\.act\.category"),
        (('type = "text"\ndefault = ""', 'type = "number"\nleast = 1\ndefault = 0'), r"act\.what: the default does not fit"),
        (("[limits]", '[permissions]\nread = ["weights"]\n[limits]'), "read takes absolute paths"), (("[limits]", "[limits"), FILE),
    ],
)  # fmt: skip
def test_a_manifest_that_is_wrong_is_refused(tmp_path: Path, change: tuple[str, str], words: str):
    (tmp_path / FILE).write_text(MANIFEST.format(permissions="").replace(*change, 1))
    with pytest.raises(Error, match=words) as caught:
        read_manifest(tmp_path)
    assert caught.value.code == "plugin_invalid"


def test_a_plugin_that_cannot_be_loaded_is_skipped_and_named(shelf: Shelf, tmp_path: Path):
    folder = tmp_path / "plugins"
    shutil.copytree(shelf.folder, folder, symlinks=True)
    (folder / "rogue" / "plugin.json").write_text("{}")
    found = Registry()
    assert load_installed(found, Shelf(folder)) == []
    assert [(one.name, "damaged" in one.cause) for one in found.broken] == [("rogue", True)]
    (shelf.place("rogue") / "code" / "rogue_plugin.py").exists()
    lane = PluginLane(tmp_path / "nothing", shelf.get("rogue").manifest)
    with pytest.raises((Error, OSError)):
        lane.paint("act", Raster(PICTURE), {"what": "", "other": ""}, Context())
    lane.close()
