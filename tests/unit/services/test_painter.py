"""The process that shows policies: kept between questions, begun again when it is gone, and what it says is believed."""

from __future__ import annotations

import sys

import pytest

from darkroom.errors import Error
from darkroom.services.training.augmenting import Painter

ANSWERS = """
import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("die"):
        os._exit(1)
    print(json.dumps({"error": ["dataset_invalid", "There is none."]} if asked.get("wrong") else {"pid": os.getpid()}), flush=True)
    if asked.get("last"):
        break
"""


@pytest.fixture
def painter():
    made = Painter((sys.executable, "-c", ANSWERS))
    yield made
    made.close()


def test_one_process_answers_all_questions_until_it_ends_and_then_another_does(painter: Painter):
    first = painter.ask({})
    with pytest.raises(Error, match=r"There is none\.") as refused:
        painter.ask({"wrong": True})
    assert refused.value.code == "dataset_invalid"
    assert painter.ask({"last": True}) == first
    assert painter.ask({}) != first


def test_a_process_that_ends_without_a_word_is_tried_once_more_and_then_told(painter: Painter):
    with pytest.raises(Error) as ended:
        painter.ask({"die": True})
    assert ended.value.code == "training_out_of_memory"
    assert "pid" in painter.ask({})
