"""A report as one HTML file: everything is inside, nothing is loaded, nothing runs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from darkroom.domain.marks import marks_in
from darkroom.domain.training import Metric, ReportSlice, StoredCheckpoint
from darkroom.services.training import report_marks
from darkroom.services.training.views import ReportDetail

_MOST_CLASSES = 40
_SIDE = 260
REST = "none of these"
"""What pixels are called that belong to no class."""

NAMES = {
    "accuracy": "Accuracy", "macro_f1": "Mean F1", "loss": "Loss", "calibration_error": "Calibration error",
    "miou": "Mean IoU", "mean_dice": "Mean Dice", "pixel_accuracy": "Pixels right",
    "map50": "mAP at 0.5", "map": "mAP", "exact": "Exactly right", "precision": "Precision", "recall": "Recall",
    "psnr": "PSNR, dB", "ssim": "SSIM", "psnr_before": "PSNR before, dB", "better": "Came nearer", "likeness": "Likeness", "style": "Way to the style", "kept": "Still to be seen",
}  # fmt: skip
CLASS_NAMES = {
    "ap50": "AP at 0.5",
    "ap": "AP",
    "iou": "IoU",
    "dice": "Dice",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
SLICE_HEADS = ("Part", "Right", "95 % interval", "Beside the others", "Pictures")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1c;--soft:#646464;--line:#0000001f;--paper:#fbfbfb;--raised:#fff;--fill:#d9820c;--good:#2b9a66;--bad:#ce2c31}
@media(prefers-color-scheme:dark){:root{--ink:#ededed;--soft:#a8a8a8;--line:#ffffff24;--paper:#0f0f0f;--raised:#1a1a1a;--fill:#ffb02e;--good:#3dd68c;--bad:#ff6b6b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 24px 72px}h1{margin:0;font-size:26px;letter-spacing:-.02em}h2{margin:44px 0 12px;font-size:17px}
p{margin:4px 0}.soft{color:var(--soft)}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:24px 0 0}
.figures div{padding:14px 16px;border:1px solid var(--line);border-radius:12px;background:var(--raised)}.figures dt{color:var(--soft);font-size:13px}
.figures dd{margin:0;font-size:26px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}.figures span{color:var(--soft);font-size:13px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:6px 12px;border-bottom:1px solid var(--line);text-align:right}
th{color:var(--soft);font-size:13px;font-weight:500}th:first-child,td:first-child{padding-left:0;text-align:left}.grid td{min-width:46px;border:2px solid var(--paper);border-radius:6px;text-align:center}
.facts td{text-align:left}.grid th{border:0;text-align:center}.grid th[scope=row]{text-align:right}.bar{display:inline-block;width:110px;height:7px;border-radius:4px;background:var(--line);vertical-align:middle}
.bar i{display:block;height:100%;border-radius:4px;background:var(--fill)}.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 48px}
.shots{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:14px;padding:0;list-style:none}.shots img,.shots i{display:block;width:100%;height:120px;border-radius:8px;background:var(--line);object-fit:cover}
.shots b{color:var(--good);font-weight:600}.shots em{color:var(--bad);font-style:normal;font-weight:600}svg text{fill:var(--soft);font-size:11px}
@media print{body{background:#fff}main{padding:0}h2{break-after:avoid}tr,li{break-inside:avoid}}
"""


