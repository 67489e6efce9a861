"""Every control of docs/security-controls.md names tests that exist, and no section of the standard is missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security-controls.md"
SECTIONS = {
    1: 5, 2: 4, 3: 7, 4: 4, 5: 4, 6: 8, 7: 6, 8: 4, 9: 2, 10: 7, 11: 6, 12: 3, 13: 4, 14: 3, 15: 4, 16: 5,
}  # fmt: skip
"""Sections of each chapter of ASVS 5.0 with something for level 1 or 2; chapter 17 is one line."""
STATES = {"kept", "partly", "operator", "not here"}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text().splitlines()
    if re.match(r"\| \d", line)
]


@cache
def names(path: Path) -> frozenset[str]:
    return frozenset(
        node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    )


def test_no_section_is_missing():
    found = [row[0].split()[0] for row in ROWS]
    assert found == [f"{chapter}.{number + 1}" for chapter, count in SECTIONS.items() for number in range(count)] + [
        "17"
    ]


@pytest.mark.parametrize("row", ROWS, ids=[row[0].split()[0] for row in ROWS])
def test_a_control_has_tests_that_exist(row):
    _, state, words, tests = row
    assert state in STATES
    assert len(words) > 15
    found = re.findall(r"`([^`]+)`", tests)
    assert found or state in {"operator", "not here"}
    for one in found:
        path, _, name = one.partition("::")
        assert (ROOT / "tests" / path).is_file(), one
        assert not name or name in names(ROOT / "tests" / path), one


def test_the_table_of_the_security_page_names_files_that_exist():
    text = (ROOT / "docs" / "security.md").read_text()
    found = re.findall(r"`((?:unit|integration|architecture|e2e)/[\w/]+\.py)`", text)
    assert found
    assert [one for one in found if not (ROOT / "tests" / one).is_file()] == []
