"""Names of exported files: what every system takes, each once."""

from __future__ import annotations

import pytest

from darkroom.services.exports.names import free_name, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("sea.jpg", "sea.jpg"), ("../../etc/passwd", "_.._etc_passwd"), ("a\\b:c*?.png", "a_b_c__.png"),
        ("con.jpg", "_con.jpg"), ("LPT1", "_LPT1"), ("...", "instead"), ("line\nbreak.jpg", "line_break.jpg"),
        ("Küste 日本.jpg", "Küste 日本.jpg"), (f"{'x' * 300}.jpeg", f"{'x' * 175}.jpeg"),
    ],
)  # fmt: skip
def test_a_name_is_plain_enough_for_every_file_system(name, safe):
    assert safe_name(name, "instead") == safe


def test_names_differ_where_case_does_not_count():
    names: set[str] = set()
    found = [
        free_name(names, name, id_) for name, id_ in (("a.jpg", "1" * 64), ("A.JPG", "2" * 64), ("A.jpg", "2" * 64))
    ]
    assert found == ["a.jpg", f"{'2' * 12}-A.JPG", f"{'2' * 64}-A.jpg"]
