from __future__ import annotations

import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from darkroom.imaging import native
from darkroom.imaging.limits import Limits
from darkroom.imaging.pool import IngestPool, Job, Outcome
from tests.outcomes import MemoryWatch
from tests.sinks import FolderSink, FullSink, NoSink, TrapSink


def picture(folder: Path, name: str, size: int = 400) -> Path:
    rng = np.random.default_rng(abs(hash(name)) % 2**32)
    image = Image.fromarray(rng.integers(0, 255, (size, size, 3), np.uint8))
    path = folder / name
    image.save(path)
    return path


def pool(sink, **options) -> IngestPool:
    return IngestPool(Limits(), **{"workers": 2, "memory_mb": 512, "timeout": 20.0, "sink": sink, **options})


def run(found: IngestPool, paths: list[Path]) -> dict[str, Outcome]:
    jobs = (Job(number, path, path.name) for number, path in enumerate(paths))
    return {paths[outcome.index].name: outcome for outcome in found.run(jobs)}


@pytest.fixture
def mixed(tmp_path) -> list[Path]:
    paths = [
        picture(tmp_path, f"{number}.{kind}")
        for number, kind in enumerate(["jpg", "png", "webp", "tiff", "gif", "bmp", "avif"])
    ]
    (tmp_path / "notes.txt").write_text("no picture")
    return [*paths, tmp_path / "notes.txt", tmp_path / "gone.jpg"]


@pytest.mark.parametrize("isolate_all", [False, True])
def test_every_job_has_one_outcome_and_its_bytes_are_stored(tmp_path, mixed, isolate_all):
    store = tmp_path / "store"
    store.mkdir()
    with pool(FolderSink(store), isolate_all=isolate_all) as found:
        outcomes = run(found, mixed)
    assert len(outcomes) == len(mixed)
    assert outcomes["notes.txt"].error.code == "image_not_an_image"
    assert outcomes["gone.jpg"].error.code == "source_missing"
    for path in mixed[:7]:
        result = outcomes[path.name].picture
        assert (store / f"originals-{result.sha256}").read_bytes() == path.read_bytes()
        for rendition in result.renditions:
            data = (store / f"renditions-{rendition.address}").read_bytes()
            assert Image.open(BytesIO(data)).size == (rendition.width, rendition.height)


def test_a_crash_a_hang_and_a_glutton_cost_one_picture_each(tmp_path):
    paths = [picture(tmp_path, f"{number}.png", 300 + number) for number in range(9)]
    sizes = [path.stat().st_size for path in paths]
    sink = TrapSink(crash_at=sizes[2], hang_at=sizes[4], devour_at=sizes[6])
    with pool(sink, isolate_all=True, timeout=10.0) as found:
        outcomes = run(found, paths)
    codes = {name: outcome.error.code for name, outcome in outcomes.items() if outcome.error}
    assert codes == {"2.png": "decoder_crashed", "4.png": "image_timeout", "6.png": "image_out_of_memory"}
    assert "SIGSEGV" in outcomes["2.png"].error.cause
    assert sum(outcome.picture is not None for outcome in outcomes.values()) == 6


def test_decoders_that_are_killed_from_outside_cost_the_picture_they_had_and_none_while_they_start(tmp_path):
    paths = [picture(tmp_path, f"{number}.gif", 60 + number) for number in range(40)]
    before, killed = decoders(), set[int]()
    done = threading.Event()

    def kill(when: float) -> None:
        """End one that is so many seconds old."""
        while not done.wait(0.005):
            for one in decoders() - before:
                if one.pid not in killed and time.time() - one.create_time() >= when:
                    killed.add(one.pid)
                    one.kill()
                    return

    killers = [threading.Thread(target=kill, args=(when,)) for when in (0.0, 0.1)]
    for killer in killers:
        killer.start()
    with pool(NoSink()) as found:
        outcomes = run(found, paths)
    done.set()
    for killer in killers:
        killer.join()
    assert len(killed) == 2
    assert len(outcomes) == len(paths)
    assert [outcome.error.code for outcome in outcomes.values() if outcome.error] == []


def test_a_decoder_that_was_killed_while_it_waited_costs_no_picture(tmp_path):
    before = decoders()
    with pool(NoSink(), workers=1) as found:
        assert run(found, [picture(tmp_path, "first.gif", 50)])["first.gif"].error is None
        for one in decoders() - before:
            one.kill()
            one.wait(5)
        assert run(found, [picture(tmp_path, "second.gif", 50)])["second.gif"].error is None


def decoders() -> set[psutil.Process]:
    """Decoder processes of this process, those of other tests that keep a pool among them."""
    return {one for one in psutil.Process().children() if "darkroom.imaging.worker" in " ".join(command(one))}


