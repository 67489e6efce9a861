"""`darkroom plugin` on a terminal, and what it installs in a recipe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from darkroom.cli import app
from darkroom.errors import Error
from darkroom.imaging.operations import registry
from darkroom.imaging.plugins.manifest import FILE
from darkroom.imaging.plugins.sandbox import enforced

RUNNER = CliRunner()
GRANT = [] if all(enforced().values()) else ["--grant", "unconfined"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a plug-in, and a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "home"))
    registry.forget()
    assert RUNNER.invoke(app, ["plugin", "new", "acme"]).exit_code == 0
    yield tmp_path
    registry.forget()


def told(*words: str) -> str:
    result = RUNNER.invoke(app, ["plugin", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_plugin_is_begun_checked_installed_used_and_removed(desk: Path, monkeypatch: pytest.MonkeyPatch):
    assert "1 operation, 1 golden picture as they should be" in told("check", "acme")
    assert "No plug-ins" in told("list")
    assert registry.operations().broken == []
    assert "acme/dim_edges" in told("install", "acme", *GRANT)
    assert json.loads(told("list", "--json"))["items"][0]["manifest"]["licence"] == "Apache-2.0"
    assert "nothing" in told("show", "acme") or GRANT
    # What runs already uses it from its next step on.
    assert registry.operations().get("acme/dim_edges").id == "acme/dim_edges@1"
    Image.fromarray(np.full((40, 60, 3), 200, np.uint8)).save("a.png")
    (desk / "dim.yaml").write_text("operations:\n- acme/dim_edges: {amount: 1}\noutput: {format: png}\n")
    result = RUNNER.invoke(app, ["apply", "dim.yaml", "a.png", "--out", "made"])
    assert result.exit_code == 0, result.output
    made = np.asarray(Image.open("made/a.png"))
    assert (int(made[0, 0].max()), int(made[20, 30].min())) == (0, 200)
    # Switched off it is there and does nothing, and whoever names it is told.
    assert "off now" in told("disable", "acme")
    assert "off already" in told("disable", "acme")
    assert json.loads(told("list", "--json"))["items"][0]["enabled"] is False
    assert registry.operations().broken == []
    with pytest.raises(Error, match="acme, which is switched off") as caught:
        registry.operations().get("acme/dim_edges")
    assert "plugin enable acme" in caught.value.remedy
    told("enable", "acme")
    assert "acme/dim_edges" in registry.operations()
    # A home that a command names is that of the recipes that it runs.
    monkeypatch.delenv("DARKROOM_HOME")
    registry.forget()
    assert "acme/dim_edges" not in registry.operations()
    registry.forget()
    told("list", "--home", str(desk / "home"))
    assert "acme/dim_edges" in registry.operations()
    told("remove", "acme", "--home", str(desk / "home"))
    assert "acme/dim_edges" not in registry.operations()


def test_what_is_wrong_is_told_and_not_installed(desk: Path):
    code = desk / "acme" / "acme_plugin.py"
    code.write_text(code.read_text().replace("1 - params.amount", "1 - params.amount / 2"))
    result = RUNNER.invoke(app, ["plugin", "check", "acme"])
    assert result.exit_code == 1
    assert "golden/dim_edges/plain differs" in result.output
    with pytest.raises(Error, match="did not pass its check") as caught:
        RUNNER.invoke(app, ["plugin", "install", "acme", *GRANT], catch_exceptions=False)
    assert caught.value.code == "plugin_invalid"
    told("check", "acme", "--update")
    manifest = desk / "acme" / FILE
    manifest.write_text(manifest.read_text().replace("network = false", "network = true"))
    with pytest.raises(Error, match="needs network"):
        RUNNER.invoke(app, ["plugin", "install", "acme", *GRANT], catch_exceptions=False)
    assert "It may: network" in told("install", "acme", "--grant", "network", *GRANT)
