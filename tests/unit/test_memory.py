from __future__ import annotations

import subprocess
import sys

from darkroom.memory import peak_bytes


def test_what_the_parent_had_does_not_count():
    held = bytearray(300_000_000)
    assert peak_bytes() > len(held)
    code = "from darkroom.memory import peak_bytes; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert 1_000_000 < int(done.stdout) < 100_000_000
