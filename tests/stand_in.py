"""A supervisor over stand-in services, as a program of its own that a test may kill: `python -m tests.stand_in HOME CASE`.

Reports go to standard output, one JSON line each; an error is the last of them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.supervisor import probes
from darkroom.supervisor.home import HomeLock, make_home
from darkroom.supervisor.plan import Command, Service, Task, whenever
from darkroom.supervisor.ports import free_port
from darkroom.supervisor.process import MARK
from darkroom.supervisor.report import Report, to_line
from darkroom.supervisor.supervise import Supervisor

SERVE = "import http.server, sys; http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')"
# Starts a process in a session of its own, out of reach of signals to the service's group.
SERVE_WITH_STRAY = f"import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True); {SERVE}"
SERVE_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVE}"
DIE = "import sys; sys.exit('I cannot find my configuration')"


def web(name: str, code: str, home: Path, **more: object) -> Service:
    """A service that answers HTTP."""
    port = free_port()
    env = {**os.environ, MARK: str(home)}
    answers = partial(probes.answers, port, "/")
    command = Command([sys.executable, "-c", code, str(port)], env, home)
    return Service(name, lambda: command, whenever(answers), port=port, alive=answers, **more)  # type: ignore[arg-type]


def stray(home: Path) -> tuple[list[Service], list[Task]]:
    """Two services, the second needing the first and a task; the first leaves a stray process."""
    one = web("one", SERVE_WITH_STRAY, home)
    note = Task("note", "Taking a note", work=lambda: "noted")
    return [one, web("two", SERVE, home, after=("one", "note"))], [note]


def stubborn(home: Path) -> tuple[list[Service], list[Task]]:
    """A service that ignores SIGTERM."""
    return [web("stubborn", SERVE_STUBBORN, home, stop_seconds=60.0)], []


def dying(home: Path) -> tuple[list[Service], list[Task]]:
    """A service that dies at once beside one that does not."""
    return [web("fine", SERVE, home), web("broken", DIE, home)], []


def hanging(home: Path) -> tuple[list[Service], list[Task]]:
    """A service that is to count as hung after a second."""
    return [web("web", SERVE, home, patience=1.0)], []


def failing_task(home: Path) -> tuple[list[Service], list[Task]]:
    """A task that fails and is not needed, then one that fails and is."""
    env = {**os.environ, MARK: str(home)}
    command = Command([sys.executable, "-c", DIE], env, home)
    return [web("web", SERVE, home)], [
        Task("extra", "Doing something extra", command, needed=False),
        Task("vital", "Doing something vital", command, after=("extra", "web")),
    ]


CASES: dict[str, Callable[[Path], tuple[list[Service], list[Task]]]] = {
    case.__name__: case for case in (stray, stubborn, dying, hanging, failing_task)
}


def tell(report: Report) -> None:
    """Write a report where the test reads it."""
    sys.stdout.buffer.write(to_line(report))
    sys.stdout.buffer.flush()


def main() -> int:
    """Run one case until stopped."""
    # Where the suite itself runs under nohup this would be ignored, which a supervisor keeps to.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    settings = Settings.load(home=sys.argv[1])
    make_home(settings)
    descriptor = HomeLock(settings).acquire()
    services, tasks = CASES[sys.argv[2]](settings.home_path)
    supervisor = Supervisor(settings, services, tasks, mongo_uri="mongodb://nowhere", lock=descriptor, report=tell)
    try:
        asyncio.run(supervisor.run())
    except Error as error:
        tell(Report("error", words=error.cause, code=error.code, remedy=error.remedy))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
