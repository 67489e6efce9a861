"""A supervisor in the background: what `darkroom up --detach` starts."""

from __future__ import annotations

import sys

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.supervisor.launch import run
from darkroom.supervisor.report import PipeReporter, Report


def main() -> int:
    """Run until stopped, reporting to the pipe whose descriptor is the argument."""
    reporter = PipeReporter(int(sys.argv[1]))
    try:
        run(Settings.load(), reporter)
    except Error as error:
        reporter(Report("error", words=error.cause, code=error.code, remedy=error.remedy))
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
