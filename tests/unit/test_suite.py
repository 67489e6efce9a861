from __future__ import annotations

from pathlib import Path

import pytest

from scripts import suite

UNSTEADY = """
from pathlib import Path
def test_first_time_fails():
    mark = Path(__file__).with_suffix(".mark")
    seen = mark.exists()
    mark.touch()
    assert seen
def test_passes():
    (Path(__file__).parent / "runs").open("a").write("x")
"""
BROKEN = "def test_never_passes():\n    assert False\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of its own, away from the settings of this one."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take longer to load than these tests to run
    return tmp_path


def run(folder: Path) -> int:
    return suite.main(["-q", "-p", "xdist", str(folder)])


def test_what_fails_among_others_is_tried_once_more_and_named(folder, capfd):
    (folder / "test_unsteady.py").write_text(UNSTEADY)
    assert run(folder) == 0
    assert "UNSTEADY test_unsteady.py::test_first_time_fails" in capfd.readouterr().out
    assert (folder / "runs").read_text() == "x"


def test_what_fails_alone_too_fails(folder, capfd):
    (folder / "test_broken.py").write_text(BROKEN)
    (folder / "test_unsteady.py").write_text(UNSTEADY)
    assert run(folder) == 1
    told = capfd.readouterr().out
    assert "UNSTEADY test_broken" not in told
    assert "UNSTEADY test_unsteady" in told


def test_many_failures_are_no_accident(folder, capfd):
    (folder / "test_broken.py").write_text(
        "\n".join(BROKEN.replace("passes", f"passes_{n}") for n in range(suite.MOST + 1))
    )
    assert run(folder) == 1
    assert "Tried once more" not in capfd.readouterr().out


def test_a_suite_that_cannot_be_collected_is_not_tried_again(folder, capfd):
    (folder / "test_cut.py").write_text("def (")
    assert run(folder) == 2
    assert "Tried once more" not in capfd.readouterr().out
