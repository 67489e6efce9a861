"""Modules of imaging are loaded when they are first needed, by several threads at once."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_package_of_imaging_does_not_load_its_own_modules():
    """It would hold itself while it waits for a module that another thread loads, which waits for the package: a deadlock.

    Python finds it out and one of the two imports fails, so an answer of the API would be a 500 now and then.
    """
    found = []
    for path in sorted((ROOT / "darkroom" / "imaging").rglob("__init__.py")):
        package = ".".join(path.parent.relative_to(ROOT).parts)
        for node in ast.parse(path.read_text()).body:
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{package} loads {name}" for name in names if name.startswith(f"{package}.")]
    assert found == []
