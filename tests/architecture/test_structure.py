"""The house keeps its shape: layers, names, one error table, current reference pages."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from darkroom.errors import ERROR_CODES, Error

ROOT = Path(__file__).parents[2]
PACKAGES = ("assets", "jobs", "sensors", "resources", "frontend", "training", "darkroom", "definitions")


def _sources() -> list[Path]:
    folders = [ROOT / name for name in PACKAGES if (ROOT / name).is_dir()]
    return [path for folder in folders for path in folder.rglob("*.py") if ".web" not in path.parts]


def test_import_rules_hold():
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", PACKAGES)
def test_generic_names_resolve_inside_the_repository(name: str):
    module = importlib.util.find_spec(name)
    assert module is not None
    assert module.origin is not None
    assert Path(module.origin).is_relative_to(ROOT)


def test_error_codes_are_complete_and_used():
    for row in ERROR_CODES.values():
        assert 400 <= row.status <= 599
        assert row.title[0].isupper()
        assert not row.title.endswith(".")
        assert row.remedy.endswith(".")
    text = "\n".join(path.read_text() for path in _sources() if path != ROOT / "darkroom/errors.py")
    unused = [code for code in ERROR_CODES if f'"{code}"' not in text]
    # Sign-in and scopes raise these two; they come with accounts.
    assert set(unused) <= {"unauthenticated", "not_acceptable"}


def test_an_error_survives_a_process_boundary():
    import pickle

    error = Error("image_corrupt", "a.jpg ends in the middle of a scan.", offset=12)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.code, copy.cause, copy.remedy, copy.context) == (error.code, error.cause, error.remedy, error.context)


def test_every_error_raised_is_in_the_table():
    unknown = []
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            is_error = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Error"
            if (
                is_error
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value not in ERROR_CODES
            ):
                unknown.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.args[0].value}")
    assert unknown == []


def test_modules_stay_small():
    allowed: dict[str, int] = {"darkroom/errors.py": 500}
    long = {}
    for path in _sources():
        lines = len(path.read_text().splitlines())
        name = str(path.relative_to(ROOT))
        if lines > allowed.get(name, 400):
            long[name] = lines
    assert long == {}


def test_reference_pages_are_current():
    from docs.generate import stale_pages

    assert stale_pages() == []


def test_every_setting_is_in_the_example_file():
    from darkroom.settings import Settings

    example = (ROOT / ".env.example").read_text()
    missing = [name for name in Settings.model_fields if f"DARKROOM_{name.upper()}" not in example]
    assert missing == []


def test_links_in_the_documentation_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_runtime_dependencies_are_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {
        re.split(r"==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    }
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names <= locked
