"""Every example of the documentation is run (tests/integration/test_documents.py), or says why it is not."""

from __future__ import annotations

from tests.documents import Block, blocks, fences

NOT_RUN = 9
"""Blocks that cannot be run here. Fewer is better; one more needs a better reason than that it is work."""


def test_no_block_is_overlooked():
    found = list(blocks())
    assert len(found) * 2 == fences()
    assert [one.place for one in found if not one.understood] == [], "see tests/documents.py for languages and marks"


def test_what_is_not_run_says_why():
    left_out = [one for one in blocks() if one.reason is not None]
    assert len(left_out) <= NOT_RUN, [one.place for one in left_out]


def test_a_mark_says_one_of_four_things():
    def block(mark: str) -> Block:
        return Block("x:1", "x", "sh", "true", mark)

    assert block("not run: it needs a bucket").reason == "it needs a bucket"
    assert block("endless").way == "endless"
    assert block("file: web.yaml").file == "web.yaml"
    assert not block("not run: no").understood
    assert not block("skip").understood
