"""What there is to say of a version of a model, on one page: as Markdown for a repository, as HTML for a reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.training import Metric, ModelVersion, ReportSlice, StoredCheckpoint, TrainingRun
from darkroom.services.training.report_page import CLASS_NAMES, NAMES
from darkroom.services.training.spent import Tariff, over_seeds, spent

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """:root{color-scheme:light dark}body{max-width:760px;margin:0 auto;padding:40px 24px;font:15px/1.5 system-ui,sans-serif}
table{border-collapse:collapse}th,td{padding:5px 14px 5px 0;border-bottom:1px solid #8884;text-align:left;vertical-align:top}
th{font-weight:500;color:#777}td{overflow-wrap:anywhere}h2{margin-top:32px;font-size:17px}"""
_MOST_CLASSES = 100
_MOST_SLICES = 20


@dataclass(frozen=True)
class Facts:
    """What a card is made of."""

    version: ModelVersion
    aliases: tuple[str, ...]
    checkpoint: StoredCheckpoint
    dataset: CommittedVersion | None
    """What it learnt from; None when it is gone."""
    training: TrainingRun | None
    details: dict[str, Any]
    """Its report."""
    weakest: tuple[ReportSlice, ...]
    """Parts of the pictures on which it is surely worse."""
    rights: tuple[tuple[str, int], ...]
    """What is said of the rights on its pictures, and of how many of them; the most first."""
    seeds: tuple[tuple[int, Metric], ...]
    """Seeds of trainings that differ in nothing else, each with the figure that decides."""
    tariff: Tariff = Tariff()
    """What an hour costs and draws."""


@dataclass(frozen=True)
class Section:
    """A part of the card."""

    title: str
    rows: Sequence[Sequence[str]] = ()
    """A table, its first row the heading unless empty."""
    words: str = ""


def sections(found: Facts) -> list[Section]:
    """Everything on the card, in order."""
    about = found.checkpoint.about
    use = found.version.intended_use or "Nobody has said yet what it is meant for, and what not."
    return [
        Section("Intended use", words=use),
        Section("What it is", rows=[
            (), ("Task", about.task), ("Architecture", about.model), ("Classes", ", ".join(about.labels[:_MOST_CLASSES]) or "none"),
            ("Picture size", f"{about.image_size} px"), ("Aliases", ", ".join(found.aliases) or "none"),
            ("Tags", ", ".join(found.version.tags) or "none"), ("Made", f"{found.version.created_at:%d %B %Y, %H:%M} UTC"),
            ("Without PyTorch", found.checkpoint.not_exported or "`model.onnx`, checked to answer as PyTorch does"),
        ]),
        _worth(found),
        *_classes(found.details),
        *_weakest(found),
        _learnt_from(found),
        Section("How it learnt", rows=[
            (), ("Steps", f"{about.step:,}"), ("Workers", str(found.training.workers) if found.training else "unknown"),
            ("Seed", str(about.seed)), ("Seeds tried", over_seeds(found.seeds)),
            ("Darkroom", about.code_version), *sorted((name.capitalize(), value) for name, value in about.environment.items()),
        ]),
        Section("What it took", rows=[(), *spent(found.checkpoint, found.training, found.tariff)]),
        Section("Configuration", rows=[(), *_flat(found.checkpoint.config)]),
        _rights(found),
    ]  # fmt: skip


def markdown(found: Facts) -> str:
    """The card as Markdown; what people wrote stays text."""
    parts = [f"# {found.version.id}"]
    for one in sections(found):
        parts.append(f"## {one.title}")
        if one.words:
            parts.append(_plain(one.words))
        if one.rows:
            width = max(len(row) for row in one.rows)
            head, *rest = [[_plain(cell) for cell in row] or [""] * width for row in one.rows]
            lines = [head, ["---"] * width, *rest]
            parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def page(found: Facts) -> str:
    """The card as an HTML page that loads nothing and runs nothing."""
    title = escape(found.version.id)
    parts = [f"<h1>{title}</h1>"]
    for one in sections(found):
        parts.append(f"<h2>{escape(one.title)}</h2>")
        if one.words:
            parts.append(f"<p>{escape(one.words)}</p>")
        if one.rows:
            head, *rest = one.rows
            titles = f"<tr>{''.join(f'<th scope=col>{escape(cell)}</th>' for cell in head)}</tr>" if head else ""
            rows = "".join(_row(row) for row in rest)
            parts.append(f"<table>{titles}{rows}</table>")
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{_POLICY}">'
        f"<meta name=viewport content='width=device-width'><title>{title}</title><style>{_STYLE}</style><body>{''.join(parts)}"
    )


def _row(row: Sequence[str]) -> str:
    first, *others = row
    return f"<tr><th scope=row>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in others)}</tr>"


def _worth(found: Facts) -> Section:
    rows = [("", "Value", "95 of 100 cases"), *(_figure(one) for one in found.version.metrics)]
    split, count = found.details.get("split"), found.details.get("count")
    words = f"By {count:,} examples of the split {split}, none of which it learnt from." if split and count else ""
    return Section("What it is worth", rows=rows, words=words)


def _figure(one: Metric) -> tuple[str, str, str]:
    span = f"{one.low:.3f} to {one.high:.3f}" if one.low is not None and one.high is not None else ""
    return NAMES.get(one.name, one.name), f"{one.value:.3f}", span


def _classes(details: dict[str, Any]) -> list[Section]:
    kinds = list(details.get("classes", ()))[:_MOST_CLASSES]
    shares = [name for name in CLASS_NAMES if kinds and name in kinds[0]]
    if not shares:
        return []
    rows = [(str(one["label"]), *(f"{one[name]:.3f}" for name in shares), str(one["count"])) for one in kinds]
    return [Section("Each class", rows=[("Class", *(CLASS_NAMES[name] for name in shares), "Examples"), *rows])]


def _weakest(found: Facts) -> list[Section]:
    """Parts of the pictures on which it is surely worse than on the rest."""
    rows = [
        (f"{one.dimension} {one.value}", f"{one.share.value:.3f}", f"{one.share.low:.3f} to {one.share.high:.3f}", f"{one.share.count:,}")
        for one in found.weakest[:_MOST_SLICES]
    ]  # fmt: skip
    return (
        [Section("Where it is weaker", rows=[("Part", "Right", "95 of 100 cases", "Examples"), *rows])] if rows else []
    )


def _learnt_from(found: Facts) -> Section:
    about, dataset = found.checkpoint.about, found.dataset
    rows: list[Sequence[str]] = [(), ("Dataset", found.version.dataset), ("Content hash", about.dataset)]
    if dataset is not None:
        rows += [(f"Examples in {split}", f"{count:,}") for split, count in sorted(dataset.counts.items())]
        rows.append(("Near duplicates in several splits", f"{dataset.leaks:,}"))
        rows.append(("Came from", dataset.origin))
    return Section("What it learnt from", rows=rows)


def _rights(found: Facts) -> Section:
    rows: list[Sequence[str]] = [(), ("Weights it began with", _licence(found.checkpoint.about.licence))]
    rows += [(words, f"{count:,} pictures") for words, count in found.rights]
    return Section("Rights", rows=rows)


def _licence(words: str) -> str:
    return "none: it learnt from nothing" if words == "none" else words


def _flat(values: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((before + name, "none" if value is None else str(value)))
    return found


def _plain(words: str) -> str:
    """Words that Markdown takes for nothing but words."""
    return re.sub(r"([\\*_\[\]<>|#~])", r"\\\1", re.sub(r"\s+", " ", words)).strip()
