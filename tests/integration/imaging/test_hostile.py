"""Hostile files made by script: each has the outcome it deserves, within bounds of time and memory."""

from __future__ import annotations

import time
from dataclasses import dataclass

import bson
import pytest

from darkroom.imaging.pool import Outcome
from tests.hostile import DAMAGED, PICTURE, Case, cases
from tests.outcomes import MemoryWatch, take_in

MOST_MEGABYTES = 1_500
MOST_SECONDS = 60
MOST_SECONDS_EACH = 20


@dataclass(frozen=True)
class Run:
    """What one pass over all files brought."""

    found: list[tuple[Case, Outcome]]
    seconds: float
    megabytes: float


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All files, taken in once."""
    folder = tmp_path_factory.mktemp("hostile")
    made = cases()
    for case in made:
        (folder / case.name).write_bytes(case.data)
    begun = time.monotonic()
    with MemoryWatch() as memory:
        outcomes = take_in([folder / case.name for case in made])
    return Run(list(zip(made, outcomes, strict=True)), time.monotonic() - begun, memory.most)


def verdict(outcome: Outcome) -> set[str]:
    """What of a case's expectations fits."""
    if outcome.error:
        return {outcome.error.code}
    assert outcome.picture is not None
    return {PICTURE, DAMAGED} if "damaged" in outcome.picture.quality.problems else {PICTURE}


def test_the_same_seed_makes_the_same_files():
    # Moving AVIF says when it was made.
    first, second = ([case for case in cases() if case.name != "moving.avif"] for _ in range(2))
    assert first == second
    assert len(first) > 600
    assert [case.data for case in cases(seed=21)] != [case.data for case in first]


def test_every_file_has_the_outcome_it_deserves(run):
    wrong = {
        case.name: (verdict(outcome), outcome.error and outcome.error.cause)
        for case, outcome in run.found
        if not verdict(outcome) & case.allowed
    }
    assert wrong == {}


def test_sizes_are_upright_and_frames_are_counted(run):
    taken = [(case, outcome.picture) for case, outcome in run.found if outcome.picture]
    wrong = {
        case.name: (picture.width, picture.height)
        for case, picture in taken
        if case.size not in (None, (picture.width, picture.height))
    }
    assert wrong == {}
    frames = {case.name: picture.frames for case, picture in taken if case.frames}
    assert frames == {"frames-200.gif": 200, "pages-20.tiff": 20}


def test_no_error_of_a_library_comes_through(run):
    errors = [outcome.error for _, outcome in run.found if outcome.error]
    assert {error.code for error in errors if not error.code.startswith("image_")} == set()
    assert [error.cause for error in errors if "broke its decoder" in str(error.cause)] == []
    assert all(error.remedy for error in errors)


def test_time_and_memory_are_bounded(run):
    assert run.seconds < MOST_SECONDS
    assert run.megabytes < MOST_MEGABYTES
    slow = {case.name: outcome.seconds for case, outcome in run.found if outcome.seconds > MOST_SECONDS_EACH}
    assert slow == {}


def test_metadata_always_fits_into_a_document(run):
    sizes = {
        case.name: len(bson.encode(outcome.picture.metadata.model_dump()))
        for case, outcome in run.found
        if outcome.picture
    }
    assert max(sizes.values()) < 1_200_000
    # What explodes is left out altogether, what is merely large up to the limit.
    assert sizes["xmp-billion-laughs.png"] < 200
    assert sizes["xmp-external-entity.png"] < 200
    assert sizes["giant-keywords.jpg"] < 1_200_000
