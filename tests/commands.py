"""Commands of Darkroom in the process of a test, as the installed program runs them."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from darkroom.cli import main


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    error: str


def answered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run `darkroom` with these words."""
    monkeypatch.setattr(sys, "argv", ["darkroom", *words])
    capsys.readouterr()  # what was printed before is not its own
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    assert isinstance(code, int), code
    return Answer(code, *capsys.readouterr())
