from __future__ import annotations

import os

import pytest
import torch

from training import machine
from training.config import TrainConfig


@pytest.mark.parametrize(
    ("cores", "workers", "threads"), [(1, 1, 1), (2, 1, 2), (2, 2, 1), (4, 1, 3), (16, 1, 15), (16, 4, 3), (2, 5, 1)]
)
def test_one_core_of_many_stays_free(monkeypatch, cores: int, workers: int, threads: int):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)))
    assert machine.threads(workers) == threads


def test_a_training_uses_the_cores_though_its_process_handles_pictures_with_one_thread(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(3)))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with machine.prepared(TrainConfig()):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 1
        with machine.prepared(TrainConfig(threads=1)):
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_threads_sleep_while_they_wait():
    assert os.environ["OMP_WAIT_POLICY"]
