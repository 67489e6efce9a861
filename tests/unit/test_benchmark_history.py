"""Figures of benchmarks by commit: kept, compared, and what got worse named."""

from __future__ import annotations

import json

import pytest

from benchmarks import history, report


def figures(ours: float, peer: float, page: float = 3.0) -> dict:
    ways = {
        "Darkroom": {"cpu_ms": ours, "pictures_s": 1000 / ours},
        "sharp": {"cpu_ms": peer, "pictures_s": 1000 / peer},
    }
    return {"thumbnail": {"small-1": ways}, "gallery": {"page": {"p50": page, "label": "words"}, "records": 5}}


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "REPORTS", tmp_path)
    monkeypatch.setattr(report, "HISTORY", tmp_path / "history")
    monkeypatch.setattr(history, "HISTORY", tmp_path / "history")

    def keep(name: str, taken: dict) -> None:
        monkeypatch.setattr(report, "commit", lambda: name)
        for benchmark, found in taken.items():
            report.save(benchmark, found)

    return keep


def run(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["history", *arguments])
    return history.main()


def test_a_report_is_kept_with_its_commit(reports, tmp_path):
    reports("abc", figures(1.0, 4.0))
    kept = json.loads((tmp_path / "history" / "abc" / "thumbnail.json").read_text())
    assert kept["figures"]["small-1"]["Darkroom"]["cpu_ms"] == 1.0
    assert kept["machine"]["cores"]
    assert kept["taken"].endswith("Z")


def test_what_got_slower_is_named_and_fails(reports, monkeypatch, capsys):
    reports("old", figures(1.0, 4.0))
    reports("new", figures(1.5, 4.0))
    assert run(monkeypatch, "old", "new") == 1
    told = capsys.readouterr()
    assert "WORSE 1.50 times: thumbnail / small-1 / Darkroom / cpu_ms" in told.err
    assert "sharp" not in told.err
    assert run(monkeypatch, "old", "new", "--limit", "1.6") == 0


def test_a_slower_machine_is_nobodys_fault(reports, monkeypatch, capsys):
    reports("old", figures(1.0, 4.0))
    reports("new", figures(1.5, 6.0))
    assert run(monkeypatch, "old", "new") == 0
    assert "WORSE" not in capsys.readouterr().err


def test_figures_without_peers_are_compared_as_they_are(reports, monkeypatch, capsys):
    reports("old", figures(1.0, 4.0))
    reports("new", figures(1.0, 4.0, page=9.0))
    assert run(monkeypatch, "old", "new") == 1
    assert capsys.readouterr().err == "WORSE 3.00 times: gallery / page / p50\n"


def test_commits_are_listed_and_an_unknown_one_is_refused(reports, monkeypatch, capsys):
    reports("old", figures(1.0, 4.0))
    assert run(monkeypatch) == 0
    assert capsys.readouterr().out == "old\n"
    with pytest.raises(SystemExit, match="Nothing is kept of else; there are: old"):
        run(monkeypatch, "else")


def test_the_commit_is_that_of_the_repository():
    assert report.commit().removesuffix("-changed").isalnum()
