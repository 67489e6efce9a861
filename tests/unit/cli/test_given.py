"""Files that are named on the command line."""

from __future__ import annotations

import pytest

from darkroom.cli.given import read_text
from darkroom.errors import Error


def test_a_text_is_read_whole(tmp_path):
    file = tmp_path / "soft.yaml"
    file.write_text("name: soft\ntitle: Weich, für Haut\n", "utf-8")
    assert read_text(file, "recipe") == "name: soft\ntitle: Weich, für Haut\n"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_what_is_no_text_or_not_there_is_refused_by_its_name(tmp_path, content):
    file = tmp_path / "soft.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Error, match=r"The filter .*soft\.yaml cannot be read: ") as refused:
        read_text(file, "filter")
    assert refused.value.code == "source_unreadable"


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(Error, match=r"The recipe .* cannot be read"):
        read_text(tmp_path, "recipe")
