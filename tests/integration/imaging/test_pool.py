from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

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
    with pool(sink, isolate_all=True, timeout=4.0) as found:
        outcomes = run(found, paths)
    codes = {name: outcome.error.code for name, outcome in outcomes.items() if outcome.error}
    assert codes == {"2.png": "decoder_crashed", "4.png": "image_timeout", "6.png": "image_out_of_memory"}
    assert "SIGSEGV" in outcomes["2.png"].error.cause
    assert sum(outcome.picture is not None for outcome in outcomes.values()) == 6


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