def render(
    found: ReportDetail, checkpoint: StoredCheckpoint | None, pictures: Mapping[str, tuple[str, bytes]]
) -> str:  # fmt: skip
    """The page.

    Args:
        found: the report.
        checkpoint: what was judged; None when it is gone.
        pictures: media type and bytes of small pictures, by id; a mistake without one is told in words.
    """
    report, details = found.report, found.details
    title = f"Report on {report.dataset}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class=soft>{report.count:,} examples of the split {report.split} &middot; {report.created_at:%d %B %Y, %H:%M} UTC</p>",
        _figures(report.metrics),
        _classes(details.get("classes", ())),
        *(_confusion(*one) for one in confusions(details)),
        _calibration(details.get("calibration", ()), report.metrics),
        _weakest(found.weakest),
        _mistakes(details.get("mistakes", ()), pictures),
        _origin(found, checkpoint),
    ]
    return (
        f'<!doctype html><html lang=en><head><meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{_POLICY}">'
        f'<meta name=viewport content="width=device-width, initial-scale=1"><title>{escape(title)} &middot; Darkroom</title>'
        f"<style>{_STYLE}{report_marks.STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _figures(metrics: Iterable[Metric]) -> str:
    tiles = []
    for one in metrics:
        held = one.low is not None and one.high is not None
        span = f"<span>95 % interval {one.low:.3f} to {one.high:.3f}</span>" if held else ""
        name = escape(NAMES.get(one.name, one.name))
        tiles.append(f"<div><dt>{name}</dt><dd>{one.value:.3f}</dd>{span}</div>")
    return f"<dl class=figures>{''.join(tiles)}</dl>"


def _classes(classes: Sequence[Mapping[str, Any]]) -> str:
    figures = [name for name in CLASS_NAMES if classes and name in classes[0]]
    if not figures:
        return ""
    heads = "".join(f"<th scope=col>{CLASS_NAMES[name]}</th>" for name in figures)
    rows = []
    for one in classes:
        cells = "".join(f"<td>{float(one[name]):.3f}</td>" for name in figures)
        bar = f'<td><span class=bar><i style="width:{float(one[figures[-1]]) * 100:.1f}%"></i></span></td>'
        rows.append(f"<tr><td>{escape(str(one['label']))}</td>{cells}{bar}<td>{int(one['count']):,}</td></tr>")
    return (
        f"<h2>Classes</h2><div class=wide><table><tr><th scope=col>Class</th>{heads}<th></th><th scope=col>Examples</th></tr>"
        f"{''.join(rows)}</table></div>"
    )


def confusions(details: Mapping[str, Any]) -> Iterator[tuple[list[str], Sequence[Sequence[int]], str]]:
    """What was taken for what: labels, counts, and what was counted: pictures, or pixels."""
    labels = [str(one["label"]) for one in details.get("classes", ())]
    for key, names, what in (("confusion", labels, "Pictures"), ("pixel_confusion", [REST, *labels], "Pixels")):
        counts = details.get(key, ())
        if counts and len(counts) == len(names):
            yield names, counts, what


def _confusion(labels: Sequence[str], counts: Sequence[Sequence[int]], what: str) -> str:
    """The whole matrix, or of many classes what is confused most."""
    if len(labels) > _MOST_CLASSES:
        return _most_confused(labels, counts, what)
    heads = "".join(f"<th scope=col>{escape(one)}</th>" for one in labels)
    rows = []
    for at, (label, row) in enumerate(zip(labels, counts, strict=True)):
        whole = sum(row) or 1
        cells = "".join(
            f'<td style="background:color-mix(in srgb,var(--{"good" if at == to else "bad"}) {count / whole * 70:.0f}%,transparent)">{f"{count:,}" if count else ""}</td>'
            for to, count in enumerate(row)
        )
        rows.append(f"<tr><th scope=row>{escape(label)}</th>{cells}</tr>")
    return (
        "<h2>Confusion</h2><p class=soft>A row for what they are, a column for what they were taken for.</p>"
        f"<div class=wide><table class=grid><tr><th></th>{heads}</tr>{''.join(rows)}</table></div>"
    )


def confused_most(labels: Sequence[str], counts: Sequence[Sequence[int]], most: int = 40) -> list[tuple[str, str, int]]:
    """Pairs of classes that are confused most: what it is, what it was taken for, how many."""
    pairs = [
        (count, labels[at], labels[to]) for at, row in enumerate(counts) for to, count in enumerate(row) if at != to and count
    ]  # fmt: skip
    worst = sorted(pairs, key=lambda one: (-one[0], one[1:]))[:most]
    return [(real, called, count) for count, real, called in worst]


def _most_confused(labels: Sequence[str], counts: Sequence[Sequence[int]], what: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(real)}</td><td>{escape(called)}</td><td>{count:,}</td></tr>"
        for real, called, count in confused_most(labels, counts)
    )
    return (
        "<h2>Confused most</h2><div class=wide><table><tr><th scope=col>Is</th><th scope=col>Taken for</th>"
        f"<th scope=col>{what}</th></tr>{rows}</table></div>"
    )


def _calibration(bins: Sequence[Mapping[str, Any]], metrics: Iterable[Metric]) -> str:
    if not bins:
        return ""
    most = max(int(one["count"]) for one in bins)
    at = [
        (36 + float(one["confidence"]) * _SIDE, 10 + (1 - float(one["accuracy"])) * _SIDE, int(one["count"]))
        for one in bins
    ]
    lines = "".join(f"<path d='M{x:.1f} {y:.1f}L{to:.1f} {end:.1f}'/>" for (x, y, _), (to, end, _) in pairwise(at))
    dots = "".join(f"<circle cx={x:.1f} cy={y:.1f} r={3 + 5 * (count / most) ** 0.5:.1f} />" for x, y, count in at)
    ticks = "".join(
        f"<text x=30 y={14 + (1 - share) * _SIDE:.0f} text-anchor=end>{share:.0%}</text>"
        f"<text x={36 + share * _SIDE:.0f} y={28 + _SIDE} text-anchor=middle>{share:.0%}</text>"
        for share in (0, 0.5, 1)
    )
    error = next((f"{one.value:.3f}" for one in metrics if one.name == "calibration_error"), "unknown")
    return (
        f"<h2>Calibration</h2><p class=soft>How often it was right beside how sure it was; error {error}. On the line both are the same.</p>"
        f'<svg width={_SIDE + 60} height={_SIDE + 40} role=img aria-label="Accuracy over confidence">'
        f"<rect x=36 y=10 width={_SIDE} height={_SIDE} fill=none stroke=var(--line) />"
        f"<path d='M36 {10 + _SIDE}L{36 + _SIDE} 10' stroke=var(--soft) stroke-dasharray='4 4'/>"
        f"<g fill=none stroke=var(--fill) stroke-width=1.5>{lines}</g><g fill=var(--fill)>{dots}</g>{ticks}</svg>"
    )


