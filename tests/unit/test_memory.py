from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from darkroom.memory import free_bytes, peak_bytes


def test_what_the_parent_had_does_not_count():
    held = bytearray(300_000_000)
    assert peak_bytes() > len(held)
    code = "from darkroom.memory import peak_bytes; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert 1_000_000 < int(done.stdout) < 100_000_000


@pytest.mark.parametrize(("most", "left"), [("1000000", 300_000), ("max", None), ("200000", 0)])
def test_a_container_that_allows_less_is_believed(tmp_path: Path, most: str, left: int | None):
    (tmp_path / "memory.max").write_text(most + "\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 700000\ninactive_file 200000\n")
    wanted = psutil.virtual_memory().available if left is None else left
    assert free_bytes(tmp_path) == pytest.approx(wanted, rel=0.2)


def test_without_a_container_it_is_what_the_machine_has(tmp_path: Path):
    assert free_bytes(tmp_path) == pytest.approx(psutil.virtual_memory().available, rel=0.2)
