"""Files that end the runtime itself: they cost a process that was started for that, and never the one that asked."""

from __future__ import annotations

import os
import signal
import time
from collections import OrderedDict

import numpy as np
import pytest

from darkroom.errors import Error
from darkroom.imaging.operations import learned_trial
from darkroom.imaging.operations.learned_features import opened
from darkroom.imaging.operations.learned_model import load_model
from darkroom.imaging.operations.learned_onnx import facts_of
from darkroom.imaging.operations.learned_write import box_blur, field, model, node, port, tensor

IMAGE = ("n", 3, "h", "w")


def one_node(*given: str, kind: str, weights: tuple[bytes, ...] = (), **attributes: object) -> bytes:
    return model([node(kind, given, ["y"], **attributes)], [port("x", IMAGE)], [port("y", IMAGE)], weights)


WHILE_LOADED = one_node("x", "w", "", kind="LayerNormalization", weights=(tensor("w", np.ones(8, np.float32)),))
WHILE_RUN = one_node("x", "", "", kind="Sum")
BY_ITS_OWN_CHECKS = one_node("x", kind="RandomNormalLike", scale=-1.0)


@pytest.mark.parametrize(
    ("data", "died_of"), [(WHILE_LOADED, "SIGSEGV"), (WHILE_RUN, "SIGSEGV"), (BY_ITS_OWN_CHECKS, "SIGABRT")]
)
@pytest.mark.parametrize("load", [load_model, opened])
def test_a_file_that_ends_the_runtime_is_refused_and_named(load, data: bytes, died_of: str) -> None:
    with pytest.raises(Error, match=rf"upscaler ends the process that runs it \({died_of}\)") as refused:
        load(data, "upscaler")
    assert refused.value.code == "model_unusable"


def test_what_was_found_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, real = [], learned_trial._tried

    def counted(data: bytes, pictures: list[list[learned_trial.Shown]]) -> tuple[str, bool]:
        tries.append(data)
        return real(data, pictures)

    monkeypatch.setattr(learned_trial, "_FOUND", OrderedDict())
    monkeypatch.setattr(learned_trial, "_tried", counted)
    good, bad = box_blur(7), BY_ITS_OWN_CHECKS
    for _ in range(3):
        learned_trial.survive(good, facts_of(good, "m"), "m")
        with pytest.raises(Error, match="SIGABRT"):
            learned_trial.survive(bad, facts_of(bad, "m"), "m")
    assert tries == [good, bad]


def test_a_process_that_somebody_else_ended_says_nothing_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_trial, "_FOUND", OrderedDict())
    learned_trial.survive(box_blur(5), facts_of(box_blur(5), "m"), "m")
    (room,) = learned_trial._ROOMS
    os.kill(room._process.pid, signal.SIGKILL)
    room._process.wait()
    learned_trial.survive(box_blur(3), facts_of(box_blur(3), "m"), "m")


def test_a_model_after_one_that_ended_the_process_is_tried_in_another() -> None:
    with pytest.raises(Error, match="ends the process"):
        load_model(WHILE_RUN, "harmful")
    made = load_model(box_blur(9), "blur").picture(np.zeros((12, 12, 3), np.float32))
    assert made.shape == (12, 12, 3)


def endless() -> bytes:
    """A loop of 2^62 turns."""
    body = field(1, node("Identity", ["go"], ["more"])) + field(1, node("Identity", ["held"], ["next"]))
    body += field(2, "body")
    for name, kind in (("turn", 7), ("go", 9), ("held", 1)):
        body += field(11, port(name, (), kind))
    for name, kind in (("more", 9), ("next", 1)):
        body += field(12, port(name, (), kind))
    loop = b"".join(field(1, one) for one in ("turns", "", "start")) + field(2, "end") + field(4, "Loop")
    loop += field(5, field(1, "body") + field(6, body) + field(20, 5))
    weights = (tensor("turns", np.array(1 << 62)), tensor("start", np.array(0, np.float32)))
    return model([loop, node("Add", ["x", "end"], ["y"])], [port("x", IMAGE)], [port("y", IMAGE)], weights)


def test_a_model_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_trial, "SECONDS", 3.0)
    began = time.monotonic()
    with pytest.raises(Error, match="was not done with a picture of 64 pixels within 3 s"):
        load_model(endless(), "patient")
    assert time.monotonic() - began < 60


def test_a_model_that_asks_for_all_memory_is_refused() -> None:
    shape = tensor("s", np.array([1, 3, 100_000, 100_000]))
    greedy = model(
        [node("ReduceMean", ["x"], ["x1"], axes=(2, 3)), node("Expand", ["x1", "s"], ["y"])],
        [port("x", IMAGE)], [port("y", IMAGE)], (shape,),
    )  # fmt: skip
    with pytest.raises(Error, match="needs more than 4,096 MB for a picture of 64 pixels"):
        load_model(greedy, "greedy")


def test_operators_within_functions_are_known_too() -> None:
    function = field(1, "f") + field(10, "evil.ops") + field(7, node("Anything", ["a"], ["b"], domain="evil.ops"))
    assert "evil.ops" in facts_of(box_blur(3) + field(25, function), "m").domains


def test_a_model_of_any_size_sees_two_shapes_and_one_that_names_its_size_sees_that() -> None:
    free = [shape for ((_, _, shape),) in learned_trial._pictures(facts_of(box_blur(3), "m"))]
    assert free == [(1, 3, 64, 64), (1, 3, 40, 92)]
    fixed = model([node("Relu", ["x"], ["y"])], [port("x", (1, 3, 8, 16))], [port("y", (1, 3, 8, 16))], ())
    assert learned_trial._pictures(facts_of(fixed, "m")) == [[("x", "float32", (1, 3, 8, 16))]]