def command(process: psutil.Process) -> list[str]:
    """The command line of a process; nothing of one that has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_no_process_is_left_behind(tmp_path, mixed):
    before = decoders()
    with pool(NoSink(), isolate_all=True) as found:
        run(found, mixed)
        assert 1 <= len(decoders() - before) <= 2
    assert decoders() <= before


def test_storage_errors_are_outcomes(tmp_path):
    path = picture(tmp_path, "a.jpg")
    with pool(FullSink()) as found:
        outcome = run(found, [path])["a.jpg"]
    assert outcome.picture is None
    assert outcome.error.code in {"storage_io", "storage_full"}


def test_jobs_are_taken_only_when_a_worker_is_free(tmp_path):
    path = picture(tmp_path, "a.jpg")
    taken = 0
    lock = threading.Lock()

    def jobs():
        nonlocal taken
        for number in range(5_000):
            with lock:
                taken += 1
            yield Job(number, path, "a.jpg")

    with pool(NoSink()) as found:
        outcomes = found.run(jobs())
        first = next(outcomes)
        outcomes.close()
    assert first.error is None
    assert taken < 500


def test_an_error_in_the_jobs_reaches_the_caller(tmp_path):
    def jobs():
        yield Job(0, picture(tmp_path, "a.jpg"), "a.jpg")
        raise LookupError("manifest")

    with pool(NoSink()) as found, pytest.raises(LookupError, match="manifest"):
        list(found.run(jobs()))


@pytest.mark.slow
def test_memory_stays_bounded_with_a_giant_among_the_others(tmp_path):
    giant = tmp_path / "giant.jpg"
    rng = np.random.default_rng(5)
    tile = np.repeat(np.repeat(rng.integers(0, 255, (500, 625, 3), np.uint8), 25, axis=0), 25, axis=1)
    Image.fromarray(tile).save(giant, quality=60)
    del tile
    paths = [picture(tmp_path, f"{number}.jpg", 800) for number in range(12)]
    with MemoryWatch() as memory, pool(NoSink(), timeout=120.0) as found:
        outcomes = run(found, [*paths[:6], giant, *paths[6:]])
    assert (outcomes["giant.jpg"].picture.width, outcomes["giant.jpg"].picture.height) == (15625, 12500)
    assert all(outcome.error is None for outcome in outcomes.values())
    assert memory.most < 900


def giant(folder: Path, name: str) -> Path:
    """Nine megapixels in a PNG that has to be held whole: it needs more than an eighth of 512 MB."""
    image = Image.fromarray(np.tile(np.arange(250, dtype=np.uint8), (3_000, 12))).convert("RGB")
    vips = native.pyvips().Image.new_from_array(np.asarray(image))
    path = folder / name
    vips.write_to_file(str(path), interlace=True, compression=1)
    return path


@pytest.mark.parametrize("isolate_all", [False, True])
def test_small_pictures_do_not_wait_behind_giants(tmp_path, isolate_all):
    first = [giant(tmp_path, "giant.png")] * 4
    paths = [*first, *(picture(tmp_path, f"{number}.jpg", 300) for number in range(12))]
    jobs = (Job(number, path, path.name) for number, path in enumerate(paths))
    with pool(NoSink(), isolate_all=isolate_all) as found:
        outcomes = list(found.run(jobs))
    assert all(outcome.error is None for outcome in outcomes)
    order = [outcome.index < len(first) for outcome in outcomes]
    assert len(order) == len(paths)
    assert sum(order[: order.index(False) + 12]) <= 2, "giants were done first"


def test_giants_that_wait_are_dropped_with_the_rest(tmp_path):
    paths = [giant(tmp_path, "giant.png")] * 3 + [picture(tmp_path, "a.jpg")] * 30
    with pool(NoSink()) as found:
        outcomes = found.run(Job(number, path, path.name) for number, path in enumerate(paths))
        next(outcomes)
        outcomes.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("picture-")]


WATCHED = """
import sys
from darkroom.imaging import codecs, native
from darkroom.memory import peak_bytes
native.pyvips(), native.cv2()
before = peak_bytes()
data = open(sys.argv[1], "rb").read()
header = codecs.probe(data, "wide")
codecs.decode(data, header, 1024, "wide")
print(header.memory_mb, (peak_bytes() - before) / 1e6)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide.png", {"compression": 1, "filter": "up"}),
        ("wide.tif", {"tile": True, "compression": "lzw"}),
        ("wide.tif", {"compression": "lzw"}),
        ("held.png", {"compression": 1, "interlace": True}),
    ],
)
def test_what_a_header_predicts_is_what_a_large_picture_takes(tmp_path, name, options):
    wave = native.pyvips().Image.sines(1_000, 1_000, hfreq=7, vfreq=11)
    grey = ((wave + 1) * 120).cast("uchar").copy_memory()
    path = tmp_path / name
    grey.replicate(12, 8).bandjoin([grey.replicate(12, 8), grey.replicate(12, 8)]).copy(
        interpretation="srgb"
    ).write_to_file(str(path), **options)
    done = subprocess.run([sys.executable, "-c", WATCHED, str(path)], capture_output=True, text=True, check=True)
    predicted, took = map(float, done.stdout.split())
    assert took < predicted < max(3 * took, took + 60)
