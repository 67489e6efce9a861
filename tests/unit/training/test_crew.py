"""Two processes that share each step end where one process ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from darkroom.domain.train_config import shared
from darkroom.errors import Error
from tests.tiny import tiny
from training.crew import Alone, Together
from training.loop import fit

ROOT = Path(__file__).parents[3]
WORKER = """
import sys
from pathlib import Path
import torch
from darkroom.datasets.manifest import Manifest
from training.config import TrainConfig
from training.crew import Together
from training.loop import fit
from training.tasks.classification import Classification
rank, store, config, manifest, out = int(sys.argv[1]), *sys.argv[2:]
torch.set_num_threads(1)
torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
config, manifest = TrainConfig.model_validate_json(config), Manifest.read(Path(manifest))
fit(Classification(config, manifest, torch.device("cpu")), config, Path(out), manifest.hash, crew=Together(rank, 2))
torch.distributed.barrier()
"""
TOLERANCE = 1e-5
"""Sums of the same numbers in another order; measured: 6e-8 after twelve steps."""


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_two_processes_end_with_the_weights_of_one(learner, manifest, tmp_path, optimizer):
    config = tiny(batch_size=6, accumulate=2, epochs=4, optimizer=optimizer, learning_rate=0.01)
    fit(learner(config), config, tmp_path / "alone", manifest.hash)
    manifest.write(tmp_path / "manifest.parquet")
    arguments = [
        str(tmp_path / "store"), config.model_dump_json(), str(tmp_path / "manifest.parquet"), str(tmp_path / "crew"),
    ]  # fmt: skip
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(rank), *arguments], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        for rank in range(2)
    ]
    assert [worker.wait(timeout=200) for worker in workers] == [0, 0]
    alone, crew = (load_file(tmp_path / name / "model" / "weights.safetensors") for name in ("alone", "crew"))
    assert alone.keys() == crew.keys()
    far = {name: float((alone[name].float() - crew[name].float()).abs().max()) for name in alone}
    assert max(far.values()) < TOLERANCE, far
    assert torch.equal(alone["stem.1.num_batches_tracked"], crew["stem.1.num_batches_tracked"])


def test_parts_are_shared_in_order():
    parts = list(torch.arange(12).tensor_split(6))
    shares = [[number for number, _ in Together(rank, 3).mine(parts)] for rank in range(3)]
    assert shares == [[0, 1], [2, 3], [4, 5]]
    assert [number for number, _ in Alone().mine(parts)] == list(range(6))


def test_a_step_holds_the_same_pictures_however_many_share_it():
    config = tiny(batch_size=12, accumulate=1)
    assert shared(config, 1) is config
    assert [(one.batch_size, one.accumulate) for one in (shared(config, 2), shared(config, 3))] == [(6, 2), (4, 3)]
    assert shared(tiny(batch_size=5, accumulate=4), 2).batch_size == 5
    with pytest.raises(Error, match="cannot be shared by 5 workers"):
        shared(config, 5)
