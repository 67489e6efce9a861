"""`darkroom apply` takes filters of a running Darkroom: the one on the home, or one somewhere else with a token."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.domain.access import LOCAL_OWNER
from darkroom.imaging.operations.cube import write_cube
from darkroom.services.accounts.requests import NewToken, NewUser
from darkroom.services.recipes.filter_views import NewFilter
from tests.commands import Answer
from tests.integration.cli.conftest import Darkroom

WARM = """name: warm
title: Warm it
body: {kind: expression, red: r + warmth * AMOUNT, blue: b - warmth * AMOUNT}
knobs: [{name: warmth, default: 0.5}]
"""
APPLY = ("apply", "mine.yaml", "b.png", "--out", "made", "--force", "--json")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A grey ramp in the folder in which commands run."""
    ramp = np.add.outer(np.arange(60), np.arange(80))[:, :, None].repeat(3, axis=2).astype(np.uint8) + 60
    Image.fromarray(ramp).save(tmp_path / "b.png")
    return tmp_path / "b.png"


def warmth(answer: Answer) -> int:
    """How much more red than blue is in what was made."""
    assert (answer.code, answer.error) == (0, ""), answer.error
    assert [one["state"] for one in json.loads(answer.out)["pictures"]] == ["done"]
    middle = np.asarray(Image.open("made/b.png"))[30, 40].astype(int)
    return int(middle[0] - middle[2])


def kept(library, amount: str) -> None:
    library.filters.save(LOCAL_OWNER, NewFilter(filter=WARM.replace("AMOUNT", amount)))


@pytest.mark.usefixtures("picture")
def test_a_filter_is_asked_of_the_darkroom_on_the_home_in_the_version_that_is_named(home: Darkroom, running, library):
    kept(library, "0.2")
    kept(library, "0.4")
    Path("mine.yaml").write_text("- user/warm: {warmth: 0.25}\n")
    assert warmth(home(*APPLY)) == pytest.approx(0.25 * 0.8 * 255, abs=2)
    Path("mine.yaml").write_text("- user/warm@1: {warmth: 0.25}\n")
    assert warmth(home(*APPLY)) == pytest.approx(0.25 * 0.4 * 255, abs=2)
    Path("mine.yaml").write_text("- user/warm@1: {warmth: 0.25}\n- user/warm@1: {warmth: 0.25}\n")
    before = running.log.read_text().count("path=/api/v1/filters/warm@1 ")
    assert warmth(home(*APPLY)) == pytest.approx(2 * 0.25 * 0.4 * 255, abs=4)
    assert running.log.read_text().count("path=/api/v1/filters/warm@1 ") == before + 1
    # A file beside the recipe comes first, and --filters alone where it is given.
    Path("warm.yaml").write_text(WARM.replace("AMOUNT", "0"))
    Path("mine.yaml").write_text("- user/warm\n")
    assert warmth(home(*APPLY)) == 0
    Path("mine.yaml").write_text("- user/warm@2\n")
    assert warmth(home(*APPLY)) == pytest.approx(0.5 * 0.8 * 255, abs=2)
    refused = home(*APPLY, "--filters", "warm.yaml")
    assert (refused.code, "is not in warm.yaml, only version 1" in refused.error) == (1, True), refused.error


@pytest.mark.usefixtures("picture")
def test_a_look_brings_its_table_over_the_network_and_what_is_shown_is_a_file_of_it(home: Darkroom, library):
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij")[::-1], axis=-1).astype(np.float32)
    cube = write_cube((grid * [1, 1, 0.5]).astype(np.float32), "dusk").decode()
    body = {"kind": "look", "cube": cube}
    library.filters.save(LOCAL_OWNER, NewFilter(filter={"name": "dusk", "title": "Blue goes", "body": body}))
    Path("mine.yaml").write_text("- user/dusk\n")
    asked = warmth(home(*APPLY))
    plain = int(np.asarray(Image.open("b.png"))[30, 40, 0])
    assert asked == pytest.approx(plain / 2, abs=2)
    Path("shown.json").write_text(home("filter", "show", "dusk", "--json").out)
    assert warmth(home(*APPLY, "--filters", "shown.json")) == asked


@pytest.mark.usefixtures("picture")
def test_a_filter_of_a_darkroom_somewhere_else_needs_a_token_that_may_read_it(
    darkroom: Darkroom, server, library, monkeypatch
):
    new = NewUser(email="ada@example.org", role="administrator", password="correct horse battery")
    library.users.create(LOCAL_OWNER, new)
    kept(library, "0.4")
    Path("mine.yaml").write_text("- user/warm: {warmth: 0.25}\n")
    asked = (*APPLY, "--url", server.url)
    stranger = darkroom(*asked)
    assert stranger.code == 1
    assert "mine, step 1: The filter warm is not beside the recipe" in stranger.error
    assert f"darkroom login --url {server.url}" in stranger.error
    assert "--filters" in stranger.error
    narrow = library.tokens.create(LOCAL_OWNER, NewToken(name="narrow", scopes=("images:read",)))
    monkeypatch.setenv("DARKROOM_TOKEN", narrow.token)
    refused = darkroom(*asked)
    assert (refused.code, "presets:read" in refused.error) == (1, True), refused.error
    made = library.tokens.create(LOCAL_OWNER, NewToken(name="reads", scopes=("presets:read",)))
    monkeypatch.setenv("DARKROOM_TOKEN", made.token)
    assert warmth(darkroom(*asked)) == pytest.approx(0.25 * 0.8 * 255, abs=2)
    Path("mine.yaml").write_text("- user/cold@7\n")
    unknown = darkroom(*asked)
    assert (unknown.code, "cold@7 is neither beside the recipe nor in the library" in unknown.error) == (1, True)
    away = darkroom(*APPLY, "--url", "http://127.0.0.1:1")
    assert (away.code, "no library can be asked: http://127.0.0.1:1: " in away.error) == (1, True), away.error
