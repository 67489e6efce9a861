"""Where learned models run, and what is free there; a management library of our own stands in for a GPU's."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from darkroom.imaging.compiled.build import compiler
from darkroom.imaging.operations import learned_place
from darkroom.imaging.operations.learned_model import load_model
from darkroom.imaging.operations.learned_place import PROCESSOR, Place, choose, gpu_free_bytes
from darkroom.imaging.operations.learned_write import box_blur

CUDA = "CUDAExecutionProvider"
# What `nvidia-smi` asks too: two devices, the second with more that is free.
LIBRARY = """
#include <string.h>
typedef struct { unsigned long long total, free, used; } memory;
static int devices[2] = {0, 1};
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { if (i > 1) return 2; *d = &devices[i]; return 0; }
int nvmlDeviceGetHandleByUUID(const char *u, void **d) { if (strcmp(u, "GPU-b")) return 2; *d = &devices[1]; return 0; }
int nvmlDeviceGetMemoryInfo(void *d, memory *m) { m->total = 8000; m->free = *(int *)d ? 7000 : 3000; m->used = 0; return 0; }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A management library for two devices."""
    command = compiler()
    if command is None:
        pytest.skip("there is no C compiler to make a library of two devices with")
    folder = tmp_path_factory.mktemp("nvml")
    (folder / "nvml.c").write_text(LIBRARY)
    made = folder / "libnvml.so"
    subprocess.run([command, "-shared", "-fPIC", "-o", str(made), str(folder / "nvml.c")], check=True)
    return str(made)


@pytest.mark.parametrize(
    ("visible", "free"),
    [(None, 3000), ("1", 7000), ("1,0", 7000), ("GPU-b", 7000), ("GPU-c", None), ("7", None), ("", None)],
)
def test_free_memory_is_that_of_the_first_device_that_may_be_used(
    library: str, visible: str | None, free: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu_free_bytes(library) == free


def test_a_machine_without_a_driver_has_no_gpu(tmp_path: Path) -> None:
    assert gpu_free_bytes(str(tmp_path / "libnvidia-ml.so.1")) is None


def test_a_gpu_is_taken_where_the_runtime_and_the_machine_have_one() -> None:
    assert choose([CUDA, PROCESSOR], lambda: None) == Place()
    assert choose([PROCESSOR], lambda: 10**10) == Place()
    gpu = choose([CUDA, PROCESSOR], lambda: 10**10)
    assert [one if isinstance(one, str) else one[0] for one in gpu.providers] == [CUDA, PROCESSOR]
    assert gpu.one_at_a_time
    assert gpu.free() == 10**10 - learned_place._CONTEXT_BYTES
    assert choose([CUDA], lambda: 5).free() == 0


def test_pictures_take_turns_on_a_gpu_and_nowhere_else() -> None:
    model = load_model(box_blur(3))
    picture = np.zeros((16, 16, 3), np.float32)
    inside, most = [0], [0]

    class Session:
        def run(self, *_: object) -> list[np.ndarray]:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.03)
            inside[0] -= 1
            return [picture.transpose(2, 0, 1)[None]]

    for turns, expected in ((True, 1), (False, 4)):
        most[0] = 0
        placed = replace(model, session=Session(), place=Place(one_at_a_time=turns))
        threads = [threading.Thread(target=placed.run, args=(picture,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most[0] == expected


def test_models_run_on_the_processor_where_there_is_nothing_else() -> None:
    if CUDA in learned_place.place().providers[0]:
        pytest.skip("there is a GPU here")
    assert load_model(box_blur(3)).session.get_providers() == [PROCESSOR]