def _weakest(slices: Sequence[ReportSlice]) -> str:
    if not slices:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.dimension)}: {escape(one.value)}</td>{''.join(f'<td>{escape(word)}</td>' for word in slice_words(one))}</tr>"
        for one in slices
    )
    heads = "".join(f"<th scope=col>{name}</th>" for name in SLICE_HEADS)
    return f"<h2>Where it is weaker</h2><div class=wide><table><tr>{heads}</tr>{rows}</table></div>"


def slice_words(one: ReportSlice) -> tuple[str, str, str, str]:
    """How a model does on a part of the pictures, as the columns after the first of `SLICE_HEADS`."""
    share = one.share
    return (
        f"{share.value:.1%}",
        f"{share.low:.1%} to {share.high:.1%}",
        f"{one.apart * 100:+.1f} points",
        f"{share.count:,}",
    )


def _mistakes(mistakes: Sequence[Mapping[str, Any]], pictures: Mapping[str, tuple[str, bytes]]) -> str:
    if not mistakes:
        return "<h2>Mistakes</h2><p>None.</p>"
    shots = []
    for one in mistakes:
        media, data = pictures.get(str(one["key"]), ("", b""))
        image = f'<img alt="" src="data:{escape(media)};base64,{b64encode(data).decode()}">'
        shot = report_marks.drawn(image, marks_in(one)) if data else "<i></i>"
        shots.append(f"<li>{shot}{_mistake(one)}</li>")
    title = mistakes_title(mistakes)
    key = f"<p class=soft>{report_marks.LEGEND}</p>" if any(marks_in(one) for one in mistakes) else ""
    return f"<h2>{title}</h2>{key}<ul class=shots>{''.join(shots)}</ul>"


def mistakes_title(mistakes: Sequence[Mapping[str, Any]]) -> str:
    """What stands above the pictures that came out worst."""
    gained = bool(mistakes) and ("psnr" in mistakes[0] or "kept" in mistakes[0])
    return "Pictures that gained least" if gained else "Worst mistakes"


def _mistake(one: Mapping[str, Any]) -> str:
    """What went wrong: a picture taken for something else, boxes drawn around nothing and not drawn, or little gained."""
    if "psnr" in one:
        return f"{float(one['psnr_before']):.1f} dB became <em>{float(one['psnr']):.1f} dB</em>"
    if "kept" in one or "iou" in one:
        return mistake_words(one)
    if "predicted" not in one:
        return f"<em>{int(one['wrong']):,} wrong</em>, <em>{int(one['missed']):,} missed</em>"
    words = f"<b>{escape(str(one['label']))}</b> taken for <em>{escape(str(one['predicted']))}</em>"
    return f"{words}<br><span class=soft>{float(one['confidence']):.0%} sure</span>"


def _origin(found: ReportDetail, checkpoint: StoredCheckpoint | None) -> str:
    facts = facts_of(found, checkpoint)
    rows = "".join(f"<tr><td class=soft>{name}</td><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f"<h2>Where it comes from</h2><table class=facts>{rows}</table>"


def facts_of(found: ReportDetail, checkpoint: StoredCheckpoint | None) -> dict[str, str]:
    """Where a report comes from, in words."""
    report = found.report
    facts = {
        "Report": report.id,
        "Training": report.training or "",
        "Checkpoint": report.checkpoint,
        "Dataset": report.dataset,
    }
    if checkpoint is not None:
        about = checkpoint.about
        facts |= {
            "Architecture": f"{about.model}, {about.image_size} px", "Steps": f"{about.step:,}", "Seed": str(about.seed),
            "Learnt in": f"{checkpoint.seconds:,.0f} s", "Base weights": about.licence, "Darkroom": about.code_version,
        }  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def mistake_words(one: Mapping[str, Any]) -> str:
    """What went wrong with a picture, without marks."""
    if "psnr" in one:
        return f"{float(one['psnr_before']):.1f} dB became {float(one['psnr']):.1f} dB"
    if "kept" in one:
        return f"{float(one['style']):.0%} of the way to the style, {float(one['kept']):.0%} kept"
    if "iou" in one:
        return f"{float(one['iou']):.0%} overlap"
    if "predicted" not in one:
        return f"{int(one['wrong']):,} wrong, {int(one['missed']):,} missed"
    return f"{one['label']} taken for {one['predicted']}, {float(one['confidence']):.0%} sure"
