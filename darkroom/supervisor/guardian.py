"""The guardian: outlives a supervisor that was killed, and ends what that one could not.

Started by the supervisor with a pipe as its standard input and the supervisor's lock as an inherited file: when the
pipe closes without a word, the supervisor died, and the guardian ends every process of the home. Until it is done,
the lock it holds keeps another supervisor from starting.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from darkroom.supervisor.process import sweep

FAREWELL = b"done\n"


class Guardian:
    """The supervisor's end of the guardian.

    Args:
        home: the home folder.
        lock: file descriptor of the supervisor's lock.
    """

    def __init__(self, home: Path, lock: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "darkroom.supervisor.guardian", str(home)],
            cwd="/",
            env={key: value for key, value in os.environ.items() if not key.startswith("DARKROOM_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock,),
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it stands guard."""
        return self._process.poll() is None

    def dismiss(self) -> None:
        """Tell it that everything has ended, and wait until it has, too."""
        try:
            self._process.communicate(FAREWELL, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()


def main() -> int:
    """Wait for the end of the supervisor, then clean up unless it said that it did so itself."""
    home = Path(sys.argv[1])
    # Whatever ends the supervisor's terminal or process group must not end the guardian.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    said = sys.stdin.buffer.read()
    if said != FAREWELL:
        sweep(home)
        (home / "run" / "runtime.json").unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
